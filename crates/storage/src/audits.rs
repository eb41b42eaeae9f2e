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
        let rows: Vec<(Uuid, Uuid, i64, String, String, String, String)> =
            self.database().fetch(BEFORE, values).await?;
        let row = |(id, tenant, created_us, activity, actor, target, body)| AuditRow {
            id,
            tenant: TenantId(tenant),
            created_us,
            activity,
            actor,
            target,
            body,
        };
        Ok(rows.into_iter().map(row).collect())
    }
}
