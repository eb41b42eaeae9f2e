//! Removing what nobody needs any more, a few rows at a time, so that sign-ins do not wait.

use uuid::Uuid;

use crate::command::Unit;
use crate::statements::statements;
use crate::value::{Value, values};
use crate::{StorageError, Store};

statements! {
    USED_ONCE = "DELETE FROM used_once WHERE (purpose, id) IN \
        (SELECT purpose, id FROM used_once WHERE expires < $1 LIMIT $2)";
    DEVICE_CODES = "DELETE FROM device_codes WHERE hash IN (SELECT hash FROM device_codes WHERE expires < $1 LIMIT $2)";
    SESSIONS = "DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires < $1 LIMIT $2)";
    GRANTS = "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires < $1 LIMIT $2)";
    SIGN_INS = "DELETE FROM sign_ins WHERE id IN \
        (SELECT id FROM sign_ins WHERE tenant = $3 AND created < $1 ORDER BY created LIMIT $2)";
    AUDITS = "DELETE FROM audits WHERE id IN \
        (SELECT id FROM audits WHERE tenant = $3 AND created < $1 ORDER BY created LIMIT $2)";
    DELETED = "DELETE FROM deleted_objects WHERE id IN \
        (SELECT id FROM deleted_objects WHERE deleted < $1 ORDER BY deleted LIMIT $2)";
    CHANGES = "DELETE FROM changes WHERE sequence IN \
        (SELECT sequence FROM changes WHERE sequence < $1 ORDER BY sequence LIMIT $2)";
    ORPHANED_CRLS = "SELECT DISTINCT generation FROM crl_parts \
        WHERE created < $1 AND generation NOT IN (SELECT generation FROM crls)";
}

/// Rows removed by one statement.
const BATCH: i64 = 500;
/// How many changes are kept for nodes that were away.
const CHANGES_KEPT: i64 = 100_000;
/// A CRL whose saving was broken off is not completed after so long.
const BROKEN_OFF_AFTER_US: i64 = 24 * 3600 * 1_000_000;

/// How long rows are kept after they have lost their use.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Rows of the sign-in log, in days.
    pub sign_in_days: u32,
    /// Rows of the audit log, in days.
    pub audit_days: u32,
    /// Expired sessions and grants, in days: so long their end can still be explained.
    pub ended_days: u32,
    /// Deleted users, groups and applications, in days: so long they can be restored.
    pub deleted_days: u32,
}

impl Default for Retention {
    /// 30 days. Source: directory-policy-tokens §0.1.
    fn default() -> Self {
        Self {
            sign_in_days: 30,
            audit_days: 30,
            ended_days: 30,
            deleted_days: 30,
        }
    }
}

/// How many rows were removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Used single-use values past their expiry.
    pub used_once: u64,
    /// Expired device codes.
    pub device_codes: u64,
    /// Sessions expired long ago.
    pub sessions: u64,
    /// Grants expired long ago.
    pub grants: u64,
    /// Old rows of the sign-in log.
    pub sign_ins: u64,
    /// Old rows of the audit log.
    pub audits: u64,
    /// Deleted users, groups and applications that can no longer be restored.
    pub deleted: u64,
    /// Changes that every node has seen.
    pub changes: u64,
}

fn days_before(now_us: i64, days: u32) -> i64 {
    now_us.saturating_sub(i64::from(days) * 24 * 3600 * 1_000_000)
}

impl Store {
    /// Removes expired single-use values, device codes, old sessions and grants, old log rows and old changes.
    /// Sessions and grants that were ended early stay until they would have expired, so that an old cookie or token is
    /// still answered with the reason.
    ///
    /// # Errors
    /// When the database fails; what was removed until then stays removed.
    pub async fn purge_expired(&self, now_us: i64, retention: Retention) -> Result<Purged, StorageError> {
        let ended = days_before(now_us, retention.ended_days);
        let deleted = days_before(now_us, retention.deleted_days);
        let mut purged = Purged {
            used_once: self.purge(USED_ONCE, || values![now_us, BATCH]).await?,
            device_codes: self.purge(DEVICE_CODES, || values![now_us, BATCH]).await?,
            sessions: self.purge(SESSIONS, || values![ended, BATCH]).await?,
            grants: self.purge(GRANTS, || values![ended, BATCH]).await?,
            deleted: self.purge(DELETED, || values![deleted, BATCH]).await?,
            ..Purged::default()
        };
        let (sign_ins, audits) = (
            days_before(now_us, retention.sign_in_days),
            days_before(now_us, retention.audit_days),
        );
        for tenant in self.tenants().await? {
            purged.sign_ins += self
                .purge(SIGN_INS, || values![sign_ins, BATCH, tenant.id])
                .await?;
            purged.audits += self.purge(AUDITS, || values![audits, BATCH, tenant.id]).await?;
        }
        let oldest = self.last_change().await?.saturating_sub(CHANGES_KEPT);
        purged.changes = self.purge(CHANGES, || values![oldest, BATCH]).await?;
        let broken_off = now_us.saturating_sub(BROKEN_OFF_AFTER_US);
        let orphans: Vec<(Uuid,)> = self.database().fetch(ORPHANED_CRLS, values![broken_off]).await?;
        for (generation,) in orphans {
            self.delete_crl_parts(generation).await?;
        }
        Ok(purged)
    }

    async fn purge(&self, sql: &'static str, values: impl Fn() -> Vec<Value>) -> Result<u64, StorageError> {
        let mut removed = 0;
        loop {
            let mut unit = Unit::default();
            unit.run(sql, values());
            let rows = self.run(unit).await?;
            removed += rows;
            if rows < BATCH.unsigned_abs() {
                return Ok(removed);
            }
        }
    }
}
