//! Any bytes as the revocation list of a fixed authority. A mutated list never keeps its signature, so whatever is
//! accepted must be a seed itself.
#![no_main]

use std::sync::LazyLock;

use lanyard_pki::{Certificate, CrlIndex, CrlKind, IngestOptions};
use libfuzzer_sys::fuzz_target;

static AUTHORITY: LazyLock<Certificate> = LazyLock::new(|| {
    Certificate::parse(include_bytes!("../seeds/certificate/authority.der"))
        .expect("the seed is a certificate")
});
const GENUINE: [&[u8]; 2] = [
    include_bytes!("../seeds/revocation_list/list.der"),
    include_bytes!("../seeds/revocation_list/delta.der"),
];

fuzz_target!(|bytes: &[u8]| {
    let now = "2026-06-01T00:00:00Z".parse().expect("a time");
    for kind in [CrlKind::Base, CrlKind::Delta] {
        if CrlIndex::ingest(bytes, &AUTHORITY, kind, &IngestOptions::default(), now).is_ok() {
            assert!(
                GENUINE.contains(&bytes),
                "a list that the authority did not sign was accepted"
            );
        }
    }
});
