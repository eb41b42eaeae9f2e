//! Requests made to take long. Every one must have its answer soon, with nothing trusted that should not be.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use std::time::{Duration, Instant};

use lanyard_pki::{
    ChainOutcome, CrlCheck, PolicyInputs, Purpose, Unreadable, VerifyInputs, VerifyProfile, verify,
};
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, Extension, KeyAlgorithm, Keypair, RevocationReason,
    UserProfile,
};
use world::*;

/// A release build must have answered within a second; a debug build beside other work is allowed more.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });

fn inputs(world: &World) -> VerifyInputs {
    VerifyInputs {
        anchors: vec![certificate(&world.root)],
        intermediates: vec![certificate(&world.issuing)],
        crls: Vec::new(),
        leaf: read(world.person.certificate_der()),
        at: now(),
        profile: VerifyProfile::Rfc5280,
        crl_check: CrlCheck::Chain,
        purpose: Purpose::ClientAuth,
        policies: PolicyInputs::default(),
        max_depth: None,
        min_rsa_bits: None,
        allow_sha1: false,
    }
}

/// The answer in one word by both profiles.
fn answers(what: &str, mut inputs: VerifyInputs) -> [String; 2] {
    [VerifyProfile::Rfc5280, VerifyProfile::Entra].map(|profile| {
        inputs.profile = profile;
        let begun = Instant::now();
        let answer = match verify(&inputs) {
            Ok(verdict) => {
                assert!(verdict.steps.steps().len() <= 500, "{what}");
                if matches!(verdict.outcome, ChainOutcome::Trusted(_)) {
                    "trusted".to_owned()
                } else {
                    word(&verdict)
                }
            }
            Err(Unreadable(_)) => "unreadable".to_owned(),
        };
        println!("{what}, {profile:?}: {answer} in {:?}", begun.elapsed());
        assert!(begun.elapsed() < SOON, "{what}: {:?}", begun.elapsed());
        answer
    })
}

/// One DER element of any length.
fn long(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag];
    match contents.len() {
        length @ 0..=127 => whole.push(u8::try_from(length).unwrap()),
        length => {
            let octets: Vec<u8> = length
                .to_be_bytes()
                .into_iter()
                .skip_while(|octet| *octet == 0)
                .collect();
            whole.push(0x80 | u8::try_from(octets.len()).unwrap());
            whole.extend(octets);
        }
    }
    whole.extend(contents);
    whole
}

fn extension(oid: &str, value_der: Vec<u8>) -> Extension {
    Extension {
        oid: oid.to_owned(),
        critical: true,
        value_der,
    }
}

/// Hundreds of authorities with one name: with one key, and with a key each, which all have to be tried.
#[test]
fn many_authorities_of_one_name() {
    let world = world();
    let foreign =
        CertificateAuthority::root(&AuthorityProfile::new("Example Issuing CA", validity())).unwrap();
    let leaf = foreign.issue_user(&user()).unwrap();
    let of_one_key = |count: u8| -> Vec<_> {
        (0..count)
            .map(|serial| {
                let profile = AuthorityProfile::new("Example Issuing CA", validity())
                    .key(world.issuing.key())
                    .serial(&[7, serial]);
                certificate(&world.issuing.issue_authority(&profile).unwrap())
            })
            .collect()
    };
    let of_many_keys: Vec<_> = (0..200)
        .map(|_| {
            let key = Keypair::generate(KeyAlgorithm::P256).unwrap();
            certificate(
                &CertificateAuthority::root(
                    &AuthorityProfile::new("Example Issuing CA", validity()).key(&key),
                )
                .unwrap(),
            )
        })
        .collect();
    for (what, intermediates) in [("one key", of_one_key(255)), ("many keys", of_many_keys)] {
        let nasty = VerifyInputs {
            intermediates: [inputs(&world).intermediates, intermediates].concat(),
            leaf: read(leaf.certificate_der()),
            crl_check: CrlCheck::None,
            ..inputs(&world)
        };
        assert!(!answers(what, nasty).contains(&"trusted".to_owned()));
    }
}

/// As many permitted and excluded subtrees, and as many names in the leaf, as certificates of 64 KiB can hold.
#[test]
fn huge_name_constraints() {
    let world = world();
    let mail = |number: u32| format!("p{number}@d{number}.example.test").into_bytes();
    let subtree = |number: u32| long(0x30, &long(0x81, &mail(number)));
    let subtrees = |from: u32| -> Vec<u8> { (from..from + 900).flat_map(subtree).collect() };
    let constraints = long(
        0x30,
        &[long(0xa0, &subtrees(0)), long(0xa1, &subtrees(50_000))].concat(),
    );
    let profile =
        AuthorityProfile::new("Constrained", validity()).extension(extension("2.5.29.30", constraints));
    let authority = world.root.issue_authority(&profile).unwrap();
    let names: Vec<u8> = (0..1_800)
        .flat_map(|number| long(0x81, &mail(899 - number % 900)))
        .collect();
    let names = extension("2.5.29.17", long(0x30, &names));
    let leaf = authority
        .issue_user(&UserProfile::new("Many Names", validity()).extension(names))
        .unwrap();
    let nasty = VerifyInputs {
        intermediates: vec![certificate(&authority)],
        leaf: read(leaf.certificate_der()),
        crl_check: CrlCheck::None,
        ..inputs(&world)
    };
    assert!(!answers("huge name constraints", nasty).contains(&"trusted".to_owned()));
}

/// As many policies and mappings in every certificate as 64 KiB can hold.
#[test]
fn thousands_of_policies() {
    let world = world();
    let oid = |number: u16| {
        let [high, low] = [number / 128, number % 128].map(|part| u8::try_from(part).unwrap());
        long(6, &[&[0x2b, 6, 1, 4, 1], &[0x80 | high, low][..]].concat())
    };
    let all = |count: u16| 128..128 + count;
    let policies: Vec<u8> = all(3_000).flat_map(|number| long(0x30, &oid(number))).collect();
    let policies = extension("2.5.29.32", long(0x30, &policies));
    let mappings: Vec<u8> = all(1_200)
        .flat_map(|number| long(0x30, &[oid(number), oid(1_455 - number)].concat()))
        .collect();
    let mappings = extension("2.5.29.33", long(0x30, &mappings));
    let mut authority = world
        .root
        .issue_authority(
            &AuthorityProfile::new("Policies 0", validity())
                .extension(policies.clone())
                .extension(mappings.clone()),
        )
        .unwrap();
    let mut intermediates = vec![certificate(&authority)];
    for depth in 1..6 {
        let profile = AuthorityProfile::new(&format!("Policies {depth}"), validity());
        let profile = profile.extension(policies.clone()).extension(mappings.clone());
        authority = authority.issue_authority(&profile).unwrap();
        intermediates.push(certificate(&authority));
    }
    let leaf = authority
        .issue_user(&UserProfile::new("Many Policies", validity()).extension(policies))
        .unwrap();
    for require_explicit_policy in [false, true] {
        let nasty = VerifyInputs {
            intermediates: intermediates.clone(),
            leaf: read(leaf.certificate_der()),
            crl_check: CrlCheck::None,
            policies: PolicyInputs {
                require_explicit_policy,
                ..PolicyInputs::default()
            },
            ..inputs(&world)
        };
        let refused_at_most = answers("thousands of policies", nasty);
        assert!(
            refused_at_most
                .iter()
                .all(|answer| answer == "trusted" || answer.contains("PATH"))
        );
    }
}

/// Lists whose entries are odd in the ways that make them slow to read.
#[test]
fn lists_that_are_slow_to_read() {
    let world = world();
    let entry = |serial: u32, extensions: &[u8]| {
        let serial = long(2, &[&[0x41][..], &serial.to_be_bytes()].concat());
        let date = long(0x18, b"20260101000000Z");
        long(0x30, &[serial, date, long(0x30, extensions)].concat())
    };
    let invalidity = long(
        0x30,
        &[
            long(6, &[0x55, 0x1d, 24]),
            long(4, &long(0x18, b"20260101000000Z")),
        ]
        .concat(),
    );
    let issuer = |number: u32| {
        let value = long(0x0c, format!("Issuer {number}").as_bytes());
        let attribute = long(0x30, &[long(6, &[0x55, 4, 3]), value].concat());
        let name = long(0xa4, &long(0x30, &long(0x31, &attribute)));
        long(
            0x30,
            &[
                long(6, &[0x55, 0x1d, 29]),
                long(1, &[0xff]),
                long(4, &long(0x30, &name)),
            ]
            .concat(),
        )
    };
    let odd: Vec<u8> = (0..150_000)
        .flat_map(|number| entry(number, &invalidity))
        .collect();
    let indirect: Vec<u8> = (0..60_000)
        .flat_map(|number| entry(number, &issuer(number)))
        .collect();
    let empty = world.issuing.crl(&crl(5).revoke(&[1])).unwrap();
    let signed_nowhere = |entries: &[u8]| with_entries(&empty, entries);
    for (what, entries) in [("odd entries", odd), ("an issuer each", indirect)] {
        let der = signed_nowhere(&entries);
        let cut = &der[..der.len() - 7];
        for (crl, expected) in [(der.as_slice(), "500175"), (cut, "unreadable")] {
            let nasty = VerifyInputs {
                crls: vec![crl.to_vec()],
                ..inputs(&world)
            };
            let [plain, entra] = answers(what, nasty);
            assert!(plain.starts_with(expected), "{what}: {plain}");
            assert_ne!(entra, "trusted", "{what}");
        }
    }
}

/// The bytes of a list with other entries; its signature is wrong then.
fn with_entries(der: &[u8], entries: &[u8]) -> Vec<u8> {
    let element = |bytes: &[u8]| -> (usize, usize) {
        let octets = usize::from(if bytes[1] < 0x80 { 0 } else { bytes[1] & 0x7f });
        let length = bytes[2..2 + octets]
            .iter()
            .fold(0, |sum, octet| (sum << 8) | usize::from(*octet));
        (
            2 + octets,
            if octets == 0 {
                usize::from(bytes[1])
            } else {
                length
            },
        )
    };
    let (outer, _) = element(der);
    let (inner, length) = element(&der[outer..]);
    let signed = &der[outer + inner..outer + inner + length];
    let (mut at, mut parts) = (0, Vec::new());
    while at < signed.len() {
        let (head, length) = element(&signed[at..]);
        // version, algorithm, issuer, two dates, then the entries
        parts.push(if parts.len() == 5 {
            long(0x30, entries)
        } else {
            signed[at..at + head + length].to_vec()
        });
        at += head + length;
    }
    let rest = &der[outer + inner + length..];
    long(0x30, &[long(0x30, &parts.concat()), rest.to_vec()].concat())
}

/// One list of several megabytes and hundreds of authorities whose key may have signed it.
#[test]
fn a_large_list_with_many_possible_signers() {
    let world = world();
    let large = (0..120_000_u64).fold(crl(5), |crl, serial| {
        let octets = [&[0x41; 8][..], &serial.to_be_bytes()].concat();
        crl.revoke_because(
            &octets,
            at("2026-01-01T00:00:00Z"),
            RevocationReason::KeyCompromise,
        )
    });
    let foreign =
        CertificateAuthority::root(&AuthorityProfile::new("Example Issuing CA", validity())).unwrap();
    let signers: Vec<_> = (0..200)
        .map(|_| {
            let key = Keypair::generate(KeyAlgorithm::P256).unwrap();
            let profile = AuthorityProfile::new("Example Issuing CA", validity()).key(&key);
            certificate(&world.root.issue_authority(&profile).unwrap())
        })
        .collect();
    let nasty = VerifyInputs {
        intermediates: [inputs(&world).intermediates, signers].concat(),
        crls: vec![foreign.crl(&large).unwrap()],
        ..inputs(&world)
    };
    assert!(!answers("a large list with many signers", nasty).contains(&"trusted".to_owned()));
}

/// A thousand lists, and a leaf with a thousand distribution points.
#[test]
fn many_lists_and_many_distribution_points() {
    let world = world();
    let point = |number: u32| {
        let url = long(0x86, format!("http://crl.example.test/{number}.crl").as_bytes());
        long(0x30, &long(0xa0, &long(0xa0, &url)))
    };
    let points: Vec<u8> = (0..1_000).flat_map(point).collect();
    let mut points = extension("2.5.29.31", long(0x30, &points));
    points.critical = false;
    let leaf = world.issuing.issue_user(&user().extension(points)).unwrap();
    let lists = (0..1_000).map(|number: u16| {
        let covered =
            issuing_distribution_point(&[&point_name(&format!("http://crl.example.test/x{number}.crl"))]);
        let profile: CrlProfile = crl(u64::from(number)).extension(covered);
        world.issuing.crl(&profile).unwrap()
    });
    let nasty = VerifyInputs {
        leaf: read(leaf.certificate_der()),
        crls: lists.collect(),
        ..inputs(&world)
    };
    assert!(!answers("many lists and points", nasty).contains(&"trusted".to_owned()));
}
