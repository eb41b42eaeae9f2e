//! Changed memberships: who would be in which group.

use std::collections::{BTreeSet, HashMap};

use lanyard_certificate_policy::{MethodPolicy, Target, TargetId};
use lanyard_directory::{GroupId, TenantId, UserId};
use uuid::Uuid;

use super::Draft;
use crate::administer::MAX_MEMBERS_AT_ONCE;
use crate::directory_memory::UserEntry;
use crate::{Engine, EngineError};

/// Direct members that come and go; nothing is said of those that stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembershipChange {
    /// The group.
    pub group: Uuid,
    /// Users and groups that become members.
    pub joins: Vec<Uuid>,
    /// Users and groups that are members no more.
    pub leaves: Vec<Uuid>,
    /// The group itself goes away, from every group it is in, too.
    pub dissolved: bool,
}

/// Direct memberships that were looked up, by member.
pub(super) type KnownMemberships = HashMap<Uuid, Vec<Uuid>>;

impl MembershipChange {
    /// The groups somebody is a direct member of afterwards.
    fn applied(&self, member: Uuid, direct: &[Uuid]) -> Vec<Uuid> {
        let mut groups: Vec<Uuid> = direct
            .iter()
            .copied()
            .filter(|group| *group != self.group || !(self.dissolved || self.leaves.contains(&member)))
            .collect();
        if self.dissolved && member == self.group {
            return Vec::new();
        }
        if self.joins.contains(&member) && !groups.contains(&self.group) {
            groups.push(self.group);
        }
        groups
    }

    /// Whether anything changes for somebody who is in these groups.
    fn concerns(&self, user: UserId, groups: &[Uuid]) -> bool {
        let touched = |id: &Uuid| self.joins.contains(id) || self.leaves.contains(id);
        touched(&user.0) || groups.iter().any(touched) || (self.dissolved && groups.contains(&self.group))
    }
}

impl Engine {
    /// Refuses a change of membership that would lock people out.
    ///
    /// Rule `CHANGE-GUARDS-GROUPS`: when somebody leaves a group that targets or CA scopes of the method name, or one inside of such a
    /// group, or comes into an excluded one, or such a group goes away, the recent sign-ins are judged again as for a change of
    /// policy; of all else, which can cut nobody off, nothing is asked. Source: certificate-sign-in §7.1, §8.4, §8.5.
    pub(crate) async fn guard_membership(
        &self,
        tenant: TenantId,
        change: MembershipChange,
    ) -> Result<(), EngineError> {
        let present = self.present_snapshot(tenant)?;
        let policy = &present.configuration.x509_policy;
        if !policy.is_enabled() {
            return Ok(());
        }
        let mut named = BTreeSet::new();
        if change.dissolved || !change.leaves.is_empty() {
            named.extend(groups_that_let_in(policy));
        }
        if !change.joins.is_empty() {
            named.extend(groups_of(&policy.exclude_targets));
        }
        if named.is_empty() {
            return Ok(());
        }
        let above = self.store.transitive_groups_of(tenant, change.group).await?;
        if !named.contains(&change.group) && !above.iter().any(|group| named.contains(&group.0)) {
            return Ok(());
        }
        let draft = Draft {
            membership: Some(change),
            ..Draft::default()
        };
        self.guard(tenant, draft).await
    }

    /// The accounts a draft is about, when it is about a few that are named.
    pub(super) async fn only_accounts(
        &self,
        tenant: TenantId,
        draft: &Draft,
    ) -> Result<Option<Vec<UserId>>, EngineError> {
        if draft.configuration.is_some() {
            return Ok(None);
        }
        let mut accounts: Vec<UserId> = draft.user.iter().map(|user| user.id).collect();
        accounts.extend(draft.no_administrator);
        if let Some(change) = &draft.membership {
            if change.dissolved || change.joins.len() + change.leaves.len() > MAX_MEMBERS_AT_ONCE {
                return Ok(None);
            }
            for id in change.joins.iter().chain(&change.leaves) {
                match self.store.user(tenant, UserId(*id)).await? {
                    Some(user) => accounts.push(user.id),
                    // A group: many may be in it.
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(accounts).filter(|accounts| !accounts.is_empty()))
    }

    /// All groups of an account after the change; `None` when they stay.
    pub(super) async fn groups_after(
        &self,
        tenant: TenantId,
        entry: &UserEntry,
        change: &MembershipChange,
        known: &mut KnownMemberships,
    ) -> Result<Option<Vec<Uuid>>, EngineError> {
        if !change.concerns(entry.user.id, &entry.groups) {
            return Ok(None);
        }
        let mut all = BTreeSet::new();
        let mut waiting = vec![entry.user.id.0];
        while let Some(member) = waiting.pop() {
            let direct = match known.get(&member) {
                Some(direct) => direct.clone(),
                None => {
                    let groups = self.store.groups_of(tenant, member).await?;
                    let direct: Vec<Uuid> = groups.iter().map(|GroupId(id)| *id).collect();
                    // Of accounts there are many, and each is asked once.
                    if member != entry.user.id.0 {
                        known.insert(member, direct.clone());
                    }
                    direct
                }
            };
            waiting.extend(
                change
                    .applied(member, &direct)
                    .into_iter()
                    .filter(|group| all.insert(*group)),
            );
        }
        Ok(Some(all.into_iter().collect()))
    }
}

/// Groups whose members the method is for, or who may use an authority.
fn groups_that_let_in(policy: &MethodPolicy) -> impl Iterator<Item = Uuid> {
    let scopes = policy
        .certificate_authority_scopes
        .iter()
        .flat_map(|scope| groups_of(&scope.include_targets));
    groups_of(&policy.include_targets).chain(scopes)
}

fn groups_of(targets: &[Target]) -> impl Iterator<Item = Uuid> {
    targets.iter().filter_map(|target| match target.id {
        TargetId::Group(id) => Some(id),
        TargetId::AllUsers => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memberships_after_a_change() {
        // CHANGE-GUARDS-GROUPS
        let [group, other, member, stranger] = [1, 2, 3, 4].map(Uuid::from_u128);
        let of = |joins: &[Uuid], leaves: &[Uuid], dissolved| MembershipChange {
            group,
            joins: joins.to_vec(),
            leaves: leaves.to_vec(),
            dissolved,
        };
        for (change, direct, after, concerned) in [
            (of(&[member], &[], false), vec![other], vec![other, group], true),
            (of(&[member], &[], false), vec![group], vec![group], true),
            (of(&[], &[member], false), vec![group, other], vec![other], true),
            (of(&[], &[stranger], false), vec![group], vec![group], false),
            (of(&[], &[], true), vec![group, other], vec![other], true),
            (of(&[], &[], true), vec![other], vec![other], false),
        ] {
            assert_eq!(change.applied(member, &direct), after, "{change:?}");
            assert_eq!(change.concerns(UserId(member), &direct), concerned, "{change:?}");
        }
        assert!(of(&[], &[], true).applied(group, &[other]).is_empty());
    }
}
