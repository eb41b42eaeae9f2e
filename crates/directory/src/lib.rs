//! The people, groups and applications of a tenant: types and their invariants.
//!
//! Owns: tenant, user, group, application, service principal, role assignment, and what makes each of them valid.
//! Does not own: how they are stored or who may change them. Sources: directory-policy-tokens §2.

mod application;
mod group;
mod ids;
mod role;
mod tenant;
mod user;

pub use application::{
    AppRole, Application, ClientSecret, ConsentType, KeyCredential, OAuth2PermissionGrant, PermissionScope,
    RedirectUri, RedirectUriKind, ServicePrincipal, SignInAudience, TokenAlgorithm,
};
pub use group::Group;
pub use ids::{AppId, GroupId, TenantId, UserId};
pub use role::{DirectoryRole, RoleAssignment};
pub use tenant::Tenant;
pub use user::{User, UserType};
