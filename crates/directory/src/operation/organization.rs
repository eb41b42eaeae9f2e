//! Operations on the organization.

use crate::Operation;

pub(super) const ALL: &[&Operation] = &[&Operation::READ_ORGANIZATION, &Operation::READ_DOMAINS];

impl Operation {
    /// Read the organization.
    pub const READ_ORGANIZATION: Self = Self {
        name: "read the organization",
        actions: &["microsoft.directory/organization/standard/read"],
        reads: true,
        delegated: &[
            &["User.Read"],
            &["Organization.Read.All"],
            &["Organization.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["Organization.Read.All"],
            &["Organization.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };

    /// Read domains.
    pub const READ_DOMAINS: Self = Self {
        name: "read domains",
        actions: &["microsoft.directory/domains/standard/read"],
        reads: true,
        delegated: &[
            &["Domain.Read.All"],
            &["Domain.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
            &["Directory.AccessAsUser.All"],
        ],
        application: &[
            &["Domain.Read.All"],
            &["Domain.ReadWrite.All"],
            &["Directory.Read.All"],
            &["Directory.ReadWrite.All"],
        ],
        roles: &[],
    };
}
