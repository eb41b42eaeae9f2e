//! Bytes from anywhere, and real certificates and CRLs damaged at random: read or refused, never a panic.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use lanyard_pki::{
    Certificate, CrlFacts, CrlIndex, CrlKind, CrlPool, IngestOptions, Profile, RevocationView, TrustStore,
    evaluate, evaluate_with_pool, parse_pem_or_der,
};
use proptest::prelude::*;
use world::*;

/// Every certificate and CRL of the corpus that the conformance test uses.
fn corpus() -> Vec<&'static [u8]> {
    let mut rest = include_bytes!("data/pkits.pack")
        .strip_prefix(b"PKITS1\n")
        .unwrap();
    let mut all = Vec::new();
    while !rest.is_empty() {
        let name_length = usize::from(u16::from_be_bytes(rest[1..3].try_into().unwrap()));
        let length = u32::from_be_bytes(rest[3..7].try_into().unwrap()) as usize;
        let start = 7 + name_length;
        all.push(&rest[start..start + length]);
        rest = &rest[start + length..];
    }
    all
}

fn look_at(bytes: &[u8], world: &World) {
    let _ = parse_pem_or_der(bytes);
    let _ = CrlFacts::read(bytes);
    let _ = CrlIndex::from_bytes(bytes);
    let issuer = certificate(&world.issuing);
    for kind in [CrlKind::Base, CrlKind::Delta] {
        assert!(CrlIndex::ingest(bytes, &issuer, kind, &IngestOptions::default(), now()).is_err());
    }
    let trust = TrustStore::new(vec![stored(&world.root, true), stored(&world.issuing, false)]);
    if let Ok(certificate) = Certificate::parse(bytes) {
        let facts = certificate.facts();
        let _ = (
            facts.subject.to_string(),
            facts.subject.to_encoding_order_text(),
            facts.serial_number.to_hex(),
        );
        let verdict = evaluate(
            &certificate,
            &trust,
            &RevocationView::new(),
            &Profile::default(),
            now(),
        );
        assert_ne!(word(&verdict), "trusted");
    }
    if let Ok(pool) = CrlPool::read([bytes]) {
        let leaf = read(world.person.certificate_der());
        let verdict = evaluate_with_pool(&leaf, &trust, &pool, 1, &Profile::rfc5280(), now());
        assert_ne!(word(&verdict), "trusted");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_bytes(inputs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 8)) {
        let world = world();
        for bytes in inputs {
            look_at(&bytes, &world);
        }
    }

    #[test]
    fn damaged_files(
        picks in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 24),
    ) {
        let (world, corpus) = (world(), corpus());
        for (which, at, octet, how) in picks {
            let mut bytes = which.get(&corpus).to_vec();
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = octet,
                1 => bytes.truncate(at),
                _ => bytes.insert(at, octet),
            }
            look_at(&bytes, &world);
        }
    }
}
