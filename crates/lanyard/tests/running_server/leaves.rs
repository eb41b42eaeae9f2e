//! Leaf certificates of every shape over real TLS (certificate-sign-in §12.2, L1 to L5): who signs in, who is told what.

use std::sync::Arc;

use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, ExtendedKeyUsage, IssuedCertificate, KeyAlgorithm, UserProfile,
    Validity,
};
use rustls::SignatureScheme;

use crate::demo::{demo, number};
use crate::own_tenant::{OwnTenant, validity};
use crate::raw_handshake::{Scribble, present};

/// Self-signed, P-224: a curve that no library here has.
const P_224: &str = "MIIBYDCCAQ6gAwIBAgIUDNvkGl8zF2JKuh7UTtazhSRJSzUwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEV2VhazAeFw0yNjExMjExMjM3MjRaFw0zNjExMTgxMjM3MjRaMA8xDTALBgNVBAMMBFdlYWswTjAQBgcqhkjOPQIBBgUrgQQAIQM6AASP2dKj0jxiimaNr8QEBZeVLLHcRQoN9dktgCuUyMLryE/nL++OQDb1Dm+eQ9NrPpW1EaDNmlbBfaNTMFEwHQYDVR0OBBYEFAD/doNjzUj1ALij8Aer6nZ+phBTMB8GA1UdIwQYMBaAFAD/doNjzUj1ALij8Aer6nZ+phBTMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDQAAwPQIdANsA08BAaKICF04kmxUrF5T0ukls+8EEF2ApdlgCHDo/B3qNcTuBPNB3IFY48mP3e+l4dwt5CIteD1A=";
/// Self-signed, RSA with 1024 bits.
const RSA_1024: &str = "MIIB+jCCAWOgAwIBAgIUBdlmBMwbYg4iRxK5acaCOHu8UHgwDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEV2VhazAeFw0yNjExMjExMjM3MjRaFw0zNjExMTgxMjM3MjRaMA8xDTALBgNVBAMMBFdlYWswgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAK3FhWtXJ9Jmtu9OUNPNvSXslZBySrLqqIr6SmaPXuawKMKyja94+Cwz8vIXER4mB05dfmQlelquNrOlLTVLoAkVSl7qXnSobOgPpTgBABGfZfnWnxYwTpjzCjpjtwm9NV7rFUA+RB8+K+/Nmmd5ZSL+cyytySZC8S5BCFMfz8nLAgMBAAGjUzBRMB0GA1UdDgQWBBQXUobzF/oTiDDVbdgMqwwjO5Qn5jAfBgNVHSMEGDAWgBQXUobzF/oTiDDVbdgMqwwjO5Qn5jAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAIMw6s6OhVfSIDponNSscSrUgN48wvFRRkTBDbS3EnBfB2Wuaz9rg/hpTAB4u6FGvzVPYxGfFXsIZPlid6D0Ov4lEw0wuBOV3gsxtzfNabPO6TiJTXaHuU2H0PjBnQn1cPu7oXgihNboTNDvlwIkN161ADFDJKk3w/2vXLGQJqZ4";

/// Issued with SHA-256, then said to be signed with SHA-1: the algorithm is judged before the signature.
fn said_to_be_sha1(card: &IssuedCertificate) -> Vec<u8> {
    const SHA256_WITH_RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
    let mut der = card.certificate_der().to_vec();
    let mut at = 0;
    let mut changed = 0;
    while at + 9 <= der.len() {
        if der[at..at + 9] == SHA256_WITH_RSA {
            der[at + 8] = 0x05;
            changed += 1;
        }
        at += 1;
    }
    assert_eq!(changed, 2, "inside and outside of what is signed");
    der
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_are_judged_by_purpose_algorithm_time_and_key_identifiers() {
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "leaves.example");
    let with_list = CertificateAuthority::root(&AuthorityProfile::new("With list", validity())).unwrap();
    tenant.trust(
        &with_list,
        "list",
        &["--root", "--crl-url", "http://crl.leaves.example/none.crl"],
    );
    let profile = || UserProfile::new("Card", validity()).user_principal_name(&tenant.user("pat"));
    let now = jiff::Timestamp::now();
    let days = |count: i64| jiff::SignedDuration::from_hours(24 * count);
    let at = |validity| UserProfile::new("Card", validity).user_principal_name(&tenant.user("pat"));
    let serverauth = profile().extended_key_usages(&[ExtendedKeyUsage::ServerAuth]);
    let past = at(Validity::new(now - days(20), now - days(1)));
    let coming = at(Validity::new(now + days(1), now + days(20)));
    for (what, issuer, profile, expected, rule) in [
        (
            "L1: for servers only",
            &tenant.root,
            serverauth,
            50_017,
            "LEAF-PURPOSE",
        ),
        (
            "L2: without extended key usage",
            &tenant.root,
            profile().extended_key_usages(&[]),
            0,
            "",
        ),
        (
            "RSA with 2048 bits",
            &tenant.root,
            profile().key_algorithm(KeyAlgorithm::Rsa2048),
            0,
            "",
        ),
        (
            "Ed25519",
            &tenant.root,
            profile().key_algorithm(KeyAlgorithm::Ed25519),
            50_017,
            "PATH-ALGORITHM",
        ),
        ("L4: expired", &tenant.root, past, 500_172, "LEAF-CURRENT"),
        ("L4: not yet valid", &tenant.root, coming, 500_172, "LEAF-CURRENT"),
        (
            "no authority key identifier, no list",
            &tenant.root,
            profile().without_authority_key_identifier(),
            0,
            "",
        ),
        (
            "L5: no authority key identifier, with a list",
            &with_list,
            profile().without_authority_key_identifier(),
            500_176,
            "PATH-KEY-IDENTIFIERS-WITH-CRL",
        ),
    ] {
        let card = issuer.issue_user(&profile).unwrap();
        let end = tenant.sign_in(Some(&card)).await;
        assert_eq!(number(&end), expected, "{what}: {end:?}");
        let row = tenant.log().pop().unwrap();
        if expected != 0 {
            assert_eq!(row["result"], expected.to_string(), "{what}: {row}");
            let shown = demo.ok(&[
                "log",
                "--tenant",
                &tenant.domain,
                "show",
                row["id"].as_str().unwrap(),
            ]);
            assert!(shown.contains(rule), "{what}: {shown}");
        }
    }
}

/// L3
#[tokio::test(flavor = "multi_thread")]
async fn weak_keys_and_signatures_reach_a_page_that_says_so() {
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "weak.example");
    let rsa = AuthorityProfile::new("RSA root", validity()).key_algorithm(KeyAlgorithm::Rsa2048);
    let rsa = CertificateAuthority::root(&rsa).unwrap();
    tenant.trust(&rsa, "rsa", &["--root"]);
    let profile = UserProfile::new("Card", validity()).user_principal_name(&tenant.user("pat"));
    let card = rsa.issue_user(&profile).unwrap();
    let decoded = |text: &str| data_encoding::BASE64.decode(text.as_bytes()).unwrap();
    let key = rustls::crypto::aws_lc_rs::default_provider()
        .key_provider
        .load_private_key(rustls::pki_types::PrivateKeyDer::Pkcs8(
            card.key().pkcs8_der().to_vec().into(),
        ))
        .unwrap();
    let scribble = |scheme| Arc::new(Scribble(scheme)) as Arc<dyn rustls::sign::SigningKey>;
    for (what, certificate, key, words) in [
        (
            "L3: RSA with 1024 bits",
            decoded(RSA_1024),
            scribble(SignatureScheme::RSA_PSS_SHA256),
            "1024 bits",
        ),
        (
            "L3: P-224",
            decoded(P_224),
            scribble(SignatureScheme::ECDSA_NISTP256_SHA256),
            "kind of key",
        ),
        ("L3: SHA-1", said_to_be_sha1(&card), key, "PATH-ALGORITHM"),
    ] {
        let mut browser = demo.browser(&tenant.id, None);
        let begun = tenant.begin(&mut browser).await;
        let form = [
            ("ctx", begun.context.as_str()),
            ("flowToken", begun.flow_token.as_str()),
        ];
        let page = present(&demo, &begun.certauth_url.unwrap(), &form, &certificate, key);
        assert_eq!(page.status, 200, "{what}: a page, not an alert: {}", page.body);
        let page = tenant.hand_over(&mut browser, &page).await;
        assert_eq!(
            (page.status, &page.location),
            (200, &None),
            "{what}: {}",
            page.body
        );
        assert!(page.body.contains("AADSTS50017"), "{what}: {}", page.body);
        assert!(page.body.contains(words), "{what}: {}", page.body);
        assert_eq!(tenant.log().pop().unwrap()["result"], "50017", "{what}");
    }
    // The same card as it was issued signs in.
    assert_eq!(number(&tenant.sign_in(Some(&card)).await), 0);
}
