//! Certificates that administrators denied.

use lanyard_directory::TenantId;
use uuid::Uuid;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::statements::statements;
use crate::value::values;
use crate::{ChangeKind, StorageError, Store};

statements! {
    INSERT = "INSERT INTO denied_certificates (id, tenant, deny_key, created, body) VALUES ($1, $2, $3, $4, $5)";
    DELETE = "DELETE FROM denied_certificates WHERE tenant = $1 AND id = $2";
    OF_TENANT = "SELECT id, tenant, deny_key, created, body FROM denied_certificates \
        WHERE tenant = $1 ORDER BY created, id";
}

/// A denied certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeniedCertificateRow {
    /// Id of the entry.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// What may be there once in a tenant: the caller's text.
    pub key: String,
    /// When, microseconds.
    pub created_us: i64,
    /// The whole entry, JSON.
    pub body: String,
}

pub(crate) fn insert(unit: &mut Unit, row: &DeniedCertificateRow) {
    let values = values![
        row.id,
        row.tenant,
        row.key.as_str(),
        row.created_us,
        row.body.as_str()
    ];
    unit.push(INSERT, values, Expect::Any, "denied certificate");
    unit.note(ChangeNote::new(row.tenant, ChangeKind::DeniedCertificate, row.id));
}

pub(crate) fn delete(unit: &mut Unit, tenant: TenantId, id: Uuid) {
    unit.push(
        DELETE,
        values![tenant, id],
        Expect::Found("denied certificate"),
        "denied certificate",
    );
    unit.note(ChangeNote::new(tenant, ChangeKind::DeniedCertificate, id));
}

impl Store {
    /// The denied certificates of a tenant, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn denied_certificates(
        &self,
        tenant: TenantId,
    ) -> Result<Vec<DeniedCertificateRow>, StorageError> {
        let rows: Vec<(Uuid, Uuid, String, i64, String)> =
            self.database().fetch(OF_TENANT, values![tenant]).await?;
        Ok(rows
            .into_iter()
            .map(|(id, tenant, key, created_us, body)| DeniedCertificateRow {
                id,
                tenant: TenantId(tenant),
                key,
                created_us,
                body,
            })
            .collect())
    }
}
