//! The OAuth 2.0 and OpenID Connect endpoints that clients call directly: discovery, keys, token, device authorization,
//! UserInfo, realm and credential discovery.
//!
//! Owns: routes, reading of requests, cross-origin answers, headers and the JSON of failures.
//! Does not own: any decision (the engine decides), and no page a person looks at (the pages crate renders those).
//! Sources: directory-policy-tokens §1, real-clients "Rules for the server".
//!
//! The caller puts `axum::extract::ConnectInfo<SocketAddr>` (the peer's address) into the request extensions, and wraps
//! all routers of the login host in [`with_plain_paths`].

mod answer;
mod body;
mod credential_type;
mod cross_origin;
mod device_authorization;
mod discovery;
mod plain_path;
mod realm;
mod request;
mod routes;
mod token;
mod user_info;
mod verbs;

pub use plain_path::with_plain_paths;
pub use routes::router;
