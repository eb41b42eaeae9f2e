//! Names as text: writing them, reading what an administrator typed, and comparing the two.

use std::fmt;

use crate::asn1::text::fold;
use crate::name::attribute_types::{oid_of, short_name};
use crate::{Attribute, Name, RelativeName};

/// Why a text is not a distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameTextError {
    /// The text is longer than [`Name::MAX_TEXT_LENGTH`] octets.
    #[error("the name is longer than {} characters", Name::MAX_TEXT_LENGTH)]
    TooLong,
    /// The text is blank.
    #[error("the name is empty")]
    Empty,
    /// A part has no `=`.
    #[error("the part '{0}' has no '='")]
    NoEqualsSign(String),
    /// A part begins with something that names no attribute type.
    #[error("'{0}' names no attribute type")]
    UnknownType(String),
    /// A quotation mark is opened and never closed.
    #[error("a quotation mark is not closed")]
    OpenQuote,
}

impl fmt::Display for Name {
    /// Leaf first, joined by `, `: `CN=Issuing CA, O=Contoso, C=US`. Special characters are escaped as in RFC 4514.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, relative_name) in self.relative_names.iter().rev().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            for (position, attribute) in relative_name.attributes.iter().enumerate() {
                if position > 0 {
                    formatter.write_str(" + ")?;
                }
                write!(
                    formatter,
                    "{}={}",
                    written_type(&attribute.oid),
                    backslash_escaped(&attribute.value)
                )?;
            }
        }
        Ok(())
    }
}

impl Name {
    /// The longest text that [`Name::parse_text`] reads, in octets.
    pub const MAX_TEXT_LENGTH: usize = 8 * 1024;

    /// RDNs in encoding order joined by a bare comma: the text inside `certificateUserIds`.
    ///
    /// Rule `NAME-CUID-TEXT`: a name inside a certificateUserId is written in encoding order with bare commas, Entra's
    /// short type names (else `OID.…`), values with special characters in double quotes, multi-valued parts joined by
    /// one blank. Source: certificate-sign-in §6.4.
    #[must_use]
    pub fn to_encoding_order_text(&self) -> String {
        let relative_names: Vec<String> = self
            .relative_names
            .iter()
            .map(|relative_name| {
                let parts: Vec<String> = relative_name
                    .attributes
                    .iter()
                    .map(|attribute| format!("{}={}", written_type(&attribute.oid), quoted(&attribute.value)))
                    .collect();
                parts.join(" ")
            })
            .collect();
        relative_names.join(",")
    }

    /// Reads a name as an administrator writes it; the order of the text is kept.
    ///
    /// Separators `,` and `;` (blanks around them do not count), `+` inside a multi-valued part, double quotes (an
    /// inner quote doubled or after a backslash), backslash escapes of RFC 4514, type names in any case with their
    /// aliases, `OID.1.2.3=` and `1.2.3=`.
    pub fn parse_text(text: &str) -> Result<Self, NameTextError> {
        Self::parse_with(text, Escapes::Backslash)
    }

    /// Reads a name inside a certificateUserId: as [`Name::parse_text`], but a backslash is a letter like any other.
    pub fn parse_encoding_order_text(text: &str) -> Result<Self, NameTextError> {
        Self::parse_with(text, Escapes::None)
    }

    fn parse_with(text: &str, escapes: Escapes) -> Result<Self, NameTextError> {
        if text.len() > Self::MAX_TEXT_LENGTH {
            return Err(NameTextError::TooLong);
        }
        if text.trim().is_empty() {
            return Err(NameTextError::Empty);
        }
        let mut relative_names = Vec::new();
        let mut attributes = Vec::new();
        for (part, separator) in split_parts(text, escapes)? {
            // A trailing separator is a common slip of hand, and nothing else can be meant by it.
            if part.trim().is_empty() && separator.is_none() && attributes.is_empty() {
                break;
            }
            attributes.push(parse_attribute(&part, escapes)?);
            if separator != Some('+') {
                relative_names.push(RelativeName {
                    attributes: std::mem::take(&mut attributes),
                });
            }
        }
        if relative_names.is_empty() {
            return Err(NameTextError::Empty);
        }
        Ok(Self { relative_names })
    }

    /// Whether `text` names this name, RDNs in either order.
    ///
    /// Rule `NAME-ISSUER-TEXT`: an issuer identifier is compared part by part: blanks around separators and case do
    /// not count, inner blanks collapse, type aliases are equal, both RDN orders are accepted. Source:
    /// certificate-sign-in §5.2 ID-1.
    #[must_use]
    pub fn matches_text_either_order(&self, text: &str) -> bool {
        Self::parse_text(text).is_ok_and(|other| self.matches_name_either_order(&other))
    }

    /// Whether both names have the same parts, in either order.
    #[must_use]
    pub fn matches_name_either_order(&self, other: &Self) -> bool {
        let own = folded(self);
        let mut others = folded(other);
        if own == others {
            return true;
        }
        others.reverse();
        own == others
    }

    /// Whether `text` names this name in encoding order.
    ///
    /// Rule `NAME-CUID-MATCH`: a name inside a certificateUserId is compared part by part as issuer identifiers are,
    /// but in encoding order only. Source: certificate-sign-in §6.4.
    #[must_use]
    pub fn matches_encoding_order(&self, text: &str) -> bool {
        // Entra writes no backslash escapes there: a backslash is a letter like any other, or two people could match.
        Self::parse_with(text, Escapes::None).is_ok_and(|other| folded(self) == folded(&other))
            // Multi-valued parts are written with a blank, which no parser can undo.
            || fold(&self.to_encoding_order_text()) == fold(text)
    }
}

/// Whether a backslash changes the meaning of what follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Backslash,
    None,
}

fn written_type(oid: &str) -> String {
    short_name(oid).map_or_else(|| format!("OID.{oid}"), str::to_owned)
}

fn quoted(value: &str) -> String {
    let special = |c: char| matches!(c, ',' | '+' | '=' | '"' | '<' | '>' | '#' | ';' | '\n' | '\r');
    if value.contains(special) || value.starts_with(' ') || value.ends_with(' ') {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

fn backslash_escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for (index, character) in value.char_indices() {
        let outer = index == 0 || index + character.len_utf8() == value.len();
        // As pairs of hexadecimal digits, so that a line break cannot forge a line in a log.
        if character.is_control() || (outer && character.is_whitespace() && character != ' ') {
            for octet in character.encode_utf8(&mut [0; 4]).bytes() {
                escaped.push_str(&format!("\\{octet:02x}"));
            }
            continue;
        }
        if matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') || (character == ' ' && outer) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Cuts at separators that are neither quoted nor escaped; quotes and escapes stay for [`unescape`].
fn split_parts(text: &str, escapes: Escapes) -> Result<Vec<(String, Option<char>)>, NameTextError> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut in_quotes = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if escapes == Escapes::Backslash => {
                part.push(character);
                part.extend(characters.next());
            }
            '"' => {
                in_quotes = !in_quotes;
                part.push(character);
            }
            ',' | ';' | '+' if !in_quotes => {
                parts.push((std::mem::take(&mut part), Some(character)));
            }
            _ => part.push(character),
        }
    }
    if in_quotes {
        return Err(NameTextError::OpenQuote);
    }
    parts.push((part, None));
    Ok(parts)
}

fn parse_attribute(part: &str, escapes: Escapes) -> Result<Attribute, NameTextError> {
    let (kind, value) = part
        .split_once('=')
        .ok_or_else(|| NameTextError::NoEqualsSign(part.trim().to_owned()))?;
    let oid = oid_of(kind.trim()).ok_or_else(|| NameTextError::UnknownType(kind.trim().to_owned()))?;
    Ok(Attribute {
        oid,
        value: unescape(value, escapes),
    })
}

/// Removes outer blanks, quotes and escapes.
fn unescape(value: &str, escapes: Escapes) -> String {
    let mut octets: Vec<u8> = Vec::with_capacity(value.len());
    // Blanks at the end belong to the value only when quoted or escaped.
    let mut keep = 0;
    let mut in_quotes = false;
    let mut characters = value.trim_start().chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if escapes == Escapes::Backslash => {
                let Some(escaped) = characters.next() else { break };
                let pair = escaped.to_digit(16).and_then(|high| {
                    let low = characters.peek()?.to_digit(16)?;
                    u8::try_from(high * 16 + low).ok()
                });
                if let Some(octet) = pair {
                    characters.next();
                    octets.push(octet);
                } else {
                    push_character(&mut octets, escaped);
                }
                keep = octets.len();
            }
            '"' if in_quotes && characters.peek() == Some(&'"') => {
                characters.next();
                octets.push(b'"');
                keep = octets.len();
            }
            '"' => in_quotes = !in_quotes,
            _ => {
                push_character(&mut octets, character);
                if in_quotes || !character.is_whitespace() {
                    keep = octets.len();
                }
            }
        }
    }
    octets.truncate(keep);
    String::from_utf8_lossy(&octets).into_owned()
}

fn push_character(octets: &mut Vec<u8>, character: char) {
    octets.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Per RDN the set of its attributes in comparison form.
fn folded(name: &Name) -> Vec<Vec<(&str, String)>> {
    name.relative_names
        .iter()
        .map(|relative_name| {
            let mut attributes: Vec<(&str, String)> = relative_name
                .attributes
                .iter()
                .map(|attribute| (attribute.oid.as_str(), fold(&attribute.value)))
                .collect();
            attributes.sort_unstable();
            attributes
        })
        .collect()
}

#[cfg(test)]
mod tests;
