//! Applications and their presence in a tenant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AppId, TenantId, UserId};

/// An application registration. Source: directory-policy-tokens §2.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Object id; differs from the client id.
    pub id: Uuid,
    /// Client id.
    pub app_id: AppId,
    /// Home tenant.
    pub tenant: TenantId,
    /// Name shown on consent and error pages.
    pub display_name: String,
    /// Who may sign in.
    pub sign_in_audience: SignInAudience,
    /// Registered redirect URIs with their kind.
    pub redirect_uris: Vec<RedirectUri>,
    /// Front-channel logout URL.
    #[serde(default)]
    pub logout_url: Option<String>,
    /// Application ID URIs; a resource is asked for by one of these or by its client id.
    #[serde(default)]
    pub identifier_uris: Vec<String>,
    /// Delegated permissions this application exposes.
    #[serde(default)]
    pub permission_scopes: Vec<PermissionScope>,
    /// Application roles this application exposes.
    #[serde(default)]
    pub app_roles: Vec<AppRole>,
    /// Version of the access tokens made *for* this application as a resource: 1 or 2.
    pub access_token_version: u8,
    /// The device grant works without a public redirect URI.
    #[serde(default)]
    pub is_fallback_public_client: bool,
    /// Secrets, hashed.
    #[serde(default)]
    pub client_secrets: Vec<ClientSecret>,
    /// Certificates that sign client assertions.
    #[serde(default)]
    pub key_credentials: Vec<KeyCredential>,
    /// Signature algorithm of the tokens this client receives.
    #[serde(default)]
    pub token_algorithm: TokenAlgorithm,
    /// Adds `auth_time`, `upn`, `email`, `amr`, … to id tokens, by claim name.
    #[serde(default)]
    pub optional_id_token_claims: Vec<String>,
    /// The same for access tokens made for this application as a resource.
    #[serde(default)]
    pub optional_access_token_claims: Vec<String>,
    /// Nobody is asked for consent: an administrator vouches for the application.
    #[serde(default)]
    pub consent_not_needed: bool,
    /// Permissions the application is configured to need; consent for the whole organisation grants them.
    #[serde(default)]
    pub required_resource_access: Vec<RequiredResourceAccess>,
    /// Which groups and directory roles its tokens carry.
    #[serde(default)]
    pub group_membership_claims: GroupMembershipClaims,
    /// What else is known about it.
    #[serde(default, skip_serializing_if = "ApplicationDetails::is_empty")]
    pub details: ApplicationDetails,
    /// When it was registered.
    pub created: Timestamp,
}

/// What no rule of signing in looks at. Source: directory-policy-tokens §2.5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationDetails {
    /// Where people start.
    pub home_page_url: Option<String>,
    /// For administrators.
    pub notes: Option<String>,
    /// Words such as `HideApp`.
    pub tags: Vec<String>,
}

impl ApplicationDetails {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Who may sign in to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInAudience {
    /// Users of the home tenant.
    AzureADMyOrg,
    /// Users of any tenant of this server.
    AzureADMultipleOrgs,
}

/// Permissions of one resource that an application is configured to need. Source: directory-policy-tokens §2.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequiredResourceAccess {
    /// The resource, by client id.
    pub resource_app_id: AppId,
    /// Its scopes and application roles, by id.
    pub resource_access: Vec<ResourceAccess>,
}

/// One permission of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceAccess {
    /// Id of the scope or application role.
    pub id: Uuid,
    /// Which of the two it is.
    #[serde(rename = "type")]
    pub kind: ResourceAccessKind,
}

/// Kinds of permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResourceAccessKind {
    /// Delegated: the application acts for a user.
    Scope,
    /// Application role: the application acts for itself.
    Role,
}

/// `groupMembershipClaims` of an application. Source: directory-policy-tokens §2.5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupMembershipClaims {
    /// Neither.
    #[default]
    None,
    /// Security groups as `groups`.
    SecurityGroup,
    /// Directory roles as `wids`.
    DirectoryRole,
    /// Groups assigned to the application as `groups`.
    ApplicationGroup,
    /// Groups and directory roles.
    All,
}

/// Signature algorithm of issued tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TokenAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what clients of Entra expect.
    #[default]
    RS256,
    /// ECDSA P-256 with SHA-256.
    ES256,
}

/// A registered redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedirectUri {
    /// The URI exactly as registered.
    pub uri: String,
    /// What kind of client it belongs to.
    pub kind: RedirectUriKind,
}

/// Kinds of redirect URI. Source: directory-policy-tokens §1.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RedirectUriKind {
    /// Confidential web application.
    Web,
    /// Single-page application: PKCE and CORS, no secret.
    Spa,
    /// Native application.
    PublicClient,
}

/// A delegated permission an application exposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionScope {
    /// Immutable id.
    pub id: Uuid,
    /// The scope value, at most 120 characters, unique in the application.
    pub value: String,
    /// `true`: only an administrator may consent.
    #[serde(default)]
    pub admin_only: bool,
    /// `false`: no longer granted.
    pub enabled: bool,
    /// What the consent page says.
    pub consent_text: String,
}

/// An application role, carried in `roles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRole {
    /// Immutable id.
    pub id: Uuid,
    /// The value in `roles`.
    pub value: String,
    /// `false`: no longer granted.
    pub enabled: bool,
}

/// A client secret: only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientSecret {
    /// Id of the secret.
    pub key_id: Uuid,
    /// Name given by the administrator.
    pub display_name: String,
    /// First characters, so that people can tell secrets apart.
    pub hint: String,
    /// SHA-256 of the secret, which is 256 random bits; hex.
    pub sha256: String,
    /// Start of validity.
    pub start: Timestamp,
    /// End of validity.
    pub end: Timestamp,
}

/// A certificate whose key signs client assertions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyCredential {
    /// Id of the credential.
    pub key_id: Uuid,
    /// Name given by the administrator.
    pub display_name: String,
    /// The certificate, base64 of its DER.
    pub certificate: String,
    /// Start of validity.
    pub start: Timestamp,
    /// End of validity.
    pub end: Timestamp,
}

/// An application's presence in a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// Object id; the `oid` of app-only tokens.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// The application.
    pub app_id: AppId,
    /// `false`: users get 7000112.
    pub account_enabled: bool,
    /// Only assigned users and applications get tokens.
    #[serde(default)]
    pub assignment_required: bool,
}

/// A user, group or service principal holds an application role of a resource. Source: directory-policy-tokens §2.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRoleAssignment {
    /// Object id of the assignment.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// Object id of the holder.
    pub principal: Uuid,
    /// What the holder is.
    pub principal_type: PrincipalType,
    /// The resource's client id.
    pub resource: AppId,
    /// Id of the role; all zeros: access without a role.
    pub app_role: Uuid,
    /// When it was assigned.
    pub created: Timestamp,
}

/// What the holder of an application role is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrincipalType {
    /// A person.
    User,
    /// Direct members of a group.
    Group,
    /// An application in the tenant.
    ServicePrincipal,
}

/// Who a permission grant speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConsentType {
    /// Everybody in the tenant.
    AllPrincipals,
    /// One user.
    Principal,
}

/// Consent: a client may call a resource with these scopes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuth2PermissionGrant {
    /// Object id.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// The client application.
    pub client: AppId,
    /// For whom.
    pub consent_type: ConsentType,
    /// The user, when `consent_type` is [`ConsentType::Principal`].
    pub principal: Option<UserId>,
    /// The resource application.
    pub resource: AppId,
    /// Granted scope values.
    pub scopes: Vec<String>,
}
