//! The question whether an application may act for the person.

use askama::Template;

use super::{FlowFields, Frame};

/// Asks for consent. Source: directory-policy-tokens §2.6.
#[derive(Clone, Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    /// Header and data block.
    pub frame: Frame,
    /// Path the form posts to.
    pub action: String,
    /// The flow.
    pub flow: FlowFields,
    /// Who is asked.
    pub user_name: String,
    /// Who asks.
    pub application_name: String,
    /// Who made the application.
    pub publisher: Publisher,
    /// What is asked for.
    pub permissions: Vec<Permission>,
    /// The person is an administrator and may answer for everybody.
    pub may_consent_for_organisation: bool,
    /// The person may not consent at all (90094).
    pub administrator_needed: bool,
    /// Host of the redirect URI.
    pub returns_to: Option<String>,
}

/// Who made an application.
#[derive(Clone, Debug)]
pub enum Publisher {
    /// A verified publisher.
    Verified(String),
    /// Nobody vouches for the name.
    Unverified,
}

/// One permission as a person reads it.
#[derive(Clone, Debug)]
pub struct Permission {
    /// The consent text.
    pub text: String,
    /// Name of the resource, when it is not the directory itself.
    pub resource: Option<String>,
}
