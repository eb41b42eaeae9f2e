//! What a refusal page shows for the help desk.

use std::fmt::Write as _;

/// The details of one refusal. Holds no secret. Source: certificate-sign-in §10, last paragraph.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The code as people quote it, `AADSTS500171`.
    pub code: Option<String>,
    /// The code's name.
    pub code_name: Option<String>,
    /// The sentence with the compared values filled in.
    pub detail: Option<String>,
    /// The rule that decided.
    pub rule: Option<String>,
    /// Correlation id.
    pub correlation_id: String,
    /// Id of this one request.
    pub request_id: String,
    /// Time in UTC.
    pub time: String,
    /// The certificate, when one was received.
    pub certificate: Option<ReceivedCertificate>,
    /// The deciding steps that compared values.
    pub compared: Vec<ComparedRow>,
}

/// The part of a certificate that people recognise it by.
#[derive(Clone, Debug)]
pub struct ReceivedCertificate {
    /// Subject name.
    pub subject: String,
    /// Issuer name.
    pub issuer: String,
    /// End of validity.
    pub not_after: String,
}

/// One step of the decision.
#[derive(Clone, Debug)]
pub struct ComparedRow {
    /// Rule id.
    pub rule: String,
    /// How it came out.
    pub result: String,
    /// The values.
    pub values: Vec<ComparedValue>,
}

/// One compared value.
#[derive(Clone, Debug)]
pub struct ComparedValue {
    /// What it is.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What the person can do next. A new flow token per attempt. Source: certificate-sign-in §11.3.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Certificate page on a fresh host name, so that the browser asks again.
    pub another_certificate_url: String,
    /// Path of the login endpoint.
    pub login_action: String,
    /// `ctx`
    pub context: String,
    /// A fresh `flowtoken`.
    pub flow_token: String,
    /// The user name of the attempt, so that it need not be typed again.
    pub user_name: Option<String>,
}

impl Report {
    /// The details as plain lines, to be copied into a ticket.
    #[must_use]
    pub fn as_text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "{name}: {value}");
        };
        if let Some(code) = &self.code {
            line("Error code", code);
        }
        if let Some(detail) = &self.detail {
            line("What happened", detail);
        }
        if let Some(rule) = &self.rule {
            line("Rule", rule);
        }
        line("Correlation id", &self.correlation_id);
        line("Request id", &self.request_id);
        line("Time", &self.time);
        if let Some(certificate) = &self.certificate {
            line("Subject", &certificate.subject);
            line("Issuer", &certificate.issuer);
            line("Valid until", &certificate.not_after);
        }
        for row in &self.compared {
            let values: Vec<String> = row
                .values
                .iter()
                .map(|value| format!("{}={}", value.name, value.value))
                .collect();
            line(&row.rule, &format!("{} {}", row.result, values.join(", ")));
        }
        text.truncate(text.trim_end().len());
        text
    }
}
