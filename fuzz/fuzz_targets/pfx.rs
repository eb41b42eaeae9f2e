//! Any bytes as a PFX file, read as `lanyard explain` reads it; any password and chain as one that is written and read.
#![no_main]

use std::sync::LazyLock;

use lanyard_pki::Certificate;
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, IssuedCertificate, KeyAlgorithm, UserProfile, Validity,
};
use libfuzzer_sys::fuzz_target;

static PAIR: LazyLock<(CertificateAuthority, IssuedCertificate)> = LazyLock::new(|| {
    let validity = Validity::years_from("2026-01-01T00:00:00Z".parse().expect("a time"), 10);
    let authority = AuthorityProfile::new("Files", validity).key_algorithm(KeyAlgorithm::P256);
    let authority = CertificateAuthority::root(&authority).expect("an authority");
    let user = UserProfile::new("Person", validity).key_algorithm(KeyAlgorithm::P256);
    let user = authority.issue_user(&user).expect("a certificate");
    (authority, user)
});

fn leaf(bytes: &[u8], password: &str) -> Option<Certificate> {
    let policy = p12_keystore::Pkcs12ImportPolicy::default();
    let store = p12_keystore::KeyStore::from_pkcs12(bytes, password, policy).ok()?;
    let (_, chain) = store.private_key_chain()?;
    Certificate::parse(chain.certs().first()?.as_der()).ok()
}

fuzz_target!(|bytes: &[u8]| {
    let _ = leaf(bytes, "secret");
    // Deriving keys takes its time by design: only some inputs try a password of their own.
    if let [0, password @ ..] = bytes
        && password.len() <= 64
        && let Ok(password) = std::str::from_utf8(password)
    {
        let (authority, user) = &*PAIR;
        let written = user
            .pfx(password, &[authority.certificate_der()])
            .expect("a file");
        let read = leaf(&written, password).expect("what was written can be read");
        assert_eq!(read.der(), user.certificate_der());
        assert!(leaf(&written, &format!("{password}x")).is_none());
    }
});
