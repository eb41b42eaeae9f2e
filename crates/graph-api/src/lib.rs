//! The directory API: what administrators and programs read and change, in Microsoft Graph's words.
//!
//! Owns: routes below `/v1.0` and `/beta`, reading of requests and bearer tokens, `OData` conventions, the JSON of resources
//! and failures, and what command-line tools ask to find their way (`/metadata/endpoints`).
//! Does not own: any decision, permissions included (the engine decides).
//! Sources: directory-policy-tokens §2, §8, §10, certificate-sign-in §2, §8, real-clients §5, §5a.
//!
//! The caller puts `axum::extract::ConnectInfo<SocketAddr>` (the peer's address) into the request extensions and wraps
//! the router so that duplicate slashes count as one.

mod answer;
mod body;
mod classic_store;
mod cloud;
mod deleted_items;
mod error;
mod fields;
mod method_policy;
mod pki_authority;
mod pki_store;
mod request;
mod routes;

pub use routes::{only_on_its_host, router};
