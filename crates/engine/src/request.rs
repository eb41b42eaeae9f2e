//! What is known about the request that a use case answers.

use std::net::IpAddr;

use url::Url;
use uuid::Uuid;

/// Facts of one HTTP request, gathered by the front.
#[derive(Clone, Debug)]
pub struct RequestFacts {
    /// The login origin the request arrived at: one of [`crate::Settings::login_origins`].
    pub origin: Url,
    /// First path segment: tenant GUID, a verified domain, `common` or `organizations`.
    pub tenant: String,
    /// Ties together everything of one sign-in; from `client-request-id` when the client sent a GUID.
    pub correlation_id: Uuid,
    /// This request alone (`x-ms-request-id`, "trace id").
    pub request_id: Uuid,
    /// Address of the peer.
    pub ip_address: IpAddr,
    /// `User-Agent`, cut to 512 characters.
    pub user_agent: String,
    /// Value of the browser-binding cookie: a sign-in started in one browser cannot be finished in another. The front
    /// sets the cookie with [`crate::Engine::new_browser_binding`] when the browser sent none; empty for API requests.
    pub browser: String,
}
