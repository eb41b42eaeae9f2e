//! Who holds which application role of which resource.

use lanyard_directory::{AppId, AppRoleAssignment, TenantId};
use uuid::Uuid;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::rows::{from_bodies, from_optional_body, to_body};
use crate::statements::statements;
use crate::value::values;
use crate::{ChangeKind, StorageError, Store};

statements! {
    INSERT = "INSERT INTO app_role_assignments (id, tenant, principal, resource, app_role, body) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    DELETE = "DELETE FROM app_role_assignments WHERE tenant = $1 AND id = $2";
    DELETE_OF_PRINCIPAL = "DELETE FROM app_role_assignments WHERE tenant = $1 AND principal = $2";
    DELETE_OF_RESOURCE = "DELETE FROM app_role_assignments WHERE resource = $1";
    ONE = "SELECT body FROM app_role_assignments WHERE tenant = $1 AND id = $2";
    OF_PRINCIPAL = "SELECT body FROM app_role_assignments WHERE tenant = $1 AND principal = $2 ORDER BY resource, app_role";
    TO_RESOURCE = "SELECT body FROM app_role_assignments WHERE tenant = $1 AND resource = $2 AND id > $3 \
        ORDER BY id LIMIT $4";
}

const WHAT: &str = "app role assignment";

pub(crate) fn add(unit: &mut Unit, assignment: &AppRoleAssignment) -> Result<(), StorageError> {
    let AppRoleAssignment {
        id,
        tenant,
        principal,
        resource,
        app_role,
        ..
    } = *assignment;
    let values = values![
        id,
        tenant,
        principal,
        resource,
        app_role,
        to_body(WHAT, assignment)?
    ];
    unit.push(INSERT, values, Expect::Any, WHAT);
    unit.note(ChangeNote::new(tenant, ChangeKind::PermissionGrant, principal));
    Ok(())
}

pub(crate) fn remove(unit: &mut Unit, tenant: TenantId, assignment: Uuid) {
    unit.push(DELETE, values![tenant, assignment], Expect::Found(WHAT), WHAT);
    // Whose it was is not known here.
    unit.note(ChangeNote {
        tenant: Some(tenant),
        kind: ChangeKind::PermissionGrant,
        id: None,
    });
}

pub(crate) fn remove_of_principal(unit: &mut Unit, tenant: TenantId, principal: Uuid) {
    unit.run(DELETE_OF_PRINCIPAL, values![tenant, principal]);
}

pub(crate) fn remove_of_resource(unit: &mut Unit, resource: AppId) {
    unit.run(DELETE_OF_RESOURCE, values![resource]);
}

impl Store {
    /// One assignment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn app_role_assignment(
        &self,
        tenant: TenantId,
        assignment: Uuid,
    ) -> Result<Option<AppRoleAssignment>, StorageError> {
        let row = self
            .database()
            .fetch_one(ONE, values![tenant, assignment])
            .await?;
        from_optional_body(WHAT, row)
    }

    /// The application roles a user, group or service principal holds directly.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn app_role_assignments_of(
        &self,
        tenant: TenantId,
        principal: Uuid,
    ) -> Result<Vec<AppRoleAssignment>, StorageError> {
        let rows = self
            .database()
            .fetch(OF_PRINCIPAL, values![tenant, principal])
            .await?;
        from_bodies(WHAT, rows)
    }

    /// Who holds application roles of a resource, in the order of the assignments, after one or from the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn app_role_assignments_to(
        &self,
        tenant: TenantId,
        resource: AppId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AppRoleAssignment>, StorageError> {
        let values = values![tenant, resource, after.unwrap_or(Uuid::nil()), i64::from(limit)];
        from_bodies(WHAT, self.database().fetch(TO_RESOURCE, values).await?)
    }
}
