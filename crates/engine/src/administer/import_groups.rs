//! Bringing groups and very many memberships.

use std::collections::{HashMap, HashSet};

use lanyard_directory::{Group, GroupDetails, GroupId, TenantId, UserId};
use lanyard_storage::{Member, MemberKind, Write};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::{Actor, ImportFinding, Told};
use crate::change_safety::MembershipChange;
use crate::{Engine, EngineError};

/// Memberships written in one unit of work.
const BUNDLE: usize = 1_000;

/// A group to bring, with the object ids of its direct members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewGroup {
    /// Object id, kept.
    pub id: Uuid,
    /// Name shown to people.
    pub display_name: String,
    /// Mail nickname; made from the name when `None`.
    pub mail_nickname: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What else is known about it.
    pub details: GroupDetails,
    /// Users and groups.
    pub members: Vec<Uuid>,
}

/// Something that is said to be a member and is neither user nor group of the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Object id.
    pub id: Uuid,
    /// Name of the group.
    pub group: String,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedGroups {
    /// Groups that are new.
    pub created: usize,
    /// Groups that were there already and were left as they are, but for members.
    pub present: usize,
    /// Memberships that are new.
    pub members: usize,
    /// Members that were passed over.
    pub strangers: Vec<Stranger>,
}

impl Engine {
    /// Creates groups that are not there and adds members that are missing; takes nobody out. Groups may be members of
    /// groups that stand later.
    ///
    /// Rule `IMPORT-GROUPS`: all groups are checked before the first is created; a group that is there keeps its properties and gets the
    /// members it lacks, in bundles of a thousand with one audit row each, so that an import that was broken off is completed by
    /// running it again; what is neither a user nor a group of the tenant is passed over and named.
    /// Source: directory-policy-tokens §2.3.
    ///
    /// `progress` is told how many members are done.
    ///
    /// # Errors
    /// Only when the database fails. The inner error lists what is wrong; nothing was created then.
    pub async fn import_groups(
        &self,
        actor: &Actor,
        tenant: TenantId,
        groups: &[NewGroup],
        mut progress: impl FnMut(&'static str, usize),
    ) -> Result<Result<ImportedGroups, Vec<ImportFinding>>, EngineError> {
        let mut made = Vec::with_capacity(groups.len());
        let mut findings = Vec::new();
        let mut ids = HashSet::new();
        for (row, new) in groups.iter().enumerate() {
            let group = self.drafted_group(tenant, new);
            if let Err(property) = group.check() {
                let message = property.to_string();
                findings.push(ImportFinding { row, message });
            }
            if !ids.insert(new.id) {
                let message = format!("the group {} is given twice", new.id);
                findings.push(ImportFinding { row, message });
            }
            made.push(group);
        }
        if !findings.is_empty() {
            return Ok(Err(findings));
        }
        let mut imported = ImportedGroups::default();
        for group in made {
            if self.store.group(tenant, group.id).await?.is_some() {
                imported.present += 1;
                continue;
            }
            let told = Told {
                actor,
                tenant,
                activity: "Add group",
                target: group.display_name.clone(),
                old: Value::Null,
                new: json!({ "id": group.id, "displayName": group.display_name }),
            };
            self.change(told, vec![Write::InsertGroup(group)]).await?;
            imported.created += 1;
        }
        let mut kinds = HashMap::new();
        for bundle in groups.chunks(BUNDLE) {
            let members: Vec<Uuid> = bundle
                .iter()
                .flat_map(|new| new.members.iter().copied())
                .collect();
            let users = self.store.present_users(tenant, &members).await?;
            kinds.extend(users.into_iter().map(|user| (user.0, Some(MemberKind::User))));
        }
        for new in groups {
            self.import_members(actor, tenant, new, &mut kinds, &mut imported)
                .await?;
            progress("members", imported.members);
        }
        self.directory.forget_users();
        Ok(Ok(imported))
    }

    async fn import_members(
        &self,
        actor: &Actor,
        tenant: TenantId,
        new: &NewGroup,
        kinds: &mut HashMap<Uuid, Option<MemberKind>>,
        imported: &mut ImportedGroups,
    ) -> Result<(), EngineError> {
        let group = GroupId(new.id);
        let mut known = HashSet::new();
        let mut after = None;
        loop {
            let page = self.store.members(tenant, group, after, 1_000).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            known.extend(page.iter().map(|member| member.id));
        }
        let mut missing = Vec::new();
        for &id in &new.members {
            if id == new.id || !known.insert(id) {
                continue;
            }
            let kind = match kinds.get(&id) {
                Some(kind) => *kind,
                None => {
                    let kind = self.kind_of_member(tenant, id).await?;
                    kinds.insert(id, kind);
                    kind
                }
            };
            match kind {
                Some(kind) => missing.push(Member { id, kind }),
                None => imported.strangers.push(Stranger {
                    id,
                    group: new.display_name.clone(),
                }),
            }
        }
        if !missing.is_empty() {
            let change = MembershipChange {
                group: new.id,
                joins: missing.iter().map(|member| member.id).collect(),
                ..MembershipChange::default()
            };
            self.guard_membership(tenant, change).await?;
        }
        for bundle in missing.chunks(BUNDLE) {
            let rows: Vec<_> = bundle.iter().map(|member| (group, *member)).collect();
            let ids: Vec<Uuid> = bundle.iter().map(|member| member.id).collect();
            let audit = self.audit_row(Told {
                actor,
                tenant,
                activity: "Bulk import group members - finished (bulk)",
                target: new.display_name.clone(),
                old: Value::Null,
                new: json!({ "group": group, "members": ids }),
            })?;
            self.store.insert_members(&rows, &audit).await?;
            imported.members += bundle.len();
        }
        Ok(())
    }

    async fn kind_of_member(&self, tenant: TenantId, id: Uuid) -> Result<Option<MemberKind>, EngineError> {
        if self.store.user(tenant, UserId(id)).await?.is_some() {
            return Ok(Some(MemberKind::User));
        }
        let group = self.store.group(tenant, GroupId(id)).await?;
        Ok(group.map(|_| MemberKind::Group))
    }

    pub(super) fn drafted_group(&self, tenant: TenantId, new: &NewGroup) -> Group {
        let display_name = new.display_name.trim().to_owned();
        let from_name = || {
            let nickname: String = display_name
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                .take(64)
                .collect();
            if nickname.is_empty() {
                "group".to_owned()
            } else {
                nickname
            }
        };
        Group {
            id: GroupId(new.id),
            tenant,
            mail_nickname: new.mail_nickname.clone().unwrap_or_else(from_name),
            display_name,
            description: new.description.clone(),
            details: new.details.clone(),
            created: self.now(),
        }
    }
}
