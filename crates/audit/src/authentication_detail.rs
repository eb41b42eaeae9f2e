//! One authentication method used.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::SignInStatus;

/// One authentication method used. Source: certificate-sign-in §9.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationDetail {
    /// When the step was taken.
    pub authentication_step_date_time: Timestamp,
    /// `X.509 Certificate`, …
    pub authentication_method: String,
    /// What exactly: subject and mode of a certificate.
    pub authentication_method_detail: String,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// One sentence.
    pub authentication_step_result_detail: String,
    /// `Primary authentication` or `Multifactor authentication`.
    pub authentication_step_requirement: String,
}

impl AuthenticationDetail {
    /// The method name of certificates. Consumers look for the word "certificate".
    pub const CERTIFICATE: &'static str = "X.509 Certificate";

    /// The entry of a certificate step.
    ///
    /// Rule `LOG-CERTIFICATE-METHOD`: the method of a certificate sign-in is written `X.509 Certificate`, with subject and
    /// mode as its detail. Source: certificate-sign-in §9.2.
    #[must_use]
    pub fn certificate(taken: Timestamp, subject: &str, is_multifactor: bool, status: &SignInStatus) -> Self {
        let succeeded = matches!(status, SignInStatus::Success);
        let mode = if is_multifactor {
            "multiFactor"
        } else {
            "singleFactor"
        };
        let result_detail = match (succeeded, is_multifactor) {
            (true, true) => "MFA requirement satisfied by certificate".to_owned(),
            (true, false) => "First factor requirement satisfied by certificate".to_owned(),
            (false, _) => status.failure_reason(),
        };
        Self {
            authentication_step_date_time: taken,
            authentication_method: Self::CERTIFICATE.to_owned(),
            authentication_method_detail: format!("{subject}; {mode}"),
            succeeded,
            authentication_step_result_detail: result_detail,
            authentication_step_requirement: "Primary authentication".to_owned(),
        }
    }
}
