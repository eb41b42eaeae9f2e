//! Any bytes as a bundle of certificates: certificates within the limit, or an error.
#![no_main]

use lanyard_pki::parse_certificate_bundle;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(found) = parse_certificate_bundle(bytes, 16) {
        assert!((1..=16).contains(&found.len()));
    }
});
