//! The audit log: who changed what.

use lanyard_directory::TenantId;
use uuid::Uuid;

use crate::command::{Expect, Unit};
use crate::statements::statements;
use crate::value::values;
use crate::{Cursor, StorageError, Store};

statements! {
    INSERT = "INSERT INTO audits (id, tenant, created, activity, actor, target, body) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    BEFORE = "SELECT id, tenant, created, activity, actor, target, body FROM audits \
        WHERE tenant = $1 AND (created, id) < ($2, $3) ORDER BY created DESC, id DESC LIMIT $4";
    BETWEEN = "SELECT id, tenant, created, activity, actor, target, body FROM audits \
        WHERE tenant = $1 AND (created, id) > ($2, $3) AND (created, id) < ($4, $5) AND (activity = $6 OR $6 IS NULL) \
        ORDER BY created DESC, id DESC LIMIT $7";
    BETWEEN_UP = "SELECT id, tenant, created, activity, actor, target, body FROM audits \
        WHERE tenant = $1 AND (created, id) > ($2, $3) AND (created, id) < ($4, $5) AND (activity = $6 OR $6 IS NULL) \
        ORDER BY created, id LIMIT $7";
    ONE = "SELECT id, tenant, created, activity, actor, target, body FROM audits WHERE tenant = $1 AND id = $2";
}

/// One row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Id of the row.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// When, microseconds.
    pub created_us: i64,
    /// What was done, by its stable name.
    pub activity: String,
    /// Who did it.
    pub actor: String,
    /// To what.
    pub target: String,
    /// The whole record, JSON.
    pub body: String,
}

pub(crate) fn insert(unit: &mut Unit, row: &AuditRow) {
    let values = values![
        row.id,
        row.tenant,
        row.created_us,
        row.activity.as_str(),
        row.actor.as_str(),
        row.target.as_str(),
        row.body.as_str()
    ];
    unit.push(INSERT, values, Expect::Any, "audit row id");
}

impl Store {
    /// Audit rows, newest first, older than `before` or from the newest.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audits(
        &self,
        tenant: TenantId,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StorageError> {
        let Cursor { created_us, id } = before.unwrap_or(Cursor::END);
        let values = values![tenant, created_us, id, i64::from(limit)];
        let found: Vec<Columns> = self.database().fetch(BEFORE, values).await?;
        Ok(found.into_iter().map(row).collect())
    }

    /// Audit rows between two places, both exclusive, with one activity or any, newest or oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audits_between(
        &self,
        tenant: TenantId,
        after: Cursor,
        before: Cursor,
        activity: Option<&str>,
        oldest_first: bool,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StorageError> {
        let values = values![
            tenant,
            after.created_us,
            after.id,
            before.created_us,
            before.id,
            activity,
            i64::from(limit)
        ];
        let sql = if oldest_first { BETWEEN_UP } else { BETWEEN };
        let found: Vec<Columns> = self.database().fetch(sql, values).await?;
        Ok(found.into_iter().map(row).collect())
    }

    /// One audit row.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit(&self, tenant: TenantId, id: Uuid) -> Result<Option<AuditRow>, StorageError> {
        let found: Option<Columns> = self.database().fetch_one(ONE, values![tenant, id]).await?;
        Ok(found.map(row))
    }
}

type Columns = (Uuid, Uuid, i64, String, String, String, String);

fn row((id, tenant, created_us, activity, actor, target, body): Columns) -> AuditRow {
    AuditRow {
        id,
        tenant: TenantId(tenant),
        created_us,
        activity,
        actor,
        target,
        body,
    }
}
