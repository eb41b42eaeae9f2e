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
    /// The question is about everybody and nothing less.
    pub for_organisation_only: bool,
    /// The person may not consent at all.
    pub administrator_needed: Option<AdministratorNeeded>,
    /// Host of the redirect URI.
    pub returns_to: Option<String>,
}

/// What an administrator is told by a person who may not consent.
#[derive(Clone, Debug)]
pub struct AdministratorNeeded {
    /// `AADSTS90094`
    pub code: String,
    /// Correlation id.
    pub correlation_id: String,
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
