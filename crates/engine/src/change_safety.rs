//! What a change would do to the people who sign in: recent sign-ins judged again by a draft.
//!
//! The same judgement as a sign-in's, with the certificates of the sign-in log, the accounts as they are now and the
//! revocation lists at hand (missing ones are downloaded). [`what_if`](crate::Engine::what_if) tells; saving a policy, a trust store or
//! certificate user ids asks first and is refused when it would lock people out.

mod draft;
mod guard;
mod membership;
mod recent;
mod replay;
mod report;
mod without_certificate;

pub use draft::Draft;
pub use guard::{ChangeRefused, override_guard};
pub use membership::MembershipChange;
pub use report::{ChangeReport, ChangedOutcome, ReplayedOutcome};
pub use without_certificate::PersonWithoutCertificate;

pub(crate) use guard::override_reason;
