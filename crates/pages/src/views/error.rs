//! The refusal page.

use askama::Template;

use super::{Frame, Recovery, Report};

/// Why the person was refused, what to do, and the details for the help desk.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// Header and data block.
    pub frame: Frame,
    /// The headline.
    pub headline: String,
    /// What is the matter, in one sentence.
    pub text: String,
    /// The one thing to do.
    pub hint: Option<String>,
    /// Ways to go on, while the flow lives.
    pub recovery: Option<Recovery>,
    /// The details.
    pub report: Report,
}
