//! What a client is told when it gets no tokens.

use jiff::Timestamp;
use lanyard_verdict::{Code, OAuthError, Refusal, RuleId};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A refusal on its way to a client: an error number, the OAuth `error` it maps to, and what the client needs besides.
///
/// `detail` is written for the developer of the client and is sent to it; it never holds a secret or another party's
/// data. What only administrators may read stays in the trace of the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthFailure {
    /// The stable error number.
    pub code: Code,
    /// The rule that refused.
    pub rule: RuleId,
    /// One sentence for the developer of the client; may be empty.
    pub detail: String,
    /// The OAuth `error` value: that of the catalogue unless the endpoint asks for another.
    pub error: OAuthError,
    /// Narrows `error` for MSAL clients.
    pub suberror: Option<Suberror>,
    /// A `claims` document the client must replay in its next interactive request.
    pub claims: Option<String>,
}

/// Values of `suberror`. Source: directory-policy-tokens §1.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suberror {
    /// Something can be done in an interactive request.
    BasicAction,
    /// Something has to be done besides signing in.
    AdditionalAction,
    /// Only a message can be shown.
    MessageOnly,
    /// Consent is missing.
    ConsentRequired,
    /// The refresh token is of no use any more.
    BadToken,
    /// The refresh token is too old.
    TokenExpired,
    /// The token belongs to another client.
    ClientMismatch,
}

impl Suberror {
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BasicAction => "basic_action",
            Self::AdditionalAction => "additional_action",
            Self::MessageOnly => "message_only",
            Self::ConsentRequired => "consent_required",
            Self::BadToken => "bad_token",
            Self::TokenExpired => "token_expired",
            Self::ClientMismatch => "client_mismatch",
        }
    }
}

/// What identifies one failure: filled in by the caller, quoted by people.
#[derive(Clone, Copy, Debug)]
pub struct FailureContext<'a> {
    /// When it happened.
    pub now: Timestamp,
    /// Id of this request (`x-ms-request-id`).
    pub trace_id: Uuid,
    /// Id the client gave, or ours.
    pub correlation_id: Uuid,
    /// `https://{login}` without a trailing slash.
    pub login_base: &'a str,
}

impl OAuthFailure {
    /// A failure with the OAuth `error` of the catalogue.
    #[must_use]
    pub fn new(code: Code, rule: RuleId, detail: impl Into<String>) -> Self {
        Self {
            code,
            rule,
            detail: detail.into(),
            error: code.entry().map_or(OAuthError::ServerError, |entry| entry.oauth),
            suberror: None,
            claims: None,
        }
    }

    /// The same failure under another OAuth `error`.
    #[must_use]
    pub fn with_error(mut self, error: OAuthError) -> Self {
        self.error = error;
        self
    }

    /// The same failure with a `suberror`.
    #[must_use]
    pub fn with_suberror(mut self, suberror: Suberror) -> Self {
        self.suberror = Some(suberror);
        self
    }

    /// The same failure with `claims` to replay.
    #[must_use]
    pub fn with_claims(mut self, claims: impl Into<String>) -> Self {
        self.claims = Some(claims.into());
        self
    }

    /// Rule `OAUTH-ERROR-STATUS`: a client that could not be authenticated is answered 401, an overloaded or broken
    /// server 503 or 500, every other failure 400. Source: directory-policy-tokens §1.10.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self.error {
            OAuthError::InvalidClient => 401,
            OAuthError::TemporarilyUnavailable => 503,
            OAuthError::ServerError => 500,
            _ => 400,
        }
    }

    /// The sentence of `error_description`, with the lines people quote.
    #[must_use]
    pub fn description(&self, context: &FailureContext<'_>) -> String {
        let text = self.code.entry().map_or("", |entry| entry.text);
        let space = if self.detail.is_empty() { "" } else { " " };
        format!(
            "{}: {text}{space}{}\r\nTrace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {}",
            self.code,
            self.detail,
            context.trace_id,
            context.correlation_id,
            wire_timestamp(context.now),
        )
    }

    /// The JSON body of a token, device or discovery endpoint. Source: directory-policy-tokens §1.10.
    #[must_use]
    pub fn to_json(&self, context: &FailureContext<'_>) -> Value {
        let mut body = Map::new();
        body.insert("error".into(), json!(self.error.as_str()));
        body.insert("error_description".into(), json!(self.description(context)));
        body.insert("error_codes".into(), json!([self.code.number()]));
        body.insert("timestamp".into(), json!(wire_timestamp(context.now)));
        body.insert("trace_id".into(), json!(context.trace_id));
        body.insert("correlation_id".into(), json!(context.correlation_id));
        body.insert("error_uri".into(), json!(self.error_uri(context)));
        if let Some(suberror) = self.suberror {
            body.insert("suberror".into(), json!(suberror.as_str()));
        }
        if let Some(claims) = &self.claims {
            body.insert("claims".into(), json!(claims));
        }
        Value::Object(body)
    }

    /// The parameters of an error answer at the redirect URI, without `state`.
    #[must_use]
    pub fn to_parameters(&self, context: &FailureContext<'_>) -> Vec<(&'static str, String)> {
        let mut parameters = vec![
            ("error", self.error.as_str().to_owned()),
            ("error_description", self.description(context)),
            ("error_uri", self.error_uri(context)),
        ];
        if let Some(suberror) = self.suberror {
            parameters.push(("suberror", suberror.as_str().to_owned()));
        }
        if let Some(claims) = &self.claims {
            parameters.push(("claims", claims.clone()));
        }
        parameters
    }

    fn error_uri(&self, context: &FailureContext<'_>) -> String {
        format!("{}/error?code={}", context.login_base, self.code.number())
    }
}

impl From<Refusal> for OAuthFailure {
    /// Keeps code and rule; the detail of a refusal is for administrators and does not go to the client.
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code, refusal.rule, "")
    }
}

fn wire_timestamp(now: Timestamp) -> String {
    now.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> FailureContext<'static> {
        FailureContext {
            now: "2026-01-09T02:02:12.75Z".parse().unwrap(),
            trace_id: Uuid::from_u128(1),
            correlation_id: Uuid::from_u128(2),
            login_base: "https://login.example.test",
        }
    }

    #[test]
    fn body_has_the_fields_clients_read() {
        let failure = OAuthFailure::new(
            Code::GRANT_REVOKED,
            RuleId::new("OAUTH-ERROR-STATUS"),
            "Sign in again.",
        )
        .with_suberror(Suberror::BadToken)
        .with_claims("{}");
        let body = failure.to_json(&context());
        assert_eq!(body["error"], "invalid_grant");
        assert_eq!(body["error_codes"], json!([50173]));
        assert_eq!(body["timestamp"], "2026-01-09 02:02:12Z");
        assert_eq!(body["error_uri"], "https://login.example.test/error?code=50173");
        assert_eq!(body["suberror"], "bad_token");
        assert_eq!(body["claims"], "{}");
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with("AADSTS50173: "), "{description}");
        assert!(description.contains(
            "Sign in again.\r\nTrace ID: 00000000-0000-0000-0000-000000000001\r\nCorrelation ID: "
        ));
        assert!(description.ends_with("\r\nTimestamp: 2026-01-09 02:02:12Z"));
    }

    #[test]
    fn oauth_error_status_follows_the_error() {
        let rule = || RuleId::new("OAUTH-ERROR-STATUS");
        assert_eq!(
            OAuthFailure::new(Code::CLIENT_SECRET_WRONG, rule(), "").http_status(),
            401
        );
        assert_eq!(
            OAuthFailure::new(Code::SCOPE_INVALID, rule(), "").http_status(),
            400
        );
        let broken = OAuthFailure::new(Code::SCOPE_INVALID, rule(), "").with_error(OAuthError::ServerError);
        assert_eq!(broken.http_status(), 500);
    }

    #[test]
    fn detail_of_a_refusal_stays_inside() {
        let refusal = Refusal::new(
            Code::CERTIFICATE_REVOKED,
            RuleId::new("CRL-ENTRY"),
            "serial 4711 of CN=Alice",
        );
        let failure = OAuthFailure::from(refusal);
        assert!(!failure.to_json(&context()).to_string().contains("4711"));
    }
}
