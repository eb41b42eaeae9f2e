//! Distribution points: where a certificate says its status is published, and what a CRL says it covers.

use crate::asn1::{DerError, Element, Reader, named_bits, single, tag};
use crate::certificate::general_name::GeneralName;
use crate::name::{self, CanonicalName};

/// The reasons of RFC 5280 `ReasonFlags` as bits; bit 0 (unused) is never set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reasons(pub(crate) u16);

impl Reasons {
    /// Every reason: bits 1 (keyCompromise) to 8 (aACompromise).
    pub(crate) const ALL: Self = Self(0b1_1111_1110);
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn decode(contents: &[u8]) -> Result<Self, DerError> {
        Ok(Self(named_bits(contents)? & Self::ALL.0))
    }

    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// A DistributionPointName.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DistributionPointName {
    Full(Vec<GeneralName>),
    /// An RDN to append to the name of the CRL issuer.
    Relative(Box<[u8]>),
}

impl DistributionPointName {
    /// Reads the contents of the `[0]` that wraps the name.
    pub(crate) fn decode(contents: &[u8]) -> Result<Self, DerError> {
        let mut wrapped = Reader::new(contents);
        let Element { tag, contents, .. } = wrapped.element()?;
        wrapped.finish()?;
        match tag {
            0xa0 => GeneralName::decode_all(contents).map(Self::Full),
            0xa1 => {
                let (_, canonical) = name::decode_relative_name(contents, &mut Vec::new())?;
                Ok(Self::Relative(canonical))
            }
            _ => Err(DerError::Value("an unknown form of distribution point name")),
        }
    }

    /// The names it stands for when the CRL is issued by `crl_issuer`.
    pub(crate) fn names(&self, crl_issuer: &CanonicalName) -> Vec<GeneralName> {
        match self {
            Self::Full(names) => names.clone(),
            Self::Relative(relative_name) => vec![GeneralName::Directory(
                crl_issuer.with_relative_name(relative_name.clone()),
            )],
        }
    }
}

/// One DistributionPoint of a certificate.
#[derive(Clone, Debug, Default)]
pub(crate) struct DistributionPoint {
    pub(crate) name: Option<DistributionPointName>,
    pub(crate) reasons: Option<Reasons>,
    pub(crate) crl_issuers: Vec<CanonicalName>,
}

impl DistributionPoint {
    /// Reads the value of the CRLDistributionPoints extension.
    pub(crate) fn decode_all(value: &[u8]) -> Result<Vec<Self>, DerError> {
        let mut list = Reader::new(single(value, tag::SEQUENCE)?);
        let mut points = Vec::new();
        while !list.is_empty() {
            let mut parts = list.sequence()?;
            let name = parts.optional(tag::context_constructed(0))?;
            let reasons = parts.optional(tag::context(1))?;
            let issuers = parts.optional(tag::context_constructed(2))?;
            parts.finish()?;
            let crl_issuers = issuers.map(GeneralName::decode_all).transpose()?;
            points.push(Self {
                name: name.map(DistributionPointName::decode).transpose()?,
                reasons: reasons.map(Reasons::decode).transpose()?,
                crl_issuers: crl_issuers
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|name| match name {
                        GeneralName::Directory(name) => Some(name),
                        _ => None,
                    })
                    .collect(),
            });
        }
        if points.is_empty() {
            return Err(DerError::Value("an empty list of distribution points"));
        }
        Ok(points)
    }

    /// The HTTP and HTTPS URLs among its names.
    pub(crate) fn urls(&self) -> Vec<String> {
        let Some(DistributionPointName::Full(names)) = &self.name else {
            return Vec::new();
        };
        names
            .iter()
            .filter_map(|name| match name {
                GeneralName::Uri(url) => Some(url),
                _ => None,
            })
            .filter(|url| {
                url.split_once(':').is_some_and(|(scheme, _)| {
                    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
                })
            })
            .cloned()
            .collect()
    }
}
