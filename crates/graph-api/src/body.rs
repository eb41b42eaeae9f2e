//! Reading JSON bodies.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::error::GraphError;

/// Longest body that is read, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// A JSON body; an empty one is `null`.
pub(crate) struct JsonBody(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = GraphError;

    /// Rule `GRAPH-BODY`: a body is JSON of at most 4 MiB (413 beyond); another content type is refused (415), malformed JSON is
    /// 400. Source: directory-policy-tokens §2.1.
    async fn from_request(request: Request, _: &S) -> Result<Self, GraphError> {
        let (parts, body) = request.into_parts();
        let essence = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.split(';').next())
            .map(|essence| essence.trim().to_ascii_lowercase());
        let bytes = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| {
            GraphError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Request_EntityTooLarge",
                "The body is longer than 4 MiB or broke off.",
            )
        })?;
        if bytes.is_empty() {
            return Ok(Self(Value::Null));
        }
        if essence.as_deref() != Some("application/json") {
            return Err(GraphError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Request_UnsupportedMediaType",
                "The body must be of type application/json.",
            ));
        }
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(GraphError::bad_request(format!("The body is not JSON: {error}."))),
        }
    }
}
