//! Tenants.

use lanyard_directory::Tenant;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::rows::{from_bodies, to_body};
use crate::statements::statements;
use crate::value::values;
use crate::{ChangeKind, StorageError, Store, Write};

statements! {
    INSERT = "INSERT INTO tenants (id, body) VALUES ($1, $2)";
    UPDATE = "UPDATE tenants SET body = $2 WHERE id = $1";
    ALL = "SELECT body FROM tenants ORDER BY id";
}

pub(crate) fn insert(unit: &mut Unit, tenant: &Tenant) -> Result<(), StorageError> {
    unit.push(
        INSERT,
        values![tenant.id, to_body("tenant", tenant)?],
        Expect::Any,
        "tenant id",
    );
    unit.note(ChangeNote::new(tenant.id, ChangeKind::Tenant, tenant.id));
    Ok(())
}

pub(crate) fn update(unit: &mut Unit, tenant: &Tenant) -> Result<(), StorageError> {
    unit.push(
        UPDATE,
        values![tenant.id, to_body("tenant", tenant)?],
        Expect::Found("tenant"),
        "tenant id",
    );
    unit.note(ChangeNote::new(tenant.id, ChangeKind::Tenant, tenant.id));
    Ok(())
}

impl Store {
    /// Adds a tenant.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when its id is taken.
    pub async fn insert_tenant(&self, tenant: &Tenant) -> Result<(), StorageError> {
        self.write(Write::InsertTenant(tenant.clone())).await
    }

    /// Replaces a tenant.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn update_tenant(&self, tenant: &Tenant) -> Result<(), StorageError> {
        self.write(Write::UpdateTenant(tenant.clone())).await
    }

    /// All tenants, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, StorageError> {
        from_bodies("tenant", self.database().fetch(ALL, values![]).await?)
    }
}
