//! The published test certificate of certificate-sign-in §12.1.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may end at the first thing that is not as it should be"
)]

use lanyard_pki::{
    Certificate, CertificateError, ChainOutcome, EllipticCurve, Profile, PublicKeyKind, RevocationView,
    SerialNumber, TrustStore, evaluate, parse_pem_or_der,
};

const BASE64: &str = "MIIC3jCCAcagAwIBAgIQHoyXQUS/hpZEI/pkZAgtijANBgkqhkiG9w0BAQUFADASMRAwDgYDVQQDDAdDb250b3NvMB4XDTI1MDMyNTE1NDU1OFoXDTI2MDMyNTE2MDQzNlowcjETMBEGCgmSJomT8ixkARkWA2NvbTEXMBUGCgmSJomT8ixkARkWB2NvbnRvc28xFDASBgoJkiaJk/IsZAEZFgRjb3JwMRUwEwYDVQQLDAxVc2VyQWNjb3VudHMxFTATBgNVBAMMDENvbnRvc28gVXNlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDbRNBDrUoZ9JjsBkroyjzTe+Zag7TMU4WZFyvqtgctn6dQ/+zuk/hOg2xwU0JmooRDhwG+SS3dGGE1a1Uh9I4OjgZowgZcwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMDAGA1UdEQQpMCegJQYKKwYBBAGCNxQCA6AXDBVjb250b3NvQG1pY3Jvc29mdC5jb20wHwYDVR0jBBgwFoAUrY5aFcJq36PMV50MNR4KIFfTSscwHQYDVR0OBBYEFMb06Wyq2EZANh+ftfdPYwgkfLi0MA0GCSqGSIb3DQEBBQUAA4IBAQBQ5ULQEJT0xvGt7b27dQGmYzMzW3V9JCS7qYeAxYefYV1cGuwP3ZHh++sGyah0fIQQCtM+9Fu+VmHdinJ0478cR/oD4luK67FNFJLk0Q3H3RDvesZa/JYQEbdEgRoaMJWCYqrpQNdCwIlBL+8CrHMyXfYxnYuFGJfdl8NmmLXok44Dqo7d9Zw6MFyxMDWx8C6QWJjZcls6UQggoawWKTll2V+tK+l7UwRRcpGmnVmnlyD6Vpo9exi+Axddi3a6WOQ5asn6il0sJVGicyZS658toQw0fj+UvZuD7rtegxuL/s/v3m3Sx1iEcIyB1HsdwZCJ5ZlxvbQvB/Sz5yU7Yo/Y";

fn vector() -> Certificate {
    parse_pem_or_der(BASE64.as_bytes()).unwrap().remove(0)
}

/// Names NAME-CUID-TEXT.
#[test]
fn facts_of_the_vector() {
    let certificate = vector();
    let facts = certificate.facts();
    assert_eq!(certificate.der().len(), 738);
    assert_eq!(facts.principal_names, ["contoso@microsoft.com"]);
    assert!(facts.rfc822_names.is_empty());
    assert_eq!(
        facts.subject.to_encoding_order_text(),
        "DC=com,DC=contoso,DC=corp,OU=UserAccounts,CN=Contoso User"
    );
    assert_eq!(
        facts.subject.to_string(),
        "CN=Contoso User, OU=UserAccounts, DC=corp, DC=contoso, DC=com"
    );
    assert_eq!(facts.issuer.to_encoding_order_text(), "CN=Contoso");
    let ski = facts.subject_key_identifier.as_ref().unwrap();
    assert_eq!(ski.to_hex(), "C6F4E96CAAD84640361F9FB5F74F6308247CB8B4");
    let aki = facts.authority_key_identifier.as_ref().unwrap();
    assert_eq!(aki.to_hex(), "AD8E5A15C26ADFA3CC579D0C351E0A2057D34AC7");
    assert_eq!(
        hex(&facts.sha1_thumbprint),
        "34be02dcee9ecdf8bc5c16595a73f1b201875fea"
    );
    assert_eq!(
        hex(&facts.sha256_thumbprint),
        "41ac1f182d7bbc153737c2d6798c9595869ccba67e24c9b18094c173390dc8ee"
    );
    assert_eq!(facts.serial_number.to_hex(), "1e8c974144bf86964423fa6464082d8a");
    assert_eq!(
        facts.serial_number.to_reversed_hex(),
        "8a2d086464fa23449686bf4441978c1e"
    );
    assert_eq!(facts.not_before.to_string(), "2025-03-25T15:45:58Z");
    assert_eq!(facts.not_after.to_string(), "2026-03-25T16:04:36Z");
    assert_eq!(
        facts.public_key,
        PublicKeyKind::Ec {
            curve: EllipticCurve::P256
        }
    );
    assert_eq!(
        facts.extended_key_usages.as_deref(),
        Some(&["1.3.6.1.5.5.7.3.2".to_owned()][..])
    );
    assert!(facts.policy_oids.is_empty());
    assert!(facts.crl_distribution_points.is_empty());
}

/// The vector is signed over SHA-1: refused by default, by name.
#[test]
fn sha1_signatures_are_refused_unless_allowed() {
    let trust = TrustStore::new(Vec::new());
    let now = "2025-06-01T00:00:00Z".parse().unwrap();
    let rule =
        |profile: &Profile| match evaluate(&vector(), &trust, &RevocationView::new(), profile, now).outcome {
            ChainOutcome::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        };
    let refusal = rule(&Profile::default());
    assert_eq!(refusal.rule.as_str(), "PATH-ALGORITHM");
    assert!(refusal.detail.contains("SHA-1"));
    let tolerant = Profile {
        allow_sha1_signatures: true,
        ..Profile::default()
    };
    assert_eq!(rule(&tolerant).rule.as_str(), "PATH-ISSUER-BY-KEY");
}

#[test]
fn second_serial_vector() {
    let serial = SerialNumber::try_from("48efa06ba8127299499b069f133441b2".to_owned()).unwrap();
    assert_eq!(serial.to_reversed_hex(), "b24134139f069b49997212a86ba0ef48");
}

#[test]
fn every_form_of_input_reads_the_same() {
    let certificate = vector();
    let pem = format!("subject=x\n-----BEGIN CERTIFICATE-----\n{BASE64}\n-----END CERTIFICATE-----\n");
    for input in [certificate.der(), pem.as_bytes(), BASE64.as_bytes()] {
        assert_eq!(
            parse_pem_or_der(input).unwrap(),
            std::slice::from_ref(&certificate)
        );
    }
    assert_eq!(parse_pem_or_der(pem.repeat(3).as_bytes()).unwrap().len(), 3);
    assert!(matches!(
        parse_pem_or_der(&[0x30, 0x21, 0x80]),
        Err(CertificateError::Malformed { .. })
    ));
    assert_eq!(parse_pem_or_der(b"hello"), Err(CertificateError::NoCertificate));
    assert_eq!(parse_pem_or_der(b""), Err(CertificateError::NoCertificate));
}

#[test]
fn nothing_may_follow_and_nothing_may_be_missing() {
    let certificate = vector();
    let mut longer = certificate.der().to_vec();
    longer.push(0);
    assert!(matches!(
        Certificate::parse(&longer),
        Err(CertificateError::Malformed { .. })
    ));
    for length in 0..certificate.der().len() {
        assert!(Certificate::parse(&certificate.der()[..length]).is_err());
    }
    let huge = vec![0; Certificate::MAX_LENGTH + 1];
    assert!(matches!(
        Certificate::parse(&huge),
        Err(CertificateError::TooLarge { .. })
    ));
}

#[test]
fn no_single_changed_byte_makes_it_panic() {
    let certificate = vector();
    for index in 0..certificate.der().len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = certificate.der().to_vec();
            changed[index] ^= change;
            if let Ok(read) = Certificate::parse(&changed) {
                assert_ne!(read, certificate);
            }
        }
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
