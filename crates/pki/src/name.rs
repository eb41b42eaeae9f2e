//! Distinguished names.

use serde::{Deserialize, Serialize};

/// A distinguished name: RDNs in encoding order (as in the DER).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name {
    /// The relative distinguished names, in encoding order.
    pub relative_names: Vec<RelativeName>,
}

/// One relative distinguished name: one attribute, seldom several.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RelativeName {
    /// The attributes in encoding order.
    pub attributes: Vec<Attribute>,
}

/// One attribute of a relative distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attribute {
    /// Dotted OID of the attribute type.
    pub oid: String,
    /// The value as text; values that are no text are written `#` and the hex of their DER.
    pub value: String,
}

mod attribute_types;
mod canonical;
mod decode;
mod text;

pub(crate) use canonical::CanonicalName;
pub(crate) use decode::{decode, decode_relative_name};
pub use text::NameTextError;
