//! Devices.

use lanyard_directory::{Device, TenantId, User};
use uuid::Uuid;

use crate::command::{Expect, Unit};
use crate::rows::{from_bodies, from_optional_body, to_body};
use crate::statements::statements;
use crate::user_pages::{ascending, descending};
use crate::value::values;
use crate::{KeyPlace, KeyRange, StorageError, Store};

statements! {
    INSERT = "INSERT INTO devices (id, tenant, device_id, body, name_key) VALUES ($1, $2, $3, $4, $5)";
    BY_NAME = ascending!("devices", "name_key");
    BY_NAME_DOWN = descending!("devices", "name_key");
    UPDATE = "UPDATE devices SET device_id = $3, body = $4, name_key = $5 WHERE id = $1 AND tenant = $2";
    CHANGE = "UPDATE devices SET device_id = $3, body = $4, name_key = $5 \
        WHERE id = $1 AND tenant = $2 AND body = $6";
    DELETE = "DELETE FROM devices WHERE id = $1 AND tenant = $2";
    BY_ID = "SELECT body FROM devices WHERE tenant = $1 AND id = $2";
    BY_DEVICE_ID = "SELECT body FROM devices WHERE tenant = $1 AND device_id = $2";
    PAGE = "SELECT body FROM devices WHERE tenant = $1 AND device_id > $2 ORDER BY device_id LIMIT $3";
}

const DEVICE_ID: &str = "device id";

pub(crate) fn insert(unit: &mut Unit, device: &Device) -> Result<(), StorageError> {
    let values = values![
        device.id,
        device.tenant,
        device.device_id,
        to_body("device", device)?,
        User::name_key(&device.display_name)
    ];
    unit.push(INSERT, values, Expect::Any, DEVICE_ID);
    Ok(())
}

pub(crate) fn update(unit: &mut Unit, device: &Device) -> Result<(), StorageError> {
    let values = values![
        device.id,
        device.tenant,
        device.device_id,
        to_body("device", device)?,
        User::name_key(&device.display_name)
    ];
    unit.push(UPDATE, values, Expect::Found("device"), DEVICE_ID);
    Ok(())
}

/// Replaces a device that still is what it was, or nothing of the unit happens.
pub(crate) fn change(unit: &mut Unit, was: &Device, becomes: &Device) -> Result<(), StorageError> {
    let values = values![
        becomes.id,
        becomes.tenant,
        becomes.device_id,
        to_body("device", becomes)?,
        User::name_key(&becomes.display_name),
        to_body("device", was)?
    ];
    unit.push(CHANGE, values, Expect::SameVersion, DEVICE_ID);
    Ok(())
}

pub(crate) fn delete(unit: &mut Unit, tenant: TenantId, device: Uuid) {
    unit.push(
        DELETE,
        values![device, tenant],
        Expect::Found("device"),
        DEVICE_ID,
    );
}

impl Store {
    /// A device by object id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn device(&self, tenant: TenantId, id: Uuid) -> Result<Option<Device>, StorageError> {
        from_optional_body(
            "device",
            self.database().fetch_one(BY_ID, values![tenant, id]).await?,
        )
    }

    /// A device by the id of its registration.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn device_by_device_id(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<Device>, StorageError> {
        from_optional_body(
            "device",
            self.database()
                .fetch_one(BY_DEVICE_ID, values![tenant, id])
                .await?,
        )
    }

    /// Devices in the order of their names, within a range of it. Keys are those of [`User::name_key`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn devices_by_name(
        &self,
        tenant: TenantId,
        range: &KeyRange,
        after: Option<&KeyPlace>,
        limit: u32,
    ) -> Result<Vec<Device>, StorageError> {
        let sql = if range.descending { BY_NAME_DOWN } else { BY_NAME };
        let (start, end) = range.bounds(after);
        let values = values![tenant, start.key, start.id, end, i64::from(limit)];
        from_bodies("device", self.database().fetch(sql, values).await?)
    }

    /// Devices in the order of their registration ids, after one or from the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn devices(
        &self,
        tenant: TenantId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Device>, StorageError> {
        let values = values![tenant, after.unwrap_or(Uuid::nil()), i64::from(limit)];
        from_bodies("device", self.database().fetch(PAGE, values).await?)
    }
}
