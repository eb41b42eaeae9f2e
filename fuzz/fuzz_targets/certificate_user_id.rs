//! Any text as a certificate user id: it parses or not, always the same way, and one that matches a certificate is found
//! by the keys that make values unique.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use lanyard_certificate_policy::{CertificateUserId, certificate_user_ids};
use lanyard_pki::{Certificate, CertificateFacts};
use libfuzzer_sys::fuzz_target;

static FACTS: LazyLock<CertificateFacts> = LazyLock::new(|| {
    Certificate::parse(include_bytes!("../seeds/certificate/user.der"))
        .expect("the seed is a certificate")
        .facts()
        .clone()
});

fuzz_target!(|text: &str| {
    let Ok(id) = CertificateUserId::parse(text) else {
        let keys = CertificateUserId::uniqueness_keys_of(text, true);
        assert!(!keys.is_empty());
        return;
    };
    assert_eq!(CertificateUserId::parse(&format!("  {text} ")).as_ref(), Ok(&id));
    for forward in [false, true] {
        let keys: BTreeSet<String> = id.uniqueness_keys(forward).into_iter().collect();
        assert!(!keys.is_empty());
        assert!(
            CertificateUserId::uniqueness_keys_of(text, forward)
                .iter()
                .all(|key| keys.contains(key))
        );
        if !id.matches(&FACTS, forward) {
            continue;
        }
        let own = certificate_user_ids(&FACTS);
        let own = [
            own.principal_name,
            own.rfc822_name,
            own.issuer_and_subject,
            own.subject,
            own.subject_key_identifier,
            own.sha1_public_key,
            own.issuer_and_serial_number,
        ];
        let shares = own
            .iter()
            .flat_map(|value| CertificateUserId::uniqueness_keys_of(value, forward))
            .any(|key| keys.contains(&key));
        assert!(
            shares,
            "{text:?} matches the certificate, yet shares no key with its own values"
        );
    }
});
