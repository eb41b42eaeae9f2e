//! The facts of one certificate, as plain values.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Name;

/// What the rest of the product may know about a certificate. Built only from bytes by this crate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// Subject name, RDNs in encoding order.
    pub subject: Name,
    /// Issuer name, RDNs in encoding order.
    pub issuer: Name,
    /// Serial number.
    pub serial_number: SerialNumber,
    /// Start of validity, inclusive.
    pub not_before: Timestamp,
    /// End of validity, inclusive.
    pub not_after: Timestamp,
    /// Subject key identifier (2.5.29.14).
    pub subject_key_identifier: Option<KeyIdentifier>,
    /// Authority key identifier's `keyIdentifier` (2.5.29.35).
    pub authority_key_identifier: Option<KeyIdentifier>,
    /// Every `policyIdentifier` of certificatePolicies as dotted decimals, in encoding order, taken literally.
    pub policy_oids: Vec<String>,
    /// UPN values: otherName 1.3.6.1.4.1.311.20.2.3 of the subject alternative name.
    pub principal_names: Vec<String>,
    /// rfc822Name values of the subject alternative name.
    pub rfc822_names: Vec<String>,
    /// HTTP and HTTPS URLs of the CRL distribution points extension. Shown to administrators; never fetched at sign-in.
    pub crl_distribution_points: Vec<String>,
    /// Extended key usage OIDs; `None` when the extension is absent.
    pub extended_key_usages: Option<Vec<String>>,
    /// The kind of the subject public key.
    pub public_key: PublicKeyKind,
    /// SHA-1 over the whole DER certificate: the "thumbprint".
    pub sha1_thumbprint: [u8; 20],
    /// SHA-256 over the whole DER certificate.
    pub sha256_thumbprint: [u8; 32],
}

/// A serial number: big-endian octets without the sign octet; never empty (zero is one zero octet).
///
/// Negative serial numbers exist in the wild although RFC 5280 forbids them; they are kept apart from the positive
/// number with the same octets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SerialNumber {
    octets: Vec<u8>,
    negative: bool,
}

impl SerialNumber {
    /// From the contents octets of a DER INTEGER or any big-endian form: leading zero octets are dropped.
    #[must_use]
    pub fn from_big_endian(octets: &[u8]) -> Self {
        let start = octets
            .iter()
            .position(|octet| *octet != 0)
            .unwrap_or(octets.len());
        let significant = octets.get(start..).unwrap_or_default();
        Self {
            octets: if significant.is_empty() {
                vec![0]
            } else {
                significant.to_vec()
            },
            negative: false,
        }
    }

    /// From the contents octets of a DER INTEGER, whose first bit is the sign.
    #[must_use]
    pub fn from_der_integer(contents: &[u8]) -> Self {
        if contents.first().is_some_and(|first| *first >= 0x80) {
            Self {
                octets: contents.to_vec(),
                negative: true,
            }
        } else {
            Self::from_big_endian(contents)
        }
    }

    /// Whether the INTEGER was negative; [`SerialNumber::as_bytes`] then holds its two's complement octets.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        self.negative
    }

    /// Big-endian octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// Lower-case hex, big-endian; the two's complement octets after a minus sign when negative.
    #[must_use]
    pub fn to_hex(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}", hex_lower(&self.octets))
    }

    /// Lower-case hex of the octets in reverse: the form Entra's `<SR>` part stores (certificate-sign-in §6.4).
    #[must_use]
    pub fn to_reversed_hex(&self) -> String {
        let reversed: Vec<u8> = self.octets.iter().rev().copied().collect();
        hex_lower(&reversed)
    }
}

impl From<SerialNumber> for String {
    fn from(serial: SerialNumber) -> Self {
        serial.to_hex()
    }
}

impl TryFrom<String> for SerialNumber {
    type Error = NotHex;

    fn try_from(text: String) -> Result<Self, NotHex> {
        if let Some(digits) = text.strip_prefix('-') {
            let octets = hex_decode(digits)?;
            return octets
                .first()
                .is_some_and(|first| *first >= 0x80)
                .then(|| Self::from_der_integer(&octets))
                .ok_or(NotHex);
        }
        hex_decode(&text).map(|octets| Self::from_big_endian(&octets))
    }
}

/// A subject or authority key identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyIdentifier(Vec<u8>);

impl KeyIdentifier {
    /// From the octets of the extension.
    #[must_use]
    pub fn new(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }

    /// Parses hex as an administrator may type it: any case; blanks, colons and hyphens ignored.
    pub fn parse(text: &str) -> Result<Self, NotHex> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | ':' | '-')).collect();
        match hex_decode(&digits)? {
            octets if octets.is_empty() => Err(NotHex),
            octets => Ok(Self(octets)),
        }
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Upper-case hex, the form Entra shows.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex_lower(&self.0).to_ascii_uppercase()
    }
}

impl std::fmt::Display for KeyIdentifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.to_hex())
    }
}

impl From<KeyIdentifier> for String {
    fn from(identifier: KeyIdentifier) -> Self {
        identifier.to_hex()
    }
}

impl TryFrom<String> for KeyIdentifier {
    type Error = NotHex;

    fn try_from(text: String) -> Result<Self, NotHex> {
        Self::parse(&text)
    }
}

/// The kind and size of a public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PublicKeyKind {
    /// RSA with the modulus length in bits.
    Rsa {
        /// Modulus length in bits.
        bits: u32,
    },
    /// An elliptic curve key.
    Ec {
        /// The named curve.
        curve: EllipticCurve,
    },
    /// Any other key, by its algorithm OID.
    Other {
        /// Dotted algorithm OID.
        algorithm: String,
    },
}

/// A named curve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EllipticCurve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Any other curve, by its dotted OID.
    Other(String),
}

/// The text was not an even number of hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an even number of hexadecimal digits")]
pub struct NotHex;

pub(crate) fn hex_lower(octets: &[u8]) -> String {
    use std::fmt::Write as _;
    octets
        .iter()
        .fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
            let _ = write!(text, "{octet:02x}");
            text
        })
}

pub(crate) fn hex_decode(text: &str) -> Result<Vec<u8>, NotHex> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return Err(NotHex);
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            let text = std::str::from_utf8(pair).map_err(|_| NotHex)?;
            if !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(NotHex);
            }
            u8::from_str_radix(text, 16).map_err(|_| NotHex)
        })
        .collect()
}
