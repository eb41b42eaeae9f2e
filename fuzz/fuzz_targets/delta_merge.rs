//! Any complete list with any delta: together they say what a plain model says, and what a full list of the same says.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use lanyard_pki::{
    AuthorityId, Certificate, CrlIndex, CrlKind, CrlSlot, IngestOptions, RevocationView, SerialNumber,
};
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, KeyAlgorithm, RevocationReason, Validity,
};
use libfuzzer_sys::fuzz_target;

static VALIDITY: LazyLock<Validity> =
    LazyLock::new(|| Validity::years_from("2026-01-01T00:00:00Z".parse().expect("a time"), 10));
static AUTHORITY: LazyLock<CertificateAuthority> = LazyLock::new(|| {
    let profile = AuthorityProfile::new("Lists", *VALIDITY).key_algorithm(KeyAlgorithm::P256);
    CertificateAuthority::root(&profile).expect("an authority")
});

const REASONS: [RevocationReason; 9] = [
    RevocationReason::Unspecified,
    RevocationReason::KeyCompromise,
    RevocationReason::CaCompromise,
    RevocationReason::AffiliationChanged,
    RevocationReason::Superseded,
    RevocationReason::CessationOfOperation,
    RevocationReason::CertificateHold,
    RevocationReason::RemoveFromCrl,
    RevocationReason::PrivilegeWithdrawn,
];

/// Serial numbers of all lengths, near one another.
fn serial(number: u8) -> Vec<u8> {
    let length = 1 + usize::from(number % 20);
    let mut octets = vec![0x11; length];
    octets[0] = 1 | (number & 0xf0);
    octets[length - 1] ^= number;
    octets
}

fn ingest(profile: &CrlProfile, kind: CrlKind) -> CrlSlot {
    let der = AUTHORITY.crl(profile).expect("a list");
    let issuer = Certificate::parse(AUTHORITY.certificate_der()).expect("a certificate");
    let now: Timestamp = "2026-06-01T00:00:00Z".parse().expect("a time");
    let index = CrlIndex::ingest(&der, &issuer, kind, &IngestOptions::default(), now).expect("a good list");
    let again = CrlIndex::from_bytes(&index.to_bytes()).expect("what was stored");
    CrlSlot::Available(Arc::new(again))
}

/// Of several entries for one certificate one that revokes counts.
fn note(model: &mut BTreeMap<Vec<u8>, bool>, serial: Vec<u8>, reason: RevocationReason) {
    *model.entry(serial).or_insert(false) |= reason != RevocationReason::RemoveFromCrl;
}

fuzz_target!(|bytes: &[u8]| {
    let list = |number| CrlProfile::new(number, VALIDITY.not_before, VALIDITY.not_after);
    let (mut base, mut delta) = (list(1), list(2).delta_of(1));
    let (mut in_base, mut in_delta) = (BTreeMap::new(), BTreeMap::new());
    for pair in bytes.chunks_exact(2).take(2_000) {
        let (octets, reason) = (
            serial(pair[0]),
            REASONS[usize::from(pair[1] & 0x7f) % REASONS.len()],
        );
        if pair[1] & 0x80 == 0 {
            // A complete list has nothing to release.
            if reason != RevocationReason::RemoveFromCrl {
                note(&mut in_base, octets.clone(), reason);
                base = base.revoke_because(&octets, VALIDITY.not_before, reason);
            }
        } else {
            note(&mut in_delta, octets.clone(), reason);
            delta = delta.revoke_because(&octets, VALIDITY.not_before, reason);
        }
    }
    let mut merged = in_base;
    merged.extend(in_delta);
    let full = merged
        .iter()
        .filter(|(_, revokes)| **revokes)
        .fold(list(2), |full, (serial, _)| full.revoke(serial));
    let id = AuthorityId::of(&Certificate::parse(AUTHORITY.certificate_der()).expect("a certificate"));
    let both = RevocationView::new()
        .with(id, CrlKind::Base, ingest(&base, CrlKind::Base))
        .with(id, CrlKind::Delta, ingest(&delta, CrlKind::Delta));
    let full = RevocationView::new().with(id, CrlKind::Base, ingest(&full, CrlKind::Base));
    for number in 0..=255 {
        let octets = serial(number);
        let expected = merged.get(&octets).copied().unwrap_or(false);
        let serial = SerialNumber::from_big_endian(&octets);
        assert_eq!(both.status_of(&id, &serial).is_some(), expected, "{octets:02x?}");
        assert_eq!(full.status_of(&id, &serial).is_some(), expected, "{octets:02x?}");
    }
});
