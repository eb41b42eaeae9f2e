//! Names from DER.

use crate::asn1::{DerError, Reader, oid, tag, text};
use crate::facts::hex_lower;
use crate::name::canonical::{self, CanonicalName};
use crate::{Attribute, Name, RelativeName};

/// A name in its two forms: for people and for comparison.
#[derive(Clone, Debug)]
pub(crate) struct DecodedName {
    pub(crate) name: Name,
    pub(crate) canonical: CanonicalName,
    /// rfc822 addresses found in `emailAddress` attributes: name constraints apply to them (RFC 5280 §4.2.1.10).
    pub(crate) email_addresses: Vec<String>,
}

/// Reads the contents of an RDNSequence.
pub(crate) fn decode(contents: &[u8]) -> Result<DecodedName, DerError> {
    let mut sequence = Reader::new(contents);
    let mut relative_names = Vec::new();
    let mut canonical_names = Vec::new();
    let mut email_addresses = Vec::new();
    while !sequence.is_empty() {
        let set = sequence.expect(tag::SET)?;
        let (relative_name, canonical_name) = decode_relative_name(set, &mut email_addresses)?;
        relative_names.push(relative_name);
        canonical_names.push(canonical_name);
    }
    Ok(DecodedName {
        name: Name { relative_names },
        canonical: CanonicalName::new(canonical_names),
        email_addresses,
    })
}

/// Reads the contents of one RelativeDistinguishedName.
pub(crate) fn decode_relative_name(
    contents: &[u8],
    email_addresses: &mut Vec<String>,
) -> Result<(RelativeName, Box<[u8]>), DerError> {
    let mut set = Reader::new(contents);
    let mut attributes = Vec::new();
    let mut parts = Vec::new();
    while !set.is_empty() {
        let mut pair = set.sequence()?;
        let kind = pair.expect(tag::OID)?;
        oid::check(kind)?;
        let value = pair.element()?;
        pair.finish()?;
        let text = text::decode(&value);
        parts.push(canonical::attribute(kind, text.as_deref(), value.whole));
        if kind == oid::EMAIL_ADDRESS
            && let Some(address) = &text
        {
            email_addresses.push(address.clone());
        }
        attributes.push(Attribute {
            oid: oid::dotted(kind),
            value: text.unwrap_or_else(|| format!("#{}", hex_lower(value.whole))),
        });
    }
    if attributes.is_empty() {
        return Err(DerError::Value("a relative name without attributes"));
    }
    Ok((RelativeName { attributes }, canonical::relative_name(parts)))
}
