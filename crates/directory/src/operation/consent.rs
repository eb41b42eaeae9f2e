//! Operations on permissions: what applications may do for themselves and for users.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[
    &Operation::READ_DELEGATED_GRANTS,
    &Operation::CHANGE_DELEGATED_GRANTS,
    &Operation::CHANGE_APP_ROLE_ASSIGNMENTS,
    &Operation::CHANGE_DIRECTORY_API_ASSIGNMENTS,
];

impl Operation {
    /// Read delegated permission grants.
    pub const READ_DELEGATED_GRANTS: Self = Self {
        name: "read delegated permission grants",
        actions: &["microsoft.directory/oAuth2PermissionGrants/standard/read"],
        reads: true,
        delegated: &[
            &["Directory.Read.All"],
            &["DelegatedPermissionGrant.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
        ],
        application: &[
            &["Directory.Read.All"],
            &["DelegatedPermissionGrant.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Consent for users.
    pub const CHANGE_DELEGATED_GRANTS: Self = Self {
        name: "change delegated permission grants",
        actions: &["microsoft.directory/oAuth2PermissionGrants/allProperties/update"],
        reads: false,
        delegated: &[&["DelegatedPermissionGrant.ReadWrite.All"]],
        application: &[&["DelegatedPermissionGrant.ReadWrite.All"]],
        roles: &[
            DirectoryRole::CLOUD_APPLICATION_ADMINISTRATOR,
            DirectoryRole::APPLICATION_ADMINISTRATOR,
            DirectoryRole::PRIVILEGED_ROLE_ADMINISTRATOR,
        ],
    };

    /// Assign application roles of applications other than the directory API.
    pub const CHANGE_APP_ROLE_ASSIGNMENTS: Self = Self {
        name: "change app role assignments",
        actions: &["microsoft.directory/servicePrincipals/appRoleAssignedTo/update"],
        reads: false,
        delegated: &[&["AppRoleAssignment.ReadWrite.All", "Application.Read.All"]],
        application: &[&["AppRoleAssignment.ReadWrite.All", "Application.Read.All"]],
        roles: &[
            DirectoryRole::CLOUD_APPLICATION_ADMINISTRATOR,
            DirectoryRole::APPLICATION_ADMINISTRATOR,
            DirectoryRole::PRIVILEGED_ROLE_ADMINISTRATOR,
        ],
    };

    /// Assign application permissions of the directory API: whoever can may become anybody.
    pub const CHANGE_DIRECTORY_API_ASSIGNMENTS: Self = Self {
        name: "change application permissions of the directory API",
        actions: &[
            "microsoft.directory/servicePrincipals/managePermissionGrantsForAll.microsoft-company-admin",
        ],
        reads: false,
        delegated: &[&["AppRoleAssignment.ReadWrite.All", "Application.Read.All"]],
        application: &[&["AppRoleAssignment.ReadWrite.All", "Application.Read.All"]],
        roles: &[DirectoryRole::PRIVILEGED_ROLE_ADMINISTRATOR],
    };
}
