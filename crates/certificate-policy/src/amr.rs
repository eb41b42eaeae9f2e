//! What `amr` says about a certificate sign-in.

use lanyard_pki::PublicKeyKind;
use serde::{Deserialize, Serialize};

use crate::AuthenticationMode;

/// The words used in `amr`; configurable per tenant because no value for certificates is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AmrMapping {
    /// Said of every certificate.
    pub certificate: Vec<String>,
    /// Also said of a certificate with an RSA key.
    pub rsa_key: Vec<String>,
    /// Also said when the sign-in is multifactor.
    pub multifactor: Vec<String>,
}

impl Default for AmrMapping {
    fn default() -> Self {
        Self {
            certificate: vec!["x509".to_owned()],
            rsa_key: vec!["rsa".to_owned()],
            multifactor: vec!["mfa".to_owned()],
        }
    }
}

/// The `amr` values of a sign-in with a certificate, each once. `other_factors` are the values of further factors used.
///
/// Rule `AMR-CERTIFICATE`: a certificate is `x509`, with an RSA key also `rsa`; a multifactor certificate or a second
/// factor adds `mfa` and that factor's own values. Source: directory-policy-tokens §1.12.
#[must_use]
pub fn amr_values(
    mode: AuthenticationMode,
    public_key: &PublicKeyKind,
    other_factors: &[String],
    mapping: &AmrMapping,
) -> Vec<String> {
    let is_rsa = matches!(public_key, PublicKeyKind::Rsa { .. });
    let is_multifactor = mode == AuthenticationMode::MultiFactor || !other_factors.is_empty();
    let mut values: Vec<String> = Vec::new();
    let said = mapping
        .certificate
        .iter()
        .chain(mapping.rsa_key.iter().filter(|_| is_rsa))
        .chain(other_factors)
        .chain(mapping.multifactor.iter().filter(|_| is_multifactor));
    for value in said {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanyard_pki::EllipticCurve;

    #[test]
    fn values_by_mode_key_and_factor() {
        // AMR-CERTIFICATE
        let rsa = PublicKeyKind::Rsa { bits: 2048 };
        let ec = PublicKeyKind::Ec {
            curve: EllipticCurve::P256,
        };
        let password = ["pwd".to_owned()];
        let mapping = AmrMapping::default();
        let table: [(AuthenticationMode, &PublicKeyKind, &[String], &[&str]); 5] = [
            (AuthenticationMode::SingleFactor, &ec, &[], &["x509"]),
            (AuthenticationMode::SingleFactor, &rsa, &[], &["x509", "rsa"]),
            (AuthenticationMode::MultiFactor, &ec, &[], &["x509", "mfa"]),
            (
                AuthenticationMode::MultiFactor,
                &rsa,
                &[],
                &["x509", "rsa", "mfa"],
            ),
            (
                AuthenticationMode::SingleFactor,
                &ec,
                &password,
                &["x509", "pwd", "mfa"],
            ),
        ];
        for (mode, key, others, expected) in table {
            assert_eq!(amr_values(mode, key, others, &mapping), expected);
        }
    }
}
