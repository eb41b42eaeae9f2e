//! Browser sessions. One that has ended never comes back.

use lanyard_directory::{TenantId, UserId};
use uuid::Uuid;

use crate::command::{Expect, Unit};
use crate::rows::{fixed, fixed_or_none};
use crate::statements::statements;
use crate::value::values;
use crate::{StorageError, Store};

macro_rules! columns {
    () => {
        "SELECT id_hash, tenant, user_id, created, last_seen, expires, ended, ended_reason, certificate_issuer, \
         certificate_serial, certificate_sha256, body FROM sessions "
    };
}

statements! {
    CERTIFICATES_IN_USE = "SELECT certificate_serial FROM sessions \
        WHERE certificate_issuer = $1 AND ended IS NULL AND expires > $2 AND certificate_serial IS NOT NULL \
        UNION SELECT certificate_serial FROM grants \
        WHERE certificate_issuer = $1 AND revoked IS NULL AND expires > $2 AND certificate_serial IS NOT NULL";
    UPSERT = "INSERT INTO sessions (id_hash, tenant, user_id, created, last_seen, expires, ended, ended_reason, \
        certificate_issuer, certificate_serial, certificate_sha256, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
        ON CONFLICT (id_hash) DO UPDATE SET last_seen = excluded.last_seen, expires = excluded.expires, \
        ended = excluded.ended, ended_reason = excluded.ended_reason, \
        certificate_issuer = excluded.certificate_issuer, certificate_serial = excluded.certificate_serial, \
        certificate_sha256 = excluded.certificate_sha256, \
        body = excluded.body WHERE sessions.ended IS NULL";
    END = "UPDATE sessions SET ended = $2, ended_reason = $3 WHERE id_hash = $1 AND ended IS NULL";
    END_OF_USER = "UPDATE sessions SET ended = $3, ended_reason = $4 \
        WHERE tenant = $1 AND user_id = $2 AND ended IS NULL";
    END_BY_CERTIFICATE = "UPDATE sessions SET ended = $3, ended_reason = $4 \
        WHERE certificate_issuer = $1 AND certificate_serial = $2 AND ended IS NULL";
    BY_ID = concat!(columns!(), "WHERE id_hash = $1");
    OF_USER = concat!(columns!(), "WHERE tenant = $1 AND user_id = $2 ORDER BY created DESC, id_hash");
    BY_CERTIFICATE = concat!(
        columns!(),
        "WHERE certificate_issuer = $1 AND certificate_serial = $2 ORDER BY created DESC, id_hash"
    );
    LIVE_BY_THUMBPRINT = concat!(
        columns!(),
        "WHERE tenant = $1 AND certificate_sha256 = $2 AND ended IS NULL ORDER BY created DESC, id_hash"
    );
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the id that the cookie carries.
    pub id_hash: [u8; 32],
    /// The tenant.
    pub tenant: TenantId,
    /// Whose session.
    pub user: UserId,
    /// When it began, microseconds.
    pub created_us: i64,
    /// When it was last used, microseconds.
    pub last_seen_us: i64,
    /// When it expires, microseconds.
    pub expires_us: i64,
    /// When it was ended, microseconds.
    pub ended_us: Option<i64>,
    /// Why it was ended.
    pub ended_reason: Option<String>,
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

impl SessionRow {
    fn from_columns(columns: Columns) -> Result<Self, StorageError> {
        let (
            id,
            tenant,
            user,
            created_us,
            last_seen_us,
            expires_us,
            ended_us,
            ended_reason,
            issuer,
            serial,
            sha256,
            body,
        ) = columns;
        Ok(Self {
            id_hash: fixed("session", id)?,
            tenant: TenantId(tenant),
            user: UserId(user),
            created_us,
            last_seen_us,
            expires_us,
            ended_us,
            ended_reason,
            certificate_issuer: fixed_or_none("session", issuer)?,
            certificate_serial: serial,
            certificate_sha256: fixed_or_none("session", sha256)?,
            body,
        })
    }
}

pub(crate) fn upsert(unit: &mut Unit, row: &SessionRow) {
    let values = values![
        row.id_hash,
        row.tenant,
        row.user,
        row.created_us,
        row.last_seen_us,
        row.expires_us,
        row.ended_us,
        row.ended_reason.clone(),
        row.certificate_issuer,
        row.certificate_serial.clone(),
        row.certificate_sha256,
        row.body.as_str()
    ];
    unit.push(UPSERT, values, Expect::NotEnded("session"), "session");
}

pub(crate) fn end(unit: &mut Unit, id_hash: [u8; 32], ended_us: i64, reason: &str) {
    unit.run(END, values![id_hash, ended_us, reason]);
}

pub(crate) fn end_live(unit: &mut Unit, id_hash: [u8; 32], ended_us: i64, reason: &str) {
    unit.push(
        END,
        values![id_hash, ended_us, reason],
        Expect::NotEnded("session"),
        "session",
    );
}

pub(crate) fn end_of_user(unit: &mut Unit, tenant: TenantId, user: UserId, ended_us: i64, reason: &str) {
    unit.run(END_OF_USER, values![tenant, user, ended_us, reason]);
}

pub(crate) fn end_by_certificate(
    unit: &mut Unit,
    issuer: [u8; 32],
    serial: &str,
    ended_us: i64,
    reason: &str,
) {
    unit.run(END_BY_CERTIFICATE, values![issuer, serial, ended_us, reason]);
}

fn rows(rows: Vec<Columns>) -> Result<Vec<SessionRow>, StorageError> {
    rows.into_iter().map(SessionRow::from_columns).collect()
}

impl Store {
    /// A session by the hash of its id, ended or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn session(&self, id_hash: [u8; 32]) -> Result<Option<SessionRow>, StorageError> {
        let row = self.database().fetch_one(BY_ID, values![id_hash]).await?;
        row.map(SessionRow::from_columns).transpose()
    }

    /// All sessions of a user, newest first, ended or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions_of_user(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Vec<SessionRow>, StorageError> {
        rows(self.database().fetch(OF_USER, values![tenant, user]).await?)
    }

    /// Serial numbers (hex, as stored) of an authority's certificates on which live sessions or refresh tokens rest.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn certificates_in_use(
        &self,
        issuer: [u8; 32],
        now_us: i64,
    ) -> Result<Vec<String>, StorageError> {
        let rows: Vec<(String,)> = self
            .database()
            .fetch(CERTIFICATES_IN_USE, values![issuer, now_us])
            .await?;
        Ok(rows.into_iter().map(|(serial,)| serial).collect())
    }

    /// All sessions that came from a certificate, ended or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions_by_certificate(
        &self,
        issuer: [u8; 32],
        serial: &str,
    ) -> Result<Vec<SessionRow>, StorageError> {
        rows(
            self.database()
                .fetch(BY_CERTIFICATE, values![issuer, serial])
                .await?,
        )
    }

    /// The sessions of a tenant that came from the certificate with this thumbprint and have not ended.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn live_sessions_by_thumbprint(
        &self,
        tenant: TenantId,
        sha256: [u8; 32],
    ) -> Result<Vec<SessionRow>, StorageError> {
        rows(
            self.database()
                .fetch(LIVE_BY_THUMBPRINT, values![tenant, sha256])
                .await?,
        )
    }
}
