//! Operations on roles.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[&Operation::READ_ROLES, &Operation::CHANGE_ROLES];

impl Operation {
    /// Read directory roles and who holds them.
    pub const READ_ROLES: Self = Self {
        name: "read directory roles",
        actions: &[
            "microsoft.directory/directoryRoles/standard/read",
            "microsoft.directory/roleAssignments/standard/read",
            "microsoft.directory/roleDefinitions/standard/read",
        ],
        reads: true,
        delegated: &[
            &["RoleManagement.Read.Directory"],
            &["RoleManagement.ReadWrite.Directory"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["RoleManagement.Read.Directory"],
            &["RoleManagement.ReadWrite.Directory"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Give or take directory roles.
    pub const CHANGE_ROLES: Self = Self {
        name: "change directory role assignments",
        actions: &["microsoft.directory/roleAssignments/allProperties/allTasks"],
        reads: false,
        delegated: &[
            &["RoleManagement.ReadWrite.Directory"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[&["RoleManagement.ReadWrite.Directory"]],
        roles: &[DirectoryRole::PRIVILEGED_ROLE_ADMINISTRATOR],
    };
}
