//! Use case: reading devices.

use lanyard_directory::{Device, Operation};
use lanyard_storage::{KeyPlace, KeyRange};
use uuid::Uuid;

use crate::{Caller, Engine, NotDone};

/// Which devices, and in which order; every way is answered from an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceScan {
    /// All, in the order of their registration ids.
    All,
    /// Within a range of names, in their order.
    ByName(KeyRange),
    /// The one with this object id, or with the id of its registration.
    One {
        /// The id.
        id: Uuid,
        /// It is that of the registration.
        by_device_id: bool,
    },
}

impl Engine {
    /// A page of devices behind a place, by an index.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn device_page(
        &self,
        caller: &Caller,
        scan: &DeviceScan,
        after: Option<&KeyPlace>,
        limit: u32,
    ) -> Result<Vec<Device>, NotDone> {
        caller.may(&Operation::READ_DEVICES)?;
        let tenant = caller.tenant;
        Ok(match scan {
            DeviceScan::All => {
                let after = after.map(|place| place.id);
                self.store.devices(tenant, after, limit).await?
            }
            DeviceScan::ByName(range) => self.store.devices_by_name(tenant, range, after, limit).await?,
            DeviceScan::One { id, by_device_id } => {
                let found = if *by_device_id {
                    self.store.device_by_device_id(tenant, *id).await?
                } else {
                    self.store.device(tenant, *id).await?
                };
                found.into_iter().filter(|_| after.is_none()).collect()
            }
        })
    }

    /// A device by object id, or with `by_device_id` by that of its registration.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_device(
        &self,
        caller: &Caller,
        key: &str,
        by_device_id: bool,
    ) -> Result<Device, NotDone> {
        caller.may(&Operation::READ_DEVICES)?;
        self.device_by_key(caller, key, by_device_id).await
    }

    pub(crate) async fn device_by_key(
        &self,
        caller: &Caller,
        key: &str,
        by_device_id: bool,
    ) -> Result<Device, NotDone> {
        let not_found = || NotDone::NotFound(key.to_owned());
        let id = Uuid::try_parse(key).map_err(|_| not_found())?;
        let found = if by_device_id {
            self.store.device_by_device_id(caller.tenant, id).await?
        } else {
            self.store.device(caller.tenant, id).await?
        };
        found.ok_or_else(not_found)
    }
}
