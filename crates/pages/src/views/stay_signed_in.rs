//! The question whether the session should outlive the browser.

use askama::Template;

use super::{FlowFields, Frame};

/// "Stay signed in?" Source: directory-policy-tokens §1.14.
#[derive(Clone, Debug, Template)]
#[template(path = "stay_signed_in.html")]
pub struct StaySignedInPage {
    /// Header and data block.
    pub frame: Frame,
    /// Path the form posts to.
    pub action: String,
    /// The flow.
    pub flow: FlowFields,
    /// Who is signed in.
    pub user_name: String,
}
