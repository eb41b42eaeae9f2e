//! Operations on users.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[
    &Operation::READ_OWN_PROFILE,
    &Operation::READ_BASIC_PROFILES,
    &Operation::READ_USERS,
    &Operation::CREATE_USER,
    &Operation::CHANGE_USER,
    &Operation::SWITCH_USER,
    &Operation::CHANGE_CERTIFICATE_USER_IDS,
    &Operation::DELETE_USER,
    &Operation::REVOKE_SESSIONS,
    &Operation::REVOKE_OWN_SESSIONS,
    &Operation::REVOKE_SESSIONS_OF_ADMINISTRATORS,
    &Operation::CHANGE_ADMINISTRATOR,
];

impl Operation {
    /// Read the own profile, and what one belongs to.
    pub const READ_OWN_PROFILE: Self = Self {
        name: "read the own profile",
        actions: &[],
        reads: true,
        delegated: &[
            &["User.Read"],
            &["User.ReadBasic.All"],
            &["User.Read.All"],
            &["User.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[],
        roles: &[],
    };

    /// Read the basic properties of users.
    pub const READ_BASIC_PROFILES: Self = Self {
        name: "read basic profiles",
        actions: &["microsoft.directory/users/basicProfile/read"],
        reads: true,
        delegated: &[
            &["User.ReadBasic.All"],
            &["User.Read.All"],
            &["User.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["User.ReadBasic.All"],
            &["User.Read.All"],
            &["User.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Read all properties of users.
    pub const READ_USERS: Self = Self {
        name: "read users",
        actions: &["microsoft.directory/users/standard/read"],
        reads: true,
        delegated: &[
            &["User.Read.All"],
            &["User.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["User.Read.All"],
            &["User.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Create a user.
    pub const CREATE_USER: Self = Self {
        name: "create users",
        actions: &["microsoft.directory/users/create"],
        reads: false,
        delegated: &[
            &["User.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[&["User.ReadWrite.All"], &["Directory.ReadWrite.All"]],
        roles: &[
            DirectoryRole::USER_ADMINISTRATOR,
            DirectoryRole::DIRECTORY_WRITERS,
        ],
    };

    /// Change the profile of a user.
    pub const CHANGE_USER: Self = Self {
        name: "change users",
        actions: &["microsoft.directory/users/basic/update"],
        reads: false,
        delegated: &[
            &["User.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[&["User.ReadWrite.All"], &["Directory.ReadWrite.All"]],
        roles: &[
            DirectoryRole::USER_ADMINISTRATOR,
            DirectoryRole::DIRECTORY_WRITERS,
        ],
    };

    /// Enable or disable a user.
    pub const SWITCH_USER: Self = Self {
        name: "enable and disable users",
        actions: &[
            "microsoft.directory/users/disable",
            "microsoft.directory/users/enable",
        ],
        reads: false,
        delegated: &[
            &["User.EnableDisableAccount.All", "User.Read.All"],
            &["User.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["User.EnableDisableAccount.All", "User.Read.All"],
            &["User.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[DirectoryRole::USER_ADMINISTRATOR],
    };

    /// Change the certificate user ids of a user.
    pub const CHANGE_CERTIFICATE_USER_IDS: Self = Self {
        name: "change certificate user ids",
        actions: &["microsoft.directory/users/authorizationInfo/update"],
        reads: false,
        delegated: &[
            &["User.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[&["User.ReadWrite.All"], &["Directory.ReadWrite.All"]],
        roles: &[DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR],
    };

    /// Delete a user, restore one, or delete one for good.
    pub const DELETE_USER: Self = Self {
        name: "delete and restore users",
        actions: &[
            "microsoft.directory/users/delete",
            "microsoft.directory/users/restore",
        ],
        reads: false,
        delegated: &[
            &["User.DeleteRestore.All"],
            &["User.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[&["User.DeleteRestore.All"], &["User.ReadWrite.All"]],
        roles: &[DirectoryRole::USER_ADMINISTRATOR],
    };

    /// End all sessions of a user.
    pub const REVOKE_SESSIONS: Self = Self {
        name: "revoke sign-in sessions",
        actions: &["microsoft.directory/users/invalidateAllRefreshTokens"],
        reads: false,
        delegated: &[
            &["User.RevokeSessions.All"],
            &["User.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["User.RevokeSessions.All"],
            &["User.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[
            DirectoryRole::HELPDESK_ADMINISTRATOR,
            DirectoryRole::AUTHENTICATION_ADMINISTRATOR,
            DirectoryRole::USER_ADMINISTRATOR,
            DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
        ],
    };

    /// End all own sessions.
    pub const REVOKE_OWN_SESSIONS: Self = Self {
        name: "revoke the own sign-in sessions",
        actions: &[],
        reads: false,
        delegated: &[
            &["User.Read"],
            &["User.RevokeSessions.All"],
            &["User.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[],
        roles: &[],
    };

    /// End all sessions of a user who holds a directory role.
    pub const REVOKE_SESSIONS_OF_ADMINISTRATORS: Self = Self {
        name: "revoke sign-in sessions of administrators",
        actions: &["microsoft.directory/administrators/invalidateAllRefreshTokens"],
        reads: false,
        delegated: &[
            &["User.RevokeSessions.All"],
            &["User.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["User.RevokeSessions.All"],
            &["User.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR],
    };

    /// Change, disable or delete a user who holds a directory role.
    pub const CHANGE_ADMINISTRATOR: Self = Self {
        name: "change users who are administrators",
        actions: &["microsoft.directory/administrators/allProperties/update"],
        reads: false,
        delegated: &[
            &["User.ReadWrite.All"],
            &["User.DeleteRestore.All"],
            &["User.EnableDisableAccount.All", "User.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["User.ReadWrite.All"],
            &["User.DeleteRestore.All"],
            &["User.EnableDisableAccount.All", "User.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR],
    };
}
