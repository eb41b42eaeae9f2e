//! What this crate takes from a trusted chain.

use lanyard_pki::{KeyIdentifier, TrustedChain};

use crate::IssuingAuthority;

impl<'a> IssuingAuthority<'a> {
    /// The CA that signed the leaf of a trusted chain.
    #[must_use]
    pub fn of(chain: &'a TrustedChain) -> Self {
        let subject = chain
            .authorities()
            .next()
            .map_or(&chain.leaf().facts().issuer, |(_, issuer)| {
                &issuer.facts().subject
            });
        Self {
            subject,
            subject_key_identifier: chain.issuer_key_identifier(),
        }
    }
}

/// The key identifiers that CA scoping walks along, issuing CA first; `None` for an issuer that the certificate below it
/// does not name by key.
#[must_use]
pub fn chain_key_identifiers(chain: &TrustedChain) -> Vec<Option<KeyIdentifier>> {
    let issuing_authority = chain.issuer_key_identifier().cloned();
    let upper = chain
        .authorities()
        .skip(1)
        .map(|(_, authority)| authority.facts().subject_key_identifier.clone());
    std::iter::once(issuing_authority).chain(upper).collect()
}
