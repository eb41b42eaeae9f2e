//! Certificate graphs made to keep a path builder busy. Every one must end at once, with a refusal.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use std::time::{Duration, Instant};

use lanyard_pki::{
    Budgets, ChainOutcome, IssuerMatch, Profile, RevocationView, StoredAuthority, TrustStore, evaluate,
};
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, Extension, IssuedCertificate, KeyAlgorithm, Keypair,
};
use world::*;

/// Generous for a debug build on a busy machine; the bounds themselves are what keeps it short.
const AT_ONCE: Duration = Duration::from_secs(5);

fn both_profiles(leaf: &IssuedCertificate, store: &[StoredAuthority]) -> Vec<String> {
    [IssuerMatch::KeyIdentifier, IssuerMatch::Name]
        .into_iter()
        .map(|issuer_match| {
            let profile = Profile {
                issuer_match,
                max_depth: 64,
                ..Profile::default()
            };
            let begun = Instant::now();
            let trust = TrustStore::new(store.to_vec());
            let leaf = read(leaf.certificate_der());
            let verdict = evaluate(&leaf, &trust, &RevocationView::new(), &profile, now());
            assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
            assert!(verdict.steps.steps().len() <= 402);
            word(&verdict)
        })
        .collect()
}

/// Every layer's authorities are certified by every authority of the layer above: width^layers paths, none to a root.
/// Names PATH-BUDGET.
#[test]
fn a_lattice_of_cross_certificates() {
    let (width, layers) = (4, 8);
    let names: Vec<Vec<(String, Keypair)>> = (0..layers)
        .map(|layer| {
            (0..width)
                .map(|column| {
                    (
                        format!("CA {layer}.{column}"),
                        Keypair::generate(KeyAlgorithm::P256).unwrap(),
                    )
                })
                .collect()
        })
        .collect();
    let mut store = Vec::new();
    let mut above: Vec<CertificateAuthority> = names[0]
        .iter()
        .map(|(name, key)| {
            CertificateAuthority::root(&AuthorityProfile::new(name, validity()).key(key)).unwrap()
        })
        .collect();
    for layer in &names[1..] {
        let mut next = Vec::new();
        for (name, key) in layer {
            for issuer in &above {
                let cross = issuer
                    .issue_authority(&AuthorityProfile::new(name, validity()).key(key))
                    .unwrap();
                store.push(stored(&cross, false));
                next.push(cross);
            }
        }
        next.dedup_by(|one, other| one.subject_der() == other.subject_der());
        above = next;
    }
    let leaf = above[0].issue_user(&user()).unwrap();
    for found in both_profiles(&leaf, &store) {
        assert!(
            found == "500179 PATH-BUDGET" || found.starts_with("500176"),
            "{found}"
        );
    }
}

/// Two authorities that certify each other, and one that certifies itself under new serial numbers.
#[test]
fn loops_of_authorities() {
    let one = CertificateAuthority::root(&AuthorityProfile::new("One", validity())).unwrap();
    let two = CertificateAuthority::root(&AuthorityProfile::new("Two", validity())).unwrap();
    let mut store = vec![stored(&one, false), stored(&two, false)];
    store.push(stored(
        &one.issue_authority(&AuthorityProfile::new("Two", validity()).key(two.key()))
            .unwrap(),
        false,
    ));
    store.push(stored(
        &two.issue_authority(&AuthorityProfile::new("One", validity()).key(one.key()))
            .unwrap(),
        false,
    ));
    for _ in 0..50 {
        let again = one
            .issue_authority(&AuthorityProfile::new("One", validity()).key(one.key()))
            .unwrap();
        store.push(stored(&again, false));
    }
    let leaf = one.issue_user(&user()).unwrap();
    for found in both_profiles(&leaf, &store) {
        assert!(found.starts_with("500176"), "{found}");
    }
}

/// Hundreds of authorities with the issuer's name, none of which signed the leaf.
#[test]
fn a_crowd_of_impostors() {
    let crowd = || CertificateAuthority::root(&AuthorityProfile::new("Crowd", validity())).unwrap();
    let leaf = crowd().issue_user(&user()).unwrap();
    let store: Vec<StoredAuthority> = (0..500).map(|_| stored(&crowd(), true)).collect();
    assert_eq!(
        both_profiles(&leaf, &store),
        ["500176 PATH-ISSUER-BY-KEY", "500179 PATH-BUDGET"]
    );
}

/// Name constraints with thousands of subtrees over a leaf with thousands of names.
#[test]
fn thousands_of_names_against_thousands_of_constraints() {
    let dns = |index: usize| element(0x82, &[format!("n{index}.example.test").as_bytes()]);
    let subtrees: Vec<u8> = (0..2_000)
        .flat_map(|index| element(0x30, &[&dns(index)]))
        .collect();
    let constraints = Extension {
        oid: "2.5.29.30".to_owned(),
        critical: true,
        value_der: element(0x30, &[&element(0xa1, &[&subtrees])]),
    };
    let root = CertificateAuthority::root(&AuthorityProfile::new("Root", validity())).unwrap();
    let issuing = root
        .issue_authority(&AuthorityProfile::new("Bounded", validity()).extension(constraints))
        .unwrap();
    let profile = (0..2_000).fold(user(), |profile, index| {
        profile.dns_name(&format!("x{index}.example.test"))
    });
    let leaf = issuing.issue_user(&profile).unwrap();
    for found in both_profiles(&leaf, &[stored(&root, true), stored(&issuing, false)]) {
        assert_eq!(found, "500179 PATH-BUDGET");
    }
}

/// Each bound on its own ends the search.
#[test]
fn every_budget_bounds() {
    let world = world();
    let store = vec![stored(&world.root, true), stored(&world.issuing, false)];
    let cases = [
        Budgets {
            steps: 1,
            ..Budgets::default()
        },
        Budgets {
            signature_checks: 1,
            ..Budgets::default()
        },
    ];
    for budgets in cases {
        let profile = Profile {
            budgets,
            ..Profile::default()
        };
        let verdict = ask_with(&world.person, store.clone(), &RevocationView::new(), &profile);
        assert_eq!(word(&verdict), "500179 PATH-BUDGET");
        assert!(matches!(verdict.outcome, ChainOutcome::Refused(_)));
    }
}
