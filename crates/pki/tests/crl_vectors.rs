//! Vectors for delta CRLs, CRLs of restricted scope, and the order of CRL numbers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use lanyard_pki::{CrlIndex, CrlKind, CrlNumber, IngestOptions, RevocationView, number_rises};
use lanyard_testkit::{CertificateAuthority, CrlProfile, Extension, IssuedCertificate, RevocationReason};
use world::*;

/// Which of two authorities signs, and under which name the key stands.
#[derive(Clone, Copy)]
enum Signer {
    Issuing,
    /// Another authority with another name.
    Root,
    /// An authority with the same name and another key.
    Impostor,
}

struct Vector {
    name: &'static str,
    base: Option<(CrlProfile, Signer)>,
    delta: Option<(CrlProfile, Signer)>,
    leaf: Leaf,
    /// When the CRLs arrived; they are judged at NOW.
    arrived: &'static str,
    expected: &'static str,
}

#[derive(Clone, Copy)]
enum Leaf {
    Plain,
    WithDistributionPoint,
}

const POINT: &str = "http://crl.example.test/part1.crl";
const OTHER_POINT: &str = "http://crl.example.test/part2.crl";
const TRUE: &[u8] = &[0xff];

fn vector(name: &'static str, base: CrlProfile, delta: Option<CrlProfile>, expected: &'static str) -> Vector {
    Vector {
        name,
        base: Some((base, Signer::Issuing)),
        delta: delta.map(|delta| (delta, Signer::Issuing)),
        leaf: Leaf::Plain,
        arrived: NOW,
        expected,
    }
}

/// Names CRL-LISTED, CRL-DELTA-FITS-BASE, CRL-PRESENT, CRL-CURRENT, CRL-FORM, CRL-FROM-AUTHORITY, CRL-SIGNATURE,
/// CRL-SCOPE and CRL-COVERS.
#[test]
fn vectors() {
    let world = world();
    let impostor = CertificateAuthority::root(&lanyard_testkit::AuthorityProfile::new(
        "Example Issuing CA",
        validity(),
    ))
    .unwrap();
    let serial: Vec<u8> = vec![0x4a, 0xd5, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let plain = world.issuing.issue_user(&user().serial(&serial)).unwrap();
    let pointed = world
        .issuing
        .issue_user(&user().serial(&serial).crl_distribution_point(POINT))
        .unwrap();
    let vectors = all(&serial, world.issuing.key_identifier());
    assert!(vectors.len() >= 40, "{}", vectors.len());
    let mut wrong = Vec::new();
    for vector in &vectors {
        let leaf: &IssuedCertificate = match vector.leaf {
            Leaf::Plain => &plain,
            Leaf::WithDistributionPoint => &pointed,
        };
        let mut view = RevocationView::new();
        for (crl, kind) in [(&vector.base, CrlKind::Base), (&vector.delta, CrlKind::Delta)] {
            let Some((profile, signer)) = crl else { continue };
            let signer = match signer {
                Signer::Issuing => &world.issuing,
                Signer::Root => &world.root,
                Signer::Impostor => &impostor,
            };
            let der = signer.crl(profile).unwrap();
            view = view.with(
                id(&world.issuing),
                kind,
                slot(&der, &world.issuing, kind, at(vector.arrived)),
            );
        }
        let issuing = with_base(stored(&world.issuing, false));
        let issuing = if vector.delta.is_some() || vector.name.starts_with("delta") {
            with_delta(issuing)
        } else {
            issuing
        };
        let verdict = ask(leaf, vec![stored(&world.root, true), issuing], &view);
        let found = word(&verdict);
        if found != vector.expected {
            wrong.push(format!("{}: {found}, expected {}", vector.name, vector.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn all(serial: &[u8], key_identifier: &[u8]) -> Vec<Vector> {
    use RevocationReason::{CertificateHold, KeyCompromise, RemoveFromCrl};
    let past = at("2026-05-01T00:00:00Z");
    let future = at("2027-05-01T00:00:00Z");
    let base = || crl(10);
    let delta = || crl(12).delta_of(10);
    let old = |profile: CrlProfile| profile;
    let aged = |number| CrlProfile::new(number, at("2026-05-01T00:00:00Z"), at("2026-05-20T00:00:00Z"));
    let flag = |number: u8| element(0x80 | number, &[TRUE]);
    let scoped = |profile: CrlProfile, parts: &[&[u8]]| profile.extension(issuing_distribution_point(parts));
    let unknown = |critical| Extension {
        oid: "1.3.6.1.4.1.55555.1".to_owned(),
        critical,
        value_der: vec![5, 0],
    };
    let revoked = "500171 CRL-LISTED";
    let signed_by = |mut vector: Vector, base: Signer, delta: Signer| {
        vector.base = vector.base.map(|(profile, _)| (profile, base));
        vector.delta = vector.delta.map(|(profile, _)| (profile, delta));
        vector
    };
    let arrived = |mut vector: Vector, at: &'static str| {
        vector.arrived = at;
        vector
    };
    let pointed = |mut vector: Vector| {
        vector.leaf = Leaf::WithDistributionPoint;
        vector
    };
    vec![
        // What base and delta say.
        vector("empty base", base(), None, "trusted"),
        vector("listed in the base", base().revoke(serial), None, revoked),
        vector(
            "hold in the base",
            base().revoke_because(serial, past, CertificateHold),
            None,
            revoked,
        ),
        vector(
            "date in the future",
            base().revoke_because(serial, future, KeyCompromise),
            None,
            revoked,
        ),
        vector(
            "removeFromCRL in a base",
            base().revoke_because(serial, past, RemoveFromCrl),
            None,
            "trusted",
        ),
        vector("another serial", base().revoke(&serial[..15]), None, "trusted"),
        vector(
            "longer serial",
            base().revoke(&[serial, &[0]].concat()),
            None,
            "trusted",
        ),
        vector("empty base and delta", base(), Some(delta()), "trusted"),
        vector(
            "listed in the delta",
            base(),
            Some(delta().revoke(serial)),
            revoked,
        ),
        vector(
            "hold in the delta",
            base(),
            Some(delta().revoke_because(serial, past, CertificateHold)),
            revoked,
        ),
        vector(
            "delta date in the future",
            base(),
            Some(delta().revoke_because(serial, future, KeyCompromise)),
            revoked,
        ),
        vector(
            "hold released",
            base().revoke_because(serial, past, CertificateHold),
            Some(delta().revoke_because(serial, past, RemoveFromCrl)),
            "trusted",
        ),
        vector(
            "hold made final",
            base().revoke_because(serial, past, CertificateHold),
            Some(delta().revoke_because(serial, past, KeyCompromise)),
            revoked,
        ),
        vector(
            "released but never listed",
            base(),
            Some(delta().revoke_because(serial, past, RemoveFromCrl)),
            "trusted",
        ),
        vector(
            "listed in the base, delta silent",
            base().revoke(serial),
            Some(delta()),
            revoked,
        ),
        vector(
            "released and listed in one delta",
            base(),
            Some(delta().revoke_because(serial, past, RemoveFromCrl).revoke(serial)),
            revoked,
        ),
        vector(
            "another serial released",
            base().revoke(serial),
            Some(delta().revoke_because(&serial[..15], past, RemoveFromCrl)),
            revoked,
        ),
        // Numbers of base and delta.
        vector(
            "delta number equals base number",
            base(),
            Some(crl(10).delta_of(10)),
            "trusted",
        ),
        vector(
            "delta builds on an older base",
            base(),
            Some(crl(12).delta_of(5)),
            "trusted",
        ),
        vector(
            "delta builds on a newer base",
            base(),
            Some(crl(12).delta_of(11)),
            "needed: Base BaseAndDeltaDisagree",
        ),
        vector(
            "delta older than the base",
            base(),
            Some(crl(9).delta_of(5)),
            "needed: Delta BaseAndDeltaDisagree",
        ),
        vector(
            "delta without a number",
            base(),
            Some(delta().without_number()),
            "500174 CRL-FORM",
        ),
        vector("base without a number", base().without_number(), None, "trusted"),
        vector(
            "base without a number under a delta",
            base().without_number(),
            Some(delta()),
            "500174 CRL-DELTA-FITS-BASE",
        ),
        vector(
            "numbers of twenty octets",
            base().number_bytes(&[0x7f; 20]),
            Some(
                crl(0)
                    .number_bytes(&[&[0x7f; 19][..], &[0x80]].concat())
                    .delta_of(10),
            ),
            "trusted",
        ),
        vector(
            "a longer number is greater",
            base().number_bytes(&[1, 0, 0]),
            Some(crl(0).number_bytes(&[0xff, 0xff]).delta_of(10)),
            "needed: Delta BaseAndDeltaDisagree",
        ),
        // Kinds and forms.
        vector(
            "delta configured, not fetched",
            base(),
            None,
            "needed: Delta Absent",
        ),
        Vector {
            name: "nothing fetched",
            base: None,
            delta: None,
            leaf: Leaf::Plain,
            arrived: NOW,
            expected: "needed: Base Absent",
        },
        vector(
            "a delta in the place of the base",
            delta(),
            None,
            "500174 CRL-FORM",
        ),
        vector(
            "a base in the place of the delta",
            base(),
            Some(crl(12)),
            "500174 CRL-FORM",
        ),
        vector(
            "no nextUpdate",
            base().without_next_update(),
            None,
            "500174 CRL-FORM",
        ),
        vector(
            "unknown critical extension",
            base().extension(unknown(true)),
            None,
            "500174 CRL-FORM",
        ),
        vector(
            "unknown extension",
            base().extension(unknown(false)),
            None,
            "trusted",
        ),
        // Dates.
        vector(
            "base already old on arrival",
            aged(10),
            None,
            "500172 CRL-CURRENT",
        ),
        vector(
            "delta already old on arrival",
            base(),
            Some(aged(12).delta_of(10)),
            "500172 CRL-CURRENT",
        ),
        vector(
            "base from the future",
            CrlProfile::new(10, at("2026-06-02T00:00:00Z"), at("2026-06-08T00:00:00Z")),
            None,
            "500172 CRL-CURRENT",
        ),
        arrived(
            vector("base grown old", aged(10), None, "needed: Base Expired"),
            "2026-05-10T00:00:00Z",
        ),
        arrived(
            vector(
                "delta grown old over a valid base",
                CrlProfile::new(10, at("2026-05-01T00:00:00Z"), at("2026-07-01T00:00:00Z")),
                Some(aged(12).delta_of(10)),
                "needed: Delta Expired",
            ),
            "2026-05-10T00:00:00Z",
        ),
        arrived(
            vector(
                "both grown old",
                aged(10),
                Some(aged(12).delta_of(10)),
                "needed: Base Expired, Delta Expired",
            ),
            "2026-05-10T00:00:00Z",
        ),
        // Origin.
        vector(
            "base without key identifier",
            base().without_authority_key_identifier(),
            None,
            "2205015 CRL-FROM-AUTHORITY",
        ),
        vector(
            "base with another key identifier",
            base().authority_key_identifier(&[1; 20]),
            None,
            "2205015 CRL-FROM-AUTHORITY",
        ),
        vector(
            "delta with another key identifier",
            base(),
            Some(delta().authority_key_identifier(&[1; 20])),
            "2205015 CRL-FROM-AUTHORITY",
        ),
        signed_by(
            vector(
                "base of another authority",
                base(),
                None,
                "2205015 CRL-FROM-AUTHORITY",
            ),
            Signer::Root,
            Signer::Issuing,
        ),
        signed_by(
            vector(
                "base signed by an impostor",
                base().authority_key_identifier(key_identifier),
                None,
                "2205015 CRL-SIGNATURE",
            ),
            Signer::Impostor,
            Signer::Issuing,
        ),
        signed_by(
            vector(
                "delta signed by an impostor",
                base(),
                Some(delta().authority_key_identifier(key_identifier)),
                "2205015 CRL-SIGNATURE",
            ),
            Signer::Issuing,
            Signer::Impostor,
        ),
        // Scope.
        vector(
            "for user certificates",
            scoped(base(), &[&flag(1)]),
            None,
            "trusted",
        ),
        vector(
            "for user certificates, listed",
            scoped(base(), &[&flag(1)]).revoke(serial),
            None,
            revoked,
        ),
        vector(
            "for CA certificates",
            scoped(base(), &[&flag(2)]),
            None,
            "500178 CRL-COVERS",
        ),
        vector(
            "for attribute certificates",
            scoped(base(), &[&flag(5)]),
            None,
            "500178 CRL-SCOPE",
        ),
        vector(
            "for users and CAs only",
            scoped(base(), &[&flag(1), &flag(2)]),
            None,
            "500174 CRL-ENCODING",
        ),
        vector("indirect", scoped(base(), &[&flag(4)]), None, "500178 CRL-SCOPE"),
        vector(
            "for some reasons",
            scoped(base(), &[&[0x83, 2, 5, 0x60]]),
            None,
            "500178 CRL-SCOPE",
        ),
        pointed(vector(
            "the leaf's part",
            scoped(base(), &[&point_name(POINT)]),
            None,
            "trusted",
        )),
        pointed(vector(
            "the leaf's part, listed",
            scoped(base(), &[&point_name(POINT)]).revoke(serial),
            None,
            revoked,
        )),
        pointed(vector(
            "another part",
            scoped(base(), &[&point_name(OTHER_POINT)]),
            None,
            "500178 CRL-COVERS",
        )),
        vector(
            "a part, the leaf names none",
            scoped(base(), &[&point_name(POINT)]),
            None,
            "500178 CRL-COVERS",
        ),
        vector(
            "base and delta of one scope",
            scoped(base(), &[&flag(1)]),
            Some(scoped(delta(), &[&flag(1)])),
            "trusted",
        ),
        vector(
            "delta of a wider scope",
            scoped(base(), &[&flag(1)]),
            Some(delta()),
            "500174 CRL-DELTA-FITS-BASE",
        ),
        vector(
            "delta of a narrower scope",
            base(),
            Some(scoped(old(delta()), &[&flag(1)])),
            "500174 CRL-DELTA-FITS-BASE",
        ),
    ]
}

/// Names CRL-NUMBER-RISES.
#[test]
fn numbers_rise_from_fetch_to_fetch() {
    let world = world();
    let index = |profile: &CrlProfile| {
        let der = world.issuing.crl(profile).unwrap();
        let options = IngestOptions::default();
        CrlIndex::ingest(&der, &certificate(&world.issuing), CrlKind::Base, &options, now()).unwrap()
    };
    let ten = index(&crl(10));
    let again = CrlIndex::from_bytes(&ten.to_bytes()).unwrap();
    let other_ten = index(&crl(10).revoke(&[1, 2]));
    let nine = index(&crl(9));
    let eleven = index(&crl(11));
    let unnumbered = index(&crl(1).without_number());
    let large = index(&crl(0).number_bytes(&[0x7f; 20]));
    let cases = [
        (None, &nine, true),
        (Some(&ten), &again, true),
        (Some(&ten), &other_ten, false),
        (Some(&ten), &nine, false),
        (Some(&ten), &eleven, true),
        (Some(&ten), &unnumbered, false),
        (Some(&unnumbered), &ten, true),
        (Some(&ten), &large, true),
        (Some(&large), &eleven, false),
    ];
    for (position, (previous, fresh, is_accepted)) in cases.into_iter().enumerate() {
        let previous = previous.map(CrlIndex::highest);
        let outcome = number_rises(previous.as_ref(), &fresh.highest());
        assert_eq!(outcome.is_ok(), is_accepted, "case {position}: {outcome:?}");
    }
    assert_eq!(ten.number(), Some(&CrlNumber::from(10)));
}

/// A stored index answers as the fresh one does, and damage is found.
#[test]
fn an_index_survives_a_restart() {
    let world = world();
    let der = world
        .issuing
        .crl(
            &crl(10)
                .revoke(&[7; 16])
                .revoke(&[0x80, 1])
                .next_publish(at("2026-06-07T00:00:00Z"))
                .extension(issuing_distribution_point(&[&element(0x81, &[TRUE])])),
        )
        .unwrap();
    let fresh = CrlIndex::ingest(
        &der,
        &certificate(&world.issuing),
        CrlKind::Base,
        &IngestOptions::default(),
        now(),
    )
    .unwrap();
    let bytes = fresh.to_bytes();
    let read = CrlIndex::from_bytes(&bytes).unwrap();
    assert_eq!(format!("{fresh:?}"), format!("{read:?}"));
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(read.next_publish(), Some(at("2026-06-07T00:00:00Z")));
    for serial in [&[7_u8; 16][..], &[0x80, 1], &[9]] {
        let serial = lanyard_pki::SerialNumber::from_big_endian(serial);
        assert_eq!(fresh.is_revoked(&serial), read.is_revoked(&serial));
        let date = CrlIndex::date_in(&der, &serial);
        assert_eq!(date, fresh.is_revoked(&serial).and_then(|entry| entry.date));
    }
    for index in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[index] ^= 1;
        assert!(CrlIndex::from_bytes(&damaged).is_err());
        let anew = CrlIndex::from_store(&damaged, &der, fresh.authority()).unwrap();
        assert_eq!(anew.to_bytes(), bytes);
        assert!(CrlIndex::from_bytes(&bytes[..index]).is_err());
        assert!(CrlIndex::from_store(&damaged, &der[..index.min(der.len() - 1)], fresh.authority()).is_err());
    }
}
