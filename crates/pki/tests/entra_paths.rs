//! Paths and leaves by the Entra profile: certificate-sign-in §12.2, rows T and L, and §3.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use lanyard_pki::{
    Certificate, ChainOutcome, Profile, PublicKeyKind, RevocationView, StoredAuthority, TrustStore, evaluate,
};
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, ExtendedKeyUsage, Extension, IssuedCertificate, KeyAlgorithm,
    KeyUsagePurpose, Keypair, UserProfile, Validity,
};
use world::*;

fn authority(name: &str) -> AuthorityProfile {
    AuthorityProfile::new(name, validity())
}

fn plain(leaf: &IssuedCertificate, store: Vec<StoredAuthority>) -> String {
    word(&ask(leaf, store, &RevocationView::new()))
}

fn is_trusted(outcome: &ChainOutcome) -> bool {
    matches!(outcome, ChainOutcome::Trusted(_))
}

#[test]
fn a_trusted_chain_tells_its_authorities() {
    let world = world();
    let store = vec![stored(&world.root, true), stored(&world.issuing, false)];
    let verdict = ask(&world.person, store, &RevocationView::new());
    let ChainOutcome::Trusted(chain) = verdict.outcome else {
        panic!("{:?}", verdict.outcome)
    };
    assert_eq!(chain.issuing_authority(), id(&world.issuing));
    assert_eq!(
        chain.issuer_key_identifier().unwrap().as_bytes(),
        world.issuing.key_identifier()
    );
    let authorities: Vec<_> = chain.authorities().map(|(id, _)| id).collect();
    assert_eq!(authorities, [id(&world.issuing), id(&world.root)]);
    assert_eq!(chain.leaf().facts().principal_names, ["alice@example.test"]);
    assert_eq!(chain.crl_status().len(), 2);
}

/// T1, T8. Names PATH-ISSUER-BY-KEY.
#[test]
fn a_missing_authority_is_500176() {
    let world = world();
    let not_found = "500176 PATH-ISSUER-BY-KEY";
    assert_eq!(plain(&world.person, vec![stored(&world.root, true)]), not_found);
    assert_eq!(
        plain(&world.person, vec![stored(&world.issuing, false)]),
        not_found
    );
    assert_eq!(plain(&world.person, Vec::new()), not_found);
    // What the client sends beside the leaf is no argument of the evaluation at all.
}

/// An intermediate never ends a path, even if it is self-signed.
#[test]
fn only_a_root_ends_a_path() {
    let root = CertificateAuthority::root(&authority("Not Flagged")).unwrap();
    let person = root.issue_user(&user()).unwrap();
    assert_eq!(
        plain(&person, vec![stored(&root, false)]),
        "500176 PATH-ISSUER-BY-KEY"
    );
    assert_eq!(plain(&person, vec![stored(&root, true)]), "trusted");
}

/// T2.
#[test]
fn two_authorities_of_one_name_are_told_apart_by_key() {
    let root = CertificateAuthority::root(&authority("Root")).unwrap();
    let one = root.issue_authority(&authority("Same Name")).unwrap();
    let other = root.issue_authority(&authority("Same Name")).unwrap();
    let person = other.issue_user(&user()).unwrap();
    let store = || vec![stored(&one, false), stored(&other, false), stored(&root, true)];
    let verdict = ask(&person, store(), &RevocationView::new());
    let ChainOutcome::Trusted(chain) = verdict.outcome else {
        panic!("{:?}", verdict.outcome)
    };
    assert_eq!(chain.issuing_authority(), id(&other));
}

/// Names PATH-NAMES-CHAIN and PATH-SIGNATURE.
#[test]
fn the_right_key_identifier_alone_is_not_enough() {
    let world = world();
    let renamed = world
        .root
        .issue_authority(&authority("Renamed").key(world.issuing.key()))
        .unwrap();
    let store = |issuing| vec![stored(&world.root, true), stored(issuing, false)];
    assert_eq!(plain(&world.person, store(&renamed)), "500176 PATH-NAMES-CHAIN");
    let broken = Certificate::parse(&world.person.with_broken_signature()).unwrap();
    let trust = TrustStore::new(store(&world.issuing));
    let verdict = evaluate(
        &broken,
        &trust,
        &RevocationView::new(),
        &Profile::default(),
        now(),
    );
    assert_eq!(word(&verdict), "500176 PATH-SIGNATURE");
}

/// PB-4. Names PATH-EVERY-CANDIDATE.
#[test]
fn every_certificate_of_one_key_is_tried() {
    let root = CertificateAuthority::root(&authority("Root")).unwrap();
    let key = Keypair::generate(KeyAlgorithm::P256).unwrap();
    let old_validity = Validity::new(at("2020-01-01T00:00:00Z"), at("2025-12-31T00:00:00Z"));
    let old = root
        .issue_authority(&AuthorityProfile::new("Renewed", old_validity).key(&key))
        .unwrap();
    let current = root.issue_authority(&authority("Renewed").key(&key)).unwrap();
    let no_authority = root
        .issue_authority(&authority("Renewed").key(&key).without_authority_mark())
        .unwrap();
    let person = old.issue_user(&user()).unwrap();
    let expired = "500176 PATH-AUTHORITY-CURRENT";
    assert_eq!(
        plain(&person, vec![stored(&root, true), stored(&old, false)]),
        expired
    );
    let all = vec![
        stored(&no_authority, false),
        stored(&old, false),
        stored(&current, false),
        stored(&root, true),
    ];
    assert_eq!(plain(&person, all), "trusted");
}

/// PB-3. Names PATH-KEY-IDENTIFIERS-WITH-CRL; L5.
#[test]
fn a_leaf_without_authority_key_identifier() {
    let world = world();
    let person = world
        .issuing
        .issue_user(&user().without_authority_key_identifier())
        .unwrap();
    let store = vec![stored(&world.root, true), stored(&world.issuing, false)];
    let verdict = ask(&person, store, &RevocationView::new());
    let ChainOutcome::Trusted(chain) = verdict.outcome else {
        panic!("{:?}", verdict.outcome)
    };
    assert_eq!(chain.issuer_key_identifier(), None);
    let store = vec![
        stored(&world.root, true),
        with_base(stored(&world.issuing, false)),
    ];
    assert_eq!(plain(&person, store), "500176 PATH-KEY-IDENTIFIERS-WITH-CRL");
    let store = vec![
        with_base(stored(&world.root, true)),
        stored(&world.issuing, false),
    ];
    assert_eq!(plain(&person, store), "500176 PATH-KEY-IDENTIFIERS-WITH-CRL");
}

/// C7. Names PATH-DEPTH.
#[test]
fn eleven_authorities_are_too_many() {
    let mut chain = vec![CertificateAuthority::root(&authority("CA 1")).unwrap()];
    for number in 2..=11 {
        let next = chain
            .last()
            .unwrap()
            .issue_authority(&authority(&format!("CA {number}")))
            .unwrap();
        chain.push(next);
    }
    let store = || -> Vec<StoredAuthority> {
        chain
            .iter()
            .enumerate()
            .map(|(index, authority)| stored(authority, index == 0))
            .collect()
    };
    let at_ten = chain[9].issue_user(&user()).unwrap();
    let at_eleven = chain[10].issue_user(&user()).unwrap();
    assert_eq!(plain(&at_ten, store()), "trusted");
    assert_eq!(plain(&at_eleven, store()), "500176 PATH-DEPTH");
}

/// L4. Names LEAF-CURRENT.
#[test]
fn expired_and_not_yet_valid_leaves() {
    let world = world();
    let store = || vec![stored(&world.root, true), stored(&world.issuing, false)];
    let span = |from: &str, to: &str| {
        world
            .issuing
            .issue_user(&UserProfile::new("Alice", Validity::new(at(from), at(to))))
            .unwrap()
    };
    let wrong = "500172 LEAF-CURRENT";
    assert_eq!(
        plain(&span("2025-01-01T00:00:00Z", "2026-06-01T11:59:59Z"), store()),
        wrong
    );
    assert_eq!(plain(&span("2025-01-01T00:00:00Z", NOW), store()), "trusted");
    assert_eq!(plain(&span(NOW, "2027-01-01T00:00:00Z"), store()), "trusted");
    let early = span("2026-06-01T12:00:01Z", "2027-01-01T00:00:00Z");
    assert_eq!(plain(&early, store()), wrong);
    let tolerant = Profile {
        clock_skew_secs: 5,
        ..Profile::default()
    };
    assert!(is_trusted(
        &ask_with(&early, store(), &RevocationView::new(), &tolerant).outcome
    ));
    let very_early = span("2026-06-01T12:10:00Z", "2027-01-01T00:00:00Z");
    let reckless = Profile {
        clock_skew_secs: 86_400,
        ..Profile::default()
    };
    assert_eq!(
        word(&ask_with(&very_early, store(), &RevocationView::new(), &reckless)),
        wrong
    );
}

/// L1, L2. Names LEAF-PURPOSE.
#[test]
fn purposes_of_the_leaf() {
    use ExtendedKeyUsage::{Any, ClientAuth, Other, ServerAuth, SmartCardLogon};
    let world = world();
    let refused = "50017 LEAF-PURPOSE";
    let email = Other("1.3.6.1.5.5.7.3.4".to_owned());
    let cases = [
        (vec![], "trusted"),
        (vec![ClientAuth], "trusted"),
        (vec![ServerAuth], refused),
        (vec![ServerAuth, ClientAuth], "trusted"),
        (vec![SmartCardLogon], "trusted"),
        (vec![Any], "trusted"),
        (vec![email], refused),
    ];
    for (usages, expected) in cases {
        let person = world
            .issuing
            .issue_user(&user().extended_key_usages(&usages))
            .unwrap();
        let store = vec![stored(&world.root, true), stored(&world.issuing, false)];
        assert_eq!(plain(&person, store), expected, "{usages:?}");
    }
    let encipherment = user().key_usages(&[KeyUsagePurpose::KeyEncipherment]);
    let person = world.issuing.issue_user(&encipherment).unwrap();
    assert_eq!(
        plain(
            &person,
            vec![stored(&world.root, true), stored(&world.issuing, false)]
        ),
        refused
    );
}

/// Names PATH-PURPOSE-NESTS.
#[test]
fn purposes_of_an_authority_bound_the_leaf() {
    let usage = |oids: &[&[u8]]| Extension {
        oid: "2.5.29.37".to_owned(),
        critical: false,
        value_der: element(
            0x30,
            &oids
                .iter()
                .map(|oid| element(6, &[oid]))
                .collect::<Vec<_>>()
                .iter()
                .map(Vec::as_slice)
                .collect::<Vec<_>>(),
        ),
    };
    let server: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
    let client: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
    let smart_card: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 2];
    let any: &[u8] = &[0x55, 0x1d, 37, 0];
    let root = CertificateAuthority::root(&authority("Root")).unwrap();
    let cases = [
        (&[server][..], "50017 PATH-PURPOSE-NESTS"),
        (&[client], "trusted"),
        (&[server, any], "trusted"),
        (&[smart_card], "50017 PATH-PURPOSE-NESTS"),
    ];
    for (oids, expected) in cases {
        let issuing = root
            .issue_authority(&authority("Bounded").extension(usage(oids)))
            .unwrap();
        let profile = user().extended_key_usages(&[ExtendedKeyUsage::ClientAuth]);
        let person = issuing.issue_user(&profile).unwrap();
        assert_eq!(
            plain(&person, vec![stored(&root, true), stored(&issuing, false)]),
            expected
        );
    }
}

const RSA_1024: &str = "MIIB+jCCAWOgAwIBAgIUBdlmBMwbYg4iRxK5acaCOHu8UHgwDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEV2VhazAeFw0yNjExMjExMjM3MjRaFw0zNjExMTgxMjM3MjRaMA8xDTALBgNVBAMMBFdlYWswgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAK3FhWtXJ9Jmtu9OUNPNvSXslZBySrLqqIr6SmaPXuawKMKyja94+Cwz8vIXER4mB05dfmQlelquNrOlLTVLoAkVSl7qXnSobOgPpTgBABGfZfnWnxYwTpjzCjpjtwm9NV7rFUA+RB8+K+/Nmmd5ZSL+cyytySZC8S5BCFMfz8nLAgMBAAGjUzBRMB0GA1UdDgQWBBQXUobzF/oTiDDVbdgMqwwjO5Qn5jAfBgNVHSMEGDAWgBQXUobzF/oTiDDVbdgMqwwjO5Qn5jAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAIMw6s6OhVfSIDponNSscSrUgN48wvFRRkTBDbS3EnBfB2Wuaz9rg/hpTAB4u6FGvzVPYxGfFXsIZPlid6D0Ov4lEw0wuBOV3gsxtzfNabPO6TiJTXaHuU2H0PjBnQn1cPu7oXgihNboTNDvlwIkN161ADFDJKk3w/2vXLGQJqZ4";
const P_224: &str = "MIIBYDCCAQ6gAwIBAgIUDNvkGl8zF2JKuh7UTtazhSRJSzUwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEV2VhazAeFw0yNjExMjExMjM3MjRaFw0zNjExMTgxMjM3MjRaMA8xDTALBgNVBAMMBFdlYWswTjAQBgcqhkjOPQIBBgUrgQQAIQM6AASP2dKj0jxiimaNr8QEBZeVLLHcRQoN9dktgCuUyMLryE/nL++OQDb1Dm+eQ9NrPpW1EaDNmlbBfaNTMFEwHQYDVR0OBBYEFAD/doNjzUj1ALij8Aer6nZ+phBTMB8GA1UdIwQYMBaAFAD/doNjzUj1ALij8Aer6nZ+phBTMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDQAAwPQIdANsA08BAaKICF04kmxUrF5T0ukls+8EEF2ApdlgCHDo/B3qNcTuBPNB3IFY48mP3e+l4dwt5CIteD1A=";
const SECP256K1: &str = "MIIBcDCCARagAwIBAgIUXWlYL5s8vXUeDgK/1tvnZczmOVswCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEV2VhazAeFw0yNjExMjExMjM3MjRaFw0zNjExMTgxMjM3MjRaMA8xDTALBgNVBAMMBFdlYWswVjAQBgcqhkjOPQIBBgUrgQQACgNCAATetX9VOKVIYFUGNRM+TGoCGzhNhkFiad2inyYrhdezXWBvhozEXZDgK7+Pf6Pcdyed/EP9KYmx5MtKHB9hqkZvo1MwUTAdBgNVHQ4EFgQUgoS3H/Eh4JBW489kJEbsnFly6IowHwYDVR0jBBgwFoAUgoS3H/Eh4JBW489kJEbsnFly6IowDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBxcHEBhQIBAPkueQVV36nrLCHR/VFTb5+E3CuSG/B7/gIhALmBA8Y/1RypLl9wYbHJdQtwRMypL2Rm+WM/nlIyPtGp";

const VERSION_1: &str = "MIIBFjCBvQIUTVOVvbdtgUzzeSUv54XN/GZeZaAwCgYIKoZIzj0EAwIwDjEMMAoGA1UEAwwDT2xkMB4XDTI2MTEyMTEyNTk0MFoXDTM2MTExODEyNTk0MFowDjEMMAoGA1UEAwwDT2xkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEv4+nPaNvwcyrGXXK6Qu6U6fo59jXFuh4k28qFiYKeZo9EVzIjo6HFaYnn94jmqMYKoLs/prsI9HAxfYoLYB6BTAKBggqhkjOPQQDAgNIADBFAiEAjxxN78EVKVkpw64dBdDaqgmVzE7WSlCAgu/1Gdm8p7wCIDY0O++OOnUPJ5vZ7XOdhISRaVrz82/uaMRXkF2TxmCq";

/// Names LEAF-VERSION.
#[test]
fn a_certificate_of_version_1() {
    let leaf = lanyard_pki::parse_pem_or_der(VERSION_1.as_bytes())
        .unwrap()
        .remove(0);
    let at = leaf.facts().not_before;
    let trust = TrustStore::new(Vec::new());
    let verdict = evaluate(&leaf, &trust, &RevocationView::new(), &Profile::default(), at);
    assert_eq!(word(&verdict), "50017 LEAF-VERSION");
}

/// What the plain RFC 5280 profile refuses beyond Entra's. Names PATH-STRICT-ISSUING.
#[test]
fn duties_of_issuers() {
    let root = CertificateAuthority::root(&authority("Root")).unwrap();
    let raw = |oid: &str, critical, value_der: Vec<u8>| Extension {
        oid: oid.to_owned(),
        critical,
        value_der,
    };
    let constraints = |critical, base: &[u8]| {
        let subtree = element(0x30, &[&element(0x82, &[base])]);
        raw(
            "2.5.29.30",
            critical,
            element(0x30, &[&element(0xa1, &[&subtree])]),
        )
    };
    let leaves = [
        (user().serial(&[0]), "50017 PATH-STRICT-ISSUING"),
        (user().serial(&[0x7f; 21]), "50017 PATH-STRICT-ISSUING"),
        (user().serial(&[0x7f; 20]), "trusted"),
        (
            user().without_authority_key_identifier(),
            "50017 PATH-STRICT-ISSUING",
        ),
        (user().without_subject_key_identifier(), "trusted"),
        (
            user().extension(constraints(true, b"other.test")),
            "50017 PATH-STRICT-ISSUING",
        ),
    ];
    let strict = Profile::rfc5280();
    let ask_both = |leaf: &IssuedCertificate, store: &[StoredAuthority]| {
        let entra = plain(leaf, store.to_vec());
        (
            entra,
            word(&ask_with(leaf, store.to_vec(), &RevocationView::new(), &strict)),
        )
    };
    for (index, (profile, expected)) in leaves.into_iter().enumerate() {
        let leaf = root.issue_user(&profile).unwrap();
        let (entra, rfc5280) = ask_both(&leaf, &[stored(&root, true)]);
        assert_eq!(
            (entra.as_str(), rfc5280.as_str()),
            ("trusted", expected),
            "leaf {index}"
        );
    }
    for (critical, base, expected) in [
        (true, &b"other.test"[..], "trusted"),
        (false, b"other.test", "50017 PATH-STRICT-ISSUING"),
        (true, b".other.test", "50017 PATH-STRICT-ISSUING"),
    ] {
        let issuing = root
            .issue_authority(&authority("CA").extension(constraints(critical, base)))
            .unwrap();
        let leaf = issuing.issue_user(&user()).unwrap();
        let (entra, rfc5280) = ask_both(&leaf, &[stored(&root, true), stored(&issuing, false)]);
        assert_eq!((entra.as_str(), rfc5280.as_str()), ("trusted", expected));
    }
}

/// L3: keys that no library of ours makes.
#[test]
fn short_rsa_keys_and_other_curves() {
    for (leaf, words) in [
        (RSA_1024, "1024 bits"),
        (P_224, "1.3.132.0.33"),
        (SECP256K1, "1.3.132.0.10"),
    ] {
        let leaf = lanyard_pki::parse_pem_or_der(leaf.as_bytes()).unwrap().remove(0);
        let at = leaf.facts().not_before;
        let trust = TrustStore::new(Vec::new());
        let verdict = evaluate(&leaf, &trust, &RevocationView::new(), &Profile::default(), at);
        assert_eq!(word(&verdict), "50017 PATH-ALGORITHM");
        let ChainOutcome::Refused(refusal) = verdict.outcome else {
            panic!()
        };
        assert!(refusal.detail.contains(words), "{}", refusal.detail);
    }
}

/// L3. Names PATH-ALGORITHM.
#[test]
fn weak_and_foreign_keys() {
    let world = world();
    let store = || vec![stored(&world.root, true), stored(&world.issuing, false)];
    let with = |algorithm| {
        world
            .issuing
            .issue_user(&user().key_algorithm(algorithm))
            .unwrap()
    };
    assert_eq!(plain(&with(KeyAlgorithm::P384), store()), "trusted");
    assert_eq!(
        plain(&with(KeyAlgorithm::Ed25519), store()),
        "50017 PATH-ALGORITHM"
    );
    let rsa = with(KeyAlgorithm::Rsa2048);
    assert_eq!(
        read(rsa.certificate_der()).facts().public_key,
        PublicKeyKind::Rsa { bits: 2048 }
    );
    assert_eq!(plain(&rsa, store()), "trusted");
    let demanding = Profile {
        min_rsa_bits: 3072,
        ..Profile::default()
    };
    let verdict = ask_with(&rsa, store(), &RevocationView::new(), &demanding);
    assert_eq!(word(&verdict), "50017 PATH-ALGORITHM");
    let ChainOutcome::Refused(refusal) = verdict.outcome else {
        panic!()
    };
    assert!(
        refusal.detail.contains("2048") && refusal.detail.contains("3072"),
        "{}",
        refusal.detail
    );
}

/// Names PATH-MAY-ISSUE and PATH-AUTHORITY-CURRENT.
#[test]
fn what_an_issuer_must_be() {
    let root = CertificateAuthority::root(&authority("Root")).unwrap();
    let refused = "50017 PATH-MAY-ISSUE";
    let plain_certificate = root
        .issue_authority(&authority("No CA").without_authority_mark())
        .unwrap();
    let no_signing = root
        .issue_authority(&authority("No Signing").key_usages(&[KeyUsagePurpose::CrlSign]))
        .unwrap();
    for issuing in [&plain_certificate, &no_signing] {
        let person = issuing.issue_user(&user()).unwrap();
        assert_eq!(
            plain(&person, vec![stored(&root, true), stored(issuing, false)]),
            refused
        );
    }
    let short = root.issue_authority(&authority("Short").path_length(0)).unwrap();
    let below = short.issue_authority(&authority("Below")).unwrap();
    let store = || vec![stored(&root, true), stored(&short, false), stored(&below, false)];
    assert_eq!(plain(&short.issue_user(&user()).unwrap(), store()), "trusted");
    assert_eq!(plain(&below.issue_user(&user()).unwrap(), store()), refused);
    let old = Validity::new(at("2020-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
    let expired_root = CertificateAuthority::root(&AuthorityProfile::new("Old", old)).unwrap();
    let person = expired_root.issue_user(&user()).unwrap();
    assert_eq!(
        plain(&person, vec![stored(&expired_root, true)]),
        "500176 PATH-AUTHORITY-CURRENT"
    );
}

/// Names PATH-CRITICAL-EXTENSION.
#[test]
fn critical_extensions_that_nobody_knows() {
    let root = CertificateAuthority::root(&authority("Root")).unwrap();
    let unknown = |critical| Extension {
        oid: "1.3.6.1.4.1.55555.7".to_owned(),
        critical,
        value_der: vec![5, 0],
    };
    let refused = "50017 PATH-CRITICAL-EXTENSION";
    for (critical, expected) in [(true, refused), (false, "trusted")] {
        let person = root.issue_user(&user().extension(unknown(critical))).unwrap();
        assert_eq!(plain(&person, vec![stored(&root, true)]), expected);
        let issuing = root
            .issue_authority(&authority("CA").extension(unknown(critical)))
            .unwrap();
        let person = issuing.issue_user(&user()).unwrap();
        assert_eq!(
            plain(&person, vec![stored(&root, true), stored(&issuing, false)]),
            expected
        );
    }
}

/// Names PATH-NAME-CONSTRAINTS: every form of name, UPN included.
#[test]
fn name_constraints_of_an_authority() {
    let root = CertificateAuthority::root(&authority("Root")).unwrap();
    let upn = |text: &str| {
        let value = element(0xa0, &[&element(0x0c, &[text.as_bytes()])]);
        element(0xa0, &[&[6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 3], &value])
    };
    let mail = |text: &str| element(0x81, &[text.as_bytes()]);
    let dns = |text: &str| element(0x82, &[text.as_bytes()]);
    let permitted = |base: Vec<u8>| element(0xa0, &[&element(0x30, &[&base])]);
    let excluded = |base: Vec<u8>| element(0xa1, &[&element(0x30, &[&base])]);
    let refused = "50017 PATH-NAME-CONSTRAINTS";
    let cases = [
        (permitted(upn("@example.test")), "trusted"),
        (permitted(upn("example.test")), "trusted"),
        (permitted(upn("@other.test")), refused),
        (permitted(upn(".test")), "trusted"),
        (excluded(upn("@example.test")), refused),
        (excluded(upn("@other.test")), "trusted"),
        (permitted(mail("example.test")), "trusted"),
        (permitted(mail("other.test")), refused),
        (permitted(dns("other.test")), "trusted"),
        (permitted(element(0x88, &[&[0x2a, 3]])), "trusted"),
    ];
    for (index, (constraints, expected)) in cases.into_iter().enumerate() {
        let extension = Extension {
            oid: "2.5.29.30".to_owned(),
            critical: true,
            value_der: element(0x30, &[&constraints]),
        };
        let issuing = root
            .issue_authority(&authority("Bounded").extension(extension))
            .unwrap();
        let person = issuing
            .issue_user(&user().mail_address("alice@example.test"))
            .unwrap();
        assert_eq!(
            plain(&person, vec![stored(&root, true), stored(&issuing, false)]),
            expected,
            "case {index}"
        );
    }
}

/// The leaf's policies are taken literally, whatever policy processing leaves. Names PATH-POLICIES.
#[test]
fn policies_are_literal_in_the_facts() {
    let world = world();
    let person = world
        .issuing
        .issue_user(&user().policy("2.16.840.1.101.3.2.1.3.13").policy("2.5.29.32.0"))
        .unwrap();
    let store = vec![stored(&world.root, true), stored(&world.issuing, false)];
    let verdict = ask(&person, store, &RevocationView::new());
    let ChainOutcome::Trusted(chain) = verdict.outcome else {
        panic!("{:?}", verdict.outcome)
    };
    assert_eq!(
        chain.leaf().facts().policy_oids,
        ["2.16.840.1.101.3.2.1.3.13", "2.5.29.32.0"]
    );
    assert!(
        chain.policies().is_empty(),
        "the issuing authority asserts no policy"
    );
    let demanding = Extension {
        oid: "2.5.29.36".to_owned(),
        critical: true,
        value_der: vec![0x30, 3, 0x80, 1, 0],
    };
    let issuing = world
        .root
        .issue_authority(&authority("Demanding").extension(demanding))
        .unwrap();
    let person = issuing.issue_user(&user()).unwrap();
    let store = vec![stored(&world.root, true), stored(&issuing, false)];
    assert_eq!(plain(&person, store), "50017 PATH-POLICIES");
}

/// The trace names what was compared, for every path that was tried.
#[test]
fn the_steps_can_be_read_by_an_administrator() {
    let world = world();
    let stranger = CertificateAuthority::root(&authority("Stranger")).unwrap();
    let person = stranger.issue_user(&user()).unwrap();
    let verdict = ask(&person, vec![stored(&world.root, true)], &RevocationView::new());
    let step = verdict.steps.steps().last().unwrap();
    assert_eq!(step.rule.as_str(), "PATH-ISSUER-BY-KEY");
    let named: Vec<&str> = step.inputs.iter().map(|input| input.name.as_ref()).collect();
    assert_eq!(
        named,
        ["certificate", "issuer", "authority_key_identifier", "candidates"]
    );
    assert!(step.inputs.iter().any(|input| input.value == "CN=Stranger"));
}
