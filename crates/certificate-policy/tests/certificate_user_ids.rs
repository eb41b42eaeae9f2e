//! `certificateUserIds`: the published vector, shapes, uniqueness.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use lanyard_certificate_policy::{
    CertificateUserId, CertificateUserIdError, Finding, PolicySettings, Severity,
    canonical_certificate_user_ids, certificate_user_ids, check_certificate_user_ids,
};
use lanyard_pki::{Attribute, Name, RelativeName, SerialNumber};
use proptest::prelude::*;
use support::{bare_facts, vector_facts};

/// Names the rule CUID-WRITE; B7.
#[test]
fn published_vector() {
    let computed = certificate_user_ids(&vector_facts());
    let json = serde_json::to_value(&computed).unwrap();
    let expected = serde_json::json!({
        "PrincipalName": "X509:<PN>contoso@microsoft.com",
        "RFC822Name": "",
        "IssuerAndSubject": "X509:<I>CN=Contoso<S>DC=com,DC=contoso,DC=corp,OU=UserAccounts,CN=Contoso User",
        "Subject": "X509:<S>DC=com,DC=contoso,DC=corp,OU=UserAccounts,CN=Contoso User",
        "SKI": "X509:<SKI>C6F4E96CAAD84640361F9FB5F74F6308247CB8B4",
        "SHA1PublicKey": "X509:<SHA1-PUKEY>34BE02DCEE9ECDF8BC5C16595A73F1B201875FEA",
        "IssuerAndSerialNumber": "X509:<I>CN=Contoso<SR>8a2d086464fa23449686bf4441978c1e",
    });
    assert_eq!(json, expected);
}

#[test]
fn shapes_that_are_refused() {
    use CertificateUserIdError as E;
    let table = [
        ("bob@woodgrove", E::NoPrefix),
        ("", E::NoPrefix),
        ("x509:<PN>a@b", E::PrefixCase),
        ("X509:", E::UnknownTag),
        ("X509:<UPN>a@b", E::UnknownTag),
        ("X509:<PN>", E::EmptyPart),
        ("X509:<SKI>12 34", E::NotHex),
        ("X509:<SKI>123", E::NotHex),
        ("X509:<SHA1-PUKEY>1234", E::ThumbprintLength),
        ("X509:<S>Contoso User", E::NotAName),
        ("X509:<I>CN=Contoso", E::IssuerAlone),
        ("X509:<I>CN=Contoso<SKI>12", E::IssuerAlone),
        ("X509:<I>CN=Contoso<SR>xyz", E::NotHex),
        ("X509:<I><SR>12", E::EmptyPart),
    ];
    for (text, error) in table {
        assert_eq!(CertificateUserId::parse(text), Err(error), "{text}");
    }
}

fn check(values: &[&str]) -> Vec<Finding> {
    let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
    check_certificate_user_ids(&values, &PolicySettings::default())
}

/// B8. Names the rules CUID-COUNT, CUID-LENGTH, CUID-LIST-UNIQUE, CUID-WRITE-SHAPE and CUID-UNIQUE-FORM.
#[test]
fn lists_when_written() {
    assert!(check(&["X509:<PN>a@b", "X509:<RFC822>a@b", "X509:<SKI>1234"]).is_empty());

    let many: Vec<String> = (0..11).map(|number| format!("X509:<PN>user{number}@b")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(check(&many).len(), 1);
    assert!(check(&many[..10]).is_empty());

    let long = format!("X509:<PN>{}", "a".repeat(1015));
    assert!(check(&[&long]).is_empty());
    assert_eq!(check(&[&format!("{long}a")]).len(), 1);

    for twins in [
        ["X509:<PN>a@b", "X509:<PN>A@B"],
        ["X509:<SKI>abcd", "X509:<SKI> ABCD"],
        ["X509:<S>CN=a,O=b", "X509:<S>cn=A, O=B"],
        ["X509:<I>CN=a<SR>0102", "X509:<I>CN=A<SR>010200"],
        ["free text", " free text "],
    ] {
        let errors = check(&twins)
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error)
            .count();
        assert_eq!(errors, 1, "{twins:?}");
    }
    let free_text = check(&["bob@woodgrove"]);
    assert_eq!(free_text[0].severity, Severity::Warning);
    let wrong = check(&["X509:<PN>a@b", "X509:<SKI>xx"]);
    assert_eq!(wrong[0].severity, Severity::Error);
    assert_eq!(wrong[0].path, "authorizationInfo.certificateUserIds[1]");
}

#[test]
fn canonical_lists_and_their_errors() {
    let list = |values: &[&str]| -> Vec<String> { values.iter().map(|&value| value.to_owned()).collect() };
    let settings = PolicySettings::default();
    let keys = canonical_certificate_user_ids(&list(&["X509:<PN>A@b", " bob ", "X509:<SKI>ab"]), &settings);
    assert_eq!(keys.unwrap(), ["X509:<PN>a@b", "bob", "X509:<SKI>AB"]);
    let errors = canonical_certificate_user_ids(&list(&["bob", "X509:<SKI>a"]), &settings).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "authorizationInfo.certificateUserIds[1]: The value must be an even number of hexadecimal digits."
    );
    assert_eq!(errors.len(), 1);
}

#[test]
fn forward_serial_is_unique_over_both_orders() {
    let forward = "X509:<I>CN=a<SR>0102";
    let backward = "X509:<I>CN=a<SR>0201";
    let shares = |setting| {
        let one = CertificateUserId::uniqueness_keys_of(forward, setting);
        let other = CertificateUserId::uniqueness_keys_of(backward, setting);
        one.iter().any(|key| other.contains(key))
    };
    assert!(!shares(false));
    assert!(shares(true));
}

fn any_name() -> impl Strategy<Value = Name> {
    let oid = prop_oneof![
        Just("2.5.4.3"),
        Just("2.5.4.10"),
        Just("0.9.2342.19200300.100.1.25"),
        Just("1.2.3.4")
    ];
    proptest::collection::vec((oid, "[ -~äß]{1,12}"), 1..5).prop_map(|parts| Name {
        relative_names: parts
            .into_iter()
            .map(|(oid, value)| RelativeName {
                attributes: vec![Attribute {
                    oid: oid.to_owned(),
                    value,
                }],
            })
            .collect(),
    })
}

proptest! {
    /// What we compute for a certificate is well-formed and matches that certificate.
    #[test]
    fn computed_values_match_their_certificate(
        subject in any_name(),
        issuer in any_name(),
        serial in proptest::collection::vec(any::<u8>(), 1..20),
    ) {
        let mut facts = bare_facts();
        facts.subject = subject;
        facts.issuer = issuer;
        facts.serial_number = SerialNumber::from_big_endian(&serial);
        let computed = certificate_user_ids(&facts);
        for text in [&computed.subject, &computed.issuer_and_subject, &computed.issuer_and_serial_number] {
            let id = CertificateUserId::parse(text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
            prop_assert!(id.matches(&facts, false), "{}", text);
        }
    }

    /// However a value is written, if it matches the certificate it is the same value to the uniqueness check.
    #[test]
    fn twins_that_match_one_certificate_share_a_key(subject in any_name(), flips in any::<u64>()) {
        let mut facts = bare_facts();
        facts.subject = subject;
        let written = certificate_user_ids(&facts).subject;
        let (prefix, name) = written.split_at("X509:<S>".len());
        let twin: String = name
            .chars()
            .enumerate()
            .map(|(index, letter)| match (flips >> (index % 64)) & 1 {
                1 if letter.is_ascii_lowercase() => letter.to_ascii_uppercase(),
                1 => letter.to_ascii_lowercase(),
                _ => letter,
            })
            .collect();
        let twin = format!("{prefix} {twin}");
        let parsed = CertificateUserId::parse(&twin).map_err(|error| TestCaseError::fail(format!("{twin}: {error}")))?;
        prop_assert!(parsed.matches(&facts, false), "{}", twin);
        prop_assert_eq!(
            CertificateUserId::uniqueness_keys_of(&twin, false),
            CertificateUserId::uniqueness_keys_of(&written, false)
        );
    }

    #[test]
    fn any_text_is_read_or_refused_and_has_a_key(text in "(X509:)?(<[A-Z0-9-]{1,10}>)?\\PC{0,40}(<S>|<SR>)?\\PC{0,20}") {
        let parsed = CertificateUserId::parse(&text);
        let keys = CertificateUserId::uniqueness_keys_of(&text, true);
        prop_assert!(!keys.is_empty());
        if let Ok(id) = parsed {
            // The canonical form is a value of the same kind, and its own canonical form.
            for key in keys {
                if let Ok(again) = CertificateUserId::parse(&key) {
                    prop_assert_eq!(again.field(), id.field());
                }
            }
        }
    }
}
