//! What a draft would change, for people and programs.

use jiff::Timestamp;
use serde::Serialize;

use crate::judge::CertificateOutcome;

/// What a draft does to the sign-ins of the last days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeReport {
    /// Sign-ins since this moment were looked at.
    pub since: Timestamp,
    /// Pairs of account and certificate that were judged again.
    pub certificates: usize,
    /// `false`: there were more sign-ins than are looked at; the newest were.
    pub complete: bool,
    /// Accounts that can sign in today with a certificate they used.
    pub people: usize,
    /// Of these, accounts that no certificate would sign in any more.
    pub cut_off: usize,
    /// Global administrators and emergency accounts that can sign in today.
    pub administrators: usize,
    /// Those that still could.
    pub administrators_after: usize,
    /// Every pair whose outcome would be another, people who would be refused first.
    pub changes: Vec<ChangedOutcome>,
}

/// One account and certificate whose outcome would be another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedOutcome {
    /// The account.
    pub user_principal_name: String,
    /// Subject of the certificate.
    pub subject: String,
    /// SHA-256 of the certificate, hex.
    pub certificate_sha256: String,
    /// When it was used last.
    pub last_used: Timestamp,
    /// What happens today.
    pub before: ReplayedOutcome,
    /// What would happen.
    pub after: ReplayedOutcome,
}

/// How a certificate was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayedOutcome {
    /// It signs the account in.
    pub signs_in: bool,
    /// As more than one factor.
    pub multifactor: bool,
    /// Error code of the refusal.
    pub code: Option<u32>,
    /// The rule that refused.
    pub rule: Option<String>,
    /// Why.
    pub detail: Option<String>,
}

impl ReplayedOutcome {
    pub(super) fn of(outcome: CertificateOutcome) -> Self {
        let refusal = match outcome {
            CertificateOutcome::Accepted(accepted) => {
                return Self {
                    signs_in: true,
                    multifactor: accepted.multifactor,
                    code: None,
                    rule: None,
                    detail: None,
                };
            }
            CertificateOutcome::Refused(refusal) => Some(refusal),
            CertificateOutcome::CrlNeeded(needed) => {
                needed.into_iter().next().map(|request| request.otherwise)
            }
        };
        Self {
            signs_in: false,
            multifactor: false,
            code: refusal.as_ref().map(|refusal| refusal.code.number()),
            rule: refusal.as_ref().map(|refusal| refusal.rule.to_string()),
            detail: refusal.map(|refusal| refusal.detail),
        }
    }

    /// One word for a table.
    #[must_use]
    pub fn word(&self) -> String {
        match (self.signs_in, self.multifactor, self.code) {
            (true, true, _) => "multifactor".to_owned(),
            (true, false, _) => "single factor".to_owned(),
            (false, _, Some(code)) => format!("refused, {code}"),
            (false, _, None) => "refused".to_owned(),
        }
    }

    /// Whether a person would notice the difference.
    pub(super) fn differs(&self, other: &Self) -> bool {
        (self.signs_in, self.multifactor, self.code, &self.rule)
            != (other.signs_in, other.multifactor, other.code, &other.rule)
    }
}

impl ChangeReport {
    /// Share of people who would be cut off, in percent, rounded up.
    #[must_use]
    pub fn cut_off_percent(&self) -> usize {
        (self.cut_off * 100).div_ceil(self.people.max(1))
    }
}
