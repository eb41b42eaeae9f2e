//! How a sign-in came out.

use lanyard_verdict::{Code, Refusal, RuleId};
use serde::{Deserialize, Serialize};

/// How a sign-in came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "camelCase")]
pub enum SignInStatus {
    /// Signed in, or token issued.
    Success,
    /// A page was shown on the way; the outcome is in a later row of the same correlation id.
    Interrupted {
        /// The number shown as errorCode.
        code: Code,
        /// What was asked for.
        reason: String,
    },
    /// Refused.
    Failure {
        /// The number shown as errorCode.
        code: Code,
        /// The rule that refused; `None` when the request itself was wrong.
        rule: Option<RuleId>,
        /// The filled-in sentence with the compared values.
        detail: String,
    },
}

impl SignInStatus {
    /// The failure that a refusal is; a code of the interrupt set makes it an interruption.
    #[must_use]
    pub fn of_refusal(refusal: &Refusal) -> Self {
        if refusal.code.is_interrupt() {
            Self::Interrupted {
                code: refusal.code,
                reason: refusal.detail.clone(),
            }
        } else {
            Self::Failure {
                code: refusal.code,
                rule: Some(refusal.rule.clone()),
                detail: refusal.detail.clone(),
            }
        }
    }

    /// `status.errorCode`: 0 on success.
    #[must_use]
    pub const fn error_code(&self) -> u32 {
        match self {
            Self::Success => 0,
            Self::Interrupted { code, .. } | Self::Failure { code, .. } => code.number(),
        }
    }

    /// `status.failureReason`, with every value filled in.
    ///
    /// Rule `LOG-FILLED-REASON`: a failure reason is the code's sentence followed by the values that were compared, never a
    /// text with open placeholders. Source: certificate-sign-in §9.2.
    #[must_use]
    pub fn failure_reason(&self) -> String {
        let (code, detail) = match self {
            // What Graph clients are used to see on success.
            Self::Success => return "Other.".to_owned(),
            Self::Interrupted { code, reason } => (code, reason),
            Self::Failure { code, detail, .. } => (code, detail),
        };
        match (code.entry(), detail.is_empty()) {
            (Some(entry), true) => entry.text.to_owned(),
            (Some(entry), false) => format!("{} {detail}", entry.text),
            (None, _) => detail.clone(),
        }
    }

    /// `status.additionalDetails`: the one thing to do.
    #[must_use]
    pub fn additional_details(&self) -> Option<&'static str> {
        match self {
            Self::Success => None,
            Self::Interrupted { code, .. } | Self::Failure { code, .. } => {
                code.entry().map(|entry| entry.hint)
            }
        }
    }
}
