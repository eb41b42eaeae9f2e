//! Creating groups and changing their members.

use lanyard_directory::{Group, GroupId, TenantId, User};
use lanyard_storage::{Member, MemberKind, Write};
use serde_json::{Value, json};

use crate::administer::{Actor, Told, invalid};
use crate::change_safety::MembershipChange;
use crate::{Engine, EngineError};

impl Engine {
    /// Creates a security group.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] for an empty or overlong name.
    pub async fn create_group(
        &self,
        actor: &Actor,
        tenant: TenantId,
        display_name: &str,
    ) -> Result<Group, EngineError> {
        let id = GroupId(self.new_guid()?);
        self.create_group_with_id(actor, tenant, id, display_name).await
    }

    /// The same with an object id from another directory, so that policies which name it stay right.
    ///
    /// # Errors
    /// As [`Engine::create_group`]; also when there is a group with this id.
    pub async fn create_group_with_id(
        &self,
        actor: &Actor,
        tenant: TenantId,
        id: GroupId,
        display_name: &str,
    ) -> Result<Group, EngineError> {
        let display_name = display_name.trim();
        let mail_nickname: String = display_name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .take(64)
            .collect();
        let group = Group {
            id,
            tenant,
            display_name: display_name.to_owned(),
            mail_nickname: if mail_nickname.is_empty() {
                "group".to_owned()
            } else {
                mail_nickname
            },
            description: None,
            details: Default::default(),
            created: self.now(),
        };
        group.check().map_err(|property| invalid(&property))?;
        let told = Told {
            actor,
            tenant,
            activity: "Add group",
            target: group.display_name.clone(),
            old: Value::Null,
            new: json!({ "id": group.id }),
        };
        self.change(told, vec![Write::InsertGroup(group.clone())]).await?;
        Ok(group)
    }

    /// Adds a user to a group. Takes effect at the next sign-in.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown user.
    pub async fn add_group_member(
        &self,
        actor: &Actor,
        group: &Group,
        user_name: &str,
    ) -> Result<(), EngineError> {
        let user = self.user_named(group.tenant, user_name).await?;
        let member = Member {
            id: user.id.0,
            kind: MemberKind::User,
        };
        let write = Write::AddMember {
            tenant: group.tenant,
            group: group.id,
            member,
        };
        let change = MembershipChange {
            group: group.id.0,
            joins: vec![user.id.0],
            ..MembershipChange::default()
        };
        self.guard_membership(group.tenant, change).await?;
        self.change_membership(actor, "Add member to group", group, &user, write)
            .await
    }

    /// Removes a user from a group.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown user.
    pub async fn remove_group_member(
        &self,
        actor: &Actor,
        group: &Group,
        user_name: &str,
    ) -> Result<(), EngineError> {
        let user = self.user_named(group.tenant, user_name).await?;
        let write = Write::RemoveMember {
            tenant: group.tenant,
            group: group.id,
            member: user.id.0,
        };
        let change = MembershipChange {
            group: group.id.0,
            leaves: vec![user.id.0],
            ..MembershipChange::default()
        };
        self.guard_membership(group.tenant, change).await?;
        self.change_membership(actor, "Remove member from group", group, &user, write)
            .await
    }

    /// A group by its name.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is none.
    pub async fn group_named(&self, tenant: TenantId, display_name: &str) -> Result<Group, EngineError> {
        self.store
            .group_by_display_name(tenant, display_name)
            .await?
            .ok_or_else(|| EngineError::NotFound(format!("the group `{display_name}`")))
    }

    async fn change_membership(
        &self,
        actor: &Actor,
        activity: &'static str,
        group: &Group,
        user: &User,
        write: Write,
    ) -> Result<(), EngineError> {
        let told = Told {
            actor,
            tenant: group.tenant,
            activity,
            target: group.display_name.clone(),
            old: Value::Null,
            new: json!({ "group": group.id, "member": user.user_principal_name }),
        };
        self.change(told, vec![write]).await?;
        self.forget_user(user).await;
        Ok(())
    }
}
