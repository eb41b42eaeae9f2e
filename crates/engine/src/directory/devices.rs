//! Use case: reading devices.

use lanyard_directory::{Device, Operation};
use uuid::Uuid;

use crate::{Caller, Engine, NotDone};

impl Engine {
    /// Devices in the order of their registration ids.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn device_page(
        &self,
        caller: &Caller,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Device>, NotDone> {
        caller.may(&Operation::READ_DEVICES)?;
        Ok(self.store.devices(caller.tenant, after, limit).await?)
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
