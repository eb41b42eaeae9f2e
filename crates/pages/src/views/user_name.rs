//! The first page: who are you?

use askama::Template;

use super::{FlowFields, Frame, Problem};

/// Asks for the user name.
#[derive(Clone, Debug, Template)]
#[template(path = "user_name.html")]
pub struct UserNamePage {
    /// Header and data block.
    pub frame: Frame,
    /// Path the form posts to.
    pub action: String,
    /// The flow.
    pub flow: FlowFields,
    /// The application the person comes from.
    pub application_name: Option<String>,
    /// What stands in the field already.
    pub user_name: String,
    /// What was wrong with the last answer.
    pub problem: Option<Problem>,
}
