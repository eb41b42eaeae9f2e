//! CRLs from DER: the head and the tail are decoded, the entries are walked in place.

use jiff::Timestamp;

use crate::KeyIdentifier;
use crate::Name;
use crate::asn1::{DerError, Reader, boolean, integer, oid, single, tag, time};
use crate::certificate::extensions::{authority_key_identifier, extension, signature_octets};
use crate::crl::CrlNumber;
use crate::crl::distribution_point::{DistributionPointName, Reasons};
use crate::name::{self, CanonicalName};
use crate::signature::SignatureAlgorithm;

/// A CRL's parts, borrowed from its bytes.
#[derive(Clone, Debug)]
pub(crate) struct CrlParts<'a> {
    pub(crate) signed_part: &'a [u8],
    pub(crate) signature_algorithm: SignatureAlgorithm,
    pub(crate) signature: &'a [u8],
    pub(crate) issuer: Name,
    pub(crate) canonical_issuer: CanonicalName,
    pub(crate) this_update: Timestamp,
    pub(crate) next_update: Option<Timestamp>,
    /// Contents of revokedCertificates.
    pub(crate) entries: &'a [u8],
    pub(crate) extensions: CrlExtensions,
}

/// What the extensions of a CRL say.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrlExtensions {
    pub(crate) number: Option<CrlNumber>,
    pub(crate) delta_base_number: Option<CrlNumber>,
    pub(crate) authority_key_identifier: Option<KeyIdentifier>,
    pub(crate) issuing_distribution_point: Option<IssuingDistributionPoint>,
    pub(crate) next_publish: Option<Timestamp>,
    pub(crate) unknown_critical: Vec<String>,
    /// Extensions whose criticality is not what RFC 5280 §5.2 demands.
    pub(crate) oddities: Vec<&'static str>,
}

/// The scope of a CRL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IssuingDistributionPoint {
    pub(crate) name: Option<DistributionPointName>,
    pub(crate) only_user_certificates: bool,
    pub(crate) only_ca_certificates: bool,
    pub(crate) only_some_reasons: Option<Reasons>,
    pub(crate) is_indirect: bool,
    pub(crate) only_attribute_certificates: bool,
    /// The encoding, to compare the scopes of a base and its delta.
    pub(crate) encoded: Box<[u8]>,
}

impl<'a> CrlParts<'a> {
    /// Reads everything but the entries.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, DerError> {
        let mut outer = Reader::new(single(der, tag::SEQUENCE)?);
        let signed = outer.expect_element(tag::SEQUENCE)?;
        let outer_algorithm = outer.expect(tag::SEQUENCE)?;
        let signature = signature_octets(outer.expect(tag::BIT_STRING)?);
        outer.finish()?;

        let mut fields = Reader::new(signed.contents);
        let version = fields.optional(tag::INTEGER)?;
        if !matches!(version, None | Some([1])) {
            return Err(DerError::Value("a CRL version other than 1 and 2"));
        }
        if fields.expect(tag::SEQUENCE)? != outer_algorithm {
            return Err(DerError::Value(
                "the signed algorithm differs from the one outside",
            ));
        }
        let issuer = name::decode(fields.expect(tag::SEQUENCE)?)?;
        let this_update = time::time(&mut fields)?;
        let next_update = match fields.peek_tag() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(time::time(&mut fields)?),
            _ => None,
        };
        let entries = fields.optional(tag::SEQUENCE)?.unwrap_or_default();
        let extensions = match fields.optional(tag::context_constructed(0))? {
            Some(_) if version.is_none() => {
                return Err(DerError::Value("extensions in a CRL of version 1"));
            }
            Some(wrapped) => CrlExtensions::decode(single(wrapped, tag::SEQUENCE)?)?,
            None => CrlExtensions::default(),
        };
        fields.finish()?;
        Ok(Self {
            signed_part: signed.whole,
            signature_algorithm: SignatureAlgorithm::decode(outer_algorithm)?,
            signature,
            issuer: issuer.name,
            canonical_issuer: issuer.canonical,
            this_update,
            next_update,
            entries,
            extensions,
        })
    }
}

impl CrlExtensions {
    fn decode(contents: &[u8]) -> Result<Self, DerError> {
        let mut list = Reader::new(contents);
        let mut extensions = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        while !list.is_empty() {
            let (kind, critical, value) = extension(&mut list)?;
            if seen.contains(&kind) {
                return Err(DerError::Value("an extension that appears twice"));
            }
            seen.push(kind);
            match kind {
                oid::CRL_NUMBER => {
                    extensions.number = Some(number(value)?);
                    extensions.note(critical, "the CRL number is critical");
                }
                oid::DELTA_CRL_INDICATOR => {
                    extensions.delta_base_number = Some(number(value)?);
                    extensions.note(!critical, "the delta CRL indicator is not critical");
                }
                oid::AUTHORITY_KEY_IDENTIFIER => {
                    extensions.authority_key_identifier = authority_key_identifier(value)?.key_identifier;
                    extensions.note(critical, "the authority key identifier is critical");
                }
                oid::ISSUING_DISTRIBUTION_POINT => {
                    extensions.issuing_distribution_point = Some(IssuingDistributionPoint::decode(value)?);
                    extensions.note(!critical, "the issuing distribution point is not critical");
                }
                oid::NEXT_CRL_PUBLISH => {
                    let mut reader = Reader::new(value);
                    extensions.next_publish = Some(time::time(&mut reader)?);
                    reader.finish()?;
                }
                _ if critical => extensions.unknown_critical.push(oid::dotted(kind)),
                _ => {}
            }
        }
        Ok(extensions)
    }

    fn note(&mut self, is_so: bool, oddity: &'static str) {
        if is_so {
            self.oddities.push(oddity);
        }
    }
}

fn number(value: &[u8]) -> Result<CrlNumber, DerError> {
    let contents = integer(single(value, tag::INTEGER)?)?;
    if contents.first().is_some_and(|first| *first >= 0x80) {
        return Err(DerError::Value("a negative CRL number"));
    }
    if contents.len() > 33 {
        return Err(DerError::Value("a CRL number of more than 32 octets"));
    }
    Ok(CrlNumber::from_big_endian(contents))
}

impl IssuingDistributionPoint {
    pub(crate) fn decode(value: &[u8]) -> Result<Self, DerError> {
        let mut parts = Reader::new(single(value, tag::SEQUENCE)?);
        let name = parts.optional(tag::context_constructed(0))?;
        let mut flag = |number| -> Result<bool, DerError> {
            Ok(parts
                .optional(tag::context(number))?
                .map(boolean)
                .transpose()?
                .unwrap_or(false))
        };
        let only_user_certificates = flag(1)?;
        let only_ca_certificates = flag(2)?;
        let only_some_reasons = parts
            .optional(tag::context(3))?
            .map(Reasons::decode)
            .transpose()?;
        let mut flag = |number| -> Result<bool, DerError> {
            Ok(parts
                .optional(tag::context(number))?
                .map(boolean)
                .transpose()?
                .unwrap_or(false))
        };
        let is_indirect = flag(4)?;
        let only_attribute_certificates = flag(5)?;
        parts.finish()?;
        let only_count = [
            only_user_certificates,
            only_ca_certificates,
            only_attribute_certificates,
        ]
        .iter()
        .filter(|flag| **flag)
        .count();
        if only_count > 1 {
            return Err(DerError::Value("a CRL scope that excludes itself"));
        }
        Ok(Self {
            name: name.map(DistributionPointName::decode).transpose()?,
            only_user_certificates,
            only_ca_certificates,
            only_some_reasons,
            is_indirect,
            only_attribute_certificates,
            encoded: value.into(),
        })
    }
}
