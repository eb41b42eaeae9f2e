//! Who holds which directory role.

use lanyard_directory::{DirectoryRole, RoleAssignment, TenantId, UserId};
use uuid::Uuid;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::statements::statements;
use crate::value::values;
use crate::{ChangeKind, StorageError, Store, Write};

statements! {
    INSERT = "INSERT INTO role_assignments (id, tenant, principal, role) VALUES ($1, $2, $3, $4)";
    DELETE = "DELETE FROM role_assignments WHERE tenant = $1 AND id = $2";
    ALL = "SELECT id, principal, role FROM role_assignments WHERE tenant = $1 ORDER BY id";
    OF_USER = "SELECT role FROM role_assignments WHERE tenant = $1 AND principal = $2 ORDER BY role";
}

pub(crate) fn add(unit: &mut Unit, assignment: &RoleAssignment) {
    let RoleAssignment {
        id,
        tenant,
        principal,
        role,
    } = *assignment;
    unit.push(
        INSERT,
        values![id, tenant, principal, role.0],
        Expect::Any,
        "role assignment",
    );
    unit.note(ChangeNote::new(tenant, ChangeKind::Role, principal));
}

pub(crate) fn remove(unit: &mut Unit, tenant: TenantId, assignment: Uuid) {
    unit.push(
        DELETE,
        values![tenant, assignment],
        Expect::Found("role assignment"),
        "role assignment",
    );
    // Whose it was is not known here: everybody's roles are read again.
    unit.note(ChangeNote {
        tenant: Some(tenant),
        kind: ChangeKind::Role,
        id: None,
    });
}

impl Store {
    /// Gives a user a role.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when the user holds it already.
    pub async fn add_role_assignment(&self, assignment: &RoleAssignment) -> Result<(), StorageError> {
        self.write(Write::AddRoleAssignment(assignment.clone())).await
    }

    /// Takes a role away, by the id of the assignment.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn remove_role_assignment(
        &self,
        tenant: TenantId,
        assignment: Uuid,
    ) -> Result<(), StorageError> {
        self.write(Write::RemoveRoleAssignment { tenant, assignment })
            .await
    }

    /// All role assignments of a tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn role_assignments(&self, tenant: TenantId) -> Result<Vec<RoleAssignment>, StorageError> {
        let rows: Vec<(Uuid, Uuid, Uuid)> = self.database().fetch(ALL, values![tenant]).await?;
        let assignment = |(id, principal, role)| RoleAssignment {
            id,
            tenant,
            principal: UserId(principal),
            role: DirectoryRole(role),
        };
        Ok(rows.into_iter().map(assignment).collect())
    }

    /// The roles a user holds.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn roles_of(&self, tenant: TenantId, user: UserId) -> Result<Vec<DirectoryRole>, StorageError> {
        let rows: Vec<(Uuid,)> = self.database().fetch(OF_USER, values![tenant, user]).await?;
        Ok(rows.into_iter().map(|(role,)| DirectoryRole(role)).collect())
    }
}
