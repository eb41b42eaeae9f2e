//! Operations on applications.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[
    &Operation::READ_APPLICATIONS,
    &Operation::CREATE_APPLICATION,
    &Operation::CHANGE_APPLICATION,
    &Operation::READ_APP_ROLE_ASSIGNMENTS,
];

impl Operation {
    /// Read applications and service principals.
    pub const READ_APPLICATIONS: Self = Self {
        name: "read applications",
        actions: &[
            "microsoft.directory/applications/standard/read",
            "microsoft.directory/servicePrincipals/standard/read",
        ],
        reads: true,
        delegated: &[
            &["Application.Read.All"],
            &["Application.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["Application.Read.All"],
            &["Application.ReadWrite.OwnedBy"],
            &["Application.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Register an application.
    pub const CREATE_APPLICATION: Self = Self {
        name: "register applications",
        actions: &["microsoft.directory/applications/create"],
        reads: false,
        delegated: &[
            &["Application.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["Application.ReadWrite.OwnedBy"],
            &["Application.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[
            DirectoryRole::APPLICATION_DEVELOPER,
            DirectoryRole::CLOUD_APPLICATION_ADMINISTRATOR,
            DirectoryRole::APPLICATION_ADMINISTRATOR,
        ],
    };

    /// Change or delete an application, its secrets, certificates and service principal.
    pub const CHANGE_APPLICATION: Self = Self {
        name: "change applications",
        actions: &[
            "microsoft.directory/applications/basic/update",
            "microsoft.directory/applications/credentials/update",
            "microsoft.directory/applications/owners/update",
            "microsoft.directory/applications/delete",
            "microsoft.directory/servicePrincipals/create",
            "microsoft.directory/servicePrincipals/basic/update",
            "microsoft.directory/servicePrincipals/delete",
        ],
        reads: false,
        delegated: &[
            &["Application.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[&["Application.ReadWrite.All"], &["Directory.ReadWrite.All"]],
        roles: &[
            DirectoryRole::CLOUD_APPLICATION_ADMINISTRATOR,
            DirectoryRole::APPLICATION_ADMINISTRATOR,
        ],
    };

    /// Read who was given roles of applications.
    pub const READ_APP_ROLE_ASSIGNMENTS: Self = Self {
        name: "read app role assignments",
        actions: &[
            "microsoft.directory/servicePrincipals/appRoleAssignedTo/read",
            "microsoft.directory/servicePrincipals/appRoleAssignments/read",
        ],
        reads: true,
        delegated: &[
            &["Application.Read.All"],
            &["Application.ReadWrite.All"],
            &["AppRoleAssignment.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["Application.Read.All"],
            &["Application.ReadWrite.All"],
            &["AppRoleAssignment.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };
}
