//! Any bytes as a certificate: a fact sheet or an error, and what was read is written back unchanged.
#![no_main]

use lanyard_pki::{Certificate, Name, parse_pem_or_der};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::parse(bytes) {
        assert_eq!(certificate.der(), bytes);
        let facts = certificate.facts();
        let subject = facts.subject.to_string();
        let readable = !subject.is_empty() && subject.len() <= Name::MAX_TEXT_LENGTH;
        assert!(
            !readable || facts.subject.matches_text_either_order(&subject),
            "{subject}"
        );
        let _ = (
            certificate.is_authority(),
            certificate.is_self_signed(),
            certificate.is_signed_by(&certificate),
        );
    }
    let _ = parse_pem_or_der(bytes);
});
