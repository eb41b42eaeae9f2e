//! The frame of every answer: ids, headers, the body of failures.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use lanyard_engine::Finding;
use lanyard_engine::change_safety::override_guard;
use serde_json::Value;
use uuid::Uuid;

use crate::error::GraphError;
use crate::routes::Api;

/// The header by which a client names its request.
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const JSON: HeaderValue =
    HeaderValue::from_static("application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8");
/// Why a change is saved although it locks people out; see `NotDone::Unsafe`.
const OVERRIDE_REASON: HeaderName = HeaderName::from_static("lanyard-override-reason");
const OVERRIDE_REASON_BYTES: usize = 500;
/// What is doubtful about a change that was saved.
const WARNING: HeaderName = HeaderName::from_static("lanyard-warning");
/// Most warnings of one answer.
const WARNINGS: usize = 20;
/// Longest warning.
const WARNING_CHARACTERS: usize = 400;
/// Longest `client-request-id` that is echoed.
const CLIENT_REQUEST_ID_BYTES: usize = 128;

/// The ids of one request.
#[derive(Clone, Debug)]
pub(crate) struct RequestIds {
    /// Ours.
    pub(crate) request: Uuid,
    /// The client's, as it wrote it; ours when it wrote none.
    pub(crate) client: String,
}

impl RequestIds {
    /// The id that ties audit rows to the request: the client's when it is a GUID.
    pub(crate) fn correlation(&self) -> Uuid {
        Uuid::try_parse(&self.client).unwrap_or(self.request)
    }
}

/// Rule `GRAPH-ANSWER-HEADERS`: every answer names the request (`request-id`, and `client-request-id` as the client wrote it) and
/// is not stored; a failure carries both ids and the time in its body. Source: directory-policy-tokens §2.1.
pub(crate) async fn frame(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let own = Uuid::new_v4();
    let client = request
        .headers()
        .get(&CLIENT_REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.len() <= CLIENT_REQUEST_ID_BYTES)
        .map_or_else(|| own.to_string(), str::to_owned);
    let ids = RequestIds { request: own, client };
    request.extensions_mut().insert(ids.clone());
    let reason = request
        .headers()
        .get(&OVERRIDE_REASON)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|reason| !reason.is_empty() && reason.len() <= OVERRIDE_REASON_BYTES)
        .map(str::to_owned);
    let mut response = match reason {
        Some(reason) => override_guard(reason, next.run(request)).await,
        None => next.run(request).await,
    };
    if let Some(error) = response.extensions_mut().remove::<GraphError>() {
        tracing::info!(request_id = %ids.request, status = error.status.as_u16(), code = error.code, message = error.message, "refused");
        let body = error.to_json(&date(api.engine.now()), &ids.request.to_string(), &ids.client);
        *response.body_mut() = Body::from(body.to_string());
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&ids.request.to_string()) {
        headers.insert(REQUEST_ID, value);
    }
    if let Ok(value) = HeaderValue::from_str(&ids.client) {
        headers.insert(CLIENT_REQUEST_ID, value);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The moment of a failure as `innerError` writes it.
pub(crate) fn date(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// 204.
pub(crate) fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Adds a header for each doubt.
pub(crate) fn with_warnings(mut response: Response, warnings: &[Finding]) -> Response {
    for warning in warnings.iter().take(WARNINGS) {
        let text = ascii(&warning.to_string());
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(WARNING, value);
        }
    }
    response
}

/// A text as a header holds it: what is not printable ASCII is escaped as in JSON.
fn ascii(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for letter in text.chars().take(WARNING_CHARACTERS) {
        if letter == ' ' || (letter.is_ascii_graphic() && letter != '\\') {
            written.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            written.push_str(&format!("\\u{unit:04x}"));
        }
    }
    written
}

/// Adds the `ETag` of a version.
pub(crate) fn with_version(mut response: Response, version: i64) -> Response {
    if let Ok(value) = HeaderValue::from_str(&format!("W/\"{version}\"")) {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::ascii;

    #[test]
    fn headers_are_ascii() {
        for (text, expected) in [
            ("There is no group 7.", "There is no group 7."),
            ("Zo\u{eb} \u{1f600}", "Zo\\u00eb \\ud83d\\ude00"),
            ("a\r\nSet-Cookie: b\\", "a\\u000d\\u000aSet-Cookie: b\\u005c"),
        ] {
            assert_eq!(ascii(text), expected);
        }
        assert_eq!(ascii(&"x".repeat(1_000)).len(), 400);
    }
}
