//! A small PKI to stand in: a root, an issuing authority, a person, and the moment they are judged at.

#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;

use jiff::Timestamp;
use lanyard_pki::{
    AuthorityId, Certificate, ChainOutcome, CrlIndex, CrlKind, CrlSlot, IngestOptions, Profile,
    RevocationView, StoredAuthority, TrustStore, evaluate,
};
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, Extension, IssuedCertificate, UserProfile, Validity,
};
use lanyard_verdict::Verdict;

/// The moment everything is judged at.
pub(crate) const NOW: &str = "2026-06-01T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn validity() -> Validity {
    Validity::years_from(at("2025-01-01T00:00:00Z"), 10)
}

/// A CRL that is current at [`NOW`].
pub(crate) fn crl(number: u64) -> CrlProfile {
    CrlProfile::new(number, at("2026-06-01T00:00:00Z"), at("2026-06-08T00:00:00Z"))
}

pub(crate) fn read(der: &[u8]) -> Certificate {
    Certificate::parse(der).unwrap()
}

pub(crate) fn certificate(authority: &CertificateAuthority) -> Certificate {
    read(authority.certificate_der())
}

/// An authority as an administrator stores it.
pub(crate) fn stored(authority: &CertificateAuthority, is_root: bool) -> StoredAuthority {
    StoredAuthority {
        certificate: certificate(authority),
        is_root,
        base_crl_url: None,
        delta_crl_url: None,
        crl_check_exempt: false,
        further_base_crl_urls: Vec::new(),
        crl_grace_secs: 0,
    }
}

pub(crate) fn with_base(mut stored: StoredAuthority) -> StoredAuthority {
    stored.base_crl_url = Some("http://crl.example.test/base.crl".to_owned());
    stored
}

pub(crate) fn with_delta(mut stored: StoredAuthority) -> StoredAuthority {
    stored.delta_crl_url = Some("http://crl.example.test/delta.crl".to_owned());
    stored
}

pub(crate) struct World {
    pub(crate) root: CertificateAuthority,
    pub(crate) issuing: CertificateAuthority,
    pub(crate) person: IssuedCertificate,
}

pub(crate) fn world() -> World {
    let root = CertificateAuthority::root(&AuthorityProfile::new("Example Root", validity())).unwrap();
    let issuing = root
        .issue_authority(&AuthorityProfile::new("Example Issuing CA", validity()))
        .unwrap();
    let person = issuing.issue_user(&user()).unwrap();
    World {
        root,
        issuing,
        person,
    }
}

pub(crate) fn user() -> UserProfile {
    UserProfile::new("Alice Example", validity()).user_principal_name("alice@example.test")
}

/// Evaluates by the Entra profile at [`NOW`].
pub(crate) fn ask(
    leaf: &IssuedCertificate,
    store: Vec<StoredAuthority>,
    view: &RevocationView,
) -> Verdict<ChainOutcome> {
    ask_with(leaf, store, view, &Profile::default())
}

pub(crate) fn ask_with(
    leaf: &IssuedCertificate,
    store: Vec<StoredAuthority>,
    view: &RevocationView,
    profile: &Profile,
) -> Verdict<ChainOutcome> {
    evaluate(
        &read(leaf.certificate_der()),
        &TrustStore::new(store),
        view,
        profile,
        now(),
    )
}

/// The outcome in one word: `trusted`, the error number with the rule, or the CRLs that are needed.
pub(crate) fn word(verdict: &Verdict<ChainOutcome>) -> String {
    match &verdict.outcome {
        ChainOutcome::Trusted(_) => "trusted".to_owned(),
        ChainOutcome::Refused(refusal) => format!("{} {}", refusal.code.number(), refusal.rule),
        ChainOutcome::CrlNeeded(requests) => {
            let each: Vec<String> = requests
                .iter()
                .map(|request| format!("{:?} {:?}", request.kind, request.reason))
                .collect();
            format!("needed: {}", each.join(", "))
        }
    }
}

/// A CRL as the server takes it in: the index, or the refusal it met.
pub(crate) fn slot(der: &[u8], issuer: &CertificateAuthority, kind: CrlKind, at: Timestamp) -> CrlSlot {
    match CrlIndex::ingest(der, &certificate(issuer), kind, &IngestOptions::default(), at) {
        Ok(index) => CrlSlot::Available(Arc::new(index)),
        Err(refusal) => CrlSlot::Failed(refusal),
    }
}

pub(crate) fn id(authority: &CertificateAuthority) -> AuthorityId {
    AuthorityId::of(&certificate(authority))
}

/// One DER element with a definite length.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let mut whole = vec![tag];
    match contents.len() {
        length @ 0..=127 => whole.push(u8::try_from(length).unwrap()),
        length => whole.extend([
            0x82,
            u8::try_from(length >> 8).unwrap(),
            u8::try_from(length & 0xff).unwrap(),
        ]),
    }
    whole.extend(contents);
    whole
}

/// An issuing distribution point with these contents.
pub(crate) fn issuing_distribution_point(parts: &[&[u8]]) -> Extension {
    Extension {
        oid: "2.5.29.28".to_owned(),
        critical: true,
        value_der: element(0x30, parts),
    }
}

/// The `[0]` of a distribution point that is known by one URL.
pub(crate) fn point_name(url: &str) -> Vec<u8> {
    element(0xa0, &[&element(0xa0, &[&element(0x86, &[url.as_bytes()])])])
}
