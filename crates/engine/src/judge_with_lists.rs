//! Judging with revocation lists that may still have to be downloaded.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use lanyard_pki::{Certificate, CrlRequest, RevocationView};
use lanyard_verdict::Verdict;

use crate::crl_updates::not_renewed;
use crate::directory_memory::UserEntry;
use crate::judge::{CertificateOutcome, CertificateQuestion, judge_certificate};
use crate::{Engine, TenantSnapshot, WantedCrl};

impl Engine {
    /// Judges with the lists in `revocation`; downloads what is missing and judges again until nothing more is asked for.
    ///
    /// Rule `CRL-ASKED-ONCE`: each list is asked for once per verdict; one that is wanted again although it was just fetched is
    /// answered as the chain's verdict says. Source: certificate-sign-in §4.2.
    pub(crate) async fn judge_with_lists(
        &self,
        tenant: &TenantSnapshot,
        user: &UserEntry,
        certificate: &Certificate,
        mut revocation: Arc<RevocationView>,
        at: Option<Timestamp>,
    ) -> Verdict<CertificateOutcome> {
        self.judge_and_learn(tenant, user, certificate, &mut revocation, at)
            .await
    }

    /// The same; the lists that were downloaded stay in `revocation` for the next verdict.
    pub(crate) async fn judge_and_learn(
        &self,
        tenant: &TenantSnapshot,
        user: &UserEntry,
        certificate: &Certificate,
        revocation: &mut Arc<RevocationView>,
        at: Option<Timestamp>,
    ) -> Verdict<CertificateOutcome> {
        let mut asked = HashSet::new();
        loop {
            let verdict = judge_certificate(&CertificateQuestion {
                tenant,
                user: &user.user,
                groups: &user.groups,
                certificate,
                revocation,
                now: at.unwrap_or_else(|| self.now()),
            });
            let CertificateOutcome::CrlNeeded(needed) = verdict.outcome else {
                return verdict;
            };
            let (fresh, again): (Vec<CrlRequest>, Vec<CrlRequest>) = needed
                .into_iter()
                .partition(|request| asked.insert((request.authority, request.kind)));
            let wanted = fresh
                .iter()
                .filter_map(|request| {
                    let authority = tenant.trust.authority(&request.authority)?.clone();
                    Some(WantedCrl {
                        authority,
                        kind: request.kind,
                    })
                })
                .collect();
            let mut view = self.crls.obtain(revocation, wanted).await;
            for request in again {
                let slot = not_renewed(&view, request.authority, request.kind, request.otherwise);
                view = view.with(request.authority, request.kind, slot);
            }
            *revocation = Arc::new(view);
        }
    }
}
