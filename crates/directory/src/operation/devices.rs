//! Operations on devices.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[
    &Operation::READ_DEVICES,
    &Operation::CREATE_DEVICE,
    &Operation::CHANGE_DEVICE,
    &Operation::SWITCH_DEVICE,
];

impl Operation {
    /// Read devices.
    pub const READ_DEVICES: Self = Self {
        name: "read devices",
        actions: &["microsoft.directory/devices/standard/read"],
        reads: true,
        delegated: &[
            &["Device.Read.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["Device.Read.All"],
            &["Device.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Register a device.
    pub const CREATE_DEVICE: Self = Self {
        name: "register devices",
        actions: &["microsoft.directory/devices/create"],
        reads: false,
        delegated: &[&["Directory.AccessAsUser.All"]],
        application: &[],
        roles: &[DirectoryRole::INTUNE_ADMINISTRATOR],
    };

    /// Change or delete a device.
    pub const CHANGE_DEVICE: Self = Self {
        name: "change devices",
        actions: &[
            "microsoft.directory/devices/basic/update",
            "microsoft.directory/devices/delete",
        ],
        reads: false,
        delegated: &[&["Directory.AccessAsUser.All"]],
        application: &[&["Device.ReadWrite.All"]],
        roles: &[DirectoryRole::INTUNE_ADMINISTRATOR],
    };

    /// Enable or disable a device.
    pub const SWITCH_DEVICE: Self = Self {
        name: "enable and disable devices",
        actions: &[
            "microsoft.directory/devices/disable",
            "microsoft.directory/devices/enable",
        ],
        reads: false,
        delegated: &[&["Directory.AccessAsUser.All"]],
        application: &[&["Device.ReadWrite.All"]],
        roles: &[
            DirectoryRole::CLOUD_DEVICE_ADMINISTRATOR,
            DirectoryRole::INTUNE_ADMINISTRATOR,
        ],
    };
}
