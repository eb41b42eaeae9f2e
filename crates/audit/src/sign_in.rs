//! A sign-in record.

use std::net::IpAddr;

use jiff::Timestamp;
use lanyard_verdict::Trace;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Application, AuthenticationDetail, CertificateDetails, Resource, ServicePrincipal, SignInStatus,
    SignInUser,
};

/// One row of the sign-in log: one interactive attempt, one token issue or one application sign-in.
///
/// Serde gives the stored form, [`SignInRecord::to_graph_json`] the public one. Source: certificate-sign-in §9.1–9.2,
/// directory-policy-tokens §8.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInRecord {
    /// Id of this row; also the request id a person sees on the page.
    pub id: Uuid,
    /// When the row was written.
    pub created: Timestamp,
    /// Shared by every row of one sign-in.
    pub correlation_id: Uuid,
    /// The request that started the sign-in, when this row belongs to a later one.
    #[serde(default)]
    pub original_request_id: Option<Uuid>,
    /// Who was there.
    pub kind: SignInKind,
    /// How it came out.
    pub status: SignInStatus,
    /// The tenant signed into.
    pub tenant_id: Uuid,
    /// The user's own tenant.
    #[serde(default)]
    pub home_tenant_id: Option<Uuid>,
    /// The user, as far as known.
    #[serde(default)]
    pub user: Option<SignInUser>,
    /// What the person typed; kept when no account was found.
    #[serde(default)]
    pub sign_in_identifier: Option<String>,
    /// The application that asked.
    #[serde(default)]
    pub application: Option<Application>,
    /// The application's own identity, for sign-ins without a user.
    #[serde(default)]
    pub service_principal: Option<ServicePrincipal>,
    /// What access was asked to.
    #[serde(default)]
    pub resource: Option<Resource>,
    /// Where the request came from.
    #[serde(default)]
    pub ip_address: Option<IpAddr>,
    /// The browser's or library's own words.
    #[serde(default)]
    pub user_agent: Option<String>,
    /// What kind of client it was.
    pub client_app_used: ClientApp,
    /// The device, as far as its user agent tells.
    #[serde(default)]
    pub device: DeviceDetails,
    /// `authenticationProtocol`, as Graph spells it (`oAuth2`, `deviceCode`, `clientCredentials` …).
    #[serde(default)]
    pub authentication_protocol: Option<String>,
    /// `incomingTokenType` (`none`, `refreshToken` …).
    #[serde(default)]
    pub incoming_token_type: Option<String>,
    /// The highest level that was needed.
    pub authentication_requirement: AuthenticationRequirement,
    /// The methods used, one entry each.
    #[serde(default)]
    pub authentication_details: Vec<AuthenticationDetail>,
    /// The certificate and what was found about it.
    #[serde(default)]
    pub certificate: Option<Box<CertificateDetails>>,
    /// Further additional details.
    #[serde(default)]
    pub processing_details: Vec<KeyValue>,
    /// What conditional access said.
    #[serde(default)]
    pub conditional_access_status: ConditionalAccessStatus,
    /// Session id, the token's `sid`.
    #[serde(default)]
    pub session_id: Option<Uuid>,
    /// The token's `uti`.
    #[serde(default)]
    pub unique_token_identifier: Option<String>,
    /// How long the decision took, in milliseconds.
    #[serde(default)]
    pub processing_time_ms: Option<u64>,
    /// The version of the policy snapshot that decided.
    #[serde(default)]
    pub policy_version: Option<u64>,
    /// Every step of the decision.
    #[serde(default)]
    pub trace: Trace,
    /// What the decision looked at, so that it can be made again.
    #[serde(default)]
    pub replay: Option<Box<ReplayInputs>>,
}

/// Who was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SignInKind {
    /// A person in front of a page.
    InteractiveUser,
    /// A client acting for a person, such as a refresh.
    NonInteractiveUser,
    /// An application on its own.
    ServicePrincipal,
}

impl SignInKind {
    /// The value of `signInEventTypes`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InteractiveUser => "interactiveUser",
            Self::NonInteractiveUser => "nonInteractiveUser",
            Self::ServicePrincipal => "servicePrincipal",
        }
    }
}

/// What kind of client it was, as logs write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClientApp {
    /// A browser.
    Browser,
    /// A mobile or desktop application.
    #[serde(rename = "Mobile Apps and Desktop clients")]
    MobileAppsAndDesktopClients,
    /// Exchange ActiveSync.
    #[serde(rename = "Exchange ActiveSync")]
    ExchangeActiveSync,
    /// Any other.
    #[serde(rename = "Other clients")]
    OtherClients,
}

/// What the user agent tells about the device; empty when it tells nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceDetails {
    /// `Windows 11`
    pub operating_system: String,
    /// `Edge 131.0`
    pub browser: String,
}

/// The highest level that was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AuthenticationRequirement {
    /// One factor.
    SingleFactorAuthentication,
    /// Several factors.
    MultiFactorAuthentication,
}

/// What conditional access said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConditionalAccessStatus {
    /// A policy applied and was met.
    Success,
    /// A policy applied and was not met.
    Failure,
    /// No policy applied.
    #[default]
    NotApplied,
}

/// A key and a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyValue {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

impl KeyValue {
    /// A pair.
    #[must_use]
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
        }
    }
}

/// What a decision looked at, so that it can be made again with the same or another policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayInputs {
    /// Hex SHA-256 of the certificate's DER.
    #[serde(default)]
    pub certificate_sha256: Option<String>,
    /// Base64 of the certificate's DER.
    #[serde(default)]
    pub certificate: Option<String>,
    /// Subject key identifiers of the chain's CAs in hex, issuing CA first; `None` for one not known by key.
    #[serde(default)]
    pub chain: Vec<Option<String>>,
    /// The user's properties that bindings look at.
    #[serde(default)]
    pub user_properties: Option<Value>,
    /// The user's groups, transitively.
    #[serde(default)]
    pub group_ids: Vec<Uuid>,
}
