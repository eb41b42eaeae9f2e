//! Creating very many groups and memberships.

use std::collections::{BTreeMap, HashMap, HashSet};

use lanyard_directory::{Group, GroupId, TenantId, User, UserId};
use lanyard_storage::{Member, MemberKind};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::{Actor, ImportFinding, ImportedGroups, NewGroup, Stranger, Told};
use crate::{Engine, EngineError};

/// Groups written in one unit of work; the other writers wait meanwhile.
const GROUPS: usize = 1_000;
/// Memberships written in one unit of work, and looked up at once.
const MEMBERS: usize = 5_000;

/// A group to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupToImport {
    /// Object id to keep, from another directory; without one the name decides whether the group is there already.
    pub id: Option<GroupId>,
    /// Name shown to people.
    pub display_name: String,
}

/// Who shall be a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberToImport {
    /// The user with this name.
    UserName(Box<str>),
    /// Another group of the import, by its position.
    Group(usize),
    /// A user of the tenant or a group of the import, by object id.
    Id(Uuid),
}

/// Groups and who belongs to them, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupRows {
    /// The groups.
    pub groups: Vec<GroupToImport>,
    /// Position of the group, and the member.
    pub members: Vec<(usize, MemberToImport)>,
}

impl Engine {
    /// Creates groups and adds members, in bundles, each whole or not at all, after everything was checked. Groups and
    /// memberships that are there already stay, so that an import that was broken off is completed by running it again.
    ///
    /// Rule `IMPORT-GROUP-ROWS`: no group is created and nobody is added while any row of the import is wrong: a malformed
    /// name, a user name that nobody has, a group in itself, or the name of several groups. Source: directory-policy-tokens §2.3.
    ///
    /// Findings name the group's or the membership's position, groups first. `progress` is told how many memberships are
    /// done, first while checking, then while writing.
    ///
    /// # Errors
    /// Only when the database fails; bundles written until then stay. The inner error lists what is wrong; nothing was created then.
    pub async fn import_group_rows(
        &self,
        actor: &Actor,
        tenant: TenantId,
        import: GroupRows,
        mut progress: impl FnMut(&'static str, usize),
    ) -> Result<Result<ImportedGroups, Vec<ImportFinding>>, EngineError> {
        let mut findings = Vec::new();
        let (ids, new) = self.resolve_groups(tenant, &import.groups, &mut findings).await?;
        let groups = ResolvedGroups {
            known: ids.iter().copied().collect(),
            by_position: ids,
        };
        let mut imported = ImportedGroups {
            created: new.len(),
            present: import.groups.len().saturating_sub(new.len()),
            ..ImportedGroups::default()
        };
        let mut members = Vec::with_capacity(import.members.len());
        for (index, bundle) in import.members.chunks(MEMBERS).enumerate() {
            let first = import.groups.len() + index * MEMBERS;
            let known = self.known_users(tenant, bundle).await?;
            for (offset, (group, member)) in bundle.iter().enumerate() {
                match resolve_member(&groups, &known, *group, member) {
                    Ok(resolved) => members.push(resolved),
                    Err(NoMember::Stranger(id)) => {
                        let name = import.groups.get(*group).map(|group| group.display_name.clone());
                        imported.strangers.push(Stranger {
                            id,
                            group: name.unwrap_or_default(),
                        });
                    }
                    Err(NoMember::Wrong(message)) => findings.push(ImportFinding {
                        row: first + offset,
                        message,
                    }),
                }
            }
            progress("checked", index * MEMBERS + bundle.len());
        }
        if !findings.is_empty() {
            return Ok(Err(findings));
        }
        for bundle in new.chunks(GROUPS) {
            let names: Vec<&str> = bundle.iter().map(|group| group.display_name.as_str()).collect();
            let target = format!("{} groups from {}", bundle.len(), names.first().unwrap_or(&""));
            let audit = self.audit_row(Told {
                actor,
                tenant,
                activity: "Bulk create groups - finished (bulk)",
                target,
                old: Value::Null,
                new: json!(names),
            })?;
            self.store.insert_groups(bundle, &audit).await?;
        }
        // Rows in the order of the table are written several times faster than rows here and there.
        members.sort_unstable_by_key(|(group, member)| (group.0, member.id));
        members.dedup();
        for (index, bundle) in members.chunks(MEMBERS).enumerate() {
            let mut by_group: BTreeMap<GroupId, Vec<Uuid>> = BTreeMap::new();
            for (group, member) in bundle {
                by_group.entry(*group).or_default().push(member.id);
            }
            let audit = self.audit_row(Told {
                actor,
                tenant,
                activity: "Bulk import group members - finished (bulk)",
                target: format!("{} members of {} groups", bundle.len(), by_group.len()),
                old: Value::Null,
                new: json!(by_group),
            })?;
            let added = self.store.insert_members(bundle, &audit).await?;
            imported.members += usize::try_from(added).unwrap_or(bundle.len());
            progress("written", index * MEMBERS + bundle.len());
        }
        self.directory.forget_users();
        Ok(Ok(imported))
    }

    /// The id of each group, and the groups that have to be made.
    async fn resolve_groups(
        &self,
        tenant: TenantId,
        groups: &[GroupToImport],
        findings: &mut Vec<ImportFinding>,
    ) -> Result<(Vec<GroupId>, Vec<Group>), EngineError> {
        let names: Vec<String> = groups
            .iter()
            .filter(|group| group.id.is_none())
            .map(|group| User::name_key(&group.display_name))
            .collect();
        let mut by_name: HashMap<String, Vec<GroupId>> = HashMap::new();
        for (name, id) in self.store.group_ids_by_name(tenant, &names).await? {
            let known = by_name.entry(name).or_default();
            if !known.contains(&id) {
                known.push(id);
            }
        }
        let mut new: HashMap<GroupId, Group> = HashMap::new();
        let mut ids = Vec::with_capacity(groups.len());
        for (row, group) in groups.iter().enumerate() {
            let key = User::name_key(&group.display_name);
            let known = match group.id {
                Some(id) => {
                    (new.contains_key(&id) || self.store.group(tenant, id).await?.is_some()).then_some(id)
                }
                None => match by_name.get(&key).map(Vec::as_slice) {
                    Some([id]) => Some(*id),
                    Some([_, _, ..]) => {
                        findings.push(ImportFinding {
                            row,
                            message: format!("several groups are called {}", group.display_name),
                        });
                        ids.push(GroupId(Uuid::nil()));
                        continue;
                    }
                    _ => None,
                },
            };
            if let Some(id) = known {
                ids.push(id);
                continue;
            }
            let id = match group.id {
                Some(id) => id,
                None => GroupId(self.new_guid()?),
            };
            ids.push(id);
            let made = self.drafted_group(
                tenant,
                &NewGroup {
                    id: id.0,
                    display_name: group.display_name.clone(),
                    ..NewGroup::default()
                },
            );
            if let Err(property) = made.check() {
                let message = property.to_string();
                findings.push(ImportFinding { row, message });
                continue;
            }
            if group.id.is_none() {
                by_name.insert(key, vec![id]);
            }
            new.insert(id, made);
        }
        let mut new: Vec<Group> = new.into_values().collect();
        new.sort_unstable_by(|one, other| one.display_name.cmp(&other.display_name));
        Ok((ids, new))
    }

    /// The users that a bundle of memberships names.
    async fn known_users(
        &self,
        tenant: TenantId,
        bundle: &[(usize, MemberToImport)],
    ) -> Result<KnownUsers, EngineError> {
        let (mut names, mut ids) = (Vec::new(), Vec::new());
        for (_, member) in bundle {
            match member {
                MemberToImport::UserName(name) => names.push(User::upn_key(name)),
                MemberToImport::Id(id) => ids.push(*id),
                MemberToImport::Group(_) => {}
            }
        }
        names.sort_unstable();
        names.dedup();
        let present = self.store.present_users(tenant, &ids).await?;
        Ok(KnownUsers {
            by_name: self.store.user_ids_by_upn(tenant, &names).await?,
            ids: present.into_iter().collect(),
        })
    }
}

/// The users of a bundle that are there.
struct KnownUsers {
    by_name: HashMap<String, UserId>,
    ids: HashSet<UserId>,
}

/// The groups of the import.
struct ResolvedGroups {
    by_position: Vec<GroupId>,
    known: HashSet<GroupId>,
}

enum NoMember {
    Stranger(Uuid),
    Wrong(String),
}

fn resolve_member(
    groups: &ResolvedGroups,
    known: &KnownUsers,
    group: usize,
    member: &MemberToImport,
) -> Result<(GroupId, Member), NoMember> {
    let wrong = |message: &str| NoMember::Wrong(message.to_owned());
    let at = |position: usize| {
        let id = groups.by_position.get(position).copied();
        id.ok_or_else(|| wrong("there is no such group"))
    };
    let group = at(group)?;
    let nested = |id: GroupId| {
        if id == group {
            return Err(wrong("a group cannot be a member of itself"));
        }
        Ok(Member {
            id: id.0,
            kind: MemberKind::Group,
        })
    };
    let member = match member {
        MemberToImport::UserName(name) => Member {
            id: known
                .by_name
                .get(&User::upn_key(name))
                .ok_or_else(|| NoMember::Wrong(format!("there is no user {}", crate::text::shown(name))))?
                .0,
            kind: MemberKind::User,
        },
        MemberToImport::Group(index) => nested(at(*index)?)?,
        MemberToImport::Id(id) if known.ids.contains(&UserId(*id)) => Member {
            id: *id,
            kind: MemberKind::User,
        },
        MemberToImport::Id(id) if groups.known.contains(&GroupId(*id)) => nested(GroupId(*id))?,
        MemberToImport::Id(id) => return Err(NoMember::Stranger(*id)),
    };
    Ok((group, member))
}
