//! Use case: callers of the directory API create, change, delete and restore groups, and change who belongs to them.

use lanyard_directory::{Group, GroupDetails, GroupId, Operation};
use lanyard_storage::{DeletedKind, DeletedRow, Member, MemberKind, OwnershipKind, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::Change;
use crate::administer::commit_for::{invalid_property, on_newest};
use crate::change_safety::MembershipChange;
use crate::{Caller, Engine, NotDone};

/// Most members added by one request. Source: directory-policy-tokens §0.1.
pub const MAX_MEMBERS_AT_ONCE: usize = 20;

/// What shall be different; `None` stays as it is, `Some(None)` is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// Name shown to people.
    pub display_name: Option<String>,
    /// Mail nickname.
    pub mail_nickname: Option<String>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// `Private`, `Public`, `HiddenMembership`.
    pub visibility: Option<Option<String>>,
    /// Counts for access.
    pub security_enabled: Option<bool>,
    /// Receives mail.
    pub mail_enabled: Option<bool>,
    /// Only when it is made.
    pub is_assignable_to_role: Option<bool>,
    /// Only when it is made.
    pub group_types: Option<Vec<String>>,
    /// Object ids of members to add.
    pub new_members: Vec<Uuid>,
}

/// A deleted group with its members and what it belonged to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeletedGroup {
    pub(crate) group: Group,
    members: Vec<(Uuid, bool)>,
    groups: Vec<GroupId>,
    #[serde(default)]
    owners: Vec<Uuid>,
}

impl GroupChange {
    fn applied(&self, group: &Group) -> Result<Group, NotDone> {
        let mut becomes = group.clone();
        if let Some(name) = &self.display_name {
            becomes.display_name.clone_from(name);
        }
        if let Some(nickname) = &self.mail_nickname {
            becomes.mail_nickname.clone_from(nickname);
        }
        if let Some(description) = &self.description {
            becomes.description.clone_from(description);
        }
        if let Some(visibility) = &self.visibility {
            becomes.details.visibility.clone_from(visibility);
        }
        let details = &mut becomes.details;
        details.security_enabled = self.security_enabled.unwrap_or(details.security_enabled);
        details.mail_enabled = self.mail_enabled.unwrap_or(details.mail_enabled);
        becomes.check().map_err(|property| invalid_property(&property))?;
        Ok(becomes)
    }
}

fn told(group: &Group) -> Value {
    json!({
        "id": group.id,
        "displayName": group.display_name,
        "mailNickname": group.mail_nickname,
        "description": group.description,
        "groupTypes": group.details.group_types,
        "securityEnabled": group.details.security_enabled,
        "mailEnabled": group.details.mail_enabled,
        "isAssignableToRole": group.details.is_assignable_to_role,
        "visibility": group.details.visibility,
    })
}

fn change(activity: &'static str, id: GroupId, old: Value, new: Value) -> Change {
    Change {
        activity,
        target: id.to_string(),
        property: "",
        old,
        new,
    }
}

impl Engine {
    /// Creates a group.
    ///
    /// Rule `DIRECTORY-GROUP-KIND`: groups are security groups or `Unified` ones; membership is never computed from a rule, so
    /// `DynamicMembership` is refused; whether a group may hold roles is decided when it is made. Source:
    /// directory-policy-tokens §2.3.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Invalid`], [`NotDone::NotFound`] for an unknown member.
    pub async fn add_group(&self, caller: &Caller, new: &GroupChange) -> Result<Group, NotDone> {
        caller.may(&Operation::CREATE_GROUP)?;
        let group_types = new.group_types.clone().unwrap_or_default();
        if group_types.iter().any(|kind| kind != "Unified") {
            return Err(NotDone::invalid(
                "groupTypes",
                "Only groups without a kind or 'Unified' groups are supported.",
            ));
        }
        let is_assignable_to_role = new.is_assignable_to_role.unwrap_or(false);
        if is_assignable_to_role {
            caller.may(&Operation::CHANGE_ROLE_ASSIGNABLE_GROUP)?;
        }
        let blank = Group {
            id: GroupId(self.new_guid()?),
            tenant: caller.tenant,
            display_name: String::new(),
            mail_nickname: String::new(),
            description: None,
            details: GroupDetails {
                group_types,
                is_assignable_to_role,
                ..GroupDetails::default()
            },
            created: self.now(),
        };
        let group = new.applied(&blank)?;
        let mut writes = vec![Write::InsertGroup(group.clone())];
        writes.extend(self.additions(caller, group.id, &new.new_members).await?);
        let told = change("Add group", group.id, Value::Null, told(&group));
        self.commit_for(caller, told, writes).await?;
        self.directory.forget_users();
        Ok(group)
    }

    /// Changes a group and adds members to it.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`], [`NotDone::Duplicate`] for a member already there.
    pub async fn change_group_by(
        &self,
        caller: &Caller,
        key: &str,
        changes: &GroupChange,
    ) -> Result<(), NotDone> {
        on_newest!(caller, self.change_group(caller, key, changes))
    }

    async fn change_group(&self, caller: &Caller, key: &str, changes: &GroupChange) -> Result<(), NotDone> {
        let only_members = *changes
            == GroupChange {
                new_members: changes.new_members.clone(),
                ..GroupChange::default()
            };
        let mut operations = Vec::new();
        if !only_members || changes.new_members.is_empty() {
            operations.push(&Operation::CHANGE_GROUP);
        }
        if !changes.new_members.is_empty() {
            operations.push(&Operation::CHANGE_MEMBERS);
        }
        let was = self.group_to_change(caller, key, &operations).await?;
        caller.expects(&was)?;
        let fixed = changes
            .is_assignable_to_role
            .is_some_and(|wanted| wanted != was.details.is_assignable_to_role)
            || changes
                .group_types
                .as_ref()
                .is_some_and(|wanted| *wanted != was.details.group_types);
        if fixed {
            return Err(NotDone::invalid(
                "",
                "isAssignableToRole and groupTypes are fixed when the group is made.",
            ));
        }
        let becomes = changes.applied(&was)?;
        let mut writes = self.additions(caller, was.id, &changes.new_members).await?;
        if becomes == was && writes.is_empty() {
            return Ok(());
        }
        self.guard_joining(caller, was.id, &changes.new_members).await?;
        let (mut old, mut new) = (told(&was), told(&becomes));
        if !changes.new_members.is_empty() {
            set(&mut old, "members", json!([]));
            set(&mut new, "members", json!(changes.new_members));
        }
        writes.push(Write::ChangeGroup {
            was: Box::new(was.clone()),
            becomes: Box::new(becomes),
        });
        let told = change("Update group", was.id, old, new);
        self.commit_for(caller, told, writes).await?;
        self.directory.forget_users();
        Ok(())
    }

    /// Deletes a group; it can be restored for 30 days.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn remove_group(&self, caller: &Caller, key: &str) -> Result<(), NotDone> {
        let group = self
            .group_to_change(caller, key, &[&Operation::DELETE_GROUP])
            .await?;
        caller.expects(&group)?;
        let id = group.id;
        let leaving = MembershipChange {
            group: id.0,
            dissolved: true,
            ..MembershipChange::default()
        };
        self.guard_membership(caller.tenant, leaving).await?;
        let (mut members, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.members(caller.tenant, id, after, 1000).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            members.extend(
                page.iter()
                    .map(|member| (member.id, member.kind == MemberKind::Group)),
            );
        }
        let groups = self.store.groups_of(caller.tenant, id.0).await?;
        let told = change("Delete group", id, told(&group), Value::Null);
        let owners = self.store.owners(caller.tenant, id.0).await?;
        let deleted = DeletedGroup {
            group,
            members,
            groups,
            owners: owners.into_iter().map(|(owner, _)| owner).collect(),
        };
        let kept = self.kept(caller, DeletedKind::Group, id.0, &deleted)?;
        let delete = Write::DeleteGroup {
            tenant: caller.tenant,
            group: id,
        };
        self.commit_for(caller, told, vec![kept, delete]).await?;
        self.directory.forget_users();
        Ok(())
    }

    /// Restores a deleted group with the members that are still there.
    pub(crate) async fn restore_group(&self, caller: &Caller, row: &DeletedRow) -> Result<Group, NotDone> {
        let DeletedGroup {
            group,
            members,
            groups,
            owners,
        } = crate::administer::restore::read(row)?;
        check_role_assignable(caller, &group)?;
        let ids: Vec<Uuid> = members.iter().map(|(id, _)| *id).collect();
        self.guard_joining(caller, group.id, &ids).await?;
        for outer in &groups {
            self.guard_joining(caller, *outer, &ids).await?;
        }
        let mut writes = vec![
            Write::ForgetDeleted {
                tenant: caller.tenant,
                id: row.id,
            },
            Write::InsertGroup(group.clone()),
        ];
        for (id, _) in members {
            if let Some(kind) = self.kind_of(caller, id).await? {
                writes.push(Write::AddMember {
                    tenant: caller.tenant,
                    group: group.id,
                    member: Member { id, kind },
                });
            }
        }
        for outer in groups {
            if self.store.group(caller.tenant, outer).await?.is_some() {
                writes.push(Write::AddMember {
                    tenant: caller.tenant,
                    group: outer,
                    member: Member {
                        id: group.id.0,
                        kind: MemberKind::Group,
                    },
                });
            }
        }
        let owned = (group.id.0, OwnershipKind::Group);
        writes.extend(self.owners_again(caller, owned, &owners).await?);
        let told = change("Restore group", group.id, Value::Null, told(&group));
        self.commit_for(caller, told, writes).await?;
        self.directory.forget_users();
        Ok(group)
    }

    /// Makes a user or group a member.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Duplicate`].
    pub async fn add_member_by(&self, caller: &Caller, group: &str, member: Uuid) -> Result<(), NotDone> {
        let group = self
            .group_to_change(caller, group, &[&Operation::CHANGE_MEMBERS])
            .await?;
        let writes = self.additions(caller, group.id, &[member]).await?;
        self.guard_joining(caller, group.id, &[member]).await?;
        let new = json!({ "id": group.id, "displayName": group.display_name, "member": member });
        let old = json!({ "id": group.id, "displayName": group.display_name });
        let told = change("Add member to group", group.id, old, new);
        self.commit_for(caller, told, writes).await?;
        self.directory.forget_users();
        Ok(())
    }

    /// Ends a direct membership.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn remove_member_by(&self, caller: &Caller, group: &str, member: &str) -> Result<(), NotDone> {
        let group = self
            .group_to_change(caller, group, &[&Operation::CHANGE_MEMBERS])
            .await?;
        let member = Uuid::try_parse(member).map_err(|_| NotDone::NotFound(member.to_owned()))?;
        let leaving = MembershipChange {
            group: group.id.0,
            leaves: vec![member],
            ..MembershipChange::default()
        };
        self.guard_membership(caller.tenant, leaving).await?;
        let old = json!({ "id": group.id, "displayName": group.display_name, "member": member });
        let new = json!({ "id": group.id, "displayName": group.display_name });
        let told = change("Remove member from group", group.id, old, new);
        let remove = Write::RemoveMember {
            tenant: caller.tenant,
            group: group.id,
            member,
        };
        match self.commit_for(caller, told, vec![remove]).await {
            Err(NotDone::NotFound(_)) => Err(NotDone::NotFound(member.to_string())),
            other => {
                self.directory.forget_users();
                other
            }
        }
    }

    /// A group that the caller may do all this to, as its owner or by a role.
    pub(crate) async fn group_to_change(
        &self,
        caller: &Caller,
        key: &str,
        operations: &[&Operation],
    ) -> Result<Group, NotDone> {
        for operation in operations {
            Self::check_may_any(caller, operation)?;
        }
        let group = self.group_by_key(caller, key).await?;
        for operation in operations {
            self.check_may(caller, operation, group.id.0).await?;
        }
        check_role_assignable(caller, &group)?;
        Ok(group)
    }

    async fn guard_joining(&self, caller: &Caller, group: GroupId, joins: &[Uuid]) -> Result<(), NotDone> {
        if joins.is_empty() {
            return Ok(());
        }
        let joining = MembershipChange {
            group: group.0,
            joins: joins.to_vec(),
            ..MembershipChange::default()
        };
        Ok(self.guard_membership(caller.tenant, joining).await?)
    }

    async fn additions(
        &self,
        caller: &Caller,
        group: GroupId,
        members: &[Uuid],
    ) -> Result<Vec<Write>, NotDone> {
        if members.len() > MAX_MEMBERS_AT_ONCE {
            let sentence = format!("At most {MAX_MEMBERS_AT_ONCE} members are added by one request.");
            return Err(NotDone::invalid("members@odata.bind", sentence));
        }
        let mut writes = Vec::with_capacity(members.len());
        for &id in members {
            let kind = self.kind_of(caller, id).await?;
            let kind = kind.ok_or_else(|| NotDone::NotFound(id.to_string()))?;
            if kind == MemberKind::Group && id == group.0 {
                return Err(NotDone::invalid(
                    "members",
                    "A group cannot be a member of itself.",
                ));
            }
            writes.push(Write::AddMember {
                tenant: caller.tenant,
                group,
                member: Member { id, kind },
            });
        }
        Ok(writes)
    }

    async fn kind_of(&self, caller: &Caller, id: Uuid) -> Result<Option<MemberKind>, NotDone> {
        if self
            .store
            .user(caller.tenant, lanyard_directory::UserId(id))
            .await?
            .is_some()
        {
            return Ok(Some(MemberKind::User));
        }
        let group = self.store.group(caller.tenant, GroupId(id)).await?;
        Ok(group.map(|_| MemberKind::Group))
    }
}

fn set(value: &mut Value, name: &str, to: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), to);
    }
}

fn check_role_assignable(caller: &Caller, group: &Group) -> Result<(), NotDone> {
    if group.details.is_assignable_to_role {
        caller.may(&Operation::CHANGE_ROLE_ASSIGNABLE_GROUP)
    } else {
        Ok(())
    }
}
