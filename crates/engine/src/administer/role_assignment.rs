//! Use case: callers of the directory API give and take directory roles.

use lanyard_directory::{DirectoryRole, Operation, RoleAssignment, UserId};
use lanyard_storage::Write;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::Change;
use crate::{Caller, Engine, NotDone};

impl Engine {
    /// Gives a user a directory role.
    ///
    /// Rule `DIRECTORY-ROLE-HOLDER`: built-in roles are held by users, in the whole tenant. Source: directory-policy-tokens §2.7.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`] for an unknown user, [`NotDone::Invalid`] for an unknown role,
    /// [`NotDone::Duplicate`].
    pub async fn give_role(
        &self,
        caller: &Caller,
        principal: &str,
        role: Uuid,
    ) -> Result<RoleAssignment, NotDone> {
        caller.may(&Operation::CHANGE_ROLES)?;
        let role = DirectoryRole(role);
        let Some(role_name) = role.display_name() else {
            return Err(NotDone::invalid("roleDefinitionId", "There is no such role."));
        };
        let user: UserId = principal
            .parse()
            .map_err(|_| NotDone::NotFound(principal.to_owned()))?;
        let user = self
            .store
            .user(caller.tenant, user)
            .await?
            .ok_or_else(|| NotDone::NotFound(principal.to_owned()))?;
        let assignment = RoleAssignment {
            id: self.new_guid()?,
            tenant: caller.tenant,
            principal: user.id,
            role,
        };
        let told = Change {
            activity: "Add member to role",
            target: user.id.to_string(),
            property: "Role.DisplayName",
            old: Value::Null,
            new: json!(role_name),
        };
        let write = Write::AddRoleAssignment(assignment.clone());
        self.commit_for(caller, told, vec![write]).await?;
        self.directory.forget_users();
        Ok(assignment)
    }

    /// Takes a directory role away.
    ///
    /// Rule `LAST-GLOBAL-ADMINISTRATOR`: the last Global Administrator of a tenant stays one. Source: directory-policy-tokens §2.7.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`].
    pub async fn take_role(&self, caller: &Caller, assignment: &str) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_ROLES)?;
        let all = self.store.role_assignments(caller.tenant).await?;
        let wanted = Uuid::try_parse(assignment).ok();
        let Some(found) = all.iter().find(|one| Some(one.id) == wanted) else {
            return Err(NotDone::NotFound(assignment.to_owned()));
        };
        let holders = all.iter().filter(|one| one.role == found.role).count();
        if found.role == DirectoryRole::GLOBAL_ADMINISTRATOR && holders == 1 {
            return Err(NotDone::invalid(
                "",
                "The last Global Administrator cannot be removed [LAST-GLOBAL-ADMINISTRATOR].",
            ));
        }
        if found.role == DirectoryRole::GLOBAL_ADMINISTRATOR {
            self.guard_administrator(caller.tenant, found.principal).await?;
        }
        let told = Change {
            activity: "Remove member from role",
            target: found.principal.to_string(),
            property: "Role.DisplayName",
            old: json!(found.role.display_name()),
            new: Value::Null,
        };
        let write = Write::RemoveRoleAssignment {
            tenant: caller.tenant,
            assignment: found.id,
        };
        self.commit_for(caller, told, vec![write]).await?;
        self.directory.forget_users();
        Ok(())
    }
}
