//! What every decision of the product looks like: an outcome and the steps that led to it.
//!
//! Owns: [`RuleId`], [`Step`], [`Trace`], [`Verdict`], [`Code`] and [`Refusal`].
//! Does not own: any rule. A rule lives in the crate that decides; it only *names* itself here.
//!
//! "Denied" is a verdict, never an `Err`: an error means that no decision could be made at all.

mod catalogue;
mod code;
mod oauth_error;
mod rule;
mod step;

pub use code::{Code, CodeEntry};
pub use oauth_error::OAuthError;
pub use rule::RuleId;
pub use step::{Input, Refusal, Step, StepResult, Trace, Verdict};
