//! Operations on groups.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[
    &Operation::READ_GROUPS,
    &Operation::READ_MEMBERS,
    &Operation::READ_MEMBERSHIPS,
    &Operation::CREATE_GROUP,
    &Operation::CHANGE_GROUP,
    &Operation::DELETE_GROUP,
    &Operation::CHANGE_MEMBERS,
    &Operation::CHANGE_ROLE_ASSIGNABLE_GROUP,
];

impl Operation {
    /// Read groups.
    pub const READ_GROUPS: Self = Self {
        name: "read groups",
        actions: &["microsoft.directory/groups/standard/read"],
        reads: true,
        delegated: &[
            &["Group.ReadBasic.All"],
            &["GroupMember.Read.All"],
            &["Group.Read.All"],
            &["Group.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["Group.ReadBasic.All"],
            &["GroupMember.Read.All"],
            &["Group.Read.All"],
            &["Group.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Read who belongs to groups.
    pub const READ_MEMBERS: Self = Self {
        name: "read members of groups",
        actions: &[
            "microsoft.directory/groups/members/read",
            "microsoft.directory/groups/owners/read",
        ],
        reads: true,
        delegated: &[
            &["GroupMember.Read.All"],
            &["GroupMember.ReadWrite.All"],
            &["Group.Read.All"],
            &["Group.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["GroupMember.Read.All"],
            &["GroupMember.ReadWrite.All"],
            &["Group.Read.All"],
            &["Group.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Read what another user belongs to.
    pub const READ_MEMBERSHIPS: Self = Self {
        name: "read memberships of users",
        actions: &[
            "microsoft.directory/groups/memberOf/read",
            "microsoft.directory/users/memberOf/read",
        ],
        reads: true,
        delegated: &[
            &["GroupMember.Read.All"],
            &["Group.Read.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["Directory.Read.All"],
            &["GroupMember.Read.All"],
            &["Group.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Create a group.
    pub const CREATE_GROUP: Self = Self {
        name: "create groups",
        actions: &["microsoft.directory/groups/create"],
        reads: false,
        delegated: &[
            &["Group.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["Group.Create"],
            &["Group.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[
            DirectoryRole::GROUPS_ADMINISTRATOR,
            DirectoryRole::USER_ADMINISTRATOR,
            DirectoryRole::DIRECTORY_WRITERS,
        ],
    };

    /// Change a group.
    pub const CHANGE_GROUP: Self = Self {
        name: "change groups",
        actions: &[
            "microsoft.directory/groups/basic/update",
            "microsoft.directory/groups/owners/update",
        ],
        reads: false,
        delegated: &[
            &["Group.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[&["Group.ReadWrite.All"], &["Directory.ReadWrite.All"]],
        roles: &[
            DirectoryRole::GROUPS_ADMINISTRATOR,
            DirectoryRole::USER_ADMINISTRATOR,
            DirectoryRole::DIRECTORY_WRITERS,
        ],
    };

    /// Delete a group, restore one, or delete one for good.
    pub const DELETE_GROUP: Self = Self {
        name: "delete and restore groups",
        actions: &[
            "microsoft.directory/groups/delete",
            "microsoft.directory/groups/restore",
        ],
        reads: false,
        delegated: &[&["Group.ReadWrite.All"], &["Directory.AccessAsUser.All"]],
        application: &[&["Group.ReadWrite.All"]],
        roles: &[
            DirectoryRole::GROUPS_ADMINISTRATOR,
            DirectoryRole::USER_ADMINISTRATOR,
        ],
    };

    /// Change who belongs to a group.
    pub const CHANGE_MEMBERS: Self = Self {
        name: "change members of groups",
        actions: &["microsoft.directory/groups/members/update"],
        reads: false,
        delegated: &[
            &["GroupMember.ReadWrite.All"],
            &["Group.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["GroupMember.ReadWrite.All"],
            &["Group.ReadWrite.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[
            DirectoryRole::GROUPS_ADMINISTRATOR,
            DirectoryRole::USER_ADMINISTRATOR,
            DirectoryRole::DIRECTORY_WRITERS,
        ],
    };

    /// Change a group that may hold roles, or who belongs to it.
    pub const CHANGE_ROLE_ASSIGNABLE_GROUP: Self = Self {
        name: "change role-assignable groups",
        actions: &["microsoft.directory/groupsAssignableToRoles/allProperties/update"],
        reads: false,
        delegated: &[&["RoleManagement.ReadWrite.Directory"]],
        application: &[&["RoleManagement.ReadWrite.Directory"]],
        roles: &[DirectoryRole::PRIVILEGED_ROLE_ADMINISTRATOR],
    };
}
