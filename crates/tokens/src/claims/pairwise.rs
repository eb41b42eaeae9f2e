//! Subjects that differ for every recipient.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use lanyard_directory::{AppId, TenantId, UserId};

/// The key from which a tenant's pairwise subjects are made; 256 random bits that never change.
pub struct PairwiseKey(hmac::Key);

impl PairwiseKey {
    /// From 32 random octets.
    #[must_use]
    pub fn new(octets: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, octets))
    }

    /// Rule `TOKEN-PAIRWISE-SUB`: `sub` is base64url(HMAC-SHA256(tenant key, tid ‖ oid ‖ recipient's client id)): 43 characters,
    /// the same for ever, another one for every recipient. Source: directory-policy-tokens §1.12.
    #[must_use]
    pub fn subject(&self, tenant: TenantId, object: UserId, recipient: AppId) -> String {
        let input = [
            tenant.0.as_bytes().as_slice(),
            object.0.as_bytes(),
            recipient.0.as_bytes(),
        ]
        .concat();
        BASE64URL_NOPAD.encode(hmac::sign(&self.0, &input).as_ref())
    }
}

impl std::fmt::Debug for PairwiseKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PairwiseKey")
    }
}
