//! Device codes: a person enters the user code in a browser while a device polls with the other.

use lanyard_directory::{AppId, TenantId};
use uuid::Uuid;

use crate::command::{Expect, Unit};
use crate::rows::{fixed, small};
use crate::statements::statements;
use crate::value::{Value, values};
use crate::{StorageError, Store};

macro_rules! columns {
    () => {
        "SELECT hash, user_code, tenant, client, expires, state, last_poll, body FROM device_codes "
    };
}

statements! {
    UPSERT = "INSERT INTO device_codes (hash, user_code, tenant, client, expires, state, last_poll, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hash) DO UPDATE SET \
        state = excluded.state, last_poll = excluded.last_poll, body = excluded.body";
    POLLED = "UPDATE device_codes SET last_poll = $2 WHERE hash = $1";
    TAKE = "DELETE FROM device_codes WHERE hash = $1";
    BY_HASH = concat!(columns!(), "WHERE hash = $1");
    BY_USER_CODE = concat!(columns!(), "WHERE user_code = $1");
}

/// A device code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCodeRow {
    /// SHA-256 of the device code.
    pub hash: [u8; 32],
    /// What the person types.
    pub user_code: String,
    /// The tenant.
    pub tenant: TenantId,
    /// The client.
    pub client: AppId,
    /// When it expires, microseconds.
    pub expires_us: i64,
    /// Waiting, approved, declined: the caller's numbers.
    pub state: i16,
    /// When the device last asked, microseconds.
    pub last_poll_us: Option<i64>,
    /// The rest, JSON.
    pub body: String,
}

type Columns = (Vec<u8>, String, Uuid, Uuid, i64, i64, Option<i64>, String);

pub(crate) fn upsert(unit: &mut Unit, row: &DeviceCodeRow) {
    let values = values![
        row.hash,
        row.user_code.as_str(),
        row.tenant,
        row.client,
        row.expires_us,
        row.state,
        row.last_poll_us,
        row.body.as_str()
    ];
    unit.push(UPSERT, values, Expect::Any, "user code");
}

pub(crate) fn polled(unit: &mut Unit, hash: [u8; 32], last_poll_us: i64) {
    unit.run(POLLED, values![hash, last_poll_us]);
}

pub(crate) fn take(unit: &mut Unit, hash: [u8; 32]) {
    unit.push(TAKE, values![hash], Expect::FirstUse, "device code");
}

impl Store {
    async fn device_code(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<DeviceCodeRow>, StorageError> {
        let row: Option<Columns> = self.database().fetch_one(sql, values).await?;
        row.map(
            |(hash, user_code, tenant, client, expires_us, state, last_poll_us, body)| {
                Ok(DeviceCodeRow {
                    hash: fixed("device code", hash)?,
                    user_code,
                    tenant: TenantId(tenant),
                    client: AppId(client),
                    expires_us,
                    state: small("device code", state)?,
                    last_poll_us,
                    body,
                })
            },
        )
        .transpose()
    }

    /// By the hash of the code the device has.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn device_code_by_hash(&self, hash: [u8; 32]) -> Result<Option<DeviceCodeRow>, StorageError> {
        self.device_code(BY_HASH, values![hash]).await
    }

    /// By the code the person types, letter by letter.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn device_code_by_user_code(
        &self,
        user_code: &str,
    ) -> Result<Option<DeviceCodeRow>, StorageError> {
        self.device_code(BY_USER_CODE, values![user_code]).await
    }
}
