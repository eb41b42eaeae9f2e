//! Operations on trust stores.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[
    &Operation::READ_CLASSIC_STORE,
    &Operation::CHANGE_CLASSIC_STORE,
    &Operation::READ_PKI_STORE,
    &Operation::CHANGE_PKI_STORE,
];

impl Operation {
    /// Read the classic trust store.
    pub const READ_CLASSIC_STORE: Self = Self {
        name: "read the certificate authorities of the organization",
        actions: &["microsoft.directory/organization/certificateBasedAuthConfiguration/read"],
        reads: true,
        delegated: &[&["Organization.Read.All"], &["Organization.ReadWrite.All"]],
        application: &[&["Organization.Read.All"], &["Organization.ReadWrite.All"]],
        roles: &[DirectoryRole::GLOBAL_READER, DirectoryRole::SECURITY_READER],
    };

    /// Replace or delete the classic trust store.
    pub const CHANGE_CLASSIC_STORE: Self = Self {
        name: "change the certificate authorities of the organization",
        actions: &["microsoft.directory/organization/certificateBasedAuthConfiguration/update"],
        reads: false,
        delegated: &[&["Organization.ReadWrite.All"]],
        application: &[&["Organization.ReadWrite.All"]],
        roles: &[DirectoryRole::GLOBAL_ADMINISTRATOR],
    };

    /// Read the PKI store, deleted parts included.
    pub const READ_PKI_STORE: Self = Self {
        name: "read the public key infrastructures",
        actions: &["microsoft.directory/publicKeyInfrastructure/allProperties/read"],
        reads: true,
        delegated: &[
            &["PublicKeyInfrastructure.Read.All"],
            &["PublicKeyInfrastructure.ReadWrite.All"],
        ],
        application: &[
            &["PublicKeyInfrastructure.Read.All"],
            &["PublicKeyInfrastructure.ReadWrite.All"],
        ],
        roles: &[
            DirectoryRole::AUTHENTICATION_ADMINISTRATOR,
            DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
        ],
    };

    /// Create, change, upload, delete and restore in the PKI store.
    pub const CHANGE_PKI_STORE: Self = Self {
        name: "change the public key infrastructures",
        actions: &["microsoft.directory/publicKeyInfrastructure/allProperties/allTasks"],
        reads: false,
        delegated: &[&["PublicKeyInfrastructure.ReadWrite.All"]],
        application: &[&["PublicKeyInfrastructure.ReadWrite.All"]],
        roles: &[DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR],
    };
}
