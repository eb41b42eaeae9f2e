//! The directory API: what administrators and programs read and change, in Microsoft Graph's words.
//!
//! Owns: routes below `/v1.0` and `/beta`, reading of requests and bearer tokens, `OData` conventions, the JSON of resources
//! and failures, and what command-line tools ask to find their way (`/metadata/endpoints`).
//! Does not own: any decision, permissions included (the engine decides).
//! Sources: directory-policy-tokens §2, §8, §10, certificate-sign-in §2, §8, real-clients §5, §5a.
//!
//! The caller puts `axum::extract::ConnectInfo<SocketAddr>` (the peer's address) into the request extensions and wraps
//! the router so that duplicate slashes count as one.

mod access;
mod answer;
mod app_role_assignments;
mod application_body;
mod application_resource;
mod applications;
mod batch;
mod body;
mod classic_store;
mod cloud;
mod compatibility;
mod deleted_items;
mod deleted_objects;
mod devices;
mod error;
mod expand;
mod fields;
mod group_body;
mod group_plan;
mod group_resource;
mod groups;
mod kept_policies;
mod key;
mod listing;
mod log_plan;
mod log_resource;
mod logs;
mod members;
mod memberships;
mod method_policy;
mod objects;
pub mod odata;
mod organization;
mod owners;
mod permission_grants;
mod pki_authority;
mod pki_resource;
mod pki_store;
mod properties;
mod query;
mod request;
mod role_assignments;
mod roles;
mod routes;
mod service_principals;
mod throttle;
mod user_body;
mod user_plan;
mod user_resource;
mod users;
mod what_if;

pub use routes::{only_on_its_host, router, router_with};
pub use throttle::ThrottleSettings;
