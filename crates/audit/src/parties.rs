//! Who and what takes part in a sign-in.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The user of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInUser {
    /// Object id.
    pub id: Uuid,
    /// Sign-in name.
    pub user_principal_name: String,
    /// Name shown to people.
    pub display_name: String,
    /// Whether a guest.
    #[serde(default)]
    pub is_guest: bool,
}

/// The application that asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Client id.
    pub app_id: Uuid,
    /// Name shown to people.
    pub display_name: String,
}

/// An application's own identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// Object id.
    pub id: Uuid,
    /// Name shown to people.
    pub display_name: String,
    /// The credential it used.
    pub credential: AppCredential,
}

/// What an application proved itself with; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum AppCredential {
    /// Nothing.
    None,
    /// A secret.
    ClientSecret {
        /// Key id of the secret.
        key_id: Uuid,
    },
    /// A signed assertion.
    ClientAssertion {
        /// Key id of the certificate.
        key_id: Uuid,
        /// Hex thumbprint of the certificate.
        thumbprint: String,
    },
}

/// What access was asked to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// App id of the resource.
    pub id: Uuid,
    /// Name shown to people.
    pub display_name: String,
    /// Object id of its service principal.
    #[serde(default)]
    pub service_principal_id: Option<Uuid>,
}
