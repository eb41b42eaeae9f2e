use der::pem::LineEnding;
use der::{Decode, Encode, EncodePem};
use x509_cert::Certificate;

use crate::{Keypair, TestkitError, pfx};

/// A certificate together with its private key.
#[derive(Clone, Debug)]
pub struct IssuedCertificate {
    der: Vec<u8>,
    key: Keypair,
    serial: Vec<u8>,
}

impl IssuedCertificate {
    pub(crate) fn new(der: Vec<u8>, key: Keypair) -> Result<Self, TestkitError> {
        let serial = read(&der)?.tbs_certificate().serial_number().as_bytes().to_vec();
        Ok(Self { der, key, serial })
    }

    /// The certificate, DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        pem(&self.der)
    }

    /// The private key.
    #[must_use]
    pub fn key(&self) -> &Keypair {
        &self.key
    }

    /// The serial number as it stands in the certificate: big-endian, with a leading zero byte when the
    /// first bit would otherwise read as a sign.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// A PFX (PKCS#12) file with this certificate, its key and `chain` (issuers, DER).
    ///
    /// AES-256 and HMAC-SHA-256: OpenSSL 3, NSS (`pk12util`, Chromium, Firefox) and current Windows and
    /// macOS read it. A browser offers the certificate only when every issuer between it and a name the
    /// server hints at is in the file or known to it, so put the issuing authorities in.
    ///
    /// # Errors
    /// [`TestkitError::Pfx`].
    pub fn pfx(&self, password: &str, chain: &[&[u8]]) -> Result<Vec<u8>, TestkitError> {
        pfx::write(&self.der, &self.key, password, chain)
    }

    /// The same certificate with its last signature byte changed.
    #[must_use]
    pub fn with_broken_signature(&self) -> Vec<u8> {
        let mut der = self.der.clone();
        if let Some(last) = der.last_mut() {
            *last ^= 0x01;
        }
        der
    }
}

pub(crate) fn read(der: &[u8]) -> Result<Certificate, TestkitError> {
    Certificate::from_der(der).map_err(|error| TestkitError::Unreadable {
        expected: "certificate",
        reason: error.to_string(),
    })
}

/// PEM of a certificate's DER; empty when the bytes are not a certificate (which cannot come from here).
pub(crate) fn pem(der: &[u8]) -> String {
    read(der)
        .ok()
        .filter(|certificate| certificate.to_der().is_ok())
        .and_then(|certificate| certificate.to_pem(LineEnding::LF).ok())
        .unwrap_or_default()
}
