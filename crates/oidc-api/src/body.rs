//! Reading form bodies.

use axum::body::{Body, to_bytes};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use lanyard_engine::{Code, OAuthFailure, Parameters, RuleId};

/// Longest body that is read, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 128 * 1024;

/// Rule `HTTP-FORM-BODY`: token and device requests carry a form of at most 128 KiB (413 beyond); another content type is
/// refused (415). Source: directory-policy-tokens §1.6.
pub(crate) async fn read_form(
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<(String, String)>, (StatusCode, OAuthFailure)> {
    let refused = |status, detail: &str| {
        (
            status,
            OAuthFailure::new(Code::REQUEST_MALFORMED, RuleId::new("HTTP-FORM-BODY"), detail),
        )
    };
    if !is_type(headers, "application/x-www-form-urlencoded") {
        return Err(refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The body must be of type application/x-www-form-urlencoded.",
        ));
    }
    let bytes = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| {
        refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is longer than 128 KiB or broke off.",
        )
    })?;
    let parameters = Parameters::parse(&bytes).map_err(|failure| (StatusCode::BAD_REQUEST, failure))?;
    Ok(parameters
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

/// Whether the content type is this one, whatever parameters follow.
pub(crate) fn is_type(headers: &HeaderMap, expected: &str) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(expected))
}
