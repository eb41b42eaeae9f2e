use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};

use crate::{Keypair, TestkitError};

/// Writes key, certificate and chain with PBES2 (AES-256) and an HMAC-SHA-256 integrity check.
pub(crate) fn write(
    certificate_der: &[u8],
    key: &Keypair,
    password: &str,
    chain: &[&[u8]],
) -> Result<Vec<u8>, TestkitError> {
    let refused = |error: p12_keystore::error::Error| TestkitError::Pfx(error.to_string());
    let mut certificates = vec![Certificate::from_der(certificate_der).map_err(refused)?];
    for issuer in chain {
        certificates.push(Certificate::from_der(issuer).map_err(refused)?);
    }
    let alias = certificates
        .first()
        .map_or_else(String::new, |leaf| leaf.subject().to_owned());
    let private_key = PrivateKey::from_der(key.pkcs8_der()).map_err(refused)?;
    let fingerprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate_der);
    let local_key_id = fingerprint.as_ref().iter().copied().take(20).collect::<Vec<u8>>();

    let mut store = KeyStore::new();
    let entry = PrivateKeyChain::new(local_key_id, private_key, certificates);
    store.add_entry(&alias, KeyStoreEntry::PrivateKeyChain(entry));
    store.writer(password).write().map_err(refused)
}
