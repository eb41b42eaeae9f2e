//! The numbers and switches of this crate's rules.

use serde::{Deserialize, Serialize};

use crate::AmrMapping;

/// Settings with their documented defaults. Source: certificate-sign-in §0.3, §5.4, §6.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicySettings {
    /// Also match `<SR>` values written in big-endian order.
    pub accept_forward_serial: bool,
    /// A tenant default of high affinity cannot be lowered by a rule.
    pub affinity_strict: bool,
    /// Most `certificateUserIds` of one user.
    pub max_certificate_user_ids: usize,
    /// Most characters of one `certificateUserId`.
    pub max_certificate_user_id_chars: usize,
    /// Most authentication-binding rules.
    pub max_strength_rules: usize,
    /// Most CA scoping rules.
    pub max_authority_scopes: usize,
    /// Most octets of the acceptable-CA list in the TLS request for a certificate.
    pub max_issuer_hint_bytes: usize,
    /// How methods read in `amr`.
    pub amr: AmrMapping,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            accept_forward_serial: false,
            affinity_strict: false,
            max_certificate_user_ids: 10,
            max_certificate_user_id_chars: 1024,
            max_strength_rules: 100,
            max_authority_scopes: 30,
            max_issuer_hint_bytes: 16 * 1024,
            amr: AmrMapping::default(),
        }
    }
}
