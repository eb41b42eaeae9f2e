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
        reads: false,
        delegated: &[&["RoleManagement.ReadWrite.Directory"]],
        application: &[&["RoleManagement.ReadWrite.Directory"]],
        roles: &[DirectoryRole::PRIVILEGED_ROLE_ADMINISTRATOR],
    };
}
