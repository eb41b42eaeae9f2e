//! The names of audited activities.

/// What was done, under the names audit consumers look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Activity {
    /// `activityDisplayName`
    pub display_name: &'static str,
    /// `category`
    pub category: &'static str,
    /// `loggedByService`
    pub logged_by_service: &'static str,
    /// `operationType`
    pub operation_type: &'static str,
}

macro_rules! activities {
    ($($constant:ident = $service:literal, $category:literal, $operation:literal, $name:literal;)*) => {
        impl Activity {
            $(
                #[doc = concat!("`", $name, "`")]
                pub const $constant: Self = Self {
                    display_name: $name,
                    category: $category,
                    logged_by_service: $service,
                    operation_type: $operation,
                };
            )*

            /// Every activity the product writes.
            ///
            /// Rule `AUDIT-ACTIVITY-NAMES`: activities carry the names that existing detection rules look for; where none is
            /// published they are our own. Source: certificate-sign-in §9.3, directory-policy-tokens §8.2.
            pub const ALL: &[Self] = &[$(Self::$constant),*];
        }
    };
}

activities! {
    UPDATE_METHODS_POLICY = "Authentication Methods", "ApplicationManagement", "Update", "Authentication Methods Policy Update";
    RESET_METHODS_POLICY = "Authentication Methods", "ApplicationManagement", "Update", "Authentication Methods Policy Reset";
    SET_COMPANY_INFORMATION = "Core Directory", "DirectoryManagement", "Update", "Set Company Information";
    CREATE_PKI = "Core Directory", "DirectoryManagement", "Add", "Create PublicKeyInfrastructure";
    UPDATE_PKI = "Core Directory", "DirectoryManagement", "Update", "Update PublicKeyInfrastructure";
    DELETE_PKI = "Core Directory", "DirectoryManagement", "Delete", "Delete PublicKeyInfrastructure";
    RESTORE_PKI = "Core Directory", "DirectoryManagement", "Update", "Restore PublicKeyInfrastructure";
    UPLOAD_PKI_FILE = "Core Directory", "DirectoryManagement", "Add", "Upload PublicKeyInfrastructure file";
    CREATE_AUTHORITY = "Core Directory", "DirectoryManagement", "Add", "Create CertificateAuthority";
    UPDATE_AUTHORITY = "Core Directory", "DirectoryManagement", "Update", "Update CertificateAuthority";
    DELETE_AUTHORITY = "Core Directory", "DirectoryManagement", "Delete", "Delete CertificateAuthority";
    RESTORE_AUTHORITY = "Core Directory", "DirectoryManagement", "Update", "Restore CertificateAuthority";
    CRL_FAILED = "Lanyard", "Authentication", "Update", "Certificate revocation list failed";
    CRL_RECOVERED = "Lanyard", "Authentication", "Update", "Certificate revocation list recovered";
    CRL_NUMBER_ROLLED_BACK = "Lanyard", "Authentication", "Update", "Certificate revocation list number rolled back";
    SET_CRL_GRACE = "Lanyard", "Authentication", "Update", "Set CRL grace period";
    DENY_CERTIFICATE = "Lanyard", "Authentication", "Add", "Deny certificate";
    ALLOW_CERTIFICATE = "Lanyard", "Authentication", "Delete", "Allow certificate";
    CRL_SIGNATURE_MISMATCH = "Lanyard", "Authentication", "Update", "Certificate revocation list signature mismatch";
    ADD_USER = "Core Directory", "UserManagement", "Add", "Add user";
    UPDATE_USER = "Core Directory", "UserManagement", "Update", "Update user";
    DELETE_USER = "Core Directory", "UserManagement", "Delete", "Delete user";
    RESTORE_USER = "Core Directory", "UserManagement", "Update", "Restore user";
    DISABLE_ACCOUNT = "Core Directory", "UserManagement", "Update", "Disable account";
    ENABLE_ACCOUNT = "Core Directory", "UserManagement", "Update", "Enable account";
    REVOKE_SESSIONS = "Core Directory", "UserManagement", "Update", "Update StsRefreshTokenValidFrom Timestamp";
    ADD_APP_ROLE_TO_USER = "Core Directory", "UserManagement", "Assign", "Add app role assignment grant to user";
    ADD_GROUP = "Core Directory", "GroupManagement", "Add", "Add group";
    UPDATE_GROUP = "Core Directory", "GroupManagement", "Update", "Update group";
    DELETE_GROUP = "Core Directory", "GroupManagement", "Delete", "Delete group";
    ADD_MEMBER_TO_GROUP = "Core Directory", "GroupManagement", "Assign", "Add member to group";
    REMOVE_MEMBER_FROM_GROUP = "Core Directory", "GroupManagement", "Unassign", "Remove member from group";
    ADD_APPLICATION = "Core Directory", "ApplicationManagement", "Add", "Add application";
    UPDATE_APPLICATION = "Core Directory", "ApplicationManagement", "Update", "Update application";
    DELETE_APPLICATION = "Core Directory", "ApplicationManagement", "Delete", "Delete application";
    UPDATE_APPLICATION_CREDENTIALS = "Core Directory", "ApplicationManagement", "Update", "Update application – Certificates and secrets management";
    CONSENT_TO_APPLICATION = "Core Directory", "ApplicationManagement", "Assign", "Consent to application";
    ADD_PERMISSION_GRANT = "Core Directory", "ApplicationManagement", "Assign", "Add delegated permission grant";
    REMOVE_PERMISSION_GRANT = "Core Directory", "ApplicationManagement", "Unassign", "Remove delegated permission grant";
    ADD_MEMBER_TO_ROLE = "Core Directory", "RoleManagement", "Assign", "Add member to role";
    REMOVE_MEMBER_FROM_ROLE = "Core Directory", "RoleManagement", "Unassign", "Remove member from role";
}

impl Activity {
    /// The activity with this display name.
    #[must_use]
    pub fn named(display_name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|activity| activity.display_name == display_name)
    }
}
