//! `POST /{tenant}/oauth2/v2.0/devicecode` and `/{tenant}/oauth2/devicecode`.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use crate::request::ApiRequest;
use crate::routes::Api;
use crate::{answer, body};

/// The v2 endpoint.
pub(crate) async fn v2(api: State<Api>, request: ApiRequest, headers: HeaderMap, body: Body) -> Response {
    authorize(&api, &request, &headers, body, false).await
}

/// The v1 endpoint.
pub(crate) async fn v1(api: State<Api>, request: ApiRequest, headers: HeaderMap, body: Body) -> Response {
    authorize(&api, &request, &headers, body, true).await
}

async fn authorize(
    api: &Api,
    request: &ApiRequest,
    headers: &HeaderMap,
    body: Body,
    version_one: bool,
) -> Response {
    match body::read_form(headers, body).await {
        Ok(pairs) => {
            let outcome = api
                .engine
                .authorize_device(&request.facts, pairs, version_one)
                .await;
            answer::of_use_case(&api.engine, request, outcome)
        }
        Err((status, failure)) => answer::failure_with_status(&api.engine, request, &failure, status),
    }
}
