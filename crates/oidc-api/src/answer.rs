//! Answers: JSON with the headers every answer carries.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, HeaderName, PRAGMA, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use lanyard_engine::{Engine, EngineError, OAuthFailure};
use serde_json::{Value, json};

use crate::request::{ApiRequest, CLIENT_REQUEST_ID};

const X_MS_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// How long an answer may be kept.
#[derive(Clone, Copy)]
pub(crate) enum Cache {
    /// Not at all.
    Never,
    /// By the client, for so many seconds.
    Seconds(u32),
}

/// Rule `HTTP-ANSWER-HEADERS`: every answer names the request (`x-ms-request-id`, and `client-request-id` when the client did),
/// and whatever holds tokens, codes or failures is never stored. Source: directory-policy-tokens §1.6.
pub(crate) fn json(request: &ApiRequest, status: StatusCode, body: &Value, cache: Cache) -> Response {
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    match cache {
        Cache::Never => {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
            headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        }
        Cache::Seconds(seconds) => {
            if let Ok(value) = HeaderValue::from_str(&format!("max-age={seconds}, private")) {
                headers.insert(CACHE_CONTROL, value);
            }
        }
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let mut id = |name: HeaderName, id: uuid::Uuid| {
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            headers.insert(name, value);
        }
    };
    id(X_MS_REQUEST_ID, request.facts.request_id);
    if request.client_named_it {
        id(
            HeaderName::from_static(CLIENT_REQUEST_ID),
            request.facts.correlation_id,
        );
    }
    response
}

/// A failure as JSON, with the status it asks for.
pub(crate) fn failure(engine: &Engine, request: &ApiRequest, failure: &OAuthFailure) -> Response {
    let status = StatusCode::from_u16(failure.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
    failure_with_status(engine, request, failure, status)
}

/// A failure as JSON, with a status of its own.
pub(crate) fn failure_with_status(
    engine: &Engine,
    request: &ApiRequest,
    failure: &OAuthFailure,
    status: StatusCode,
) -> Response {
    tracing::info!(
        request_id = %request.facts.request_id,
        correlation_id = %request.facts.correlation_id,
        code = failure.code.number(),
        rule = %failure.rule,
        "refused"
    );
    let base = request.facts.origin.as_str().trim_end_matches('/');
    json(
        request,
        status,
        &failure.to_json(&request.failure_context(engine, base)),
        Cache::Never,
    )
}

/// Rule `HTTP-UNAVAILABLE`: when no decision could be made at all, the client is told `temporarily_unavailable` (503) and nothing of
/// the cause; the log has the cause. Source: directory-policy-tokens §1.10.
pub(crate) fn unavailable(request: &ApiRequest, error: &EngineError) -> Response {
    tracing::error!(request_id = %request.facts.request_id, %error, "no answer could be made");
    let body = json!({
        "error": "temporarily_unavailable",
        "error_description": format!(
            "The server could not answer. Try again in a moment.\r\nTrace ID: {}\r\nCorrelation ID: {}",
            request.facts.request_id, request.facts.correlation_id
        ),
        "trace_id": request.facts.request_id,
        "correlation_id": request.facts.correlation_id,
    });
    let mut response = json(request, StatusCode::SERVICE_UNAVAILABLE, &body, Cache::Never);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// The answer of a use case: tokens or the like, a failure, or nothing at all.
pub(crate) fn of_use_case(
    engine: &Engine,
    request: &ApiRequest,
    outcome: Result<Result<Value, OAuthFailure>, EngineError>,
) -> Response {
    match outcome {
        Ok(Ok(body)) => json(request, StatusCode::OK, &body, Cache::Never),
        Ok(Err(refused)) => failure(engine, request, &refused),
        Err(error) => unavailable(request, &error),
    }
}
