//! The NameConstraints extension as data. How names are held against it is decided in `path::names`.

use crate::asn1::{DerError, Reader, single, small_integer, tag};
use crate::certificate::general_name::GeneralName;

/// Permitted and excluded subtrees; `None` when that list is absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameConstraints {
    pub(crate) permitted: Vec<GeneralName>,
    pub(crate) excluded: Vec<GeneralName>,
    /// A `minimum` other than 0 or a `maximum`: not part of the Internet profile, so nothing may be accepted.
    pub(crate) has_distances: bool,
}

impl NameConstraints {
    /// Reads the value of the extension.
    pub(crate) fn decode(value: &[u8]) -> Result<Self, DerError> {
        let mut parts = Reader::new(single(value, tag::SEQUENCE)?);
        let mut constraints = Self::default();
        let permitted = parts.optional(tag::context_constructed(0))?;
        let excluded = parts.optional(tag::context_constructed(1))?;
        parts.finish()?;
        if permitted.is_none() && excluded.is_none() {
            return Err(DerError::Value("name constraints without subtrees"));
        }
        if let Some(contents) = permitted {
            constraints.permitted = subtrees(contents, &mut constraints.has_distances)?;
        }
        if let Some(contents) = excluded {
            constraints.excluded = subtrees(contents, &mut constraints.has_distances)?;
        }
        Ok(constraints)
    }

    /// Whether a subtree is written in a way that RFC 5280 §4.2.1.10 does not define: a DNS name with a leading period or
    /// a wildcard, an address range of another length.
    pub(crate) fn is_malformed(&self) -> bool {
        self.permitted
            .iter()
            .chain(&self.excluded)
            .any(|base| match base {
                GeneralName::Dns(name) => name.starts_with('.') || name.contains('*'),
                GeneralName::Ip(octets) => !matches!(octets.len(), 8 | 32),
                _ => false,
            })
    }
}

fn subtrees(contents: &[u8], has_distances: &mut bool) -> Result<Vec<GeneralName>, DerError> {
    let mut list = Reader::new(contents);
    let mut names = Vec::new();
    while !list.is_empty() {
        let mut subtree = list.sequence()?;
        names.push(GeneralName::decode(&subtree.element()?)?);
        if let Some(minimum) = subtree.optional(tag::context(0))? {
            *has_distances |= small_integer(minimum)? != 0;
        }
        *has_distances |= subtree.optional(tag::context(1))?.is_some();
        subtree.finish()?;
    }
    if names.is_empty() {
        return Err(DerError::Value("an empty list of subtrees"));
    }
    Ok(names)
}
