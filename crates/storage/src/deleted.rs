//! What was deleted and can still be restored.

use lanyard_directory::TenantId;
use uuid::Uuid;

use crate::StorageError;
use crate::Store;
use crate::command::{Expect, Unit};
use crate::statements::statements;
use crate::value::values;

statements! {
    INSERT = "INSERT INTO deleted_objects (id, tenant, kind, deleted, body) VALUES ($1, $2, $3, $4, $5)";
    DELETE = "DELETE FROM deleted_objects WHERE tenant = $1 AND id = $2";
    BY_ID = "SELECT id, kind, deleted, body FROM deleted_objects WHERE tenant = $1 AND id = $2";
    PAGE = "SELECT id, kind, deleted, body FROM deleted_objects WHERE tenant = $1 AND kind = $2 AND id > $3 \
        ORDER BY id LIMIT $4";
}

/// What kind of thing was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeletedKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// An application.
    Application,
}

impl DeletedKind {
    fn number(self) -> i64 {
        match self {
            Self::User => 1,
            Self::Group => 2,
            Self::Application => 3,
        }
    }

    fn from_number(number: i64) -> Result<Self, StorageError> {
        match number {
            1 => Ok(Self::User),
            2 => Ok(Self::Group),
            3 => Ok(Self::Application),
            other => Err(StorageError::corrupt("deleted object", format!("kind {other}"))),
        }
    }
}

/// Something that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedRow {
    /// Its object id.
    pub id: Uuid,
    /// The tenant it belonged to.
    pub tenant: TenantId,
    /// What it was.
    pub kind: DeletedKind,
    /// When it was deleted, microseconds.
    pub deleted_us: i64,
    /// Everything that is needed to restore it, JSON.
    pub body: String,
}

pub(crate) fn insert(unit: &mut Unit, row: &DeletedRow) {
    let values = values![
        row.id,
        row.tenant,
        row.kind.number(),
        row.deleted_us,
        row.body.as_str()
    ];
    unit.push(INSERT, values, Expect::Any, "deleted object id");
}

pub(crate) fn forget(unit: &mut Unit, tenant: TenantId, id: Uuid) {
    unit.push(
        DELETE,
        values![tenant, id],
        Expect::Found("deleted object"),
        "deleted object id",
    );
}

type Columns = (Uuid, i64, i64, String);

fn row(tenant: TenantId, (id, kind, deleted_us, body): Columns) -> Result<DeletedRow, StorageError> {
    Ok(DeletedRow {
        id,
        tenant,
        kind: DeletedKind::from_number(kind)?,
        deleted_us,
        body,
    })
}

impl Store {
    /// Something deleted, by its id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn deleted_object(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<DeletedRow>, StorageError> {
        let found: Option<Columns> = self.database().fetch_one(BY_ID, values![tenant, id]).await?;
        found.map(|columns| row(tenant, columns)).transpose()
    }

    /// Deleted things of a kind in the order of their ids, after one or from the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn deleted_objects(
        &self,
        tenant: TenantId,
        kind: DeletedKind,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<DeletedRow>, StorageError> {
        let values = values![
            tenant,
            kind.number(),
            after.unwrap_or(Uuid::nil()),
            i64::from(limit)
        ];
        let rows: Vec<Columns> = self.database().fetch(PAGE, values).await?;
        rows.into_iter().map(|columns| row(tenant, columns)).collect()
    }
}
