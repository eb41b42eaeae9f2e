//! Grants: families of refresh tokens. One that was revoked never comes back.

use lanyard_directory::{AppId, TenantId, UserId};
use uuid::Uuid;

use crate::command::{Expect, Unit};
use crate::rows::{fixed, fixed_or_none};
use crate::statements::statements;
use crate::value::{Value, values};
use crate::{StorageError, Store};

macro_rules! columns {
    () => {
        "SELECT id, tenant, user_id, client, session, created, last_used, expires, revoked, revoked_reason, \
         certificate_issuer, certificate_serial, certificate_sha256, body FROM grants "
    };
}

statements! {
    INSERT = "INSERT INTO grants (id, tenant, user_id, client, session, created, last_used, expires, revoked, \
        revoked_reason, certificate_issuer, certificate_serial, certificate_sha256, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    UPDATE = "UPDATE grants SET last_used = $2, expires = $3, body = $4 WHERE id = $1 AND revoked IS NULL";
    REVOKE = "UPDATE grants SET revoked = $2, revoked_reason = $3 WHERE id = $1 AND revoked IS NULL";
    REVOKE_OF_USER = "UPDATE grants SET revoked = $3, revoked_reason = $4 \
        WHERE tenant = $1 AND user_id = $2 AND revoked IS NULL";
    REVOKE_OF_SESSION = "UPDATE grants SET revoked = $2, revoked_reason = $3 WHERE session = $1 AND revoked IS NULL";
    REVOKE_BY_CERTIFICATE = "UPDATE grants SET revoked = $3, revoked_reason = $4 \
        WHERE certificate_issuer = $1 AND certificate_serial = $2 AND revoked IS NULL";
    REVOKE_OF_TENANT_BY_CERTIFICATE = "UPDATE grants SET revoked = $4, revoked_reason = $5 \
        WHERE tenant = $1 AND certificate_issuer = $2 AND certificate_serial = $3 AND revoked IS NULL";
    REVOKE_BY_THUMBPRINT = "UPDATE grants SET revoked = $3, revoked_reason = $4 \
        WHERE tenant = $1 AND certificate_sha256 = $2 AND revoked IS NULL";
    BY_ID = concat!(columns!(), "WHERE id = $1");
    OF_USER = concat!(columns!(), "WHERE tenant = $1 AND user_id = $2 ORDER BY created DESC, id");
    BY_CERTIFICATE =
        concat!(columns!(), "WHERE certificate_issuer = $1 AND certificate_serial = $2 ORDER BY created DESC, id");
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// Id of the family.
    pub id: [u8; 16],
    /// The tenant.
    pub tenant: TenantId,
    /// For whom the client acts.
    pub user: UserId,
    /// The client.
    pub client: AppId,
    /// The session it came from, by the hash of its id.
    pub session: Option<[u8; 32]>,
    /// When it began, microseconds.
    pub created_us: i64,
    /// When it was last used, microseconds.
    pub last_used_us: i64,
    /// When it expires, microseconds.
    pub expires_us: i64,
    /// When it was revoked, microseconds.
    pub revoked_us: Option<i64>,
    /// Why it was revoked.
    pub revoked_reason: Option<String>,
    /// The authority whose certificate it came from.
    pub certificate_issuer: Option<[u8; 32]>,
    /// Serial number of that certificate, hex.
    pub certificate_serial: Option<String>,
    /// SHA-256 of that certificate.
    pub certificate_sha256: Option<[u8; 32]>,
    /// The rest, JSON.
    pub body: String,
}

type Columns = (
    Vec<u8>,
    Uuid,
    Uuid,
    Uuid,
    Option<Vec<u8>>,
    i64,
    i64,
    i64,
    Option<i64>,
    Option<String>,
    Option<Vec<u8>>,
    Option<String>,
    Option<Vec<u8>>,
    String,
);

impl GrantRow {
    fn from_columns(columns: Columns) -> Result<Self, StorageError> {
        let (
            id,
            tenant,
            user,
            client,
            session,
            created_us,
            last_used_us,
            expires_us,
            revoked_us,
            revoked_reason,
            issuer,
            certificate_serial,
            sha256,
            body,
        ) = columns;
        Ok(Self {
            id: fixed("grant", id)?,
            tenant: TenantId(tenant),
            user: UserId(user),
            client: AppId(client),
            session: fixed_or_none("grant", session)?,
            created_us,
            last_used_us,
            expires_us,
            revoked_us,
            revoked_reason,
            certificate_issuer: fixed_or_none("grant", issuer)?,
            certificate_serial,
            certificate_sha256: fixed_or_none("grant", sha256)?,
            body,
        })
    }
}

pub(crate) fn insert(unit: &mut Unit, row: &GrantRow) {
    let values = values![
        row.id,
        row.tenant,
        row.user,
        row.client,
        row.session,
        row.created_us,
        row.last_used_us,
        row.expires_us,
        row.revoked_us,
        row.revoked_reason.clone(),
        row.certificate_issuer,
        row.certificate_serial.clone(),
        row.certificate_sha256,
        row.body.as_str()
    ];
    unit.push(INSERT, values, Expect::Any, "grant id");
}

pub(crate) fn update(unit: &mut Unit, id: [u8; 16], last_used_us: i64, expires_us: i64, body: &str) {
    unit.push(
        UPDATE,
        values![id, last_used_us, expires_us, body],
        Expect::NotEnded("grant"),
        "grant id",
    );
}

pub(crate) fn revoke(unit: &mut Unit, id: [u8; 16], revoked_us: i64, reason: &str) {
    unit.run(REVOKE, values![id, revoked_us, reason]);
}

pub(crate) fn revoke_of_user(unit: &mut Unit, tenant: TenantId, user: UserId, revoked_us: i64, reason: &str) {
    unit.run(REVOKE_OF_USER, values![tenant, user, revoked_us, reason]);
}

pub(crate) fn revoke_of_session(unit: &mut Unit, session: [u8; 32], revoked_us: i64, reason: &str) {
    unit.run(REVOKE_OF_SESSION, values![session, revoked_us, reason]);
}

pub(crate) fn revoke_of_tenant_by_certificate(
    unit: &mut Unit,
    tenant: TenantId,
    issuer: [u8; 32],
    serial: &str,
    revoked_us: i64,
    reason: &str,
) {
    unit.run(
        REVOKE_OF_TENANT_BY_CERTIFICATE,
        values![tenant, issuer, serial, revoked_us, reason],
    );
}

pub(crate) fn revoke_by_thumbprint(
    unit: &mut Unit,
    tenant: TenantId,
    sha256: [u8; 32],
    revoked_us: i64,
    reason: &str,
) {
    unit.run(REVOKE_BY_THUMBPRINT, values![tenant, sha256, revoked_us, reason]);
}

pub(crate) fn revoke_by_certificate(
    unit: &mut Unit,
    issuer: [u8; 32],
    serial: &str,
    revoked_us: i64,
    reason: &str,
) {
    unit.run(REVOKE_BY_CERTIFICATE, values![issuer, serial, revoked_us, reason]);
}

impl Store {
    async fn grant_rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<GrantRow>, StorageError> {
        let rows: Vec<Columns> = self.database().fetch(sql, values).await?;
        rows.into_iter().map(GrantRow::from_columns).collect()
    }

    /// A grant by id, revoked or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn grant(&self, id: [u8; 16]) -> Result<Option<GrantRow>, StorageError> {
        Ok(self.grant_rows(BY_ID, values![id]).await?.pop())
    }

    /// All grants of a user, newest first, revoked or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn grants_of_user(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Vec<GrantRow>, StorageError> {
        self.grant_rows(OF_USER, values![tenant, user]).await
    }

    /// All grants that came from a certificate, revoked or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn grants_by_certificate(
        &self,
        issuer: [u8; 32],
        serial: &str,
    ) -> Result<Vec<GrantRow>, StorageError> {
        self.grant_rows(BY_CERTIFICATE, values![issuer, serial]).await
    }
}
