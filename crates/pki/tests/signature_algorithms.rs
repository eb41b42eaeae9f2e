//! One root and one leaf per signature algorithm, made with the `openssl` command: what the profile accepts, and what it
//! refuses by name (certificate-sign-in §3.3).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use lanyard_pki::{
    ChainOutcome, Profile, RevocationView, StoredAuthority, TrustStore, evaluate, parse_pem_or_der,
};
use world::word;

/// Names PATH-ALGORITHM and PATH-SIGNATURE.
#[test]
fn accepted_and_refused_algorithms() {
    let refused = "50017 PATH-ALGORITHM";
    let cases = [
        ("rsa-sha256", "trusted", "trusted"),
        ("rsa-sha384", "trusted", "trusted"),
        ("rsa-sha512", "trusted", "trusted"),
        ("rsa-sha1", refused, "trusted"),
        ("pss-sha256", "trusted", "trusted"),
        ("pss-sha384", "trusted", "trusted"),
        ("pss-sha512", "trusted", "trusted"),
        ("pss-sha1", refused, refused),
        ("pss-uneven-salt", refused, refused),
        ("p256-sha512", "trusted", "trusted"),
        ("p384-sha384", "trusted", "trusted"),
        ("p521-sha512", "trusted", "trusted"),
        ("p521-sha256", "trusted", "trusted"),
        ("brainpool", refused, refused),
        ("ed25519", refused, refused),
        ("rsa-md5", refused, refused),
    ];
    let mut sections: Vec<(&str, &str)> = Vec::new();
    for section in include_str!("data/signature_algorithms.pem").split("# ").skip(1) {
        sections.push(section.split_once('\n').unwrap());
    }
    assert_eq!(sections.len(), cases.len());
    for ((name, pem), (expected_name, by_default, with_sha1)) in sections.into_iter().zip(cases) {
        assert_eq!(name, expected_name);
        let pair = parse_pem_or_der(pem.as_bytes()).unwrap();
        let [root, leaf] = &pair[..] else {
            panic!("{name} holds {} certificates", pair.len())
        };
        let trust = TrustStore::new(vec![StoredAuthority {
            certificate: root.clone(),
            is_root: true,
            base_crl_url: None,
            delta_crl_url: None,
            crl_check_exempt: false,
            further_base_crl_urls: Vec::new(),
            crl_grace_secs: 0,
        }]);
        let at = leaf.facts().not_before;
        for (allow_sha1_signatures, expected) in [(false, by_default), (true, with_sha1)] {
            let profile = Profile {
                allow_sha1_signatures,
                ..Profile::default()
            };
            // Asked twice: the second answer comes from the key that was parsed the first time.
            for _ in 0..2 {
                let verdict = evaluate(leaf, &trust, &RevocationView::new(), &profile, at);
                assert_eq!(
                    word(&verdict),
                    expected,
                    "{name}, SHA-1 allowed: {allow_sha1_signatures}"
                );
                if let ChainOutcome::Refused(refusal) = verdict.outcome {
                    assert!(refusal.detail.contains("accepted"), "{}", refusal.detail);
                }
            }
        }
        assert!(!leaf.is_signed_by(leaf));
        assert!(
            root.is_self_issued() && !leaf.is_self_issued() && root.is_authority() && !leaf.is_authority()
        );
        assert_eq!(root.is_self_signed(), leaf.is_signed_by(root));
    }
}
