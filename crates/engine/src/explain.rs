//! Use case: say step by step what would happen if a certificate signed a user in.

mod exported;
mod live;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use lanyard_pki::{Certificate, CrlIndex, CrlKind, CrlSlot, IngestOptions, RevocationView, TrustStore};
use lanyard_verdict::{Refusal, Trace, Verdict};

pub use self::exported::{ExplainRequest, explain};
pub use self::live::LiveExplainRequest;
use crate::EngineError;
use crate::judge::CertificateOutcome;

/// The explanation of a verdict.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The moment decided for.
    pub at: Timestamp,
    /// The account.
    pub user: String,
    /// Display name of the application, when one was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Subject of the certificate.
    pub subject: String,
    /// Why not; `None`: the certificate would sign the user in.
    pub refusal: Option<Refusal>,
    /// Counts as multifactor.
    pub multifactor: bool,
    /// What the explanation could not know.
    pub notes: Vec<String>,
    /// Every step.
    pub steps: Trace,
}

impl Explanation {
    /// For people.
    #[must_use]
    pub fn render(&self) -> String {
        let verdict = match &self.refusal {
            None if self.multifactor => "would sign in, as multifactor".to_owned(),
            None => "would sign in, as a single factor".to_owned(),
            Some(refusal) => format!(
                "would be refused: {} by {}\n  {}",
                refusal.code, refusal.rule, refusal.detail
            ),
        };
        let notes: String = self.notes.iter().map(|note| format!("note: {note}\n")).collect();
        let tree = lanyard_audit::render_tree(&self.steps);
        let application = self.application.iter().map(|name| format!(" to '{name}'"));
        format!(
            "{} as {}{} at {}\n{verdict}\n\n{tree}{notes}",
            self.subject,
            self.user,
            application.collect::<String>(),
            self.at
        )
    }
}

fn conclude(
    verdict: Verdict<CertificateOutcome>,
    user_name: &str,
    certificate: &Certificate,
    at: Timestamp,
    mut notes: Vec<String>,
) -> Explanation {
    let (refusal, multifactor) = match verdict.outcome {
        CertificateOutcome::Accepted(accepted) => (None, accepted.multifactor),
        CertificateOutcome::Refused(refusal) => (Some(refusal), false),
        CertificateOutcome::CrlNeeded(needed) => {
            let refusal = needed.into_iter().next().map(|request| request.otherwise);
            notes.push(
                "a revocation list is missing: a server would download it now; give it with --crl".to_owned(),
            );
            (refusal, false)
        }
    };
    Explanation {
        at,
        user: user_name.to_owned(),
        application: None,
        subject: certificate.facts().subject.to_string(),
        refusal,
        multifactor,
        notes,
        steps: verdict.steps,
    }
}

/// Takes each list in for the authority that signed it.
fn ingest(
    trust: &TrustStore,
    mut view: RevocationView,
    crls: &[Vec<u8>],
    at: Timestamp,
) -> Result<RevocationView, EngineError> {
    for der in crls {
        let index = trust.authorities().find_map(|(id, authority)| {
            [CrlKind::Base, CrlKind::Delta].into_iter().find_map(|kind| {
                let index =
                    CrlIndex::ingest(der, &authority.certificate, kind, &IngestOptions::default(), at)
                        .ok()?;
                Some((id, kind, index))
            })
        });
        let Some((id, kind, index)) = index else {
            return Err(EngineError::InvalidChange(
                "a given CRL was not signed by any stored authority, or is not valid now".to_owned(),
            ));
        };
        view = view.with(id, kind, CrlSlot::Available(Arc::new(index)));
    }
    Ok(view)
}
