//! One request of a browser, as the engine wants to know it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use lanyard_engine::{Engine, RequestFacts};
use uuid::Uuid;

use crate::cookies;
use crate::form::Form;
use crate::own_form::{Senders, is_from_own_page};
use crate::render::refuse;

/// Longest `User-Agent` that is kept, in characters.
const MAX_USER_AGENT: usize = 512;

/// The facts of a request to the login host.
pub(crate) struct BrowserRequest {
    /// What the engine gets.
    pub(crate) facts: RequestFacts,
    /// Handle in the session cookie.
    pub(crate) session: Option<String>,
    /// The browser sent no binding cookie: this one has to be set.
    pub(crate) new_browser: Option<String>,
    /// The request's headers.
    pub(crate) headers: HeaderMap,
    /// The query.
    pub(crate) query: Option<String>,
}

impl FromRequestParts<Arc<Engine>> for BrowserRequest {
    type Rejection = Response;

    /// Rule `PAGE-HOST-KNOWN`: pages are served under a configured login origin only; any other host name gets 421.
    /// Source: real-clients rule 10.
    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, Response> {
        let Some(origin) = host_of(parts).and_then(|host| engine.settings().login_origin_for(&host).cloned())
        else {
            return Err(refuse(StatusCode::MISDIRECTED_REQUEST, None));
        };
        let browser = cookies::read(&parts.headers, cookies::BROWSER);
        let new_browser = match browser {
            Some(_) => None,
            None => match engine.new_browser_binding() {
                Ok(value) => Some(value),
                Err(error) => {
                    tracing::error!(%error, "no browser binding could be made");
                    return Err(refuse(StatusCode::INTERNAL_SERVER_ERROR, None));
                }
            },
        };
        let mut facts = facts_of(parts, origin).await;
        facts.browser = browser.or_else(|| new_browser.clone()).unwrap_or_default();
        Ok(Self {
            facts,
            session: cookies::read(&parts.headers, cookies::SESSION),
            new_browser,
            headers: parts.headers.clone(),
            query: parts.uri.query().map(str::to_owned),
        })
    }
}

impl BrowserRequest {
    /// The form of this request; a refusal page when it is none, or when another site's page sent it.
    pub(crate) async fn form(&self, engine: &Engine, senders: Senders, body: Body) -> Result<Form, Response> {
        if !is_from_own_page(&self.headers, engine.settings(), senders) {
            return Err(self.refused(StatusCode::FORBIDDEN));
        }
        self.any_form(body).await
    }

    /// The form of this request, whoever sent it.
    pub(crate) async fn any_form(&self, body: Body) -> Result<Form, Response> {
        Form::read(&self.headers, body)
            .await
            .map_err(|status| self.refused(status))
    }

    /// The query as fields; `None` when there are too many.
    pub(crate) fn query_fields(&self) -> Option<Form> {
        Form::of_query(self.query.as_deref())
    }

    /// The plain page of a status, with this request's id.
    pub(crate) fn refused(&self, status: StatusCode) -> Response {
        refuse(status, Some(self.facts.correlation_id))
    }

    /// The session cookie's handle.
    pub(crate) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }
}

/// Facts without any cookie: what the certificate host knows.
pub(crate) async fn facts_of(parts: &mut Parts, origin: url::Url) -> RequestFacts {
    let tenant = match RawPathParams::from_request_parts(parts, &()).await {
        Ok(params) => params
            .iter()
            .find(|(name, _)| *name == "tenant")
            .map(|(_, value)| value.to_owned()),
        Err(_) => None,
    };
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let user_agent = parts
        .headers
        .get(header::USER_AGENT)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    RequestFacts {
        origin,
        tenant: tenant.unwrap_or_else(|| String::from("common")),
        correlation_id: correlation_id(parts).unwrap_or_else(Uuid::new_v4),
        request_id: Uuid::new_v4(),
        ip_address: peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        user_agent: user_agent
            .map(|text| text.chars().take(MAX_USER_AGENT).collect())
            .unwrap_or_default(),
        browser: String::new(),
    }
}

/// `Host`, or the authority of an HTTP/2 request.
pub(crate) fn host_of(parts: &Parts) -> Option<String> {
    let authority = parts
        .uri
        .authority()
        .map(|authority| authority.as_str().to_owned());
    authority.or_else(|| parts.headers.get(header::HOST)?.to_str().ok().map(str::to_owned))
}

fn correlation_id(parts: &Parts) -> Option<Uuid> {
    let in_header = parts
        .headers
        .get("client-request-id")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    in_header.or_else(|| {
        Form::of_query(parts.uri.query())?
            .field("client-request-id")?
            .parse()
            .ok()
    })
}
