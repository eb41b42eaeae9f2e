//! Denied certificates.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use lanyard_certificate_policy::{DeniedCertificate, DenyList};
use lanyard_pki::{Name, SerialNumber};
use lanyard_verdict::StepResult;
use support::{bare_facts, vector_facts};
use uuid::Uuid;

fn entry(number: u128) -> DeniedCertificate {
    DeniedCertificate {
        id: Uuid::from_u128(number),
        sha256_thumbprint: None,
        issuer: None,
        serial_number: None,
        reason: "lost".to_owned(),
        denied: "2026-03-01T12:00:00Z".to_owned(),
        denied_by: "admin".to_owned(),
    }
}

fn by_values(number: u128, issuer: &str, serial: &[u8]) -> DeniedCertificate {
    DeniedCertificate {
        issuer: Some(Name::parse_text(issuer).unwrap()),
        serial_number: Some(SerialNumber::from_big_endian(serial)),
        ..entry(number)
    }
}

/// Names the rule CERTIFICATE-DENIED.
#[test]
fn a_certificate_is_denied_by_thumbprint_or_by_issuer_and_serial_number() {
    let facts = bare_facts();
    let thumbprint = data_encoding::HEXUPPER.encode(&facts.sha256_thumbprint);
    let by_thumbprint = DeniedCertificate {
        sha256_thumbprint: Some(thumbprint),
        ..entry(1)
    };
    let issuer_alone = DeniedCertificate {
        serial_number: None,
        ..by_values(2, "CN=CA A", &[1, 2, 3])
    };
    let serial_alone = DeniedCertificate {
        issuer: None,
        ..by_values(3, "CN=CA A", &[1, 2, 3])
    };
    let table = [
        ("nothing", vec![], false),
        ("its thumbprint, in any case", vec![by_thumbprint], true),
        (
            "issuer and serial number",
            vec![by_values(4, "CN=CA A", &[1, 2, 3])],
            true,
        ),
        (
            "the issuer written otherwise",
            vec![by_values(5, "cn = ca  a", &[0, 1, 2, 3])],
            true,
        ),
        ("another issuer", vec![by_values(6, "CN=CA B", &[1, 2, 3])], false),
        (
            "another serial number",
            vec![by_values(7, "CN=CA A", &[1, 2, 4])],
            false,
        ),
        (
            "the second of two with one serial number",
            vec![
                by_values(6, "CN=CA B", &[1, 2, 3]),
                by_values(4, "CN=CA A", &[1, 2, 3]),
            ],
            true,
        ),
        ("half an entry", vec![issuer_alone, serial_alone], false),
    ];
    for (what, entries, denied) in table {
        let (refusal, step) = DenyList::new(entries).judge(&facts);
        assert_eq!(refusal.is_some(), denied, "{what}");
        assert_eq!(step.result == StepResult::Failed, denied, "{what}");
        if let Some(refusal) = refusal {
            assert_eq!(
                (refusal.code.number(), refusal.rule.as_str()),
                (500_171, "CERTIFICATE-DENIED")
            );
            assert!(refusal.detail.contains("lost"), "{}", refusal.detail);
        }
    }
}

#[test]
fn a_hundred_thousand_entries_are_exact() {
    let entries = (0..100_000_u32).map(|number| by_values(number.into(), "CN=CA A", &number.to_be_bytes()));
    let list = DenyList::new(entries.collect());
    let issuer = Name::parse_text("CN=CA A").unwrap();
    let found = |number: u32| {
        let serial = SerialNumber::from_big_endian(&number.to_be_bytes());
        list.entry(None, Some(&issuer), &serial)
            .map(|entry| entry.id.as_u128())
    };
    for number in [0, 1, 255, 256, 99_999] {
        assert_eq!(found(number), Some(number.into()));
    }
    assert_eq!(found(100_000), None);
    assert!(list.judge(&vector_facts()).0.is_none());
}

#[test]
fn an_entry_comes_back_from_json() {
    let entry = by_values(9, "CN=CA A, O=Agency", &[0x0a, 0xff]);
    let text = serde_json::to_string(&entry).unwrap();
    assert!(text.contains("\"0aff\""), "{text}");
    assert_eq!(serde_json::from_str::<DeniedCertificate>(&text).unwrap(), entry);
}
