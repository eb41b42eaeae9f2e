//! Keys of the server, sealed by the caller: the store never sees one in the clear.

use lanyard_directory::TenantId;
use uuid::Uuid;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::statements::statements;
use crate::value::values;
use crate::{ChangeKind, StorageError, Store, Write};

statements! {
    INSERT = "INSERT INTO sealed_keys (id, tenant, purpose, sealed, not_before, not_after, created) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    DELETE = "DELETE FROM sealed_keys WHERE id = $1";
    BY_PURPOSE = "SELECT id, tenant, purpose, sealed, not_before, not_after, created FROM sealed_keys \
        WHERE purpose = $1 ORDER BY created, id";
}

/// A sealed key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Id of the key.
    pub id: Uuid,
    /// The tenant, unless the key is the server's.
    pub tenant: Option<TenantId>,
    /// What the key is for.
    pub purpose: String,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
    /// Not used before, microseconds.
    pub not_before_us: i64,
    /// Not used after, microseconds.
    pub not_after_us: i64,
    /// When it was made, microseconds.
    pub created_us: i64,
}

type Columns = (Uuid, Option<Uuid>, String, Vec<u8>, i64, i64, i64);

impl std::fmt::Debug for KeyRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("KeyRow")
            .field("id", &self.id)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

pub(crate) fn insert(unit: &mut Unit, key: &KeyRow) {
    let values = values![
        key.id,
        key.tenant,
        key.purpose.as_str(),
        key.sealed.as_slice(),
        key.not_before_us,
        key.not_after_us,
        key.created_us
    ];
    unit.push(INSERT, values, Expect::Any, "key id");
    unit.note(ChangeNote {
        tenant: key.tenant,
        kind: ChangeKind::Key,
        id: Some(key.id.to_string()),
    });
}

pub(crate) fn delete(unit: &mut Unit, key: Uuid) {
    unit.push(DELETE, values![key], Expect::Found("key"), "key id");
    unit.note(ChangeNote {
        tenant: None,
        kind: ChangeKind::Key,
        id: Some(key.to_string()),
    });
}

impl Store {
    /// Adds a sealed key.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when its id is taken.
    pub async fn insert_key(&self, key: &KeyRow) -> Result<(), StorageError> {
        self.write(Write::InsertKey(key.clone())).await
    }

    /// Removes a key that is no longer needed by anybody.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn delete_key(&self, key: Uuid) -> Result<(), StorageError> {
        self.write(Write::DeleteKey(key)).await
    }

    /// All keys of a purpose, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn keys(&self, purpose: &str) -> Result<Vec<KeyRow>, StorageError> {
        let rows: Vec<Columns> = self.database().fetch(BY_PURPOSE, values![purpose]).await?;
        let key = |(id, tenant, purpose, sealed, not_before_us, not_after_us, created_us)| KeyRow {
            id,
            tenant: Option::<Uuid>::map(tenant, TenantId),
            purpose,
            sealed,
            not_before_us,
            not_after_us,
            created_us,
        };
        Ok(rows.into_iter().map(key).collect())
    }
}
