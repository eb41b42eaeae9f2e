//! Revocation by the Entra profile: certificate-sign-in §4.2, §4.8 and §12.2, rows C.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use std::sync::Arc;

use lanyard_pki::{
    ChainOutcome, CrlIndex, CrlKind, CrlSlot, CrlStatus, IngestOptions, Profile, RequireCrlScope,
    RevocationView, StoredAuthority, TrustStore,
};
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, KeyUsagePurpose};
use lanyard_verdict::{Code, Refusal, RuleId};
use world::*;

fn ingest(world: &World, der: &[u8], kind: CrlKind) -> Result<CrlIndex, Refusal> {
    CrlIndex::ingest(
        der,
        &certificate(&world.issuing),
        kind,
        &IngestOptions::default(),
        now(),
    )
}

/// Every row of the per-CA table. Names CRL-PER-AUTHORITY; C13.
#[test]
fn the_decision_per_authority() {
    let world = world();
    let good_base = slot(
        &world.issuing.crl(&crl(5)).unwrap(),
        &world.issuing,
        CrlKind::Base,
        now(),
    );
    let good_delta = slot(
        &world.issuing.crl(&crl(6).delta_of(5)).unwrap(),
        &world.issuing,
        CrlKind::Delta,
        now(),
    );
    let view = RevocationView::new()
        .with(id(&world.issuing), CrlKind::Base, good_base)
        .with(id(&world.issuing), CrlKind::Delta, good_delta);
    let issuing = |base: bool, delta: bool, exempt: bool| {
        let mut authority = stored(&world.issuing, false);
        if base {
            authority = with_base(authority);
        }
        if delta {
            authority = with_delta(authority);
        }
        StoredAuthority {
            crl_check_exempt: exempt,
            ..authority
        }
    };
    let without_base = "500177 CRL-PER-AUTHORITY";
    let cases = [
        // base, delta, required, exempt
        (false, false, false, false, "trusted skipped:no-cdp"),
        (false, false, true, false, "500175 CRL-PER-AUTHORITY"),
        (false, false, true, true, "trusted skipped:exempt"),
        (false, false, false, true, "trusted skipped:exempt"),
        (true, false, false, false, "trusted checked"),
        (true, false, true, false, "trusted checked"),
        (true, true, false, false, "trusted checked delta"),
        (true, true, true, false, "trusted checked delta"),
        (false, true, false, false, without_base),
        (false, true, true, false, without_base),
        (false, true, true, true, without_base),
        (true, false, true, true, "trusted skipped:exempt"),
        (true, true, false, true, "trusted skipped:exempt"),
    ];
    for (base, delta, required, exempt, expected) in cases {
        let profile = Profile {
            require_crl: required,
            ..Profile::default()
        };
        let store = vec![stored(&world.root, true), issuing(base, delta, exempt)];
        let verdict = ask_with(&world.person, store, &view, &profile);
        let found = match &verdict.outcome {
            ChainOutcome::Trusted(chain) => match &chain.crl_status()[0].status {
                CrlStatus::Checked {
                    delta_number: Some(_),
                    ..
                } => "trusted checked delta".to_owned(),
                CrlStatus::Checked { .. } => "trusted checked".to_owned(),
                CrlStatus::SkippedExempt => "trusted skipped:exempt".to_owned(),
                CrlStatus::SkippedNoDistributionPoint => "trusted skipped:no-cdp".to_owned(),
            },
            _ => word(&verdict),
        };
        assert_eq!(
            found, expected,
            "base {base}, delta {delta}, required {required}, exempt {exempt}"
        );
    }
}

#[test]
fn the_scope_of_requiring_crls() {
    let world = world();
    let base = slot(
        &world.issuing.crl(&crl(5)).unwrap(),
        &world.issuing,
        CrlKind::Base,
        now(),
    );
    let view = RevocationView::new().with(id(&world.issuing), CrlKind::Base, base);
    for (scope, expected) in [
        (RequireCrlScope::Issuing, "trusted"),
        (RequireCrlScope::All, "500175 CRL-PER-AUTHORITY"),
    ] {
        let profile = Profile {
            require_crl: true,
            require_crl_scope: scope,
            ..Profile::default()
        };
        let store = vec![
            stored(&world.root, true),
            with_base(stored(&world.issuing, false)),
        ];
        assert_eq!(word(&ask_with(&world.person, store, &view, &profile)), expected);
    }
}

/// C3. A failure that the downloader reported is the answer, code and all.
#[test]
fn a_failed_download_is_the_refusal() {
    let world = world();
    let codes = [
        Code::CRL_HTTP_ERROR,
        Code::CRL_TIMEOUT,
        Code::CRL_NOT_DER,
        Code::CRL_DOWNLOAD_TIMED_OUT,
        Code::CRL_DOWNLOAD_IN_PROGRESS,
        Code::CRL_TOO_LARGE,
    ];
    for code in codes {
        let failed = CrlSlot::Failed(Refusal::new(
            code,
            RuleId::new("FETCH-TEST"),
            "the server answered 403",
        ));
        let view = RevocationView::new().with(id(&world.issuing), CrlKind::Base, failed);
        let store = vec![
            stored(&world.root, true),
            with_base(stored(&world.issuing, false)),
        ];
        let verdict = ask(&world.person, store, &view);
        let ChainOutcome::Refused(refusal) = verdict.outcome else {
            panic!()
        };
        assert_eq!(
            (refusal.code, refusal.detail.as_str()),
            (code, "the server answered 403")
        );
    }
}

/// C6: a revoked intermediate; the root's CRL covers it.
#[test]
fn a_revoked_authority_blocks_like_a_revoked_leaf() {
    let world = world();
    let base = world
        .root
        .crl(&crl(3).revoke(world.issuing.certificate().serial()))
        .unwrap();
    let view = RevocationView::new().with(
        id(&world.root),
        CrlKind::Base,
        slot(&base, &world.root, CrlKind::Base, now()),
    );
    let store = || {
        vec![
            with_base(stored(&world.root, true)),
            stored(&world.issuing, false),
        ]
    };
    let verdict = ask(&world.person, store(), &view);
    assert_eq!(word(&verdict), "500171 CRL-LISTED");
    let ChainOutcome::Refused(refusal) = verdict.outcome else {
        panic!()
    };
    assert!(refusal.detail.contains("Example Root"), "{}", refusal.detail);
    let nothing = RevocationView::new();
    assert_eq!(
        word(&ask(&world.person, store(), &nothing)),
        "needed: Base Absent"
    );
}

/// C4, C5.
#[test]
fn a_delta_adds_removes_and_is_never_optional() {
    let world = world();
    let serial = world.person.serial();
    let base = world.issuing.crl(&crl(5)).unwrap();
    let adding = world.issuing.crl(&crl(6).delta_of(5).revoke(serial)).unwrap();
    let view = |delta: &[u8]| {
        RevocationView::from_iter([
            (
                id(&world.issuing),
                CrlKind::Base,
                slot(&base, &world.issuing, CrlKind::Base, now()),
            ),
            (
                id(&world.issuing),
                CrlKind::Delta,
                slot(delta, &world.issuing, CrlKind::Delta, now()),
            ),
        ])
    };
    let store = || {
        vec![
            stored(&world.root, true),
            with_delta(with_base(stored(&world.issuing, false))),
        ]
    };
    assert_eq!(
        word(&ask(&world.person, store(), &view(&adding))),
        "500171 CRL-LISTED"
    );
    let old = lanyard_testkit::CrlProfile::new(6, at("2026-05-01T00:00:00Z"), at("2026-05-02T00:00:00Z"))
        .delta_of(5);
    let expired = world.issuing.crl(&old).unwrap();
    assert_eq!(
        word(&ask(&world.person, store(), &view(&expired))),
        "500172 CRL-CURRENT"
    );
    let serial_number = read(world.person.certificate_der()).facts().serial_number.clone();
    assert!(
        view(&adding)
            .status_of(&id(&world.issuing), &serial_number)
            .is_some()
    );
    assert!(
        RevocationView::new()
            .status_of(&id(&world.issuing), &serial_number)
            .is_none()
    );
}

/// C11, C12 and the other ways in which a body is no CRL. Names CRL-ENCODING and CRL-SIGNER-MAY-SIGN.
#[test]
fn bodies_that_are_no_crl_of_this_authority() {
    let world = world();
    let good = world.issuing.crl(&crl(5)).unwrap();
    let mut broken = good.clone();
    *broken.last_mut().unwrap() ^= 1;
    let other = world.root.crl(&crl(5)).unwrap();
    let pem = b"-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n".to_vec();
    let cases: [(&str, Vec<u8>, &str); 11] = [
        ("empty", Vec::new(), "500174 CRL-ENCODING"),
        ("PEM", pem, "2205011 CRL-ENCODING"),
        (
            "HTML",
            b"<!DOCTYPE html><html>Access denied</html>".to_vec(),
            "2205011 CRL-ENCODING",
        ),
        ("text", b"Not Found".to_vec(), "2205011 CRL-ENCODING"),
        ("cut off", good[..good.len() - 10].to_vec(), "500174 CRL-ENCODING"),
        (
            "a certificate",
            world.person.certificate_der().to_vec(),
            "500174 CRL-ENCODING",
        ),
        ("an empty sequence", vec![0x30, 0], "500174 CRL-ENCODING"),
        (
            "bytes after it",
            [&good[..], &[0]].concat(),
            "500174 CRL-ENCODING",
        ),
        (
            "indefinite length",
            vec![0x30, 0x80, 0, 0],
            "2205011 CRL-ENCODING",
        ),
        ("broken signature", broken, "2205015 CRL-SIGNATURE"),
        ("of another authority", other, "2205015 CRL-FROM-AUTHORITY"),
    ];
    for (name, body, expected) in cases {
        let refusal = ingest(&world, &body, CrlKind::Base).unwrap_err();
        assert_eq!(
            format!("{} {}", refusal.code.number(), refusal.rule),
            expected,
            "{name}: {}",
            refusal.detail
        );
    }
    let silent = AuthorityProfile::new("No CRLs", validity()).key_usages(&[KeyUsagePurpose::KeyCertSign]);
    let silent = CertificateAuthority::root(&silent).unwrap();
    let der = silent.crl(&crl(1)).unwrap();
    let refusal = CrlIndex::ingest(
        &der,
        &certificate(&silent),
        CrlKind::Base,
        &IngestOptions::default(),
        now(),
    );
    assert_eq!(refusal.unwrap_err().rule.as_str(), "CRL-SIGNER-MAY-SIGN");
}

/// C12: both key identifiers stand in the detail.
#[test]
fn the_wrong_authority_is_named() {
    let world = world();
    let der = world
        .issuing
        .crl(&crl(1).authority_key_identifier(&[0xab; 20]))
        .unwrap();
    let refusal = ingest(&world, &der, CrlKind::Base).unwrap_err();
    let own = certificate(&world.issuing)
        .facts()
        .subject_key_identifier
        .as_ref()
        .unwrap()
        .to_hex();
    assert!(
        refusal.detail.contains(&"AB".repeat(20)) && refusal.detail.contains(&own),
        "{}",
        refusal.detail
    );
}

/// C2: the moment from which a fresh CRL is fetched is known while the old one is valid.
#[test]
fn next_publish_is_known() {
    let world = world();
    let der = world
        .issuing
        .crl(&crl(1).next_publish(at("2026-06-05T00:00:00Z")))
        .unwrap();
    let index = ingest(&world, &der, CrlKind::Base).unwrap();
    assert_eq!(index.next_publish(), Some(at("2026-06-05T00:00:00Z")));
    assert!(index.next_publish().unwrap() < index.next_update());
}

/// No single changed byte makes a CRL panic, and none keeps its signature.
#[test]
fn no_changed_byte_is_accepted() {
    let world = world();
    let der = world
        .issuing
        .crl(&crl(5).revoke(&[1, 2, 3]).next_publish(at("2026-06-05T00:00:00Z")))
        .unwrap();
    for index in 0..der.len() {
        for change in [1, 0x80] {
            let mut changed = der.clone();
            changed[index] ^= change;
            assert!(ingest(&world, &changed, CrlKind::Base).is_err(), "byte {index}");
        }
    }
}

/// delta ∘ base ≡ the full list, for every certificate.
#[test]
fn a_delta_over_its_base_equals_the_full_list() {
    let world = world();
    let serial = |number: u32| [&[0x40][..], &number.to_be_bytes()].concat();
    let reason = |number: u32| match number % 3 {
        0 => lanyard_testkit::RevocationReason::CertificateHold,
        1 => lanyard_testkit::RevocationReason::KeyCompromise,
        _ => lanyard_testkit::RevocationReason::Unspecified,
    };
    let past = at("2026-05-01T00:00:00Z");
    let (mut base, mut delta, mut full) = (crl(10), crl(20).delta_of(10), crl(20));
    for number in 0..600_u32 {
        let (was_listed, is_listed) = (number % 2 == 0, number % 5 < 2);
        if was_listed {
            base = base.revoke_because(&serial(number), past, reason(number));
        }
        match (was_listed, is_listed) {
            (false, true) => delta = delta.revoke_because(&serial(number), past, reason(number)),
            (true, false) => {
                let released = lanyard_testkit::RevocationReason::RemoveFromCrl;
                delta = delta.revoke_because(&serial(number), past, released);
            }
            _ => {}
        }
        if is_listed {
            full = full.revoke_because(&serial(number), past, reason(number));
        }
    }
    let index =
        |profile, kind| Arc::new(ingest(&world, &world.issuing.crl(&profile).unwrap(), kind).unwrap());
    let authority = id(&world.issuing);
    let merged = RevocationView::from_iter([
        (
            authority,
            CrlKind::Base,
            CrlSlot::Available(index(base, CrlKind::Base)),
        ),
        (
            authority,
            CrlKind::Delta,
            CrlSlot::Available(index(delta, CrlKind::Delta)),
        ),
    ]);
    let full = RevocationView::new().with(
        authority,
        CrlKind::Base,
        CrlSlot::Available(index(full, CrlKind::Base)),
    );
    for number in 0..700 {
        let serial = lanyard_pki::SerialNumber::from_big_endian(&serial(number));
        assert_eq!(
            merged.status_of(&authority, &serial),
            full.status_of(&authority, &serial),
            "{number}"
        );
    }
}

/// C3 with a grace period. Names CRL-GRACE.
#[test]
fn a_grace_period_counts_only_when_set_and_never_for_what_is_suspicious() {
    let world = world();
    let ended = lanyard_testkit::CrlProfile::new(6, at("2026-05-30T00:00:00Z"), at("2026-05-31T12:00:00Z"));
    let index = |profile: &lanyard_testkit::CrlProfile, kind| {
        let der = world.issuing.crl(profile).unwrap();
        let slot = slot(&der, &world.issuing, kind, at("2026-05-31T00:00:00Z"));
        let CrlSlot::Available(index) = slot else {
            panic!("{slot:?}")
        };
        index
    };
    let refusal = |code, rule| Refusal::new(code, RuleId::new(rule), "why");
    let dead = || refusal(Code::CRL_HTTP_ERROR, "CRL-SINGLE-FLIGHT");
    let ask_at =
        |grace_hours: u32, not_renewed: Refusal, profile: &lanyard_testkit::CrlProfile, moment: &str| {
            let index = index(profile, CrlKind::Base);
            let view = RevocationView::new().with(
                id(&world.issuing),
                CrlKind::Base,
                CrlSlot::NotRenewed {
                    index,
                    refusal: not_renewed,
                },
            );
            let mut issuing = with_base(stored(&world.issuing, false));
            issuing.crl_grace_secs = grace_hours * 3600;
            let trust = TrustStore::new(vec![stored(&world.root, true), issuing]);
            lanyard_pki::evaluate(
                &read(world.person.certificate_der()),
                &trust,
                &view,
                &Profile::default(),
                at(moment),
            )
        };
    let clear = ended.clone();
    let listed = ended.clone().revoke(world.person.serial());
    let table = [
        (
            "not set",
            0,
            dead(),
            &clear,
            "2026-05-31T13:00:00Z",
            "500173 CRL-SINGLE-FLIGHT",
        ),
        ("in time", 24, dead(), &clear, "2026-05-31T13:00:00Z", "trusted"),
        (
            "its last moment",
            24,
            dead(),
            &clear,
            "2026-06-01T12:00:00Z",
            "trusted",
        ),
        (
            "over",
            24,
            dead(),
            &clear,
            "2026-06-01T12:00:01Z",
            "500173 CRL-SINGLE-FLIGHT",
        ),
        (
            "not expired",
            24,
            dead(),
            &clear,
            "2026-05-31T11:00:00Z",
            "500173 CRL-SINGLE-FLIGHT",
        ),
        (
            "listed",
            24,
            dead(),
            &listed,
            "2026-05-31T13:00:00Z",
            "500171 CRL-LISTED",
        ),
        (
            "still the old one",
            24,
            refusal(Code::CERTIFICATE_NOT_VALID_NOW, "CRL-CURRENT"),
            &clear,
            "2026-05-31T13:00:00Z",
            "trusted",
        ),
        (
            "a fallen number",
            24,
            refusal(Code::CRL_UNUSABLE, "CRL-NUMBER-RISES"),
            &clear,
            "2026-05-31T13:00:00Z",
            "500174 CRL-NUMBER-RISES",
        ),
        (
            "signed by another",
            24,
            refusal(Code::CRL_NOT_FROM_ISSUER, "CRL-SIGNATURE"),
            &clear,
            "2026-05-31T13:00:00Z",
            "2205015 CRL-SIGNATURE",
        ),
    ];
    for (what, hours, not_renewed, profile, moment, expected) in table {
        let verdict = ask_at(hours, not_renewed, profile, moment);
        assert_eq!(word(&verdict), expected, "{what}");
        let told = verdict
            .steps
            .steps()
            .iter()
            .find(|step| step.rule.as_str() == "CRL-GRACE");
        let in_grace = expected == "trusted" || what == "listed";
        assert_eq!(told.is_some(), in_grace, "{what}");
        if let ChainOutcome::Trusted(chain) = &verdict.outcome {
            let CrlStatus::Checked { grace_until, .. } = &chain.crl_status()[0].status else {
                panic!()
            };
            assert_eq!(*grace_until, Some(at("2026-06-01T12:00:00Z")));
            let text = format!("{told:?}");
            assert!(text.contains("in use until 2026-06-01T12:00:00Z"), "{text}");
        }
    }
}
