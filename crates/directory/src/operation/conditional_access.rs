//! Operations on conditional access and authentication strengths.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[
    &Operation::READ_CONDITIONAL_ACCESS,
    &Operation::READ_AUTHENTICATION_STRENGTHS,
];

impl Operation {
    /// Read conditional access policies and named locations.
    pub const READ_CONDITIONAL_ACCESS: Self = Self {
        name: "read the conditional access policies",
        reads: true,
        delegated: &[
            &["Policy.Read.All"],
            &["Policy.Read.ConditionalAccess"],
            &["Policy.ReadWrite.ConditionalAccess"],
        ],
        application: &[
            &["Policy.Read.All"],
            &["Policy.Read.ConditionalAccess"],
            &["Policy.ReadWrite.ConditionalAccess"],
        ],
        roles: &[
            DirectoryRole::GLOBAL_READER,
            DirectoryRole::SECURITY_READER,
            DirectoryRole::CONDITIONAL_ACCESS_ADMINISTRATOR,
            DirectoryRole::SECURITY_ADMINISTRATOR,
        ],
        actions: &[
            "microsoft.directory/conditionalAccessPolicies/standard/read",
            "microsoft.directory/namedLocations/standard/read",
        ],
    };

    /// Read authentication strengths.
    pub const READ_AUTHENTICATION_STRENGTHS: Self = Self {
        name: "read the authentication strengths",
        reads: true,
        delegated: &[
            &["Policy.Read.AuthenticationMethod"],
            &["Policy.Read.All"],
            &["Policy.ReadWrite.ConditionalAccess"],
            &["Policy.ReadWrite.AuthenticationMethod"],
        ],
        application: &[
            &["Policy.Read.AuthenticationMethod"],
            &["Policy.Read.All"],
            &["Policy.ReadWrite.ConditionalAccess"],
            &["Policy.ReadWrite.AuthenticationMethod"],
        ],
        roles: &[
            DirectoryRole::GLOBAL_READER,
            DirectoryRole::SECURITY_READER,
            DirectoryRole::CONDITIONAL_ACCESS_ADMINISTRATOR,
            DirectoryRole::SECURITY_ADMINISTRATOR,
            DirectoryRole::AUTHENTICATION_POLICY_ADMINISTRATOR,
        ],
        actions: &["microsoft.directory/authenticationStrengthPolicies/standard/read"],
    };
}
