//! Use case: callers of the directory API register, change and delete devices.

use lanyard_directory::{AlternativeSecurityId, Device, Operation};
use lanyard_storage::Write;
use serde_json::Value;
use uuid::Uuid;

use crate::administer::Change;
use crate::administer::commit_for::{invalid_property, on_newest};
use crate::{Caller, Engine, NotDone};

/// What shall be different; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceChange {
    /// Only when it is registered.
    pub device_id: Option<Uuid>,
    /// Name shown to people.
    pub display_name: Option<String>,
    /// `false`: its tokens fail.
    pub account_enabled: Option<bool>,
    /// `Windows`
    pub operating_system: Option<String>,
    /// `10.0.26100`
    pub operating_system_version: Option<String>,
    /// Said by device management.
    pub is_compliant: Option<bool>,
    /// Said by device management.
    pub is_managed: Option<bool>,
    /// Only when it is registered.
    pub alternative_security_ids: Option<Vec<AlternativeSecurityId>>,
}

impl DeviceChange {
    fn applied(&self, device: &Device) -> Result<Device, NotDone> {
        let mut becomes = device.clone();
        if let Some(name) = &self.display_name {
            becomes.display_name.clone_from(name);
        }
        becomes.account_enabled = self.account_enabled.unwrap_or(device.account_enabled);
        if let Some(system) = &self.operating_system {
            becomes.operating_system.clone_from(system);
        }
        if let Some(version) = &self.operating_system_version {
            becomes.operating_system_version.clone_from(version);
        }
        becomes.is_compliant = self.is_compliant.or(device.is_compliant);
        becomes.is_managed = self.is_managed.or(device.is_managed);
        becomes.check().map_err(|property| invalid_property(&property))?;
        Ok(becomes)
    }
}

fn change(activity: &'static str, id: Uuid, old: Option<&Device>, new: Option<&Device>) -> Change {
    let told = |device: Option<&Device>| {
        device.map_or(Value::Null, |device| {
            serde_json::to_value(device).unwrap_or_default()
        })
    };
    Change {
        activity,
        target: id.to_string(),
        property: "",
        old: told(old),
        new: told(new),
    }
}

impl Engine {
    /// Registers a device.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Invalid`], [`NotDone::Duplicate`] when the registration id is taken.
    pub async fn add_device(&self, caller: &Caller, new: &DeviceChange) -> Result<Device, NotDone> {
        caller.may(&Operation::CREATE_DEVICE)?;
        let device_id = new
            .device_id
            .ok_or_else(|| NotDone::invalid("deviceId", "deviceId is required."))?;
        let blank = Device {
            id: self.new_guid()?,
            tenant: caller.tenant,
            device_id,
            display_name: String::new(),
            account_enabled: true,
            operating_system: String::new(),
            operating_system_version: String::new(),
            is_compliant: None,
            is_managed: None,
            alternative_security_ids: new.alternative_security_ids.clone().unwrap_or_default(),
            created: self.now(),
        };
        let device = new.applied(&blank)?;
        let told = change("Add device", device.id, None, Some(&device));
        let write = Write::InsertDevice(Box::new(device.clone()));
        self.commit_for(caller, told, vec![write]).await?;
        Ok(device)
    }

    /// Changes a device.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`].
    pub async fn change_device(
        &self,
        caller: &Caller,
        key: &str,
        by_device_id: bool,
        changes: &DeviceChange,
    ) -> Result<(), NotDone> {
        on_newest!(
            caller,
            self.change_device_once(caller, (key, by_device_id), changes)
        )
    }

    async fn change_device_once(
        &self,
        caller: &Caller,
        (key, by_device_id): (&str, bool),
        changes: &DeviceChange,
    ) -> Result<(), NotDone> {
        let only_switch = *changes
            == DeviceChange {
                account_enabled: changes.account_enabled,
                ..DeviceChange::default()
            };
        caller.may(if only_switch {
            &Operation::SWITCH_DEVICE
        } else {
            &Operation::CHANGE_DEVICE
        })?;
        let was = self.device_by_key(caller, key, by_device_id).await?;
        caller.expects(&was)?;
        if changes.device_id.is_some_and(|wanted| wanted != was.device_id)
            || changes.alternative_security_ids.is_some()
        {
            return Err(NotDone::invalid(
                "",
                "deviceId and alternativeSecurityIds are fixed when the device is registered.",
            ));
        }
        let becomes = changes.applied(&was)?;
        if becomes == was {
            return Ok(());
        }
        let told = change("Update device", was.id, Some(&was), Some(&becomes));
        let write = Write::ChangeDevice {
            was: Box::new(was),
            becomes: Box::new(becomes),
        };
        self.commit_for(caller, told, vec![write]).await
    }

    /// Deletes a device for good.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn remove_device(&self, caller: &Caller, key: &str, by_device_id: bool) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_DEVICE)?;
        let was = self.device_by_key(caller, key, by_device_id).await?;
        caller.expects(&was)?;
        let told = change("Delete device", was.id, Some(&was), None);
        let write = Write::DeleteDevice {
            tenant: caller.tenant,
            device: was.id,
        };
        self.commit_for(caller, told, vec![write]).await
    }
}
