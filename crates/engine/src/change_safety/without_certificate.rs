//! People the method is for who have no certificate that works.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use lanyard_certificate_policy::{MethodPolicy, TargetOutcome, in_scope};
use lanyard_directory::{GroupId, TenantId, User};
use lanyard_pki::RevocationView;

use crate::directory_memory::UserEntry;
use crate::judge::CertificateOutcome;
use crate::{Engine, EngineError, TenantSnapshot};

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

/// The groups that a group belongs to, itself included; worked out as they come up.
struct GroupsAbove {
    outer: HashMap<GroupId, Vec<GroupId>>,
    known: HashMap<GroupId, Arc<Vec<Uuid>>>,
}

impl GroupsAbove {
    async fn read(engine: &Engine, tenant: TenantId) -> Result<Self, EngineError> {
        let mut outer: HashMap<GroupId, Vec<GroupId>> = HashMap::new();
        for (group, inner) in engine.store.groups_in_groups(tenant).await? {
            outer.entry(inner).or_default().push(group);
        }
        Ok(Self {
            outer,
            known: HashMap::new(),
        })
    }

    fn of(&mut self, group: GroupId) -> Arc<Vec<Uuid>> {
        if let Some(known) = self.known.get(&group) {
            return Arc::clone(known);
        }
        let (mut all, mut next) = (BTreeSet::from([group]), vec![group]);
        while let Some(group) = next.pop() {
            for outer in self.outer.get(&group).into_iter().flatten() {
                // Groups may be nested in a circle.
                if all.insert(*outer) {
                    next.push(*outer);
                }
            }
        }
        let groups = Arc::new(all.into_iter().map(|group| group.0).collect());
        self.known.insert(group, Arc::clone(&groups));
        groups
    }
}

/// What is the same for all accounts.
struct Question {
    present: Arc<TenantSnapshot>,
    since: Timestamp,
    days: u16,
    above: GroupsAbove,
    revocation: Arc<RevocationView>,
}

impl Engine {
    /// Everybody the method is for who did not sign in with a certificate that would work today, at most so many; each is
    /// handed to `found` at once, so that a large tenant needs no memory for them, and `looked_at` is told how many accounts
    /// were looked at.
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
        mut found: impl FnMut(PersonWithoutCertificate),
        mut looked_at: impl FnMut(usize),
    ) -> Result<(), EngineError> {
        let present = self.present_snapshot(tenant)?;
        let days = present.configuration.settings.change_guard.days;
        let since = self
            .now()
            .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
            .unwrap_or(Timestamp::MIN);
        let mut question = Question {
            present,
            since,
            days,
            above: GroupsAbove::read(self, tenant).await?,
            revocation: self.crls.view(),
        };
        let mut after: Option<String> = None;
        let (mut count, mut left) = (0, limit);
        loop {
            let page = self.store.users(tenant, after.as_deref(), PAGE).await?;
            count += page.len();
            let whole = page.len() == PAGE as usize;
            after = page
                .last()
                .filter(|_| whole)
                .map(|user| User::upn_key(&user.user_principal_name));
            for person in self.without_certificate_of(&mut question, page, left).await? {
                found(person);
                left -= 1;
            }
            looked_at(count);
            if left == 0 || after.is_none() {
                return Ok(());
            }
        }
    }

    /// Those of a page; groups and sign-ins are read by a few statements for all of them.
    async fn without_certificate_of(
        &self,
        question: &mut Question,
        mut page: Vec<User>,
        most: usize,
    ) -> Result<Vec<PersonWithoutCertificate>, EngineError> {
        let tenant = question.present.tenant.id;
        page.retain(|user| user.account_enabled);
        let ids: Vec<Uuid> = page.iter().map(|user| user.id.0).collect();
        let mut direct: HashMap<Uuid, Vec<GroupId>> = HashMap::new();
        for (member, group) in self.store.groups_of_many(tenant, &ids).await? {
            direct.entry(member).or_default().push(group);
        }
        let mut targeted = Vec::new();
        for user in page {
            let mut groups = BTreeSet::new();
            for group in direct.get(&user.id.0).into_iter().flatten() {
                groups.extend(question.above.of(*group).iter().copied());
            }
            let configuration = &question.present.configuration;
            if configuration.settings.emergency_accounts.contains(&user.id)
                || is_targeted(&configuration.x509_policy, &groups)
            {
                let groups = groups.into_iter().collect();
                targeted.push(UserEntry { user, groups });
            }
        }
        let ids: Vec<Uuid> = targeted.iter().map(|entry| entry.user.id.0).collect();
        let signed_in = self
            .store
            .users_with_sign_ins(&ids, question.since.as_microsecond())
            .await?;
        let mut found = Vec::new();
        for entry in targeted {
            if found.len() == most {
                break;
            }
            let reason = if signed_in.contains(&entry.user.id) {
                self.why_no_certificate_works(question, &entry).await?
            } else {
                Some(format!(
                    "no certificate was used in the last {} days",
                    question.days
                ))
            };
            if let Some(reason) = reason {
                found.push(PersonWithoutCertificate {
                    has_certificate_user_ids: !entry.user.certificate_user_ids.is_empty(),
                    user_principal_name: entry.user.user_principal_name,
                    display_name: entry.user.display_name,
                    reason,
                });
            }
        }
        Ok(found)
    }

    /// `None` when a certificate that was used lately works.
    async fn why_no_certificate_works(
        &self,
        question: &mut Question,
        entry: &UserEntry,
    ) -> Result<Option<String>, EngineError> {
        let tenant = question.present.tenant.id;
        let mut refused = None;
        for pair in self
            .certificates_of_account(tenant, question.since, entry.user.id)
            .await?
        {
            let verdict = self
                .judge_and_learn(
                    &question.present,
                    entry,
                    &pair.certificate,
                    &mut question.revocation,
                    None,
                )
                .await;
            match verdict.outcome {
                CertificateOutcome::Accepted(_) => return Ok(None),
                CertificateOutcome::Refused(refusal) => refused = Some(refusal.detail),
                CertificateOutcome::CrlNeeded(_) => {}
            }
        }
        Ok(Some(match refused {
            Some(detail) => format!("the certificate used last would be refused: {detail}"),
            None => format!("no certificate was used in the last {} days", question.days),
        }))
    }
}

fn is_targeted(policy: &MethodPolicy, groups: &BTreeSet<Uuid>) -> bool {
    let verdict = in_scope(&policy.include_targets, &policy.exclude_targets, groups);
    policy.state.is_enabled() && !matches!(verdict.outcome, TargetOutcome::Refused(_))
}
