//! The configuration document of a tenant: trust store, method policy and settings as one versioned JSON.

use lanyard_directory::TenantId;
use serde_json::Value as Json;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::rows::{from_body, to_body};
use crate::statements::statements;
use crate::value::values;
use crate::{AuditRow, ChangeKind, StorageError, Store, Write};

statements! {
    FIRST = "INSERT INTO tenant_configurations (tenant, version, body) VALUES ($1, $2, $3) ON CONFLICT (tenant) DO NOTHING";
    NEXT = "UPDATE tenant_configurations SET version = version + 1, body = $3 WHERE tenant = $1 AND version = $2";
    READ = "SELECT version, body FROM tenant_configurations WHERE tenant = $1";
}

const FIRST_VERSION: i64 = 1;

pub(crate) fn save(
    unit: &mut Unit,
    tenant: TenantId,
    expected_version: Option<i64>,
    document: &Json,
) -> Result<(), StorageError> {
    let body = to_body("configuration", document)?;
    let (sql, version) = match expected_version {
        None => (FIRST, FIRST_VERSION),
        Some(version) => (NEXT, version),
    };
    unit.push(
        sql,
        values![tenant, version, body],
        Expect::SameVersion,
        "configuration",
    );
    unit.note(ChangeNote::new(tenant, ChangeKind::Configuration, tenant));
    Ok(())
}

impl Store {
    /// The configuration document with its version.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tenant_configuration(&self, tenant: TenantId) -> Result<Option<(i64, Json)>, StorageError> {
        let row: Option<(i64, String)> = self.database().fetch_one(READ, values![tenant]).await?;
        row.map(|(version, body)| Ok((version, from_body("configuration", &body)?)))
            .transpose()
    }

    /// Saves the document, with its audit rows, over the version it was made from (`None`: there is none yet), and
    /// returns its new version.
    ///
    /// # Errors
    /// [`StorageError::VersionConflict`] when another version is there by now.
    pub async fn save_tenant_configuration(
        &self,
        tenant: TenantId,
        expected_version: Option<i64>,
        document: &Json,
        audit: Vec<AuditRow>,
    ) -> Result<i64, StorageError> {
        let mut unit = vec![Write::Configuration {
            tenant,
            expected_version,
            document: document.clone(),
        }];
        unit.extend(audit.into_iter().map(Write::Audit));
        self.commit(unit).await?;
        Ok(expected_version.map_or(FIRST_VERSION, |version| version + 1))
    }
}
