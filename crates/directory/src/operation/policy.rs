//! Operations on policies.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[&Operation::READ_METHOD_POLICY, &Operation::CHANGE_METHOD_POLICY];

impl Operation {
    /// Read the authentication methods policy and the x509 method.
    pub const READ_METHOD_POLICY: Self = Self {
        name: "read the authentication methods policy",
        actions: &["microsoft.directory/userCredentialPolicies/standard/read"],
        reads: true,
        delegated: &[
            &["Policy.Read.AuthenticationMethod"],
            &["Policy.Read.All"],
            &["Policy.ReadWrite.AuthenticationMethod"],
        ],
        application: &[
            &["Policy.Read.AuthenticationMethod"],
            &["Policy.Read.All"],
            &["Policy.ReadWrite.AuthenticationMethod"],
        ],
        roles: &[
            DirectoryRole::GLOBAL_READER,
            DirectoryRole::SECURITY_READER,
            DirectoryRole::AUTHENTICATION_POLICY_ADMINISTRATOR,
            DirectoryRole::SECURITY_ADMINISTRATOR,
        ],
    };

    /// Change or reset the x509 method.
    pub const CHANGE_METHOD_POLICY: Self = Self {
        name: "change the authentication methods policy",
        actions: &[
            "microsoft.directory/userCredentialPolicies/basic/update",
            "microsoft.directory/userCredentialPolicies/delete",
        ],
        reads: false,
        delegated: &[&["Policy.ReadWrite.AuthenticationMethod"]],
        application: &[&["Policy.ReadWrite.AuthenticationMethod"]],
        roles: &[DirectoryRole::AUTHENTICATION_POLICY_ADMINISTRATOR],
    };
}
