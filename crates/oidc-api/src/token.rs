//! `POST /{tenant}/oauth2/v2.0/token` and `/{tenant}/oauth2/token`.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, ORIGIN, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use lanyard_engine::TokenPost;

use crate::request::ApiRequest;
use crate::routes::Api;
use crate::{answer, body};

/// The v2 endpoint.
pub(crate) async fn v2(api: State<Api>, request: ApiRequest, headers: HeaderMap, body: Body) -> Response {
    exchange(&api, &request, &headers, body, false).await
}

/// The v1 endpoint.
pub(crate) async fn v1(api: State<Api>, request: ApiRequest, headers: HeaderMap, body: Body) -> Response {
    exchange(&api, &request, &headers, body, true).await
}

async fn exchange(
    api: &Api,
    request: &ApiRequest,
    headers: &HeaderMap,
    body: Body,
    version_one: bool,
) -> Response {
    let pairs = match body::read_form(headers, body).await {
        Ok(pairs) => pairs,
        Err((status, failure)) => return answer::failure_with_status(&api.engine, request, &failure, status),
    };
    let text = |name: &HeaderName| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let authorization = text(&AUTHORIZATION);
    let by_header = authorization.is_some();
    let post = TokenPost {
        pairs,
        authorization,
        origin_header: text(&ORIGIN),
        version_one,
    };
    let outcome = api.engine.token(&request.facts, post).await;
    let mut response = answer::of_use_case(&api.engine, request, outcome);
    // RFC 6749 §5.2: a client that tried the Authorization header is told the scheme.
    if by_header && response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Basic realm=\"token\""),
        );
    }
    response
}
