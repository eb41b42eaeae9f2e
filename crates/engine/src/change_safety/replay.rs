//! Judging recent certificates by what is in force and by a draft.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use lanyard_directory::{DirectoryRole, TenantId, UserId};
use lanyard_pki::{Certificate, RevocationView};

use super::membership::KnownMemberships;
use super::recent::RecentCertificates;
use super::{ChangeReport, ChangedOutcome, Draft, ReplayedOutcome};
use crate::directory_memory::UserEntry;
use crate::{Engine, EngineError, TenantSnapshot};

/// One side of the comparison.
struct Side {
    tenant: Arc<TenantSnapshot>,
    revocation: Arc<RevocationView>,
}

impl Side {
    async fn judge(
        &mut self,
        engine: &Engine,
        user: &UserEntry,
        certificate: &Certificate,
    ) -> ReplayedOutcome {
        let verdict = engine
            .judge_and_learn(&self.tenant, user, certificate, &mut self.revocation, None)
            .await;
        ReplayedOutcome::of(verdict.outcome)
    }
}

/// Who could sign in and who still could.
#[derive(Default)]
struct Tally {
    before: HashSet<UserId>,
    after: HashSet<UserId>,
}

impl Engine {
    /// Says who of the people that signed in lately would be treated otherwise by a draft, and why.
    ///
    /// Rule `CHANGE-REPLAYED`: a draft is judged by the sign-ins of the last days: each pair of account and certificate once, as
    /// the account is now, by the policy in force and by the draft, with one and the same function that signs people in.
    /// Source: certificate-sign-in §7.1, §11.2.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown tenant, [`EngineError::Configuration`] for a draft that cannot be read.
    pub async fn what_if(&self, tenant: TenantId, draft: Draft) -> Result<ChangeReport, EngineError> {
        let present = self.present_snapshot(tenant)?;
        let days = present.configuration.settings.change_guard.days;
        let since = self
            .now()
            .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
            .unwrap_or(Timestamp::MIN);
        let only = self.only_accounts(tenant, &draft).await?;
        let drafted = match draft.configuration {
            Some(configuration) => self.drafted_snapshot(tenant, configuration).await?,
            None => Arc::clone(&present),
        };
        let mut recent = match only.as_deref() {
            Some([one]) => self.recent_certificates(tenant, since, Some(*one)).await?,
            Some(few) => {
                let mut recent = RecentCertificates::default();
                recent.complete = true;
                for account in few {
                    recent.extend(self.certificates_of_account(tenant, since, *account).await?);
                }
                recent
            }
            None => self.recent_certificates(tenant, since, None).await?,
        };
        let complete = recent.complete;
        let administrators = self.keepers(&present).await?;
        let mut administrators_after = administrators.clone();
        if let Some(user) = draft.no_administrator
            && !drafted.configuration.settings.emergency_accounts.contains(&user)
        {
            administrators_after.remove(&user);
        }
        // In a large tenant an administrator's last sign-in may lie behind those of everybody else.
        if !complete || only.is_some() {
            for administrator in &administrators {
                recent.extend(
                    self.certificates_of_account(tenant, since, *administrator)
                        .await?,
                );
            }
        }
        let mut before = Side {
            tenant: present,
            revocation: self.crls.view(),
        };
        let mut after = Side {
            tenant: drafted,
            revocation: self.crls.view(),
        };
        let mut report = ChangeReport {
            since,
            certificates: recent.pairs.len(),
            complete,
            ..ChangeReport::default()
        };
        let mut tally = Tally::default();
        let mut people: HashMap<UserId, Option<Arc<UserEntry>>> = HashMap::new();
        let mut memberships = KnownMemberships::new();
        for pair in recent.pairs {
            let entry = match people.get(&pair.user) {
                Some(entry) => entry.clone(),
                None => {
                    let entry = self.user_lately(tenant, pair.user).await?;
                    people.insert(pair.user, entry.clone());
                    entry
                }
            };
            let Some(entry) = entry else { continue };
            let becomes = match &draft.user {
                Some(user) if user.id == pair.user => Arc::new(UserEntry {
                    user: user.clone(),
                    groups: entry.groups.clone(),
                }),
                _ => Arc::clone(&entry),
            };
            let becomes = match &draft.membership {
                Some(change) => match self
                    .groups_after(tenant, &becomes, change, &mut memberships)
                    .await?
                {
                    Some(groups) => Arc::new(UserEntry {
                        user: becomes.user.clone(),
                        groups,
                    }),
                    None => becomes,
                },
                None => becomes,
            };
            let was = before.judge(self, &entry, &pair.certificate).await;
            let will = after.judge(self, &becomes, &pair.certificate).await;
            if was.signs_in {
                tally.before.insert(pair.user);
            }
            if will.signs_in {
                tally.after.insert(pair.user);
            }
            if was.differs(&will) {
                let facts = pair.certificate.facts();
                report.changes.push(ChangedOutcome {
                    user_principal_name: entry.user.user_principal_name.clone(),
                    subject: facts.subject.to_string(),
                    certificate_sha256: data_encoding::HEXLOWER.encode(&facts.sha256_thumbprint),
                    last_used: pair.last_used,
                    before: was,
                    after: will,
                });
            }
            // Thousands of verdicts in a row: others want the thread, too.
            tokio::task::yield_now().await;
        }
        report.people = tally.before.len();
        report.cut_off = tally.before.difference(&tally.after).count();
        report.administrators = tally.before.intersection(&administrators).count();
        report.administrators_after = tally.after.intersection(&administrators_after).count();
        report
            .changes
            .sort_by_key(|changed| (changed.after.signs_in, changed.user_principal_name.clone()));
        Ok(report)
    }

    /// Accounts that can undo any change: global administrators and emergency accounts.
    async fn keepers(&self, tenant: &TenantSnapshot) -> Result<HashSet<UserId>, EngineError> {
        let assignments = self.store.role_assignments(tenant.tenant.id).await?;
        let mut keepers: HashSet<UserId> = assignments
            .into_iter()
            .filter(|assignment| assignment.role == DirectoryRole::GLOBAL_ADMINISTRATOR)
            .map(|assignment| assignment.principal)
            .collect();
        keepers.extend(&tenant.configuration.settings.emergency_accounts);
        Ok(keepers)
    }
}
