//! OAuth 2.0 and OpenID Connect as pure functions: what a request asks, whether its client may ask it, what it gets.
//!
//! Owns: authorize and token requests, redirect URIs, PKCE, client authentication, scopes, sealed opaque values, signing
//! keys, claims, error bodies, metadata documents and the device grant's rules.
//! Does not own: storage, single use (it hands out the ids to remember), HTTP, the clock, randomness: time and random
//! octets are arguments. Sources: directory-policy-tokens §1, real-clients.

pub mod authority;
pub mod authorize_request;
pub mod authorize_response;
pub mod claims;
pub mod claims_request;
pub mod client_assertion;
pub mod client_authentication;
pub mod consent;
pub mod device_code;
pub mod discovery;
pub mod error;
pub mod grant;
pub mod jws;
pub mod own_token;
pub mod parameters;
pub mod pkce;
pub mod redirect_uri;
pub mod scope;
pub mod sealed;
pub mod signing;
pub mod token_request;
pub mod token_response;

pub use authority::{Authority, V1Issuer};
pub use authorize_request::{AuthorizeRefusal, AuthorizeRequest, AuthorizeSettings, EndpointVersion, Prompt};
pub use authorize_response::{AuthorizeAnswer, ResponseMode, ResponseTarget};
pub use claims::{AccessTokenAsk, IdTokenAsk, Issuance, PairwiseKey, TokenUser};
pub use claims_request::ClaimsRequest;
pub use client_assertion::{AssertionContext, ReplayId, verify_proof};
pub use client_authentication::{AuthenticatedClient, ClientProof, ExpectedClient, PresentedClient};
pub use device_code::{DeviceAuthorizationState, DeviceCodeSettings, UserCode};
pub use discovery::{DiscoveryTenant, Realm};
pub use error::{FailureContext, OAuthFailure, Suberror};
pub use grant::{AuthorizationCode, RefreshToken, SignInFacts, TokenLifetimes};
pub use own_token::{AcceptedAccessToken, Bearer, DirectoryApiToken, IdTokenHint, TokenRefused};
pub use parameters::Parameters;
pub use pkce::CodeChallenge;
pub use scope::{GRAPH_APP_ID, ResourceName, ResourceScopes, ScopeRequest};
pub use sealed::{MasterKey, Opened, SealError, SealKind, SealRandom, SealingKeys};
pub use signing::{LocalSigner, Signer, SigningKeys};
pub use token_request::{DeviceAuthorizationRequest, TokenGrant, TokenRequest};
pub use token_response::{TokenResponse, granted_scope};
