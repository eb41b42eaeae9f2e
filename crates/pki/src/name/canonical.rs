//! Names in the one form in which certificates' names are compared.

use std::sync::Arc;

/// A name for comparison only: per RDN one octet string, equal exactly when RFC 5280 §7.1 calls the RDNs equal.
///
/// Character strings are compared without case and with runs of blanks as one, whatever their ASN.1 type; other
/// values octet by octet. Attributes of a multi-valued RDN are a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CanonicalName {
    relative_names: Arc<[Box<[u8]>]>,
}

impl CanonicalName {
    pub(crate) fn new(relative_names: Vec<Box<[u8]>>) -> Self {
        Self {
            relative_names: relative_names.into(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.relative_names.is_empty()
    }

    /// Whether this name stands at or below `ancestor` in the directory tree.
    pub(crate) fn is_within(&self, ancestor: &Self) -> bool {
        self.relative_names.starts_with(&ancestor.relative_names)
    }

    /// This name with one more RDN at the end.
    pub(crate) fn with_relative_name(&self, relative_name: Box<[u8]>) -> Self {
        let mut names = self.relative_names.to_vec();
        names.push(relative_name);
        Self::new(names)
    }
}

/// The comparison form of one RDN from its attributes' parts.
pub(crate) fn relative_name(mut attributes: Vec<Vec<u8>>) -> Box<[u8]> {
    attributes.sort_unstable();
    let mut joined = Vec::with_capacity(attributes.iter().map(|part| part.len() + 4).sum());
    for attribute in attributes {
        joined.extend_from_slice(&u32::try_from(attribute.len()).unwrap_or(u32::MAX).to_be_bytes());
        joined.extend_from_slice(&attribute);
    }
    joined.into()
}

/// The comparison form of one attribute: type, a mark for text, value.
pub(crate) fn attribute(oid: &[u8], text: Option<&str>, value_der: &[u8]) -> Vec<u8> {
    let folded = text.map(crate::asn1::text::fold);
    let value = folded.as_ref().map_or(value_der, |text| text.as_bytes());
    let mut part = Vec::with_capacity(oid.len() + value.len() + 2);
    part.push(u8::try_from(oid.len()).unwrap_or(u8::MAX));
    part.extend_from_slice(oid);
    part.push(u8::from(text.is_some()));
    part.extend_from_slice(value);
    part
}
