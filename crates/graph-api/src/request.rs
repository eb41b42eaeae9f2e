//! A request with its caller.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::HeaderMap;
use http::header::{AUTHORIZATION, HOST, IF_MATCH};
use http::request::Parts;
use lanyard_engine::{BearerFacts, Caller};

use crate::answer::RequestIds;
use crate::error::GraphError;
use crate::odata::refuse_options;
use crate::routes::{Api, ApiVersion};

const MAX_TOKEN_BYTES: usize = 32 * 1024;

/// One authenticated request.
#[derive(Clone, Debug)]
pub(crate) struct GraphRequest {
    /// Who asks.
    pub(crate) caller: Caller,
    /// `https://graph.example/v1.0`: the origin the client used, with the version; what links and contexts start with.
    pub(crate) base: String,
    /// The headers, for `Prefer`, `ConsistencyLevel` and `If-Match`.
    pub(crate) headers: HeaderMap,
}

impl GraphRequest {
    /// `@odata.context` for what follows `$metadata#`.
    pub(crate) fn context(&self, what: &str) -> String {
        format!("{}/$metadata#{what}", self.base)
    }

    /// Whether a word stands in a `Prefer` header.
    pub(crate) fn prefers(&self, word: &str) -> bool {
        self.headers
            .get_all("prefer")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split([',', ';']))
            .any(|given| given.trim().eq_ignore_ascii_case(word))
    }

    /// The version named by `If-Match`; `*` and no header mean any.
    ///
    /// Rule `GRAPH-IF-MATCH`: a change with `If-Match` is made only on the version it names (412 otherwise); without the header it
    /// is made on whatever is there. Source: directory-policy-tokens §2.1.
    pub(crate) fn expected_version(&self) -> Result<Option<i64>, GraphError> {
        let Some(value) = self.headers.get(IF_MATCH) else {
            return Ok(None);
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(None);
        }
        let tag = text.strip_prefix("W/").unwrap_or(text);
        let number = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match number.and_then(|digits| digits.parse().ok()) {
            Some(version) => Ok(Some(version)),
            None => Err(GraphError::bad_request(
                "The If-Match header is not an ETag of this server.",
            )),
        }
    }
}

impl FromRequestParts<Api> for GraphRequest {
    type Rejection = GraphError;

    /// Handlers that read no query options take this, so an option can only be one that is not answered: it is refused.
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, GraphError> {
        let request = Self::authenticated(parts, api).await?;
        refuse_options(&query_pairs(parts))?;
        Ok(request)
    }
}

/// The tag of `If-Match`; `*` and no header mean any. What is none of our tags equals none.
fn expected_tag(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(IF_MATCH)?.to_str().unwrap_or_default().trim();
    let tag = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    (text != "*").then(|| tag.to_owned())
}

/// The parameters of a request's address.
pub(crate) fn query_pairs(parts: &Parts) -> Vec<(String, String)> {
    let query = parts.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

impl GraphRequest {
    /// Rule `GRAPH-BEARER`: a request carries its access token in the Authorization header; without one, or with one that is
    /// not acceptable, the answer is 401 `InvalidAuthenticationToken`. Source: directory-policy-tokens §2.1.
    pub(crate) async fn authenticated(parts: &mut Parts, api: &Api) -> Result<Self, GraphError> {
        let text = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let token = match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err(GraphError::unauthenticated("Access token is empty.")),
        };
        if token.is_empty() || token.len() > MAX_TOKEN_BYTES {
            return Err(GraphError::unauthenticated("Access token is empty or too long."));
        }
        let ids = parts.extensions.get::<RequestIds>();
        let facts = BearerFacts {
            token,
            ip_address: parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|ConnectInfo(peer)| peer.ip()),
            correlation_id: ids.map(RequestIds::correlation).unwrap_or_default(),
        };
        let caller = match api.engine.caller(&facts).await? {
            Ok(caller) => Caller {
                expected: expected_tag(&parts.headers),
                ..caller
            },
            Err(failure) => {
                tracing::info!(rule = %failure.rule, detail = failure.detail, "token refused");
                return Err(GraphError::unauthenticated(format!(
                    "Access token validation failure: {}.",
                    failure.detail.trim_end_matches('.')
                )));
            }
        };
        api.throttle.take(&caller, api.engine.now())?;
        let version = parts
            .extensions
            .get::<ApiVersion>()
            .copied()
            .unwrap_or(ApiVersion::V1);
        Ok(Self {
            caller,
            base: format!("{}/{}", origin(parts, api), version.segment()),
            headers: parts.headers.clone(),
        })
    }
}

/// The origin the client used, without a final slash.
pub(crate) fn origin(parts: &Parts, api: &Api) -> String {
    let host = parts
        .uri
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| {
            let value = parts.headers.get(HOST)?;
            value.to_str().ok().map(str::to_owned)
        })
        .unwrap_or_default();
    let settings = api.engine.settings();
    let origin = settings
        .graph_origin_for(&host)
        .unwrap_or_else(|| settings.graph_origin());
    origin.as_str().trim_end_matches('/').to_owned()
}
