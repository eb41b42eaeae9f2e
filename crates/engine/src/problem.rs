//! What a person is told when something was refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use lanyard_verdict::{Code, Input, RuleId};

/// A refusal as a page shows it. Holds no secret and nothing about other accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// The stable error number.
    pub code: Code,
    /// One sentence for the person.
    pub title: String,
    /// The one thing to do next.
    pub hint: String,
    /// The filled-in sentence for the administrator ("More details").
    pub detail: String,
    /// The rule that decided, when a rule did.
    pub rule: Option<RuleId>,
    /// What was compared in the deciding step.
    pub compared: Vec<Input>,
    /// Ties the page to the log.
    pub correlation_id: Uuid,
    /// This request.
    pub request_id: Uuid,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The certificate that was received, if any.
    pub certificate: Option<CertificateSummary>,
    /// How to try again with another certificate, when that can help.
    pub retry: Option<Retry>,
    /// HTTP status that fits.
    pub http_status: u16,
    /// Seconds to wait before trying again, when there were too many attempts.
    pub retry_after_secs: Option<u32>,
}

/// What a page may say about a received certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CertificateSummary {
    /// Subject, leaf-first.
    pub subject: String,
    /// Issuer, leaf-first.
    pub issuer: String,
    /// End of validity.
    pub not_after: Timestamp,
}

/// A new attempt on a host name the browser has made no certificate choice for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Retry {
    /// Where the form posts (`CertAuthUrl`).
    pub certauth_url: String,
    /// Context to send as `ctx`.
    pub context: String,
    /// Fresh flow token to send as `flowToken`.
    pub flow_token: String,
    /// The user name of the attempt, for "other ways to sign in".
    pub user_name: String,
}

impl Problem {
    /// A problem in the catalogue's words.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>, facts: &crate::RequestFacts, now: Timestamp) -> Self {
        let entry = code.entry();
        Self {
            code,
            title: entry
                .map_or("Something went wrong.", |entry| entry.text)
                .to_owned(),
            hint: entry.map_or("Start again.", |entry| entry.hint).to_owned(),
            detail: detail.into(),
            rule: None,
            compared: Vec::new(),
            correlation_id: facts.correlation_id,
            request_id: facts.request_id,
            timestamp: now,
            certificate: None,
            retry: None,
            http_status: 400,
            retry_after_secs: None,
        }
    }
}
