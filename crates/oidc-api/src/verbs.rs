//! Requests with the wrong verb.

use axum::extract::State;
use axum::response::Response;
use http::header::ALLOW;
use http::{HeaderValue, StatusCode};
use lanyard_engine::{Code, OAuthFailure, RuleId};

use crate::answer;
use crate::request::ApiRequest;
use crate::routes::Api;

/// Rule `HTTP-VERB`: an endpoint that takes forms answers any other verb with 900561, one that is read with 90056; both with
/// status 405. Source: directory-policy-tokens §1.1.
pub(crate) async fn needs_post(State(api): State<Api>, request: ApiRequest) -> Response {
    refused(&api, &request, Code::ENDPOINT_NEEDS_POST, "POST, OPTIONS")
}

/// The answer of an endpoint that is read; see `HTTP-VERB`.
pub(crate) async fn needs_get(State(api): State<Api>, request: ApiRequest) -> Response {
    refused(&api, &request, Code::VERB_NOT_ALLOWED, "GET, HEAD, OPTIONS")
}

fn refused(api: &Api, request: &ApiRequest, code: Code, allowed: &'static str) -> Response {
    let failure = OAuthFailure::new(code, RuleId::new("HTTP-VERB"), format!("Use {allowed}."));
    let mut response =
        answer::failure_with_status(&api.engine, request, &failure, StatusCode::METHOD_NOT_ALLOWED);
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    response
}
