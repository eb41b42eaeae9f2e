//! Failures, in Graph's shape.

use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use lanyard_engine::{EngineError, Finding, NotDone};
use serde_json::{Value, json};

/// What is answered instead of a result. The frame of every answer completes it with the ids of the request.
///
/// Source: directory-policy-tokens §2.1.
#[derive(Clone, Debug)]
pub(crate) struct GraphError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// Place in the body the failure is about.
    pub(crate) target: Option<String>,
    /// Every finding, when there are several.
    pub(crate) details: Vec<Value>,
    pub(crate) retry_after_secs: Option<u32>,
}

impl GraphError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            target: None,
            details: Vec::new(),
            retry_after_secs: None,
        }
    }

    /// 400: the request cannot be understood.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    /// 400 about one place of the body.
    pub(crate) fn bad_property(target: impl Into<String>, sentence: &str) -> Self {
        let target = target.into();
        Self {
            message: format!("{target}: {sentence}"),
            target: Some(target),
            ..Self::bad_request("")
        }
    }

    /// 400 about one place of the body, with the whole message.
    pub(crate) fn at_property(target: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            target: Some(target.into()),
            ..Self::bad_request(message)
        }
    }

    /// 401: no acceptable token.
    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    /// 404: no such object.
    pub(crate) fn no_resource(name: &str) -> Self {
        let message = format!(
            "Resource '{name}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    /// 404: no such path.
    pub(crate) fn no_segment(path: &str) -> Self {
        let message = format!("Resource not found for the segment '{path}'.");
        Self::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    /// 429: too many requests; a new one is answered after this time.
    pub(crate) fn throttled(seconds: u32) -> Self {
        Self {
            retry_after_secs: Some(seconds),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequests",
                "Too many requests. Try again after the time of the Retry-After header.",
            )
        }
    }

    /// 503: no answer could be made; the cause is in the log.
    pub(crate) fn unavailable(error: &EngineError) -> Self {
        tracing::error!(%error, "no answer could be made");
        Self {
            retry_after_secs: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "serviceNotAvailable",
                "The server could not answer. Try again in a moment.",
            )
        }
    }

    /// 400 with every finding; the first is the message.
    fn invalid(findings: &[Finding]) -> Self {
        let mut error = Self::bad_request(findings.first().map(ToString::to_string).unwrap_or_default());
        error.target = findings
            .first()
            .map(|first| first.path.clone())
            .filter(|path| !path.is_empty());
        if findings.len() > 1 {
            error.details = findings
                .iter()
                .map(|finding| json!({ "code": "invalidValue", "target": finding.path, "message": finding.message }))
                .collect();
        }
        error
    }

    /// The body.
    pub(crate) fn to_json(&self, date: &str, request_id: &str, client_request_id: &str) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(members) = error.as_object_mut() {
            if let Some(target) = &self.target {
                members.insert("target".to_owned(), json!(target));
            }
            if !self.details.is_empty() {
                members.insert("details".to_owned(), json!(self.details));
            }
            members.insert(
                "innerError".to_owned(),
                json!({ "date": date, "request-id": request_id, "client-request-id": client_request_id }),
            );
        }
        json!({ "error": error })
    }
}

/// Rule `GRAPH-ERROR`: what was not done is told with Graph's status and code: 403 `Authorization_RequestDenied`, 404
/// `Request_ResourceNotFound`, 400 `Request_BadRequest` or `Request_MultipleObjectsWithSameKeyValue`, 412 after a change in
/// between, 409 while something else is going on. Source: directory-policy-tokens §2.1.
impl From<NotDone> for GraphError {
    fn from(not_done: NotDone) -> Self {
        match not_done {
            NotDone::Denied(denial) => Self::new(
                StatusCode::FORBIDDEN,
                "Authorization_RequestDenied",
                denial.to_string(),
            ),
            NotDone::Invalid(findings) => Self::invalid(&findings),
            NotDone::Unsafe(sentence) => Self::new(
                StatusCode::CONFLICT,
                "changeWouldLockOut",
                format!(
                    "{sentence}. To save it all the same, send the reason in the header Lanyard-Override-Reason."
                ),
            ),
            NotDone::NotFound(what) => Self::no_resource(&what),
            NotDone::Duplicate(sentence) => Self::new(
                StatusCode::BAD_REQUEST,
                "Request_MultipleObjectsWithSameKeyValue",
                sentence,
            ),
            NotDone::Changed => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "Request_PreconditionFailed",
                "It was changed by somebody else since it was read. Read it again.",
            ),
            NotDone::Busy(sentence) => Self::new(StatusCode::CONFLICT, "Request_Conflict", sentence),
            NotDone::Engine(error) => Self::unavailable(&error),
        }
    }
}

impl From<EngineError> for GraphError {
    fn from(error: EngineError) -> Self {
        NotDone::from(error).into()
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_secs {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
