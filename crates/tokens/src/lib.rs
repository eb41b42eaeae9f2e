//! OAuth 2.0 and OpenID Connect as pure functions: what a request asks, whether its client may ask it, what it gets.
//!
//! Owns: authorize and token requests, redirect URIs, PKCE, client authentication, scopes, sealed opaque values, signing
//! keys, claims, error bodies, metadata documents and the device grant's rules.
//! Does not own: storage, single use (it hands out the ids to remember), HTTP, the clock, randomness: time and random
//! octets are arguments. Sources: directory-policy-tokens §1, real-clients.

pub mod error;
pub mod jws;
pub mod parameters;
pub mod pkce;
pub mod redirect_uri;
pub mod sealed;
pub mod signing;

pub use error::{FailureContext, OAuthFailure, Suberror};
pub use parameters::Parameters;
pub use pkce::CodeChallenge;
pub use sealed::{MasterKey, Opened, SealError, SealKind, SealRandom, SealingKeys};
pub use signing::{LocalSigner, Signer, SigningKeys};
