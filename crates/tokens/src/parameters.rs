//! Form and query parameters: bounded, decoded once, never guessed.

use std::borrow::Cow;

use lanyard_verdict::{Code, RuleId};
use percent_encoding::percent_decode;

use crate::OAuthFailure;

/// Bytes of one encoded query or form.
pub const MAX_ENCODED_BYTES: usize = 128 * 1024;
/// Pairs in one query or form.
pub const MAX_PAIRS: usize = 200;

/// The decoded pairs of a query or of an `application/x-www-form-urlencoded` body, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Rule `OAUTH-PARAMETERS-BOUNDED`: a query or form over 128 KiB, with more than 200 pairs, or whose percent
    /// escapes do not decode to UTF-8 is refused whole; names are percent-decoded like values. Source: real-clients,
    /// rule 8.
    ///
    /// A value that is not UTF-8 is refused rather than repaired, because `state` has to return byte for byte.
    pub fn parse(encoded: &[u8]) -> Result<Self, OAuthFailure> {
        if encoded.len() > MAX_ENCODED_BYTES {
            return Err(malformed("The request is too long."));
        }
        let mut pairs = Vec::new();
        for part in encoded
            .split(|byte| *byte == b'&')
            .filter(|part| !part.is_empty())
        {
            if pairs.len() == MAX_PAIRS {
                return Err(malformed("The request has too many parameters."));
            }
            let mut halves = part.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// From pairs that are already decoded.
    #[must_use]
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// Rule `OAUTH-PARAMETER-ONCE`: a parameter the server reads may be given once only; an empty value counts as
    /// absent; a value longer than its limit is refused; parameters nobody reads are ignored.
    /// Source: real-clients, rule 3; directory-policy-tokens §1.4.
    ///
    /// `max_bytes` is the limit of this parameter in bytes of UTF-8.
    pub fn optional(&self, name: &str, max_bytes: usize) -> Result<Option<&str>, OAuthFailure> {
        let mut found = None;
        for (_, value) in self.0.iter().filter(|(given, _)| given == name) {
            if found.replace(value.as_str()).is_some() {
                return Err(malformed(format!(
                    "The parameter '{name}' is given more than once."
                )));
            }
        }
        match found {
            None | Some("") => Ok(None),
            Some(value) if value.len() > max_bytes => Err(malformed(format!(
                "The parameter '{name}' is longer than {max_bytes} bytes."
            ))),
            found => Ok(found),
        }
    }

    /// Rule `OAUTH-PARAMETER-REQUIRED`: a missing required parameter is answered 900144 and named.
    /// Source: directory-policy-tokens §1.10.
    pub fn required(&self, name: &str, max_bytes: usize) -> Result<&str, OAuthFailure> {
        self.optional(name, max_bytes)?.ok_or_else(|| {
            OAuthFailure::new(
                Code::PARAMETER_MISSING,
                RuleId::new("OAUTH-PARAMETER-REQUIRED"),
                format!("The request must contain the parameter '{name}'."),
            )
        })
    }

    /// The pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Decodes one half of a pair: `+` is a space, percent escapes are bytes, the result is UTF-8.
fn decode(encoded: &[u8]) -> Result<String, OAuthFailure> {
    let spaced: Cow<'_, [u8]> = if encoded.contains(&b'+') {
        encoded
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect()
    } else {
        Cow::Borrowed(encoded)
    };
    percent_decode(&spaced)
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| malformed("The request is not UTF-8."))
}

pub(crate) fn malformed(detail: impl Into<String>) -> OAuthFailure {
    OAuthFailure::new(
        Code::REQUEST_MALFORMED,
        RuleId::new("OAUTH-PARAMETERS-BOUNDED"),
        detail,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decodes_names_and_values() {
        let parameters =
            Parameters::parse(b"api%2Dversion=1.0&scope=User.Read+openid%20x&empty=&flag&a=b=c").unwrap();
        assert_eq!(parameters.optional("api-version", 9).unwrap(), Some("1.0"));
        assert_eq!(
            parameters.optional("scope", 99).unwrap(),
            Some("User.Read openid x")
        );
        assert_eq!(parameters.optional("empty", 9).unwrap(), None);
        assert_eq!(parameters.optional("flag", 9).unwrap(), None);
        assert_eq!(parameters.optional("a", 9).unwrap(), Some("b=c"));
    }

    #[test]
    fn oauth_parameters_bounded() {
        let refused = |encoded: &[u8]| Parameters::parse(encoded).unwrap_err().rule;
        let rule = RuleId::new("OAUTH-PARAMETERS-BOUNDED");
        assert_eq!(refused(b"state=%ff"), rule);
        assert_eq!(refused(&b"x".repeat(MAX_ENCODED_BYTES + 1)), rule);
        assert_eq!(refused("a=1&".repeat(MAX_PAIRS + 1).as_bytes()), rule);
        assert!(Parameters::parse("a=1&".repeat(MAX_PAIRS).as_bytes()).is_ok());
    }

    #[test]
    fn oauth_parameter_once_and_required() {
        // OAUTH-PARAMETER-ONCE
        let parameters = Parameters::parse(b"x=1&x=2&y=abc&ignored=1&ignored=2").unwrap();
        assert!(parameters.optional("x", 9).is_err());
        assert!(parameters.optional("y", 2).is_err());
        assert_eq!(parameters.required("y", 3).unwrap(), "abc");
        let missing = parameters.required("z", 3).unwrap_err();
        assert_eq!(missing.rule, RuleId::new("OAUTH-PARAMETER-REQUIRED"));
        assert_eq!(missing.code.number(), 900_144);
    }

    proptest! {
        #[test]
        fn never_panics(encoded in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = Parameters::parse(&encoded);
        }

        #[test]
        fn values_come_back_byte_for_byte(state in "\\PC{0,200}") {
            let encoded = url::form_urlencoded::Serializer::new(String::new()).append_pair("state", &state).finish();
            let parameters = Parameters::parse(encoded.as_bytes()).unwrap();
            prop_assert_eq!(parameters.optional("state", 4096).unwrap().unwrap_or(""), state);
        }
    }
}
