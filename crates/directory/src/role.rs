//! Directory roles.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Operation, Rights, TenantId, UserId};

/// A built-in directory role, by its template id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DirectoryRole(pub Uuid);

impl DirectoryRole {
    /// Global Administrator.
    pub const GLOBAL_ADMINISTRATOR: Self = Self(Uuid::from_u128(0x62e9_0394_69f5_4237_9190_0121_7714_5e10));
    /// Global Reader.
    pub const GLOBAL_READER: Self = Self(Uuid::from_u128(0xf2ef_992c_3afb_46b9_b7cf_a126_ee74_c451));
    /// Authentication Policy Administrator.
    pub const AUTHENTICATION_POLICY_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0x0526_716b_113d_4c15_b2c8_68e3_c22b_9f80));
    /// Authentication Administrator.
    pub const AUTHENTICATION_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0xc4e3_9bd9_1100_46d3_8c65_fb16_0da0_071f));
    /// Privileged Authentication Administrator.
    pub const PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0x7be4_4c8a_adaf_4e2a_84d6_ab26_49e0_8a13));
    /// Privileged Role Administrator.
    pub const PRIVILEGED_ROLE_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0xe861_1ab8_c189_46e8_94e1_6021_3ab1_f814));
    /// User Administrator.
    pub const USER_ADMINISTRATOR: Self = Self(Uuid::from_u128(0xfe93_0be7_5e62_47db_91af_98c3_a49a_38b1));
    /// Conditional Access Administrator.
    pub const CONDITIONAL_ACCESS_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0xb1be_1c3e_b65d_4f19_8427_f6fa_0d97_feb9));
    /// Security Administrator.
    pub const SECURITY_ADMINISTRATOR: Self = Self(Uuid::from_u128(0x194a_e4cb_b126_40b2_bd5b_6091_b380_977d));
    /// Security Operator.
    pub const SECURITY_OPERATOR: Self = Self(Uuid::from_u128(0x5f22_22b1_57c3_48ba_8ad5_d475_9f1f_de6f));
    /// Security Reader.
    pub const SECURITY_READER: Self = Self(Uuid::from_u128(0x5d6b_6bb7_de71_4623_b4af_9638_0a35_2509));
    /// Reports Reader.
    pub const REPORTS_READER: Self = Self(Uuid::from_u128(0x4a5d_8f65_41da_4de4_8968_e035_b653_39cf));
    /// Application Administrator.
    pub const APPLICATION_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0x9b89_5d92_2cd3_44c7_9d02_a6ac_2d5e_a5c3));
    /// Cloud Application Administrator.
    pub const CLOUD_APPLICATION_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0x158c_047a_c907_4556_b7ef_4465_51a6_b5f7));
    /// Application Developer.
    pub const APPLICATION_DEVELOPER: Self = Self(Uuid::from_u128(0xcf1c_38e5_3621_4004_a7cb_8796_24dc_ed7c));
    /// Hybrid Identity Administrator.
    pub const HYBRID_IDENTITY_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0x8ac3_fc64_6eca_42ea_9e69_59f4_c7b6_0eb2));
    /// Cloud Device Administrator.
    pub const CLOUD_DEVICE_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0x7698_a772_787b_4ac8_901f_60d6_b08a_ffd2));
    /// Intune Administrator.
    pub const INTUNE_ADMINISTRATOR: Self = Self(Uuid::from_u128(0x3a2c_62db_5318_420d_8d74_23af_fee5_d9d5));
    /// Groups Administrator.
    pub const GROUPS_ADMINISTRATOR: Self = Self(Uuid::from_u128(0xfdd7_a751_b60b_444a_984c_0265_2fe8_fa1c));
    /// Helpdesk Administrator.
    pub const HELPDESK_ADMINISTRATOR: Self = Self(Uuid::from_u128(0x7298_27e3_9c14_49f7_bb1b_9608_f156_bbb8));
    /// Password Administrator.
    pub const PASSWORD_ADMINISTRATOR: Self = Self(Uuid::from_u128(0x9667_07d0_3269_4727_9be2_8c3a_10f1_9b9d));
    /// Directory Readers.
    pub const DIRECTORY_READERS: Self = Self(Uuid::from_u128(0x88d8_e3e3_8f55_4a1e_953a_9b98_98b8_876b));
    /// Directory Writers.
    pub const DIRECTORY_WRITERS: Self = Self(Uuid::from_u128(0x9360_feb5_f418_4baa_8175_e2a0_0bac_4301));
    /// Directory Synchronization Accounts.
    pub const DIRECTORY_SYNCHRONIZATION_ACCOUNTS: Self =
        Self(Uuid::from_u128(0xd29b_2b05_8046_44ba_8758_1e26_182f_cf32));
    /// Domain Name Administrator.
    pub const DOMAIN_NAME_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0x8329_153b_31d0_4727_b945_745e_b3bc_5f31));
    /// External Identity Provider Administrator.
    pub const EXTERNAL_IDENTITY_PROVIDER_ADMINISTRATOR: Self =
        Self(Uuid::from_u128(0xbe2f_45a1_457d_42af_a067_6ec1_fa63_bc45));
    /// Guest Inviter.
    pub const GUEST_INVITER: Self = Self(Uuid::from_u128(0x95e7_9109_95c0_4d8e_aee3_d01a_ccf2_d47b));
    /// Attribute Log Reader.
    pub const ATTRIBUTE_LOG_READER: Self = Self(Uuid::from_u128(0x9c99_539d_8186_4804_835f_fd51_ef9e_2dcd));

    /// Every built-in role with its display name. Source: directory-policy-tokens §2.7.
    pub const BUILT_IN: &'static [(Self, &'static str)] = &[
        (Self::GLOBAL_ADMINISTRATOR, "Global Administrator"),
        (Self::GLOBAL_READER, "Global Reader"),
        (
            Self::AUTHENTICATION_POLICY_ADMINISTRATOR,
            "Authentication Policy Administrator",
        ),
        (Self::AUTHENTICATION_ADMINISTRATOR, "Authentication Administrator"),
        (
            Self::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
            "Privileged Authentication Administrator",
        ),
        (
            Self::PRIVILEGED_ROLE_ADMINISTRATOR,
            "Privileged Role Administrator",
        ),
        (Self::USER_ADMINISTRATOR, "User Administrator"),
        (
            Self::CONDITIONAL_ACCESS_ADMINISTRATOR,
            "Conditional Access Administrator",
        ),
        (Self::SECURITY_ADMINISTRATOR, "Security Administrator"),
        (Self::SECURITY_OPERATOR, "Security Operator"),
        (Self::SECURITY_READER, "Security Reader"),
        (Self::REPORTS_READER, "Reports Reader"),
        (Self::APPLICATION_ADMINISTRATOR, "Application Administrator"),
        (
            Self::CLOUD_APPLICATION_ADMINISTRATOR,
            "Cloud Application Administrator",
        ),
        (Self::APPLICATION_DEVELOPER, "Application Developer"),
        (
            Self::HYBRID_IDENTITY_ADMINISTRATOR,
            "Hybrid Identity Administrator",
        ),
        (Self::CLOUD_DEVICE_ADMINISTRATOR, "Cloud Device Administrator"),
        (Self::INTUNE_ADMINISTRATOR, "Intune Administrator"),
        (Self::GROUPS_ADMINISTRATOR, "Groups Administrator"),
        (Self::HELPDESK_ADMINISTRATOR, "Helpdesk Administrator"),
        (Self::PASSWORD_ADMINISTRATOR, "Password Administrator"),
        (Self::DIRECTORY_READERS, "Directory Readers"),
        (Self::DIRECTORY_WRITERS, "Directory Writers"),
        (
            Self::DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
            "Directory Synchronization Accounts",
        ),
        (Self::DOMAIN_NAME_ADMINISTRATOR, "Domain Name Administrator"),
        (
            Self::EXTERNAL_IDENTITY_PROVIDER_ADMINISTRATOR,
            "External Identity Provider Administrator",
        ),
        (Self::GUEST_INVITER, "Guest Inviter"),
        (Self::ATTRIBUTE_LOG_READER, "Attribute Log Reader"),
    ];

    /// What the role allows, as `allowedResourceActions` of its definition names it: sorted, each action once.
    ///
    /// Rule `ROLE-ACTIONS`: a role's definition lists the actions of exactly those operations that the role lets its holder do, as the
    /// check of a request decides it; what every user may read is listed for the roles that are there to read. Source:
    /// directory-policy-tokens §2.7.
    #[must_use]
    pub fn allowed_actions(self) -> Vec<&'static str> {
        let lists_reading = [
            Self::GLOBAL_ADMINISTRATOR,
            Self::GLOBAL_READER,
            Self::DIRECTORY_READERS,
        ]
        .contains(&self);
        let mut actions: Vec<&'static str> = Operation::all()
            .filter(|operation| {
                let has_role = Rights::has_role_for(&[self], operation);
                has_role && (!operation.roles.is_empty() || lists_reading)
            })
            .flat_map(|operation| operation.actions)
            .copied()
            .collect();
        actions.sort_unstable();
        actions.dedup();
        actions
    }

    /// The display name of a built-in role.
    #[must_use]
    pub fn display_name(self) -> Option<&'static str> {
        Self::BUILT_IN
            .iter()
            .find(|(role, _)| *role == self)
            .map(|(_, name)| *name)
    }
}

/// A user holds a role in the whole tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignment {
    /// Object id of the assignment.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// Who holds the role.
    pub principal: UserId,
    /// Which role.
    pub role: DirectoryRole,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ROLE-ACTIONS
    #[test]
    fn a_definition_lists_what_the_role_allows() {
        let of = DirectoryRole::allowed_actions;
        assert_eq!(
            of(DirectoryRole::AUTHENTICATION_POLICY_ADMINISTRATOR),
            [
                "microsoft.directory/authenticationStrengthPolicies/standard/read",
                "microsoft.directory/userCredentialPolicies/basic/update",
                "microsoft.directory/userCredentialPolicies/delete",
                "microsoft.directory/userCredentialPolicies/standard/read",
            ]
        );
        assert_eq!(
            of(DirectoryRole::APPLICATION_DEVELOPER),
            ["microsoft.directory/applications/create"]
        );
        let administrator = of(DirectoryRole::GLOBAL_ADMINISTRATOR);
        for (role, name) in DirectoryRole::BUILT_IN {
            let actions = of(*role);
            assert!(
                actions.iter().all(|action| administrator.contains(action)),
                "{name}: more than a Global Administrator"
            );
            assert!(actions.is_sorted_by(|one, next| one < next), "{name}");
        }
        assert!(
            of(DirectoryRole::GLOBAL_READER)
                .iter()
                .all(|action| action.ends_with("/read"))
        );
        assert!(
            of(DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR)
                .contains(&"microsoft.directory/users/authorizationInfo/update")
        );
    }

    #[test]
    fn every_action_has_one_operation() {
        let all: Vec<_> = Operation::all().flat_map(|operation| operation.actions).collect();
        let unique: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), unique.len());
        for operation in Operation::all() {
            let reads = operation.actions.iter().all(|action| action.ends_with("/read"));
            assert!(
                operation.actions.is_empty() || operation.reads == reads,
                "{}",
                operation.name
            );
        }
    }
}
