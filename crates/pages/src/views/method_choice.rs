//! The second page: how do you want to sign in?

use askama::Template;

use super::{FlowFields, Frame};

/// Offers the ways to sign in that exist for this account: a certificate, or none.
#[derive(Clone, Debug, Template)]
#[template(path = "method_choice.html")]
pub struct MethodChoicePage {
    /// Header and data block.
    pub frame: Frame,
    /// Path of the login endpoint, for "Use another account".
    pub action: String,
    /// The flow.
    pub flow: FlowFields,
    /// The application the person comes from.
    pub application_name: Option<String>,
    /// The user name that was typed.
    pub user_name: String,
    /// Address of the certificate page; `None` when certificates are switched off in the tenant.
    pub certificate_url: Option<String>,
    /// The person used a certificate last time: go to the certificate page at once (certificate-sign-in §7.5).
    pub straight_on: bool,
}
