//! Certificates: parsed once, cheap to clone.

mod bundle;
pub(crate) mod extensions;
pub(crate) mod general_name;
pub(crate) mod name_constraints;
mod read;
pub(crate) mod text_forms;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::CertificateFacts;
use crate::asn1::DerError;
use crate::name::CanonicalName;
use crate::signature::{SignatureAlgorithm, VerificationKey};
use extensions::Extensions;

pub use bundle::parse_certificate_bundle;
pub use text_forms::parse_pem_or_der;

/// A certificate read from DER. It says nothing about trust: only [`crate::evaluate`] does.
#[derive(Clone)]
pub struct Certificate(Arc<Contents>);

/// Everything the engine asks about a certificate, decoded once.
pub(crate) struct Contents {
    pub(crate) der: Box<[u8]>,
    signed_part: Range<usize>,
    signature: Range<usize>,
    subject_contents: Range<usize>,
    pub(crate) is_version_3: bool,
    pub(crate) signature_algorithm: SignatureAlgorithm,
    pub(crate) key: VerificationKey,
    pub(crate) subject: CanonicalName,
    pub(crate) issuer: CanonicalName,
    pub(crate) email_addresses: Vec<String>,
    pub(crate) extensions: Extensions,
    pub(crate) facts: CertificateFacts,
}

/// Why bytes are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Larger than [`Certificate::MAX_LENGTH`].
    #[error(
        "the certificate has {length} bytes; at most {} are read",
        Certificate::MAX_LENGTH
    )]
    TooLarge {
        /// Length of what was offered.
        length: usize,
    },
    /// A part is not what X.509 and DER demand.
    #[error("the certificate's {part} cannot be read: {cause}")]
    Malformed {
        /// Which part, in the field's words.
        part: &'static str,
        /// What is wrong with it.
        cause: DerError,
    },
    /// Neither DER nor a PEM block with the label CERTIFICATE, nor base64 of DER.
    #[error("the input holds no certificate in PEM, DER or base64 form")]
    NoCertificate,
    /// More than [`Certificate::MAX_COUNT`] certificates in one input.
    #[error("the input holds more than {} certificates", Certificate::MAX_COUNT)]
    TooMany,
}

impl Certificate {
    /// The longest certificate that is read, in bytes.
    pub const MAX_LENGTH: usize = 64 * 1024;
    /// The most certificates read from one PEM input.
    pub const MAX_COUNT: usize = 4096;

    /// Reads exactly one DER certificate; nothing may follow.
    ///
    /// # Errors
    /// When the bytes are too long or not a certificate.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        read::read(der).map(|contents| Self(Arc::new(contents)))
    }

    /// What the rest of the product may know about it.
    #[must_use]
    pub fn facts(&self) -> &CertificateFacts {
        &self.0.facts
    }

    /// The bytes it was read from.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The subject name as DER, the form in which TLS names acceptable authorities.
    #[must_use]
    pub fn subject_der(&self) -> Vec<u8> {
        const SEQUENCE: u8 = 0x30;
        let contents = self
            .0
            .der
            .get(self.0.subject_contents.clone())
            .unwrap_or_default();
        let length = contents.len().to_be_bytes();
        let mut der = vec![SEQUENCE];
        match contents.len() {
            short @ 0..=0x7f => der.extend(u8::try_from(short)),
            _ => {
                let significant: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
                der.extend(u8::try_from(significant.len()).map(|count| 0x80 | count));
                der.extend(significant);
            }
        }
        der.extend(contents);
        der
    }

    /// Whether subject and issuer are the same, non-empty name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.subject == self.0.issuer
    }

    /// Whether it is self-issued and its signature verifies with its own key.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.is_self_issued()
            && self
                .0
                .key
                .verify(&self.0.signature_algorithm, self.signed_part(), self.signature())
                .is_ok()
    }

    /// Whether basicConstraints calls it a CA.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.0
            .extensions
            .basic_constraints
            .is_some_and(|constraints| constraints.is_ca)
    }

    /// Whether its signature verifies with the key of `issuer`. Says nothing about names, times or permission to sign.
    #[must_use]
    pub fn is_signed_by(&self, issuer: &Self) -> bool {
        issuer
            .0
            .key
            .verify(&self.0.signature_algorithm, self.signed_part(), self.signature())
            .is_ok()
    }

    pub(crate) fn has_same_subject_and_key(&self, other: &Self) -> bool {
        self.0.key.has_same_octets(&other.0.key) && self.0.subject == other.0.subject
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.0
    }

    pub(crate) fn signed_part(&self) -> &[u8] {
        self.0.der.get(self.0.signed_part.clone()).unwrap_or_default()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        self.0.der.get(self.0.signature.clone()).unwrap_or_default()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Certificate")
            .field("subject", &self.0.facts.subject.to_string())
            .field("serial_number", &self.0.facts.serial_number.to_hex())
            .finish_non_exhaustive()
    }
}
