//! Signature algorithms and the one place where a signature is checked.

use std::fmt;

use aws_lc_rs::signature::{self as aws, ParsedPublicKey, UnparsedPublicKey, VerificationAlgorithm};

use crate::asn1::{DerError, Reader, octet_aligned_bits, oid, single, small_integer, tag};
use crate::{EllipticCurve, PublicKeyKind};

/// A hash used for a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// A signature algorithm as a certificate or CRL names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SignatureAlgorithm {
    RsaPkcs1(Hash),
    /// PSS with the same hash in MGF1 and a salt as long as the hash.
    RsaPss(Hash),
    Ecdsa(Hash),
    /// Anything else, as words for the refusal.
    Other(String),
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPkcs1(hash) => write!(formatter, "RSA PKCS#1 v1.5 with {hash}"),
            Self::RsaPss(hash) => write!(formatter, "RSA-PSS with {hash}"),
            Self::Ecdsa(hash) => write!(formatter, "ECDSA with {hash}"),
            Self::Other(words) => formatter.write_str(words),
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

impl SignatureAlgorithm {
    /// Reads the contents of an AlgorithmIdentifier.
    pub(crate) fn decode(contents: &[u8]) -> Result<Self, DerError> {
        let mut parts = Reader::new(contents);
        let kind = parts.expect(tag::OID)?;
        oid::check(kind)?;
        let parameters = if parts.is_empty() {
            None
        } else {
            Some(parts.element()?)
        };
        parts.finish()?;
        let plain_rsa = parameters.is_none_or(|element| element.whole == [tag::NULL, 0]);
        let plain_ecdsa = parameters.is_none();
        let algorithm = match kind {
            oid::RSA_SHA1 if plain_rsa => Self::RsaPkcs1(Hash::Sha1),
            oid::RSA_SHA256 if plain_rsa => Self::RsaPkcs1(Hash::Sha256),
            oid::RSA_SHA384 if plain_rsa => Self::RsaPkcs1(Hash::Sha384),
            oid::RSA_SHA512 if plain_rsa => Self::RsaPkcs1(Hash::Sha512),
            oid::ECDSA_SHA1 if plain_ecdsa => Self::Ecdsa(Hash::Sha1),
            oid::ECDSA_SHA256 if plain_ecdsa => Self::Ecdsa(Hash::Sha256),
            oid::ECDSA_SHA384 if plain_ecdsa => Self::Ecdsa(Hash::Sha384),
            oid::ECDSA_SHA512 if plain_ecdsa => Self::Ecdsa(Hash::Sha512),
            oid::RSA_PSS => match parameters.map(|element| pss_hash(element.whole)) {
                Some(Some(hash)) => Self::RsaPss(hash),
                _ => Self::Other("RSA-PSS with SHA-1 or uneven parameters".to_owned()),
            },
            oid::RSA_MD5 => Self::Other("RSA PKCS#1 v1.5 with MD5".to_owned()),
            _ => Self::Other(format!("algorithm {}", oid::dotted(kind))),
        };
        Ok(algorithm)
    }

    /// The hash, for algorithms that are known.
    pub(crate) const fn hash(&self) -> Option<Hash> {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) | Self::Ecdsa(hash) => Some(*hash),
            Self::Other(_) => None,
        }
    }

    fn verification(&self, key: &PublicKeyKind) -> Option<&'static dyn VerificationAlgorithm> {
        use Hash::{Sha1, Sha256, Sha384, Sha512};
        // The size of an RSA key is the profile's decision (rule PATH-ALGORITHM); here 1024 bits is the floor.
        Some(match (key, self) {
            (PublicKeyKind::Rsa { .. }, Self::RsaPkcs1(hash)) => match hash {
                Sha1 => &aws::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
                Sha256 => &aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
                Sha384 => &aws::RSA_PKCS1_2048_8192_SHA384,
                Sha512 => &aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            },
            (PublicKeyKind::Rsa { .. }, Self::RsaPss(hash)) => match hash {
                Sha1 => return None,
                Sha256 => &aws::RSA_PSS_2048_8192_SHA256,
                Sha384 => &aws::RSA_PSS_2048_8192_SHA384,
                Sha512 => &aws::RSA_PSS_2048_8192_SHA512,
            },
            (PublicKeyKind::Ec { curve }, Self::Ecdsa(hash)) => match (curve, hash) {
                (EllipticCurve::P256, Sha1) => &aws::ECDSA_P256_SHA1_ASN1,
                (EllipticCurve::P256, Sha256) => &aws::ECDSA_P256_SHA256_ASN1,
                (EllipticCurve::P256, Sha384) => &aws::ECDSA_P256_SHA384_ASN1,
                (EllipticCurve::P256, Sha512) => &aws::ECDSA_P256_SHA512_ASN1,
                (EllipticCurve::P384, Sha256) => &aws::ECDSA_P384_SHA256_ASN1,
                (EllipticCurve::P384, Sha384) => &aws::ECDSA_P384_SHA384_ASN1,
                (EllipticCurve::P384, Sha512) => &aws::ECDSA_P384_SHA512_ASN1,
                (EllipticCurve::P521, Sha1) => &aws::ECDSA_P521_SHA1_ASN1,
                (EllipticCurve::P521, Sha256) => &aws::ECDSA_P521_SHA256_ASN1,
                (EllipticCurve::P521, Sha384) => &aws::ECDSA_P521_SHA384_ASN1,
                (EllipticCurve::P521, Sha512) => &aws::ECDSA_P521_SHA512_ASN1,
                (EllipticCurve::P384, Sha1) | (EllipticCurve::Other(_), _) => return None,
            },
            _ => return None,
        })
    }
}

/// The hash of RSASSA-PSS parameters when hash, MGF1 hash and salt length agree; the SHA-1 defaults do not qualify.
fn pss_hash(parameters: &[u8]) -> Option<Hash> {
    let mut parts = Reader::new(single(parameters, tag::SEQUENCE).ok()?);
    let hash = parts.optional(tag::context_constructed(0)).ok()??;
    let mask = parts.optional(tag::context_constructed(1)).ok()??;
    let salt = parts.optional(tag::context_constructed(2)).ok()??;
    let trailer = parts.optional(tag::context_constructed(3)).ok()?;
    parts.finish().ok()?;
    let mut mask = Reader::new(single(mask, tag::SEQUENCE).ok()?);
    if mask.expect(tag::OID).ok()? != oid::MGF1 {
        return None;
    }
    let mask_hash = mask.expect_element(tag::SEQUENCE).ok()?.whole;
    mask.finish().ok()?;
    let (hash, length) = hash_with_length(hash)?;
    let trailer_is_default = match trailer {
        None => true,
        Some(value) => small_integer(single(value, tag::INTEGER).ok()?).ok()? == 1,
    };
    let salt = small_integer(single(salt, tag::INTEGER).ok()?).ok()?;
    (hash_with_length(mask_hash)?.0 == hash && salt == length && trailer_is_default).then_some(hash)
}

fn hash_with_length(algorithm: &[u8]) -> Option<(Hash, u32)> {
    let mut parts = Reader::new(single(algorithm, tag::SEQUENCE).ok()?);
    let kind = parts.expect(tag::OID).ok()?;
    parts.optional(tag::NULL).ok()?;
    parts.finish().ok()?;
    match kind {
        oid::SHA256 => Some((Hash::Sha256, 32)),
        oid::SHA384 => Some((Hash::Sha384, 48)),
        oid::SHA512 => Some((Hash::Sha512, 64)),
        _ => None,
    }
}

/// A public key ready for verification: its kind, its octets, and the parsed form kept after first use.
#[derive(Debug)]
pub(crate) struct VerificationKey {
    pub(crate) kind: PublicKeyKind,
    octets: Box<[u8]>,
    /// One parsed form: a CA seldom signs with more than one algorithm.
    parsed: std::sync::OnceLock<(SignatureAlgorithm, Option<ParsedPublicKey>)>,
}

/// Why a signature was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureFailure {
    /// The algorithm does not fit the issuer's key or is not implemented.
    Unsuitable,
    /// The signature is wrong.
    Wrong,
}

impl VerificationKey {
    /// Reads the contents of a SubjectPublicKeyInfo.
    pub(crate) fn decode(contents: &[u8]) -> Result<Self, DerError> {
        let mut parts = Reader::new(contents);
        let mut algorithm = parts.sequence()?;
        let octets = octet_aligned_bits(parts.expect(tag::BIT_STRING)?)?;
        parts.finish()?;
        let kind = algorithm.expect(tag::OID)?;
        oid::check(kind)?;
        let kind = match kind {
            oid::RSA_ENCRYPTION => PublicKeyKind::Rsa {
                bits: rsa_modulus_bits(octets)?,
            },
            oid::EC_PUBLIC_KEY => PublicKeyKind::Ec {
                curve: curve(algorithm),
            },
            other => PublicKeyKind::Other {
                algorithm: oid::dotted(other),
            },
        };
        Ok(Self {
            kind,
            octets: octets.into(),
            parsed: std::sync::OnceLock::new(),
        })
    }

    pub(crate) fn has_same_octets(&self, other: &Self) -> bool {
        self.octets == other.octets
    }

    /// Checks one signature.
    pub(crate) fn verify(
        &self,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureFailure> {
        let verification = algorithm
            .verification(&self.kind)
            .ok_or(SignatureFailure::Unsuitable)?;
        let (parsed_for, parsed) = self.parsed.get_or_init(|| {
            let parsed = ParsedPublicKey::new(verification, &self.octets).ok();
            (algorithm.clone(), parsed)
        });
        let result = match parsed {
            Some(parsed) if parsed_for == algorithm => parsed.verify_sig(message, signature),
            _ => UnparsedPublicKey::new(verification, &self.octets).verify(message, signature),
        };
        result.map_err(|_| SignatureFailure::Wrong)
    }
}

fn rsa_modulus_bits(octets: &[u8]) -> Result<u32, DerError> {
    let mut parts = Reader::new(single(octets, tag::SEQUENCE)?);
    let modulus = parts.expect(tag::INTEGER)?;
    parts.expect(tag::INTEGER)?;
    parts.finish()?;
    let significant = match modulus {
        [0, rest @ ..] => rest,
        all => all,
    };
    let first = significant.first().copied().unwrap_or_default();
    let bits = significant
        .len()
        .saturating_mul(8)
        .saturating_sub(first.leading_zeros() as usize);
    u32::try_from(bits).map_err(|_| DerError::Value("an RSA modulus beyond measure"))
}

fn curve(mut algorithm: Reader<'_>) -> EllipticCurve {
    match algorithm.expect(tag::OID) {
        Ok(oid::CURVE_P256) => EllipticCurve::P256,
        Ok(oid::CURVE_P384) => EllipticCurve::P384,
        Ok(oid::CURVE_P521) => EllipticCurve::P521,
        Ok(other) if oid::check(other).is_ok() => EllipticCurve::Other(oid::dotted(other)),
        _ => EllipticCurve::Other("explicit parameters".to_owned()),
    }
}
