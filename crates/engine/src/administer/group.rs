//! Creating groups and changing their members.

use lanyard_directory::{Group, GroupId, TenantId};
use lanyard_storage::{MemberKind, Write};
use serde_json::{Value, json};

use crate::administer::Actor;
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
        let display_name = display_name.trim();
        if display_name.is_empty() || display_name.chars().count() > 256 {
            return Err(EngineError::InvalidChange(
                "a group name has 1 to 256 characters".to_owned(),
            ));
        }
        let mail_nickname: String = display_name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .take(64)
            .collect();
        let group = Group {
            id: GroupId(self.new_guid()?),
            tenant,
            display_name: display_name.to_owned(),
            mail_nickname: if mail_nickname.is_empty() {
                "group".to_owned()
            } else {
                mail_nickname
            },
            description: None,
            created: self.now(),
        };
        self.store.insert_group(&group).await?;
        let row = self.audit_row(
            actor,
            tenant,
            "Add group",
            display_name,
            Value::Null,
            json!({ "id": group.id }),
        )?;
        self.store.commit(vec![Write::Audit(row)]).await?;
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
        self.store
            .add_member(group.tenant, group.id, user.id.0, MemberKind::User)
            .await?;
        self.forget_user(&user);
        self.audit_membership(actor, "Add member to group", group, user_name)
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
        self.store
            .remove_member(group.tenant, group.id, user.id.0)
            .await?;
        self.forget_user(&user);
        self.audit_membership(actor, "Remove member from group", group, user_name)
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

    async fn audit_membership(
        &self,
        actor: &Actor,
        activity: &'static str,
        group: &Group,
        member: &str,
    ) -> Result<(), EngineError> {
        let change = json!({ "group": group.id, "member": member });
        let row = self.audit_row(
            actor,
            group.tenant,
            activity,
            group.display_name.clone(),
            Value::Null,
            change,
        )?;
        self.store.commit(vec![Write::Audit(row)]).await?;
        Ok(())
    }
}
