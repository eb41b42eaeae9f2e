//! Signed client assertions (`private_key_jwt`), in every form the client libraries send.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    VerificationAlgorithm,
};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use der::{Decode, Encode};
use jiff::{SignedDuration, Timestamp};
use lanyard_directory::{Application, KeyCredential};
use lanyard_verdict::{Code, RuleId};
use serde_json::Value;
use x509_cert::Certificate;

use crate::jws::UnverifiedJws;
use crate::{Authority, OAuthFailure};

/// Longest client assertion, in bytes; room for an `x5c` chain.
pub const MAX_ASSERTION_BYTES: usize = 48 * 1024;
/// Difference of clocks that is forgiven.
const LEEWAY: SignedDuration = SignedDuration::from_mins(5);
/// Longest remaining life of an assertion.
const MAX_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Whom an assertion must address, and when.
#[derive(Clone, Copy, Debug)]
pub struct AssertionContext<'a> {
    /// This server.
    pub authority: &'a Authority,
    /// The tenant's GUID and domains.
    pub tenant_names: &'a [&'a str],
    /// Now.
    pub now: Timestamp,
}

/// What to remember so that an assertion is accepted once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayId {
    /// SHA-256 over client and `jti` (or over the whole assertion when it has none), base64url.
    pub id: String,
    /// When it may be forgotten.
    pub forget_after: Timestamp,
}

/// The client an assertion claims to be; used only to find the application.
#[must_use]
pub fn claimed_client(assertion: &str) -> Option<String> {
    let jws = UnverifiedJws::split(assertion).ok()?;
    jws.claims.get("sub").and_then(Value::as_str).map(str::to_owned)
}

/// Rule `CLIENT-ASSERTION`: an assertion is accepted when one registered, currently valid certificate named by `x5t#S256`,
/// `x5t` (with or without padding) or `kid` verifies its RS256, PS256 or ES256 signature; an `x5c` header is never
/// trusted. No key or a wrong signature is 700027. Source: directory-policy-tokens §1.7, real-clients §1.2.
pub fn verify(
    assertion: &str,
    application: &Application,
    context: &AssertionContext<'_>,
) -> Result<ReplayId, OAuthFailure> {
    let jws = signed_by_registered_key(assertion, application, context.now)?;
    check_parties(&jws, application, context)?;
    let expires = check_times(&jws, context.now)?;
    Ok(replay_id(&jws, assertion, application, expires))
}

/// Audiences of a proof: the directory's ids.
const PROOF_AUDIENCES: [&str; 2] = [
    "00000002-0000-0000-c000-000000000000",
    "00000003-0000-0000-c000-000000000000",
];
/// Longest life of a proof.
const MAX_PROOF_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Rule `KEY-PROOF`: who changes a certificate of an application by `addKey` or `removeKey` proves to hold one of its registered,
/// currently valid certificates: by a signed token, issued by the application, for the directory, valid for ten minutes at most,
/// accepted once. Source: directory-policy-tokens §2.5.
pub fn verify_proof(
    proof: &str,
    application: &Application,
    now: Timestamp,
) -> Result<ReplayId, OAuthFailure> {
    let jws = signed_by_registered_key(proof, application, now)?;
    let text = |name: &str| jws.claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let refused = |detail: &str| {
        OAuthFailure::new(
            Code::CLIENT_ASSERTION_SIGNATURE_INVALID,
            RuleId::new("KEY-PROOF"),
            detail,
        )
    };
    let issuer = text("iss");
    let is_own = issuer.eq_ignore_ascii_case(&application.id.to_string())
        || issuer.eq_ignore_ascii_case(&application.app_id.to_string());
    if !is_own {
        return Err(refused("The issuer of the proof must be the application."));
    }
    if !PROOF_AUDIENCES.contains(&text("aud")) {
        return Err(refused(
            "The audience of the proof must be 00000002-0000-0000-c000-000000000000.",
        ));
    }
    let expires = check_times(&jws, now)?;
    if expires.duration_since(now) > MAX_PROOF_LIFE + LEEWAY {
        return Err(refused("The proof is valid for more than ten minutes."));
    }
    Ok(replay_id(&jws, proof, application, expires))
}

fn signed_by_registered_key<'a>(
    assertion: &'a str,
    application: &Application,
    now: Timestamp,
) -> Result<UnverifiedJws<'a>, OAuthFailure> {
    let bad = |detail: String| {
        OAuthFailure::new(
            Code::CLIENT_ASSERTION_SIGNATURE_INVALID,
            RuleId::new("CLIENT-ASSERTION"),
            detail,
        )
    };
    let jws = UnverifiedJws::split(assertion)
        .map_err(|error| bad(format!("The client assertion is malformed: {error}.")))?;
    let algorithm: &'static dyn VerificationAlgorithm = match jws.header_text("alg") {
        Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        Some("ES256") => &ECDSA_P256_SHA256_FIXED,
        _ => {
            return Err(bad(
                "The alg of the client assertion must be RS256, PS256 or ES256.".to_owned(),
            ));
        }
    };
    let names = KeyNames::read(&jws);
    let key = application
        .key_credentials
        .iter()
        .filter_map(|credential| AssertionKey::read(credential).map(|key| (credential, key)))
        .find(|(credential, key)| names.name(credential, key));
    let Some((credential, key)) = key else {
        return Err(bad(
            "The key named by the client assertion is not registered for the application.".to_owned(),
        ));
    };
    if !(credential.start <= now && now < credential.end) {
        return Err(OAuthFailure::new(
            Code::CLIENT_SECRET_EXPIRED,
            RuleId::new("CLIENT-ASSERTION"),
            "The certificate that signed the client assertion is not valid now.",
        ));
    }
    let verified = ParsedPublicKey::new(algorithm, &key.subject_public_key_info).is_ok_and(|public| {
        public
            .verify_sig(jws.signing_input.as_bytes(), &jws.signature)
            .is_ok()
    });
    if !verified {
        return Err(bad(
            "The signature of the client assertion does not verify.".to_owned()
        ));
    }
    Ok(jws)
}

/// Rule `CLIENT-ASSERTION-PARTIES`: issuer and subject of an assertion are the client itself (50048), its audience is this
/// server (700027). Source: directory-policy-tokens §1.7.
fn check_parties(
    jws: &UnverifiedJws<'_>,
    application: &Application,
    context: &AssertionContext<'_>,
) -> Result<(), OAuthFailure> {
    const RULE: RuleId = RuleId::new("CLIENT-ASSERTION-PARTIES");
    let is_client = |name: &str| {
        jws.claims
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|text| text.parse() == Ok(application.app_id))
    };
    if !is_client("iss") || !is_client("sub") {
        return Err(OAuthFailure::new(
            Code::CLIENT_ASSERTION_SUBJECT_MISMATCH,
            RULE,
            "Issuer and subject of the client assertion must both be the client_id.",
        ));
    }
    let for_us = |value: &Value| {
        value.as_str().is_some_and(|audience| {
            context
                .authority
                .is_assertion_audience(audience, context.tenant_names)
        })
    };
    let accepted = match jws.claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.len() <= 16 && audiences.iter().any(for_us),
        Some(audience) => for_us(audience),
        None => false,
    };
    if accepted {
        Ok(())
    } else {
        Err(OAuthFailure::new(
            Code::CLIENT_ASSERTION_SIGNATURE_INVALID,
            RULE,
            "The audience of the client assertion must be the token endpoint or the issuer of this tenant.",
        ))
    }
}

/// Rule `CLIENT-ASSERTION-TIMES`: an assertion has an `exp`, not over and at most 24 hours ahead; `nbf` and `iat` may be
/// missing; all three may be fractions or numeric strings; five minutes of clock difference are forgiven (700024).
/// Source: directory-policy-tokens §0.1, §1.7.
fn check_times(jws: &UnverifiedJws<'_>, now: Timestamp) -> Result<Timestamp, OAuthFailure> {
    let refused = |detail: &str| {
        OAuthFailure::new(
            Code::CLIENT_ASSERTION_EXPIRED,
            RuleId::new("CLIENT-ASSERTION-TIMES"),
            detail,
        )
    };
    let time = |name: &str| -> Result<Option<Timestamp>, OAuthFailure> {
        match jws.claims.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => numeric_date(value).map(Some).ok_or_else(|| {
                refused(&format!(
                    "The claim '{name}' of the client assertion is not a time."
                ))
            }),
        }
    };
    let expires = time("exp")?.ok_or_else(|| refused("The client assertion has no 'exp'."))?;
    if expires.duration_since(now) <= -LEEWAY {
        return Err(refused("The client assertion has expired."));
    }
    if expires.duration_since(now) > MAX_LIFE {
        return Err(refused("The client assertion is valid for more than 24 hours."));
    }
    for name in ["nbf", "iat"] {
        if time(name)?.is_some_and(|start| start.duration_since(now) > LEEWAY) {
            return Err(refused("The client assertion is not valid yet."));
        }
    }
    Ok(expires)
}

/// A JSON number, fractional or not, or the same in a string; as a time.
fn numeric_date(value: &Value) -> Option<Timestamp> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) if text.len() <= 32 => text.parse().ok()?,
        _ => return None,
    };
    SignedDuration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since).ok())
}

fn replay_id(
    jws: &UnverifiedJws<'_>,
    assertion: &str,
    application: &Application,
    expires: Timestamp,
) -> ReplayId {
    let unique = jws.claims.get("jti").and_then(Value::as_str).unwrap_or(assertion);
    let seen = format!("{}\n{unique}", application.app_id);
    ReplayId {
        id: BASE64URL_NOPAD.encode(digest(&SHA256, seen.as_bytes()).as_ref()),
        forget_after: expires.saturating_add(LEEWAY).unwrap_or(Timestamp::MAX),
    }
}

/// The part of a registered certificate that is needed here.
struct AssertionKey {
    subject_public_key_info: Vec<u8>,
    sha1: Vec<u8>,
    sha256: Vec<u8>,
}

impl AssertionKey {
    fn read(credential: &KeyCredential) -> Option<Self> {
        let certificate = BASE64.decode(credential.certificate.as_bytes()).ok()?;
        let parsed = Certificate::from_der(&certificate).ok()?;
        Some(Self {
            subject_public_key_info: parsed.tbs_certificate().subject_public_key_info().to_der().ok()?,
            sha1: digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate).as_ref().to_vec(),
            sha256: digest(&SHA256, &certificate).as_ref().to_vec(),
        })
    }
}

/// The headers by which an assertion names its key.
struct KeyNames<'a> {
    x5t_sha256: Option<&'a str>,
    x5t: Option<&'a str>,
    kid: Option<&'a str>,
}

impl<'a> KeyNames<'a> {
    fn read(jws: &'a UnverifiedJws<'_>) -> Self {
        Self {
            x5t_sha256: jws.header_text("x5t#S256"),
            x5t: jws.header_text("x5t"),
            kid: jws.header_text("kid"),
        }
    }

    /// A thumbprint header decides alone; `kid` counts only when there is none, and may be the key id of the credential
    /// or either thumbprint, as base64url or hex.
    fn name(&self, credential: &KeyCredential, key: &AssertionKey) -> bool {
        let is_thumbprint = |text: &str, thumbprint: &[u8]| {
            BASE64URL_NOPAD
                .decode(text.trim_end_matches('=').as_bytes())
                .is_ok_and(|bytes| bytes == thumbprint)
        };
        let is_hex = |text: &str, thumbprint: &[u8]| {
            HEXLOWER_PERMISSIVE
                .decode(text.as_bytes())
                .is_ok_and(|bytes| bytes == thumbprint)
        };
        match (self.x5t_sha256, self.x5t, self.kid) {
            (Some(text), _, _) => is_thumbprint(text, &key.sha256),
            (None, Some(text), _) => is_thumbprint(text, &key.sha1),
            (None, None, Some(kid)) => {
                credential.key_id.to_string().eq_ignore_ascii_case(kid)
                    || [&key.sha1, &key.sha256]
                        .iter()
                        .any(|print| is_thumbprint(kid, print) || is_hex(kid, print))
            }
            (None, None, None) => false,
        }
    }
}
