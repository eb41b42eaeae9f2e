//! The facts of a request, gathered before anything else.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams};
use http::header::{HOST, HeaderName, USER_AGENT};
use http::request::Parts;
use lanyard_engine::{Engine, FailureContext, RequestFacts};
use uuid::Uuid;

use crate::routes::Api;

/// The header, and the parameter, by which a client names its request.
pub(crate) const CLIENT_REQUEST_ID: &str = "client-request-id";
const USER_AGENT_CHARACTERS: usize = 512;
const TENANT_BYTES: usize = 253;

/// One request: its facts, and the query as the client sent it.
pub(crate) struct ApiRequest {
    pub(crate) facts: RequestFacts,
    pub(crate) query: Vec<(String, String)>,
    /// Whether the client named the request itself.
    pub(crate) client_named_it: bool,
}

impl ApiRequest {
    /// What a failure body quotes.
    pub(crate) fn failure_context<'a>(&self, engine: &Engine, login_base: &'a str) -> FailureContext<'a> {
        FailureContext {
            now: engine.now(),
            trace_id: self.facts.request_id,
            correlation_id: self.facts.correlation_id,
            login_base,
        }
    }

    /// The first query parameter of this name; names compare without regard to case, as old endpoints do.
    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl FromRequestParts<Api> for ApiRequest {
    type Rejection = std::convert::Infallible;

    /// Rule `HTTP-CORRELATION-ID`: `client-request-id`, as header or query parameter, becomes the correlation id when it is a GUID;
    /// otherwise the server makes one. Source: directory-policy-tokens §1.4.
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        let query: Vec<(String, String)> = parts
            .uri
            .query()
            .map(|query| {
                url::form_urlencoded::parse(query.as_bytes())
                    .into_owned()
                    .collect()
            })
            .unwrap_or_default();
        let named = header_text(parts, &HeaderName::from_static(CLIENT_REQUEST_ID))
            .or_else(|| {
                query
                    .iter()
                    .find(|(name, _)| name == CLIENT_REQUEST_ID)
                    .map(|(_, value)| value.clone())
            })
            .and_then(|text| Uuid::try_parse(text.trim()).ok());
        let host = parts
            .uri
            .authority()
            .map(|authority| authority.as_str().to_owned())
            .or_else(|| header_text(parts, &HOST))
            .unwrap_or_default();
        let settings = api.engine.settings();
        let origin = settings
            .login_origin_for(&host)
            .unwrap_or(&settings.login_origin)
            .clone();
        let ip_address = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        let user_agent = header_text(parts, &USER_AGENT)
            .unwrap_or_default()
            .chars()
            .take(USER_AGENT_CHARACTERS)
            .collect();
        let facts = RequestFacts {
            origin,
            tenant: tenant_segment(parts, api).await,
            correlation_id: named.unwrap_or_else(Uuid::new_v4),
            request_id: Uuid::new_v4(),
            ip_address,
            user_agent,
            browser: String::new(),
        };
        Ok(Self {
            facts,
            query,
            client_named_it: named.is_some(),
        })
    }
}

async fn tenant_segment(parts: &mut Parts, api: &Api) -> String {
    let Ok(parameters) = RawPathParams::from_request_parts(parts, api).await else {
        return String::new();
    };
    parameters
        .iter()
        .find(|(name, value)| *name == "tenant" && value.len() <= TENANT_BYTES)
        .map(|(_, value)| value.to_owned())
        .unwrap_or_default()
}

fn header_text(parts: &Parts, name: &HeaderName) -> Option<String> {
    parts
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}
