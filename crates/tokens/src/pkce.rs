//! Proof key for code exchange (RFC 7636).

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use lanyard_verdict::{Code, OAuthError, RuleId};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::OAuthFailure;

/// How the challenge is made from the verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChallengeMethod {
    /// base64url of SHA-256 of the verifier.
    S256,
    /// The verifier itself: proves nothing to whoever can read the request.
    #[serde(rename = "plain")]
    Plain,
}

/// A challenge, kept with the authorization code until it is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChallenge {
    /// How it was made.
    pub method: ChallengeMethod,
    /// 43 to 128 unreserved characters.
    pub value: String,
}

impl CodeChallenge {
    /// Rule `OAUTH-PKCE-CHALLENGE`: the challenge method is `S256`; `plain`, and a challenge without a method (which means
    /// `plain`), are refused unless the legacy setting allows them; an S256 challenge is 43 base64url characters.
    /// Source: directory-policy-tokens §1.4.
    pub fn read(
        challenge: Option<&str>,
        method: Option<&str>,
        allow_plain: bool,
    ) -> Result<Option<Self>, OAuthFailure> {
        let Some(value) = challenge else {
            return match method {
                None => Ok(None),
                Some(_) => Err(malformed(
                    "A code_challenge_method was given without a code_challenge.",
                )),
            };
        };
        let method = match method {
            Some("S256") => ChallengeMethod::S256,
            None | Some("plain") if allow_plain => ChallengeMethod::Plain,
            _ => return Err(malformed("The code_challenge_method must be S256.")),
        };
        let well_formed = match method {
            ChallengeMethod::S256 => BASE64URL_NOPAD
                .decode(value.as_bytes())
                .is_ok_and(|hash| hash.len() == 32),
            ChallengeMethod::Plain => is_verifier(value),
        };
        if !well_formed {
            return Err(malformed("The code_challenge is malformed."));
        }
        Ok(Some(Self {
            method,
            value: value.to_owned(),
        }))
    }

    /// Whether `verifier` belongs to this challenge; compared in constant time.
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let made = match self.method {
            ChallengeMethod::S256 => BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref()),
            ChallengeMethod::Plain => verifier.to_owned(),
        };
        made.as_bytes().ct_eq(self.value.as_bytes()).into()
    }
}

/// Rule `OAUTH-PKCE-VERIFIER`: a code made with a challenge is redeemed only with its verifier (501481), a code made
/// without one only without a verifier, and a verifier has 43 to 128 unreserved characters (501491).
/// Source: directory-policy-tokens §1.6, §1.10.
pub fn check_verifier(challenge: Option<&CodeChallenge>, verifier: Option<&str>) -> Result<(), OAuthFailure> {
    let mismatch = |detail: &str| {
        Err(OAuthFailure::new(
            Code::CODE_VERIFIER_MISMATCH,
            RuleId::new("OAUTH-PKCE-VERIFIER"),
            detail,
        ))
    };
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(_), None) => mismatch("The code_verifier is missing."),
        // A verifier for a code without challenge shows that the challenge was stripped on the way.
        (None, Some(_)) => mismatch("The authorization request had no code_challenge."),
        (Some(_), Some(verifier)) if !is_verifier(verifier) => Err(OAuthFailure::new(
            Code::CODE_VERIFIER_MALFORMED,
            RuleId::new("OAUTH-PKCE-VERIFIER"),
            "The code_verifier must have 43 to 128 unreserved characters.",
        )),
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => Ok(()),
        _ => mismatch("The code_verifier does not match the code_challenge."),
    }
}

fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

fn malformed(detail: &str) -> OAuthFailure {
    OAuthFailure::new(
        Code::CODE_CHALLENGE_MISSING_OR_MALFORMED,
        RuleId::new("OAUTH-PKCE-CHALLENGE"),
        detail,
    )
    .with_error(OAuthError::InvalidRequest)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn oauth_pkce_challenge() {
        let rule = RuleId::new("OAUTH-PKCE-CHALLENGE");
        let long = "a".repeat(43);
        let refused: [(Option<&str>, Option<&str>, bool); 7] = [
            (Some(CHALLENGE), Some("plain"), false),
            (Some(CHALLENGE), None, false),
            (Some(CHALLENGE), Some("s256"), false),
            (Some("short"), Some("S256"), false),
            (Some(&long[1..]), Some("plain"), true),
            (
                Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c="),
                Some("S256"),
                false,
            ),
            (None, Some("S256"), false),
        ];
        for (challenge, method, allow_plain) in refused {
            let failure = CodeChallenge::read(challenge, method, allow_plain).unwrap_err();
            assert_eq!(failure.rule, rule, "{challenge:?} {method:?}");
            assert_eq!(failure.error.as_str(), "invalid_request");
        }
        assert_eq!(CodeChallenge::read(None, None, false).unwrap(), None);
        let legacy = CodeChallenge::read(Some(&long), None, true).unwrap().unwrap();
        assert_eq!(legacy.method, ChallengeMethod::Plain);
    }

    #[test]
    fn oauth_pkce_verifier() {
        let rule = RuleId::new("OAUTH-PKCE-VERIFIER");
        let challenge = CodeChallenge::read(Some(CHALLENGE), Some("S256"), false).unwrap();
        let challenge = challenge.as_ref();
        check_verifier(challenge, Some(VERIFIER)).unwrap();
        check_verifier(None, None).unwrap();
        let other = VERIFIER.replace('d', "e");
        let long = "a".repeat(129);
        for (challenge, verifier, number) in [
            (challenge, None, 501_481),
            (None, Some(VERIFIER), 501_481),
            (challenge, Some(other.as_str()), 501_481),
            (challenge, Some(CHALLENGE), 501_481),
            (challenge, Some("short"), 501_491),
            (challenge, Some(long.as_str()), 501_491),
        ] {
            let failure = check_verifier(challenge, verifier).unwrap_err();
            assert_eq!(
                (failure.code.number(), failure.rule),
                (number, rule.clone()),
                "{verifier:?}"
            );
        }
    }
}
