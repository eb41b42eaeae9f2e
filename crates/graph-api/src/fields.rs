//! Reading the members of a JSON body, with every mistake named by its place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

use crate::error::GraphError;

/// The members of an object; unknown ones are refused, annotations ignored.
pub(crate) fn members<'a>(
    value: &'a Value,
    place: &str,
    known: &[&str],
) -> Result<&'a Map<String, Value>, GraphError> {
    let Some(members) = value.as_object() else {
        return Err(GraphError::bad_property(place, "The value must be an object."));
    };
    for name in members.keys() {
        if !name.contains('@') && !known.contains(&name.as_str()) {
            let place = if place.is_empty() {
                name.clone()
            } else {
                format!("{place}.{name}")
            };
            return Err(GraphError::bad_property(place, "This property is not known."));
        }
    }
    Ok(members)
}

/// The octets of base64 text; line breaks and blanks do not count, as in the inner part of a PEM file.
pub(crate) fn octets(text: &str) -> Option<Vec<u8>> {
    let mut letters = text.as_bytes().to_vec();
    letters.retain(|letter| !letter.is_ascii_whitespace());
    BASE64.decode(letters).ok()
}

/// The octets of a certificate in base64.
pub(crate) fn certificate(value: Option<&Value>, place: &str) -> Result<Vec<u8>, GraphError> {
    value
        .and_then(Value::as_str)
        .and_then(octets)
        .ok_or_else(|| GraphError::bad_property(place, "The property is required: a certificate in base64."))
}

/// A text; `null`, an empty text and an absent one are nothing.
pub(crate) fn text(value: Option<&Value>, place: &str) -> Result<Option<String>, GraphError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(_) => Err(GraphError::bad_property(place, "The value must be a text.")),
    }
}

#[cfg(test)]
mod tests {
    use super::octets;

    #[test]
    fn base64_with_and_without_line_breaks() {
        for (text, expected) in [
            ("AQID", Some(vec![1, 2, 3])),
            ("AQ\r\nI D\n", Some(vec![1, 2, 3])),
            ("", Some(vec![])),
            ("AQI", None),
            ("AQ*D", None),
        ] {
            assert_eq!(octets(text), expected, "{text:?}");
        }
    }
}
