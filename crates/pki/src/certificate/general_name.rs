//! GeneralName values.

use crate::asn1::oid::Oid;
use crate::asn1::{DerError, Element, Reader, oid, tag, text};
use crate::name::{self, CanonicalName};

/// One GeneralName in the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum GeneralName {
    /// otherName: type, the DER of the value inside its `[0]`.
    Other(Oid, Box<[u8]>),
    Rfc822(String),
    Dns(String),
    Directory(CanonicalName),
    Uri(String),
    /// Four or sixteen octets; eight or thirty-two (with mask) in name constraints.
    Ip(Box<[u8]>),
    RegisteredId(Oid),
    /// x400Address and ediPartyName: kept by tag, never understood.
    Unsupported(u8),
}

/// Form numbers of GeneralName as name constraints group them.
pub(crate) const EDI_PARTY_NAME: u8 = 5;

impl GeneralName {
    pub(crate) fn decode(element: &Element<'_>) -> Result<Self, DerError> {
        Ok(match element.tag {
            0xa0 => {
                let mut parts = Reader::new(element.contents);
                let kind = Oid::new(parts.expect(tag::OID)?)?;
                let value = parts.expect(tag::context_constructed(0))?;
                parts.finish()?;
                Self::Other(kind, value.into())
            }
            0x81 => Self::Rfc822(ascii(element.contents)?),
            0x82 => Self::Dns(ascii(element.contents)?),
            0xa3 => Self::Unsupported(3),
            0xa4 => {
                let mut outer = Reader::new(element.contents);
                let decoded = name::decode(outer.expect(tag::SEQUENCE)?)?;
                outer.finish()?;
                Self::Directory(decoded.canonical)
            }
            0xa5 => Self::Unsupported(EDI_PARTY_NAME),
            0x86 => Self::Uri(ascii(element.contents)?),
            0x87 => Self::Ip(element.contents.into()),
            0x88 => Self::RegisteredId(Oid::new(element.contents)?),
            _ => return Err(DerError::Value("an unknown form of GeneralName")),
        })
    }

    /// The contents of GeneralNames: one or more.
    pub(crate) fn decode_all(contents: &[u8]) -> Result<Vec<Self>, DerError> {
        let mut reader = Reader::new(contents);
        let mut names = Vec::new();
        while !reader.is_empty() {
            names.push(Self::decode(&reader.element()?)?);
        }
        if names.is_empty() {
            return Err(DerError::Value("GeneralNames without a name"));
        }
        Ok(names)
    }

    /// The UPN when this is one.
    pub(crate) fn principal_name(&self) -> Option<String> {
        match self {
            Self::Other(kind, value) if kind.as_bytes() == oid::PRINCIPAL_NAME => {
                let element = Reader::new(value).element().ok()?;
                (element.whole.len() == value.len())
                    .then(|| text::decode(&element))
                    .flatten()
            }
            _ => None,
        }
    }
}

fn ascii(contents: &[u8]) -> Result<String, DerError> {
    if contents.is_ascii() {
        Ok(String::from_utf8_lossy(contents).into_owned())
    } else {
        Err(DerError::Value("an IA5String that is not ASCII"))
    }
}
