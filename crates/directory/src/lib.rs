//! The people, groups and applications of a tenant: types and their invariants.
//!
//! Owns: tenant, user, group, application, service principal, role assignment, and what makes each of them valid.
//! Does not own: how they are stored or who may change them. Sources: directory-policy-tokens §2.

mod application;
mod application_rules;
mod device;
mod graph_permission;
mod group;
mod ids;
mod invalid;
mod operation;
mod rights;
mod role;
mod tenant;
mod text;
mod user;
mod user_name;
mod user_profile;

pub use application::{
    AppRole, AppRoleAssignment, Application, ApplicationDetails, ClientSecret, ConsentType,
    GroupMembershipClaims, KeyCredential, OAuth2PermissionGrant, PermissionScope, PrincipalType, RedirectUri,
    RedirectUriKind, RequiredResourceAccess, ResourceAccess, ResourceAccessKind, ServicePrincipal,
    SignInAudience, TokenAlgorithm,
};
pub use application_rules::{
    MAX_IDENTIFIER_URI_CHARS, MAX_PERMISSION_VALUE_CHARS, MAX_REDIRECT_URIS, check_identifier_uri,
};
pub use device::{AlternativeSecurityId, Device};
pub use graph_permission::{graph_app_roles, graph_permission_scopes};
pub use group::{Group, GroupDetails};
pub use ids::{AppId, GroupId, TenantId, UserId};
pub use invalid::InvalidProperty;
pub use operation::{Operation, Permissions};
pub use rights::{Denial, Rights};
pub use role::{DirectoryRole, RoleAssignment};
pub use tenant::Tenant;
pub use text::{MAX_DISPLAY_NAME_CHARS, MAX_MAIL_NICKNAME_CHARS, check_display_name, check_mail_nickname};
pub use user::{User, UserType};
pub use user_name::{MAX_LOCAL_PART_CHARS, MAX_UPN_CHARS, check_domain, check_user_principal_name};
pub use user_profile::{MAX_PROFILE_LIST, MAX_PROFILE_TEXT_CHARS, UserProfile};
