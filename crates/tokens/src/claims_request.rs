//! The `claims` request parameter.

use lanyard_verdict::{Code, RuleId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::OAuthFailure;

/// Longest `claims` parameter, in bytes.
pub const MAX_CLAIMS_BYTES: usize = 8 * 1024;

/// The parts of a claims request that mean something here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimsRequest {
    /// Authentication contexts asked for, lower case (`c1` … `c99`).
    #[serde(default)]
    pub authentication_contexts: Vec<RequestedContext>,
    /// The client can handle claims challenges (`cp1`).
    #[serde(default)]
    pub handles_challenges: bool,
    /// The tokens must rest on an authentication after this time, in Unix seconds.
    #[serde(default)]
    pub not_before_unix_secs: Option<i64>,
    /// Multifactor authentication is demanded.
    #[serde(default)]
    pub multifactor: bool,
    /// `auth_time` is wanted in the id token.
    #[serde(default)]
    pub auth_time: bool,
}

/// One authentication context asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedContext {
    /// `c1` … `c99`.
    pub id: String,
    /// Fail when it cannot be satisfied.
    pub essential: bool,
}

impl ClaimsRequest {
    /// Rule `OAUTH-CLAIMS-REQUEST`: of the `claims` parameter `acrs`, `xms_cc`, essential `nbf`, `amr` (`mfa`, `ngcmfa`) and
    /// `auth_time` count; everything else is ignored, essential or not; what is not a JSON object of at most 8 KiB is
    /// refused (9002313). Source: directory-policy-tokens §1.11.
    pub fn parse(text: &str) -> Result<Self, OAuthFailure> {
        let malformed = || {
            OAuthFailure::new(
                Code::REQUEST_MALFORMED,
                RuleId::new("OAUTH-CLAIMS-REQUEST"),
                "The parameter 'claims' is not a JSON object.",
            )
        };
        if text.len() > MAX_CLAIMS_BYTES {
            return Err(malformed());
        }
        let document: Value = serde_json::from_str(text).map_err(|_| malformed())?;
        let document = document.as_object().ok_or_else(malformed)?;
        let mut request = Self::default();
        for part in ["access_token", "id_token"]
            .iter()
            .filter_map(|name| document.get(*name))
        {
            request.read_contexts(part.get("acrs"));
            let values = |name: &str| wanted_values(part.get(name));
            request.handles_challenges |= values("xms_cc").any(|value| value.eq_ignore_ascii_case("cp1"));
            request.multifactor |= values("amr").any(|value| matches!(value, "mfa" | "ngcmfa"));
            request.auth_time |= part.get("auth_time").is_some();
            if let Some(not_before) = part.get("nbf").filter(|claim| is_essential(claim)) {
                let seconds = match not_before.get("value") {
                    Some(Value::String(text)) => text.parse().ok(),
                    Some(number) => number.as_i64(),
                    None => None,
                };
                request.not_before_unix_secs = request.not_before_unix_secs.max(seconds);
            }
        }
        Ok(request)
    }

    fn read_contexts(&mut self, claim: Option<&Value>) {
        let essential = claim.is_some_and(is_essential);
        for value in wanted_values(claim) {
            let id = value.to_ascii_lowercase();
            let number = id.strip_prefix('c').and_then(|digits| digits.parse::<u8>().ok());
            if !number.is_some_and(|number| (1..=99).contains(&number)) {
                continue;
            }
            match self
                .authentication_contexts
                .iter_mut()
                .find(|context| context.id == id)
            {
                Some(known) => known.essential |= essential,
                None => self
                    .authentication_contexts
                    .push(RequestedContext { id, essential }),
            }
        }
    }
}

fn is_essential(claim: &Value) -> bool {
    claim.get("essential").and_then(Value::as_bool).unwrap_or(false)
}

fn wanted_values(claim: Option<&Value>) -> impl Iterator<Item = &str> {
    let one = claim.and_then(|claim| claim.get("value")).and_then(Value::as_str);
    let several = claim
        .and_then(|claim| claim.get("values"))
        .and_then(Value::as_array);
    one.into_iter()
        .chain(several.into_iter().flatten().filter_map(Value::as_str))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn oauth_claims_request() {
        // OAUTH-CLAIMS-REQUEST
        let request = ClaimsRequest::parse(
            r#"{"access_token":{"acrs":{"essential":true,"value":"C25"},"xms_cc":{"values":["CP1"]},
                "nbf":{"essential":true,"value":"1702682181"},"amr":{"values":["mfa"]}},
                "id_token":{"acrs":{"value":"c1"},"auth_time":null,"signin_state":{"essential":true}}}"#,
        )
        .unwrap();
        let contexts: Vec<_> = request
            .authentication_contexts
            .iter()
            .map(|context| (context.id.as_str(), context.essential))
            .collect();
        assert_eq!(contexts, [("c25", true), ("c1", false)]);
        assert!(request.handles_challenges && request.multifactor && request.auth_time);
        assert_eq!(request.not_before_unix_secs, Some(1_702_682_181));
    }

    #[test]
    fn ignores_what_it_does_not_know_and_refuses_what_is_no_object() {
        let unknown = r#"{"id_token":{"acrs":{"value":"c0"},"amr":{"values":["pwd",1]},"nbf":{"value":1},"x":null},"userinfo":{}}"#;
        assert_eq!(ClaimsRequest::parse(unknown).unwrap(), ClaimsRequest::default());
        for text in [
            "",
            "[]",
            "null",
            "{",
            &"[".repeat(5000),
            &" ".repeat(MAX_CLAIMS_BYTES + 1),
        ] {
            assert_eq!(ClaimsRequest::parse(text).unwrap_err().code.number(), 9_002_313);
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}|[{}\\[\\]\":,a-z0-9_]{0,200}") {
            let _ = ClaimsRequest::parse(&text);
        }
    }
}
