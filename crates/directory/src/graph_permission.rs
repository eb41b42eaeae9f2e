//! The permissions of the directory API: names and ids that clients know.

use uuid::Uuid;

use crate::{AppRole, PermissionScope};

/// Name, id of the delegated permission, id of the application permission.
type Row = (&'static str, Option<u128>, Option<u128>);

/// Permissions a user may grant for themselves; every other one needs an administrator.
const USERS_MAY_GRANT: &[&str] = &["User.Read", "User.ReadBasic.All"];

/// Source: directory-policy-tokens §10. Names without a published id have stable ids of our own.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("AppRoleAssignment.ReadWrite.All", Some(0x84bc_cea3_f856_4a8a_967b_dbe0_a3d5_3a64), Some(0x06b7_08a9_e830_4db3_a914_8e69_da51_d44f)),
    ("Application.Read.All", Some(0xc79f_8feb_a9db_4090_85f9_90d8_20ca_a0eb), Some(0x9a5d_68dd_52b0_4cc2_bd40_abcf_44ac_3a30)),
    ("Application.ReadWrite.All", Some(0xbdfb_f15f_ee85_4955_8675_146e_8e52_96b5), Some(0x1bfe_fb4e_e0b5_418b_a88f_73c4_6d2c_c8e9)),
    ("Application.ReadWrite.OwnedBy", None, Some(0x18a4_783c_866b_4cc7_a460_3d5e_5662_c884)),
    ("AuditLog.Read.All", Some(0xe4c9_e354_4dc5_45b8_9e7c_e139_3b0b_1a20), Some(0xb0af_ded3_3588_46d8_8b3d_9842_eff7_78da)),
    ("AuthenticationContext.Read.All", Some(0x57b0_30f1_8c35_469c_b0d9_e4a0_77de_be70), Some(0x381f_742f_e1f8_4309_b4ab_e3d9_1ae4_c5c1)),
    ("AuthenticationContext.ReadWrite.All", Some(0xba6d_575a_1344_4516_b777_1404_f559_3057), Some(0xa88e_ef72_fed0_4bf7_a2a9_f19d_f33f_8b83)),
    ("CrossTenantInformation.ReadBasic.All", Some(0x8159_4d25_e88e_49cf_ac8c_fecb_ff49_f994), Some(0xcac8_8765_0581_4025_9725_5ebc_13f7_29ee)),
    ("DelegatedPermissionGrant.ReadWrite.All", Some(0x41ce_6ca6_6826_4807_84f1_1c82_854f_7ee5), Some(0x8e8e_4742_1d95_4f68_9d56_6ee7_5648_c72a)),
    ("Device.Read.All", Some(0x9511_83d1_1a61_466f_a6d1_1fde_911b_fd95), Some(0x7438_b122_aefc_4978_80ed_43db_9fcc_7715)),
    ("Device.ReadWrite.All", None, Some(0x1138_cb37_bd11_4084_a2b7_9f71_582a_eddb)),
    ("Directory.AccessAsUser.All", Some(0x0e26_3e50_5827_48a4_b97c_d940_2886_53c7), None),
    ("Directory.Read.All", Some(0x06da_0dbc_49e2_44d2_8312_53f1_66ab_848a), Some(0x7ab1_d382_f21e_4acd_a863_ba3e_13f7_da61)),
    ("Directory.ReadWrite.All", Some(0xc536_6453_9fb0_48a5_a156_24f0_c49a_4b84), Some(0x19db_c75e_c2e2_444c_a770_ec69_d855_9fc7)),
    ("Domain-InternalFederation.Read.All", Some(0x2d47_81fe_cbe6_52b6_8738_441c_1d31_c53f), Some(0x2816_426f_6361_5f43_be8a_89b9_6d06_0d64)),
    ("Domain-InternalFederation.ReadWrite.All", Some(0x5cb0_3570_8f64_5284_8a65_26be_95c5_6043), Some(0xb95a_7e62_ad42_5749_8d92_686c_57c1_9255)),
    ("Domain.Read.All", Some(0x2f9e_e017_59c1_4f1d_9472_bd55_29a7_b311), Some(0xdbb9_058a_0e50_45d7_ae91_6690_9b5d_4664)),
    ("Domain.ReadWrite.All", Some(0x0b5d_694c_a244_4bde_86e6_eb5c_d077_30fe), Some(0x7e05_723c_0bb0_42da_be95_ae9f_08a6_e53c)),
    ("Group.Create", None, Some(0xbf7b_1a76_6e77_406b_b258_bf5c_7720_e98f)),
    ("Group.Read.All", Some(0x5f8c_59db_677d_491f_a6b8_5f17_4b11_ec1d), Some(0x5b56_7255_7703_4780_807c_7be8_301a_e99b)),
    ("Group.ReadBasic.All", Some(0x01c7_f459_adc7_53cf_b308_80b9_4cbb_9e55), Some(0x5522_3f6c_b8f2_5f35_ab49_507c_608f_b68b)),
    ("Group.ReadWrite.All", Some(0x4e46_008b_f24c_477d_8fff_7bb4_ec7a_afe0), Some(0x62a8_2d76_70ea_41e2_9197_3705_8180_4d09)),
    ("GroupMember.Read.All", Some(0xbc02_4368_1153_4739_b217_4326_f2e9_66d0), Some(0x9883_0695_27a2_44f7_8c18_0c3e_bc96_98f6)),
    ("GroupMember.ReadBasic.All", Some(0x0547_ec33_8c1c_5ba6_b75a_5040_e5f6_8050), Some(0x44e4_c425_9c60_5292_8160_9b27_402e_f285)),
    ("GroupMember.ReadWrite.All", Some(0xf811_25ac_d3b7_4573_a3b2_7099_cc39_df9e), Some(0xdbaa_e8cf_10b5_4b86_a4a1_f871_c94c_6695)),
    ("Organization.Read.All", Some(0x4908_d5b9_3fb2_4b1e_9336_1888_b793_7185), Some(0x4984_76ce_e0fe_48b0_b801_37ba_7e26_85c6)),
    ("Organization.ReadWrite.All", Some(0x46ca_0847_7e6b_426e_9775_ea81_0a94_8356), Some(0x292d_869f_3427_49a8_9dab_8c70_152b_74e9)),
    ("Policy.Read.All", Some(0x572f_ea84_0151_49b2_9301_11cb_1697_4376), Some(0x246d_d0d5_5bd0_4def_940b_0421_030a_5b68)),
    ("Policy.Read.AuthenticationMethod", Some(0x7009_bb30_e25f_5771_92fc_2c78_35ce_bce1), Some(0x28ef_1cd1_7103_59c5_8a82_09c0_5980_b37c)),
    ("Policy.Read.ConditionalAccess", Some(0x633e_0fce_8c58_4cfb_9495_12bb_d5a2_4f7c), Some(0x3773_0810_e9ba_4e46_b07e_8ca7_8d18_2097)),
    ("Policy.Read.DeviceConfiguration", Some(0x3616_a4b0_6746_49c4_a678_4c23_7599_074d), Some(0xbdba_4817_6ba1_4a7c_8a01_be9b_c7c2_42dd)),
    ("Policy.Read.HybridAuthentication", Some(0x82df_9d2e_c5bc_5d44_a1d4_0c5b_63f2_dff6), Some(0x6cda_24a3_7714_5bb0_b55f_9e8f_5421_f64e)),
    ("Policy.ReadWrite.ApplicationConfiguration", Some(0xb27a_dd92_efb2_4f16_84f5_8108_ba77_985c), Some(0xbe74_164b_cff1_491c_8741_e671_cb53_6e13)),
    ("Policy.ReadWrite.AuthenticationMethod", Some(0x7e82_3077_d88e_468f_a337_e18f_1f0e_6c7c), Some(0x29c1_8626_4985_4dcd_85c0_193e_ef32_7366)),
    ("Policy.ReadWrite.Authorization", Some(0xedd3_c878_b384_41fd_95ad_e740_7dd7_75be), Some(0xfb22_1be6_99f2_473f_bd32_01c6_a0e9_ca3b)),
    ("Policy.ReadWrite.ConditionalAccess", Some(0xad90_2697_1014_4ef5_81ef_2b43_0198_8e8c), Some(0x01c0_a623_fc9b_48e9_b794_0756_f8e8_f067)),
    ("Policy.ReadWrite.ConsentRequest", Some(0x4d13_5e65_66b8_41a8_9f8b_0814_52c9_1774), Some(0x999f_8c63_0a38_4f1b_91fd_ed19_47bd_d1a9)),
    ("Policy.ReadWrite.CrossTenantAccess", Some(0x014b_43d0_6ed4_4fc6_84dc_4b6f_7bae_7d85), Some(0x3381_63d7_f101_4c92_94ba_ca46_fe52_447c)),
    ("Policy.ReadWrite.DeviceConfiguration", Some(0x40b5_34c3_9552_4550_901b_2387_9c90_bcf9), Some(0x230f_b2d5_aa21_49c1_bfa7_ae1b_e179_d867)),
    ("Policy.ReadWrite.FeatureRollout", Some(0x92a3_8652_f13b_4875_bc77_6e1d_bb63_e1b2), Some(0x2044_e4f1_e56c_435b_925c_44cd_8f6b_a89a)),
    ("Policy.ReadWrite.HybridAuthentication", Some(0x0f20_91fd_53cf_5ed0_ac1c_ec15_faef_a10f), Some(0x5b3b_1b1c_2bc1_5084_ad29_d830_252f_4b56)),
    ("PublicKeyInfrastructure.Read.All", Some(0x04a4_b2a2_3f26_4fc8_87ee_9c46_e68d_b175), Some(0x214f_da0c_514a_4650_b037_b562_b1a6_6124)),
    ("PublicKeyInfrastructure.ReadWrite.All", Some(0x3591_b7f3_dba8_4bad_b667_7a64_bd4f_2b83), Some(0xa2b6_3618_5350_462d_b1b3_ba6e_b368_4e26)),
    ("RoleManagement.Read.Directory", Some(0x741c_54c3_0c1e_44a1_818b_3f97_ab4e_8c83), Some(0x483b_ed4a_2ad3_4361_a73b_c83c_cdbd_c53c)),
    ("RoleManagement.ReadWrite.Directory", Some(0xd01b_97e9_cbc0_49fe_810a_750a_fd55_27a3), Some(0x9e3f_62cf_ca93_4989_b6ce_bf83_c28f_9fe8)),
    ("User.DeleteRestore.All", Some(0x4bb4_40cd_2cf2_4f90_8004_aa2a_cd25_37c5), Some(0xeccc_023d_eccf_4e7b_9683_8813_ab36_cecc)),
    ("User.EnableDisableAccount.All", Some(0xf92e_74e7_2563_467f_9dd0_9026_88cb_5863), Some(0x3011_c876_62b7_4ada_afa2_506c_bbec_c68c)),
    ("User.Invite.All", Some(0x63dd_7cd9_b489_4adf_a28c_ac38_b9a0_f962), Some(0x0985_0681_111b_4a89_9bed_3f2c_ae46_d706)),
    ("User.Read", Some(0xe1fe_6dd8_ba31_4d61_89e7_8863_9da4_683d), None),
    ("User.Read.All", Some(0xa154_be20_db9c_4678_8ab7_66f6_cc09_9a59), Some(0xdf02_1288_bdef_4463_88db_98f2_2de8_9214)),
    ("User.ReadBasic.All", Some(0xb340_eb25_3456_403f_be2f_af7a_0d37_0277), Some(0x9723_5f07_e226_4f63_ace3_3958_8e11_d3a1)),
    ("User.ReadWrite.All", Some(0x204e_0828_b5ca_4ad8_b9f3_f32a_958e_7cc4), Some(0x741f_803b_c850_494e_b5df_cde7_c675_a1ca)),
    ("User.RevokeSessions.All", Some(0xfc30_e98b_8810_4501_81f5_c20a_3196_387b), Some(0x77f3_a031_c388_4f99_b373_dc68_676a_979e)),
    ("UserAuthenticationMethod.Read.All", Some(0xaec2_8ec7_4d02_4e8c_b864_5016_3aea_77eb), Some(0x38d9_df27_64da_44fd_b7c5_a6fb_ac20_248f)),
    ("UserAuthenticationMethod.ReadWrite.All", Some(0xb788_7744_6746_4312_813d_72da_eaee_7e2d), Some(0x5048_3e42_d915_4231_9639_7fdb_7fd1_90e5)),
];

/// The delegated permissions that the directory API exposes.
#[must_use]
pub fn graph_permission_scopes() -> Vec<PermissionScope> {
    let scope = |(name, delegated, _): &Row| {
        Some(PermissionScope {
            id: Uuid::from_u128((*delegated)?),
            value: (*name).to_owned(),
            admin_only: !USERS_MAY_GRANT.contains(name),
            enabled: true,
            consent_text: consent_text(name),
        })
    };
    ROWS.iter().filter_map(scope).collect()
}

/// The application permissions that the directory API exposes.
#[must_use]
pub fn graph_app_roles() -> Vec<AppRole> {
    let role = |(name, _, application): &Row| {
        Some(AppRole {
            id: Uuid::from_u128((*application)?),
            value: (*name).to_owned(),
            enabled: true,
        })
    };
    ROWS.iter().filter_map(role).collect()
}

/// What the consent page says of a permission.
fn consent_text(name: &str) -> String {
    match name {
        "User.Read" => "Read your own profile in the directory".to_owned(),
        "User.ReadBasic.All" => "Read the basic profiles of all users".to_owned(),
        "Directory.AccessAsUser.All" => "Use the directory as you".to_owned(),
        name => format!("Use the directory with the permission {name}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_ids_are_unique() {
        let names: BTreeSet<_> = ROWS.iter().map(|row| row.0).collect();
        assert_eq!(names.len(), ROWS.len());
        let ids: Vec<_> = graph_permission_scopes()
            .into_iter()
            .map(|scope| scope.id)
            .chain(graph_app_roles().into_iter().map(|role| role.id))
            .collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }

    #[test]
    fn published_ids() {
        let user_read = graph_permission_scopes()
            .into_iter()
            .find(|scope| scope.value == "User.Read")
            .map(|scope| (scope.id.to_string(), scope.admin_only));
        assert_eq!(
            user_read,
            Some(("e1fe6dd8-ba31-4d61-89e7-88639da4683d".to_owned(), false))
        );
        assert!(!graph_app_roles().iter().any(|role| role.value == "User.Read"));
    }
}
