//! The choice between known accounts.

use askama::Template;

use super::{FlowFields, Frame};

/// Lets the person choose an account of this browser or another one.
#[derive(Clone, Debug, Template)]
#[template(path = "account_picker.html")]
pub struct AccountPickerPage {
    /// Header and data block.
    pub frame: Frame,
    /// Path the form posts to.
    pub action: String,
    /// The flow.
    pub flow: FlowFields,
    /// The application the person comes from.
    pub application_name: Option<String>,
    /// The accounts of this browser.
    pub accounts: Vec<Account>,
}

/// One account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Value the form sends for it; never the session handle.
    pub handle: String,
    /// Display name.
    pub display_name: String,
    /// User name.
    pub user_name: String,
    /// It has a live session.
    pub signed_in: bool,
}

impl Account {
    /// The first letter of the display name, as a picture.
    #[must_use]
    pub fn initial(&self) -> String {
        self.display_name
            .chars()
            .find(|c| c.is_alphanumeric())
            .map_or_else(|| String::from("?"), |first| first.to_uppercase().collect())
    }
}
