//! One-shot validation as JSON: requests, answers, and what their parameters do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use lanyard_pki::{VerifyAnswer, VerifyRequest};
use lanyard_testkit::CrlProfile;
use serde_json::{Value, json};
use world::*;

fn answer(request: &Value) -> VerifyAnswer {
    serde_json::from_value::<VerifyRequest>(request.clone())
        .unwrap()
        .answer(now())
}

fn crl_pem(der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in der.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, octet| (bits << 8) | u32::from(*octet))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            text.push(if place > chunk.len() {
                '='
            } else {
                char::from(DIGITS[digit as usize])
            });
        }
    }
    format!("-----BEGIN X509 CRL-----\n{text}\n-----END X509 CRL-----\n")
}

fn request(world: &World, crls: &[CrlProfile]) -> Value {
    let crls: Vec<String> = crls
        .iter()
        .map(|profile| crl_pem(&world.issuing.crl(profile).unwrap()))
        .collect();
    json!({
        "id": 7,
        "anchors": [world.root.certificate_pem()],
        "intermediates": [world.issuing.certificate_pem()],
        "leaf": world.person.certificate_pem(),
        "crls": crls,
        "at": NOW,
    })
}

#[test]
fn a_valid_chain() {
    let world = world();
    let answer = serde_json::to_value(answer(&request(&world, &[]))).unwrap();
    assert_eq!(answer["id"], 7);
    assert_eq!(answer["outcome"], "valid");
    assert_eq!(answer["code"], Value::Null);
    assert_eq!(answer["policies"], json!([]));
    let subjects: Vec<&str> = answer["chain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| link["subject"].as_str().unwrap())
        .collect();
    assert_eq!(
        subjects,
        ["CN=Alice Example", "CN=Example Issuing CA", "CN=Example Root"]
    );
    assert_eq!(answer["chain"][0]["sha256"].as_str().unwrap().len(), 64);
    assert!(!answer["steps"].as_array().unwrap().is_empty());
}

#[test]
fn an_invalid_chain_has_code_and_rule() {
    let world = world();
    let mut asked = request(&world, &[]);
    asked["intermediates"] = json!([]);
    let answer = serde_json::to_value(answer(&asked)).unwrap();
    assert_eq!(
        (&answer["outcome"], &answer["code"], &answer["rule"]),
        (&json!("invalid"), &json!(500_176), &json!("PATH-ISSUER-BY-KEY"))
    );
}

#[test]
fn what_cannot_be_read_is_said_so() {
    let world = world();
    for (field, value) in [
        ("leaf", json!("nonsense")),
        ("leaf", json!("")),
        (
            "anchors",
            json!(["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]),
        ),
        ("intermediates", json!(["MIIB"])),
        (
            "crls",
            json!(["-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----"]),
        ),
        ("policies", json!(["not.an.oid"])),
    ] {
        let mut asked = request(&world, &[]);
        asked[field] = value;
        let answer = answer(&asked);
        assert_eq!(answer.outcome, "unreadable", "{field}");
        assert!(answer.detail.is_some());
    }
}

/// Which statuses are asked for, in both profiles.
#[test]
fn crl_checks() {
    let world = world();
    let listed = crl(1).revoke(world.person.serial());
    let root_crl = crl_pem(&world.root.crl(&crl(1)).unwrap());
    for profile in ["rfc5280", "entra"] {
        let code = |crls: &[CrlProfile], check: Value, with_root: bool| {
            let mut asked = request(&world, crls);
            asked["profile"] = json!(profile);
            asked["crl_check"] = check;
            if with_root {
                asked["crls"].as_array_mut().unwrap().push(json!(root_crl));
            }
            let answer = answer(&asked);
            answer
                .code
                .map_or_else(|| answer.outcome.to_owned(), |code| code.number().to_string())
        };
        let clear = [crl(1)];
        assert_eq!(code(&[], json!("none"), false), "valid", "{profile}");
        assert_eq!(code(&[], json!("leaf"), false), "500175", "{profile}");
        assert_eq!(code(&clear, json!("leaf"), false), "valid", "{profile}");
        assert_eq!(code(&clear, json!("chain"), false), "500175", "{profile}");
        assert_eq!(code(&clear, Value::Null, false), "500175", "{profile}");
        assert_eq!(code(&clear, Value::Null, true), "valid", "{profile}");
        assert_eq!(
            code(std::slice::from_ref(&listed), json!("leaf"), false),
            "500171",
            "{profile}"
        );
        assert_eq!(
            code(std::slice::from_ref(&listed), json!("none"), false),
            "valid",
            "{profile}"
        );
        let delta = crl(2).delta_of(1).revoke(world.person.serial());
        assert_eq!(
            code(&[crl(1), delta], json!("leaf"), false),
            "500171",
            "{profile}"
        );
    }
}

/// A CRL that is passed over is named in the steps, with the reason.
#[test]
fn why_a_crl_was_passed_over() {
    let world = world();
    let old = CrlProfile::new(4, at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let cases = [
        (old, "2026-02-01T00:00:00Z"),
        (crl(4).without_number(), "no CRL number"),
        (
            crl(4).without_authority_key_identifier(),
            "no authority key identifier",
        ),
        (crl(4).without_next_update(), "when the next one follows"),
    ];
    for (profile, words) in cases {
        let mut asked = request(&world, &[profile]);
        asked["crl_check"] = json!("leaf");
        let answer = answer(&asked);
        assert_eq!(answer.code.unwrap().number(), 500_175);
        let told = answer.steps.steps().iter().any(|step| {
            step.rule.as_str() == "CRL-STATUS"
                && step
                    .inputs
                    .iter()
                    .any(|input| input.name == "because" && input.value.contains(words))
        });
        assert!(told, "{words}: {:?}", answer.steps);
    }
}

#[test]
fn parameters_count() {
    let world = world();
    let outcome = |field: &str, value: Value| {
        let mut asked = request(&world, &[]);
        asked[field] = value;
        let answer = answer(&asked);
        answer
            .rule
            .map_or_else(|| answer.outcome.to_owned(), |rule| rule.to_string())
    };
    assert_eq!(outcome("max_depth", json!(0)), "PATH-DEPTH");
    assert_eq!(outcome("max_depth", json!(1)), "valid");
    assert_eq!(outcome("at", json!("2050-01-01T00:00:00Z")), "LEAF-CURRENT");
    assert_eq!(outcome("require_explicit_policy", json!(true)), "PATH-POLICIES");
    assert_eq!(outcome("purpose", json!("any")), "valid");
}

/// Certificates with the right names and the wrong keys in the pool.
#[test]
fn a_pool_full_of_strangers_changes_nothing() {
    let world = world();
    let strangers: Vec<Value> = (0..30)
        .map(|index| {
            let profile = lanyard_testkit::AuthorityProfile::new(
                if index % 2 == 0 {
                    "Example Root"
                } else {
                    "Example Issuing CA"
                },
                validity(),
            );
            json!(
                lanyard_testkit::CertificateAuthority::root(&profile)
                    .unwrap()
                    .certificate_pem()
            )
        })
        .collect();
    let mut asked = request(&world, &[]);
    asked["intermediates"]
        .as_array_mut()
        .unwrap()
        .splice(0..0, strangers);
    assert_eq!(answer(&asked).outcome, "valid");
}
