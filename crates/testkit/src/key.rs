use std::sync::Arc;

use rcgen::{KeyPair, PublicKeyData};

use crate::TestkitError;

/// The key types that sign-in certificates are made with in practice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    #[default]
    P256,
    /// ECDSA on P-384 with SHA-384.
    P384,
    /// RSA with 2048 bits, PKCS#1 v1.5 with SHA-256.
    Rsa2048,
    /// RSA with 4096 bits, PKCS#1 v1.5 with SHA-256.
    Rsa4096,
    /// Ed25519.
    Ed25519,
}

/// A private key with its public half. Cheap to clone, so that one key can serve many certificates
/// (RSA keys take a tenth of a second to make).
#[derive(Clone, Debug)]
pub struct Keypair(Arc<KeyPair>);

impl Keypair {
    /// Makes a fresh key.
    ///
    /// # Errors
    /// [`TestkitError::Certificate`] when the cryptographic library refuses.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, TestkitError> {
        let pair = match algorithm {
            KeyAlgorithm::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?,
            KeyAlgorithm::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?,
            KeyAlgorithm::Rsa2048 => {
                KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)?
            }
            KeyAlgorithm::Rsa4096 => {
                KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_4096)?
            }
            KeyAlgorithm::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519)?,
        };
        Ok(Self(Arc::new(pair)))
    }

    /// Reads a key back from [`Keypair::pem`] (PKCS#8).
    ///
    /// # Errors
    /// [`TestkitError::Unreadable`] when it is not a private key that this crate can use.
    pub fn from_pem(pem: &str) -> Result<Self, TestkitError> {
        let pair = KeyPair::from_pem(pem).map_err(|error| TestkitError::Unreadable {
            expected: "private key",
            reason: error.to_string(),
        })?;
        Ok(Self(Arc::new(pair)))
    }

    /// PKCS#8 DER.
    #[must_use]
    pub fn pkcs8_der(&self) -> &[u8] {
        self.0.serialized_der()
    }

    /// PKCS#8 PEM (`-----BEGIN PRIVATE KEY-----`).
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.serialize_pem()
    }

    /// The SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn public_key_info_der(&self) -> Vec<u8> {
        self.0.subject_public_key_info()
    }

    pub(crate) fn inner(&self) -> &KeyPair {
        &self.0
    }
}
