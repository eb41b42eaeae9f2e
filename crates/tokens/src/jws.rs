//! Compact JSON Web Signatures: splitting and joining, with limits, without trust.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

/// Longest compact JWS that is looked at, in bytes.
pub const MAX_COMPACT_BYTES: usize = 64 * 1024;

/// A compact JWS taken apart. Nothing in it is verified.
#[derive(Clone, Debug)]
pub struct UnverifiedJws<'a> {
    /// The JOSE header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
    /// What was signed.
    pub signing_input: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Why a text is not a compact JWS with JSON claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAJws {
    /// Over [`MAX_COMPACT_BYTES`].
    #[error("the token is too long")]
    TooLong,
    /// Not three base64url parts.
    #[error("the token does not have three base64url parts")]
    Parts,
    /// Header or claims are not one JSON object.
    #[error("the token does not hold JSON objects")]
    Json,
    /// The header demands an extension (`crit`).
    #[error("the token demands an extension")]
    CriticalHeader,
}

impl<'a> UnverifiedJws<'a> {
    /// Takes a compact JWS apart.
    pub fn split(compact: &'a str) -> Result<Self, NotAJws> {
        if compact.len() > MAX_COMPACT_BYTES {
            return Err(NotAJws::TooLong);
        }
        let (signing_input, signature) = compact.rsplit_once('.').ok_or(NotAJws::Parts)?;
        let (header, claims) = signing_input.split_once('.').ok_or(NotAJws::Parts)?;
        let decode = |part: &str| {
            BASE64URL_NOPAD
                .decode(part.as_bytes())
                .map_err(|_| NotAJws::Parts)
        };
        let object = |part: &str| serde_json::from_slice(&decode(part)?).map_err(|_| NotAJws::Json);
        let header: Map<String, Value> = object(header)?;
        if header.contains_key("crit") {
            return Err(NotAJws::CriticalHeader);
        }
        Ok(Self {
            header,
            claims: object(claims)?,
            signing_input,
            signature: decode(signature)?,
        })
    }

    /// A header value that is a string.
    #[must_use]
    pub fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }
}

/// The part of a compact JWS that is signed.
#[must_use]
pub fn signing_input(header: &Value, claims: &Map<String, Value>) -> String {
    let header = header.to_string();
    let claims = serde_json::to_string(claims).unwrap_or_default();
    let mut text = BASE64URL_NOPAD.encode(header.as_bytes());
    text.push('.');
    BASE64URL_NOPAD.encode_append(claims.as_bytes(), &mut text);
    text
}

/// Appends the signature.
#[must_use]
pub fn join(mut signing_input: String, signature: &[u8]) -> String {
    signing_input.push('.');
    BASE64URL_NOPAD.encode_append(signature, &mut signing_input);
    signing_input
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn splits_what_it_joins() {
        let claims = json!({"sub": "a"}).as_object().unwrap().clone();
        let compact = join(signing_input(&json!({"alg": "RS256"}), &claims), b"sig");
        let jws = UnverifiedJws::split(&compact).unwrap();
        assert_eq!(jws.claims, claims);
        assert_eq!(jws.header_text("alg"), Some("RS256"));
        assert_eq!(jws.signature, b"sig");
        assert!(compact.starts_with(jws.signing_input));
    }

    #[test]
    fn refuses_what_is_no_jws() {
        let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let object = encode("{}");
        for (text, expected) in [
            (String::new(), NotAJws::Parts),
            ("a.b".to_owned(), NotAJws::Parts),
            (format!("{object}.{object}"), NotAJws::Parts),
            (format!("{object}.{object}.{object}.{object}"), NotAJws::Parts),
            (format!("{}.{object}.AA", encode("[]")), NotAJws::Json),
            (format!("{object}.{}.AA", encode("1")), NotAJws::Json),
            (format!("{object}=.{object}.AA"), NotAJws::Parts),
            (
                format!("{}.{object}.AA", encode(r#"{"crit":["b64"]}"#)),
                NotAJws::CriticalHeader,
            ),
            ("a".repeat(MAX_COMPACT_BYTES + 1), NotAJws::TooLong),
            (
                format!("{}.{object}.AA", encode(&"[".repeat(20_000))),
                NotAJws::Json,
            ),
        ] {
            assert_eq!(UnverifiedJws::split(&text).unwrap_err(), expected, "{text:.80}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[A-Za-z0-9_.=-]{0,300}|\\PC{0,100}") {
            let _ = UnverifiedJws::split(&text);
        }
    }
}
