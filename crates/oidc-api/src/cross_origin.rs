//! Cross-origin requests of single-page applications.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderValue, Method, StatusCode};

use crate::routes::Api;

/// Rule `HTTP-CORS`: scripts may read discovery, keys, token, device and UserInfo answers, failures included, when their origin is
/// registered as a single-page application's; a preflight is answered 204 either way; cookies are never shared.
/// Source: directory-policy-tokens §1.5, real-clients §2.3.
pub(crate) async fn answer(State(api): State<Api>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let asked_headers = request
        .headers()
        .get(http::header::ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned();
    let allowed = match &origin {
        Some(origin) => is_registered(&api, origin).await,
        None => false,
    };

    let mut response = if is_preflight || request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let (true, Some(origin)) = (allowed, origin) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("x-ms-request-id, client-request-id, WWW-Authenticate, Retry-After"),
        );
        if is_preflight {
            headers.insert(
                ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static("GET, POST, OPTIONS"),
            );
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
            if let Some(asked) = asked_headers {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked);
            }
        }
    }
    response
}

async fn is_registered(api: &Api, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    match api.engine.is_spa_origin(origin).await {
        Ok(registered) => registered,
        Err(error) => {
            tracing::warn!(%error, "registered origins cannot be read");
            false
        }
    }
}
