//! People the method is for who have no certificate that works.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use lanyard_certificate_policy::{MethodPolicy, TargetOutcome, in_scope};
use lanyard_directory::{TenantId, User};

use crate::directory_memory::UserEntry;
use crate::judge::CertificateOutcome;
use crate::{Engine, EngineError};

/// Accounts read at once.
const PAGE: u32 = 1_000;

/// A person in scope who could not sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonWithoutCertificate {
    /// The account.
    pub user_principal_name: String,
    /// Name shown to people.
    pub display_name: String,
    /// Whether certificate ids are registered for the account.
    pub has_certificate_user_ids: bool,
    /// What was found.
    pub reason: String,
}

impl Engine {
    /// Everybody the method is for who did not sign in with a certificate that would work today.
    ///
    /// Rule `SCOPE-WITHOUT-CERTIFICATE`: who is in the scope of the method counts as capable of multifactor authentication and
    /// depends on a certificate; enabled accounts without one that worked lately are listed. Source: certificate-sign-in §7.1.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown tenant.
    pub async fn people_without_certificate(
        &self,
        tenant: TenantId,
        limit: usize,
    ) -> Result<Vec<PersonWithoutCertificate>, EngineError> {
        let present = self.present_snapshot(tenant)?;
        let days = present.configuration.settings.change_guard.days;
        let since = self
            .now()
            .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
            .unwrap_or(Timestamp::MIN);
        let settings = &present.configuration.settings;
        let policy = &present.configuration.x509_policy;
        let mut revocation = self.crls.view();
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.store.users(tenant, after.as_deref(), PAGE).await?;
            let last = page.last().map(|user| User::upn_key(&user.user_principal_name));
            let whole = page.len() == PAGE as usize;
            for user in page.into_iter().filter(|user| user.account_enabled) {
                let groups = self.store.transitive_groups_of(tenant, user.id.0).await?;
                let groups: Vec<_> = groups.into_iter().map(|group| group.0).collect();
                let emergency = settings.emergency_accounts.contains(&user.id);
                if !emergency && !is_targeted(policy, &groups) {
                    continue;
                }
                let recent = self.certificates_of_account(tenant, since, user.id).await?;
                let entry = UserEntry { user, groups };
                let mut refused = None;
                let mut able = false;
                for pair in recent {
                    let verdict = self
                        .judge_and_learn(&present, &entry, &pair.certificate, &mut revocation, None)
                        .await;
                    match verdict.outcome {
                        CertificateOutcome::Accepted(_) => able = true,
                        CertificateOutcome::Refused(refusal) => refused = Some(refusal.detail),
                        CertificateOutcome::CrlNeeded(_) => {}
                    }
                }
                if able {
                    continue;
                }
                let user = entry.user;
                let reason = match refused {
                    Some(detail) => format!("the certificate used last would be refused: {detail}"),
                    None => format!("no certificate was used in the last {days} days"),
                };
                found.push(PersonWithoutCertificate {
                    has_certificate_user_ids: !user.certificate_user_ids.is_empty(),
                    user_principal_name: user.user_principal_name,
                    display_name: user.display_name,
                    reason,
                });
                if found.len() >= limit {
                    return Ok(found);
                }
            }
            match last.filter(|_| whole) {
                Some(last) => after = Some(last),
                None => return Ok(found),
            }
        }
    }
}

fn is_targeted(policy: &MethodPolicy, groups: &[Uuid]) -> bool {
    let groups: BTreeSet<Uuid> = groups.iter().copied().collect();
    let verdict = in_scope(&policy.include_targets, &policy.exclude_targets, &groups);
    policy.state.is_enabled() && !matches!(verdict.outcome, TargetOutcome::Refused(_))
}
