//! Checks of an authority itself.

use jiff::Timestamp;

use lanyard_pki::{
    CrlCheck, PolicyInputs, Purpose, StoredAuthority, TrustStore, VerifyInputs, VerifyProfile,
};

use super::finding::{CheckResult, Finding};
use crate::crl::span;

const SECONDS_OF_A_DAY: i64 = 86_400;

/// Whether its certificate counts now, and for how long still.
pub(super) fn validity(authority: &StoredAuthority, alarm_days: u16, now: Timestamp) -> Finding {
    let facts = authority.certificate.facts();
    let until = format!(
        "valid until {} ({} left)",
        facts.not_after,
        span(facts.not_after, now)
    );
    let left = facts.not_after.as_second() - now.as_second();
    let (result, detail) = if now < facts.not_before {
        (
            CheckResult::Failed,
            format!("not valid before {}", facts.not_before),
        )
    } else if left < 0 {
        (CheckResult::Failed, format!("ended at {}", facts.not_after))
    } else if left < i64::from(alarm_days) * SECONDS_OF_A_DAY {
        (CheckResult::Warning, until)
    } else {
        (CheckResult::Ok, until)
    };
    Finding::new("authority-validity", result, detail)
}

/// Whether a path leads from it to a root of the store: key identifiers, and each signature.
pub(super) fn chain(authority: &StoredAuthority, trust: &TrustStore, now: Timestamp) -> Finding {
    let finding = |result, detail: String| Finding::new("authority-chain", result, detail);
    if authority.is_root {
        return finding(CheckResult::Ok, "it is a root of the store".to_owned());
    }
    let facts = authority.certificate.facts();
    let Some(wanted) = &facts.authority_key_identifier else {
        let detail = "its certificate does not say whose key signed it (no authority key identifier)";
        return finding(CheckResult::Failed, detail.to_owned());
    };
    let mut above = trust.by_subject_key_identifier(wanted);
    let Some((_, issuer)) = above.next() else {
        let detail = format!(
            "its issuer '{}' with key identifier {wanted} is not in the store",
            facts.issuer
        );
        return finding(CheckResult::Failed, detail);
    };
    let (roots, others): (Vec<_>, Vec<_>) = trust
        .authorities()
        .map(|(_, stored)| stored)
        .partition(|stored| stored.is_root);
    let certificates = |stored: Vec<&StoredAuthority>| {
        stored
            .into_iter()
            .map(|stored| stored.certificate.clone())
            .collect()
    };
    let answer = VerifyInputs {
        anchors: certificates(roots),
        intermediates: certificates(others),
        crls: Vec::new(),
        leaf: authority.certificate.clone(),
        at: now,
        profile: VerifyProfile::Rfc5280,
        crl_check: CrlCheck::None,
        purpose: Purpose::Any,
        policies: PolicyInputs::default(),
        max_depth: None,
        min_rsa_bits: None,
        allow_sha1: false,
    }
    .answer(None);
    if answer.outcome == "valid" {
        let root = answer.chain.last().map_or("", |link| link.subject.as_str());
        let detail = format!(
            "signed by '{}'; the path ends at '{root}'",
            issuer.certificate.facts().subject
        );
        return finding(CheckResult::Ok, detail);
    }
    finding(CheckResult::Failed, answer.detail.unwrap_or_default())
}

/// An authority without a CRL address: its certificates cannot be revoked.
pub(super) fn no_address(authority: &StoredAuthority) -> Finding {
    let (result, detail) = if authority.delta_crl_url.is_some() {
        (
            CheckResult::Failed,
            "it has the address of a delta CRL but none of a complete one: every sign-in fails with AADSTS500177",
        )
    } else {
        (
            CheckResult::Warning,
            "no CRL address: certificates it issued are not checked for revocation",
        )
    };
    Finding::new("crl-address", result, detail)
}
