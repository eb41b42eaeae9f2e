//! Client assertions in every form the libraries send, and in forms nobody should accept.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod world;

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256};
use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD, HEXUPPER};
use lanyard_directory::{Application, KeyCredential, TokenAlgorithm};
use lanyard_tokens::client_assertion::{claimed_client, verify};
use lanyard_tokens::{AssertionContext, LocalSigner, OAuthFailure, ReplayId, jws};
use lanyard_verdict::RuleId;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;
use world::{PORTAL, authority, hours, now, portal};

/// One client key with its self-signed certificate.
struct ClientKey {
    pkcs8: Vec<u8>,
    certificate: Vec<u8>,
}

impl ClientKey {
    fn new(algorithm: TokenAlgorithm) -> Self {
        let pkcs8 = LocalSigner::generate(algorithm).unwrap().to_vec();
        let key = rcgen::KeyPair::try_from(pkcs8.as_slice()).unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
        let certificate = certificate.self_signed(&key).unwrap().der().to_vec();
        Self { pkcs8, certificate }
    }

    fn sign(&self, alg: &str, header: Value, claims: &Value) -> String {
        self.sign_saying(alg, alg, header, claims)
    }

    /// Signs with `alg`, while the header says `said`.
    fn sign_saying(&self, said: &str, alg: &str, header: Value, claims: &Value) -> String {
        let mut header = header.as_object().unwrap().clone();
        header.insert("alg".to_owned(), json!(said));
        let input = jws::signing_input(&Value::Object(header), claims.as_object().unwrap());
        let random = SystemRandom::new();
        let rsa = |padding| {
            let key = RsaKeyPair::from_pkcs8(&self.pkcs8).unwrap();
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(padding, &random, input.as_bytes(), &mut signature)
                .unwrap();
            signature
        };
        let signature = match alg {
            "RS256" => rsa(&RSA_PKCS1_SHA256),
            "PS256" => rsa(&RSA_PSS_SHA256),
            "ES256" => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.pkcs8).unwrap();
                key.sign(&random, input.as_bytes()).unwrap().as_ref().to_vec()
            }
            _ => Vec::new(),
        };
        jws::join(input, &signature)
    }

    fn sha1(&self) -> Vec<u8> {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.certificate)
            .as_ref()
            .to_vec()
    }

    fn sha256(&self) -> Vec<u8> {
        digest(&SHA256, &self.certificate).as_ref().to_vec()
    }
}

static RSA: LazyLock<ClientKey> = LazyLock::new(|| ClientKey::new(TokenAlgorithm::RS256));
static P256: LazyLock<ClientKey> = LazyLock::new(|| ClientKey::new(TokenAlgorithm::ES256));

fn registered() -> Application {
    let mut application = portal();
    application.key_credentials = [&*RSA, &*P256]
        .into_iter()
        .enumerate()
        .map(|(index, key)| KeyCredential {
            key_id: Uuid::from_u128(0xc0 + index as u128),
            display_name: "CN=client".to_owned(),
            certificate: BASE64.encode(&key.certificate),
            start: now() - hours(24),
            end: now() + hours(24),
        })
        .collect();
    application
}

fn claims(extra: Value) -> Value {
    let mut claims = json!({
        "aud": "https://login.example.test/contoso.example/oauth2/v2.0/token",
        "iss": PORTAL, "sub": PORTAL, "exp": now().as_second() + 600, "iat": now().as_second(),
        "jti": "4b7c3f6e-0000-4000-8000-000000000001",
    });
    for (name, value) in extra.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn check(assertion: &str) -> Result<ReplayId, OAuthFailure> {
    let tenant = world::TENANT.to_string();
    let (authority, names) = (authority(), [tenant.as_str(), "contoso.example"]);
    let context = AssertionContext {
        authority: &authority,
        tenant_names: &names,
        now: now(),
    };
    verify(assertion, &registered(), &context)
}

/// Source of the rows: real-clients §1.2.
#[test]
fn client_assertion_forms_of_real_clients() {
    // CLIENT-ASSERTION
    let seconds = now().as_second();
    let floats = json!({"exp": seconds as f64 + 600.25, "iat": seconds as f64 + 0.5});
    let chain = json!([BASE64.encode(&RSA.certificate)]);
    let strings = json!({"exp": (seconds + 600).to_string(), "nbf": seconds.to_string(), "iat": null});
    let rows: Vec<(&str, &str, Value, Value)> = vec![
        (
            "msal-py thumbprint",
            "RS256",
            json!({"x5t": BASE64URL.encode(&RSA.sha1())}),
            floats.clone(),
        ),
        (
            "msal-py thumbprint and certificate",
            "RS256",
            json!({"x5t": BASE64URL.encode(&RSA.sha1()), "x5c": chain}),
            floats.clone(),
        ),
        (
            "msal-py certificate without thumbprint",
            "PS256",
            json!({"x5t#S256": BASE64URL_NOPAD.encode(&RSA.sha256()), "x5c": chain}),
            floats.clone(),
        ),
        (
            "azure-identity aio",
            "PS256",
            json!({"x5t#S256": BASE64URL.encode(&RSA.sha256())}),
            json!({"nbf": seconds, "exp": seconds + 1800, "iat": null}),
        ),
        (
            "msal-node thumbprint",
            "RS256",
            json!({"x5t": BASE64URL_NOPAD.encode(&RSA.sha1())}),
            json!({"nbf": seconds}),
        ),
        (
            "msal-node sha256 and chain",
            "PS256",
            json!({"typ": "JWT", "x5t#S256": BASE64URL_NOPAD.encode(&RSA.sha256()), "x5c": chain}),
            json!({"nbf": seconds}),
        ),
        (
            "MSAL.NET: chain as one string, times as strings",
            "PS256",
            json!({"x5t#S256": BASE64URL_NOPAD.encode(&RSA.sha256()), "x5c": BASE64.encode(&RSA.certificate)}),
            strings,
        ),
        (
            "openid-client: key id, issuer as audience",
            "RS256",
            json!({"kid": "00000000-0000-0000-0000-0000000000C0"}),
            json!({"aud": format!("https://login.example.test/{}/v2.0", world::TENANT), "exp": seconds + 60}),
        ),
        (
            "kid is a hex thumbprint",
            "RS256",
            json!({"kid": HEXUPPER.encode(&RSA.sha1())}),
            json!({}),
        ),
        (
            "kid is a base64url thumbprint",
            "RS256",
            json!({"kid": BASE64URL_NOPAD.encode(&RSA.sha256())}),
            json!({}),
        ),
        (
            "several audiences",
            "RS256",
            json!({"x5t": BASE64URL.encode(&RSA.sha1())}),
            json!({"aud": ["https://other.example", "https://login.example.test/common/oauth2/v2.0/token"]}),
        ),
    ];
    for (source, alg, header, extra) in rows {
        let answer = check(&RSA.sign(alg, header, &claims(extra)));
        assert!(answer.is_ok(), "{source}: {answer:?}");
    }
    let elliptic = P256.sign(
        "ES256",
        json!({"x5t#S256": BASE64URL_NOPAD.encode(&P256.sha256())}),
        &claims(json!({})),
    );
    check(&elliptic).unwrap();
}

#[test]
fn wrong_keys_and_algorithms_are_refused() {
    // CLIENT-ASSERTION
    let stranger = ClientKey::new(TokenAlgorithm::ES256);
    let by_rsa = json!({"x5t": BASE64URL_NOPAD.encode(&RSA.sha1())});
    let by_p256 = json!({"x5t": BASE64URL_NOPAD.encode(&P256.sha1())});
    let by_stranger = json!({
        "x5t": BASE64URL_NOPAD.encode(&stranger.sha1()), "x5c": [BASE64.encode(&stranger.certificate)],
    });
    let claims = claims(json!({}));
    let rsa = |said: &str, made: &str| RSA.sign_saying(said, made, by_rsa.clone(), &claims);
    let good = rsa("RS256", "RS256");
    check(&good).unwrap();
    let (input, _) = good.rsplit_once('.').unwrap();
    let elliptic = P256.sign("ES256", by_p256.clone(), &claims);
    let (_, elliptic_signature) = elliptic.rsplit_once('.').unwrap();
    let other_claims = RSA.sign("RS256", by_rsa.clone(), &self::claims(json!({"jti": "other"})));
    let (_, other_signature) = other_claims.rsplit_once('.').unwrap();
    let wrong_thumbprint = json!({"x5t": "AAAA", "kid": HEXUPPER.encode(&RSA.sha1())});
    for (what, assertion) in [
        (
            "a key in x5c that is not registered",
            stranger.sign("ES256", by_stranger, &claims),
        ),
        ("no key named", RSA.sign("RS256", json!({}), &claims)),
        ("another key's name", RSA.sign("RS256", by_p256.clone(), &claims)),
        (
            "thumbprint wrong, kid right",
            RSA.sign("RS256", wrong_thumbprint, &claims),
        ),
        ("none", rsa("none", "none")),
        ("HS256", rsa("HS256", "RS256")),
        ("RS512 said", rsa("RS512", "RS256")),
        ("RS256 said, PS256 made", rsa("RS256", "PS256")),
        ("PS256 said, RS256 made", rsa("PS256", "RS256")),
        ("ES256 said, RS256 made", rsa("ES256", "RS256")),
        (
            "RS256 said for an elliptic key",
            P256.sign_saying("RS256", "ES256", by_p256.clone(), &claims),
        ),
        ("another key's signature", format!("{input}.{elliptic_signature}")),
        (
            "another assertion's signature",
            format!("{input}.{other_signature}"),
        ),
        ("no signature", format!("{input}.")),
        ("not a JWS", "x".to_owned()),
    ] {
        let failure = check(&assertion).unwrap_err();
        assert_eq!(
            (failure.code.number(), failure.http_status()),
            (700_027, 401),
            "{what}"
        );
        assert_eq!(failure.rule, RuleId::new("CLIENT-ASSERTION"), "{what}");
    }
}

#[test]
fn client_assertion_parties() {
    // CLIENT-ASSERTION-PARTIES
    let header = || json!({"x5t": BASE64URL_NOPAD.encode(&RSA.sha1())});
    let other = Uuid::from_u128(5);
    for (extra, number) in [
        (json!({"iss": other}), 50_048),
        (json!({"sub": other}), 50_048),
        (json!({"iss": null}), 50_048),
        (json!({"sub": 7}), 50_048),
        (json!({"aud": null}), 700_027),
        (
            json!({"aud": "https://login.evil.test/common/oauth2/v2.0/token"}),
            700_027,
        ),
        (json!({"aud": ["https://login.evil.test/"]}), 700_027),
        (json!({"aud": {}}), 700_027),
    ] {
        let failure = check(&RSA.sign("RS256", header(), &claims(extra.clone()))).unwrap_err();
        assert_eq!(failure.code.number(), number, "{extra}");
        assert_eq!(failure.rule, RuleId::new("CLIENT-ASSERTION-PARTIES"), "{extra}");
    }
}

#[test]
fn client_assertion_times() {
    // CLIENT-ASSERTION-TIMES
    let header = || json!({"x5t": BASE64URL_NOPAD.encode(&RSA.sha1())});
    let seconds = now().as_second();
    for (extra, accepted) in [
        (json!({"exp": seconds - 299}), true),
        (json!({"exp": seconds - 300}), false),
        (json!({"exp": seconds + 86_400}), true),
        (json!({"exp": seconds + 86_401}), false),
        (json!({"exp": null}), false),
        (json!({"exp": "soon"}), false),
        (json!({"exp": 1e300}), false),
        (json!({"exp": "NaN"}), false),
        (json!({"exp": -1e300}), false),
        (json!({"exp": true}), false),
        (json!({"nbf": seconds + 300}), true),
        (json!({"nbf": seconds + 301}), false),
        (json!({"iat": seconds + 301}), false),
        (json!({"nbf": [1]}), false),
    ] {
        let answer = check(&RSA.sign("RS256", header(), &claims(extra.clone())));
        assert_eq!(answer.is_ok(), accepted, "{extra}: {answer:?}");
        if let Err(failure) = answer {
            assert_eq!(failure.rule, RuleId::new("CLIENT-ASSERTION-TIMES"), "{extra}");
            assert_eq!(failure.code.number(), 700_024);
        }
    }
}

#[test]
fn a_replay_is_recognised() {
    let header = || json!({"x5t": BASE64URL_NOPAD.encode(&RSA.sha1())});
    let first = check(&RSA.sign("PS256", header(), &claims(json!({})))).unwrap();
    let again = check(&RSA.sign("PS256", header(), &claims(json!({"iat": null})))).unwrap();
    let other = check(&RSA.sign("PS256", header(), &claims(json!({"jti": "other"})))).unwrap();
    assert_eq!(first.id, again.id);
    assert_ne!(first.id, other.id);
    assert!(first.forget_after > now() + jiff::SignedDuration::from_secs(600));
    let without = RSA.sign("RS256", header(), &claims(json!({"jti": null})));
    assert_eq!(check(&without).unwrap().id, check(&without).unwrap().id);
}

#[test]
fn certificates_out_of_their_time_do_not_count() {
    let mut application = registered();
    application.key_credentials[0].end = now();
    let tenant = world::TENANT.to_string();
    let (authority, names) = (authority(), [tenant.as_str(), "contoso.example"]);
    let context = AssertionContext {
        authority: &authority,
        tenant_names: &names,
        now: now(),
    };
    let assertion = RSA.sign(
        "RS256",
        json!({"x5t": BASE64URL_NOPAD.encode(&RSA.sha1())}),
        &claims(json!({})),
    );
    assert_eq!(
        verify(&assertion, &application, &context)
            .unwrap_err()
            .code
            .number(),
        7_000_222
    );
    application.key_credentials[0].certificate = "not base64".to_owned();
    assert_eq!(
        verify(&assertion, &application, &context)
            .unwrap_err()
            .code
            .number(),
        700_027
    );
}

proptest! {
    #[test]
    fn verifying_never_panics(text in "[A-Za-z0-9_.-]{0,200}|\\PC{0,80}") {
        prop_assert!(check(&text).is_err());
        let _ = claimed_client(&text);
    }
}
