//! What is asked of an issuer before it may stand above the certificates below it.

use jiff::Timestamp;
use lanyard_verdict::Code;

use super::leaf::{
    OwnSignature, accepted_purposes, critical_extensions_are_known, has_accepted_algorithms, is_within,
};
use super::names;
use super::record::{Failure, Reach, Record};
use super::strict::{Role, is_issued_strictly};
use crate::profile::Purpose;
use crate::{Certificate, Profile};

/// What the checks on an issuer depend on beside the certificates.
pub(super) struct Context<'a> {
    pub(super) is_root: bool,
    pub(super) purpose: Purpose,
    pub(super) profile: &'a Profile,
    pub(super) now: Timestamp,
}

/// Every check on `issuer` as the next certificate above `below` (leaf first), its signature excepted.
pub(super) fn check(
    record: &mut Record,
    issuer: &Certificate,
    below: &[&Certificate],
    context: &Context<'_>,
) -> Result<(), Failure> {
    let profile = context.profile;
    is_current(record, issuer, profile, context.now)?;
    may_issue(record, issuer, below)?;
    // A root is trusted because it is stored: how it signed itself plays no part.
    let signature = if context.is_root {
        OwnSignature::Irrelevant
    } else {
        OwnSignature::Counts
    };
    has_accepted_algorithms(record, issuer, profile, signature, Reach::Path)?;
    critical_extensions_are_known(record, issuer, Reach::Path)?;
    if context.purpose != Purpose::Any {
        purposes_nest(record, issuer, below, profile)?;
    }
    names::are_permitted(record, issuer, below)?;
    if profile.strict_issuing {
        let role = if context.is_root {
            Role::Root
        } else {
            Role::Intermediate
        };
        is_issued_strictly(record, issuer, role, Reach::Path)?;
    }
    Ok(())
}

fn authority(issuer: &Certificate) -> (&'static str, String) {
    ("authority", issuer.facts().subject.to_string())
}

/// Rule `PATH-AUTHORITY-CURRENT`: an authority outside its validity breaks the path (500176). Source:
/// certificate-sign-in §3.2.
fn is_current(
    record: &mut Record,
    issuer: &Certificate,
    profile: &Profile,
    now: Timestamp,
) -> Result<(), Failure> {
    let facts = issuer.facts();
    let inputs = [
        authority(issuer),
        ("not_before", facts.not_before.to_string()),
        ("not_after", facts.not_after.to_string()),
        ("now", now.to_string()),
    ];
    if is_within(facts.not_before, facts.not_after, profile, now) {
        record.passed("PATH-AUTHORITY-CURRENT", &inputs);
        return Ok(());
    }
    let detail = format!(
        "the authority '{}' is valid from {} to {}; it is {now}",
        facts.subject, facts.not_before, facts.not_after
    );
    Err(record.failed(
        Reach::Path,
        Code::ISSUER_NOT_TRUSTED,
        "PATH-AUTHORITY-CURRENT",
        &inputs,
        detail,
    ))
}

/// Rule `PATH-MAY-ISSUE`: an issuer is of version 3, a CA by basicConstraints, allowed to sign certificates by its key
/// usage if present, and has no more intermediate CAs below it than its path length allows; self-issued ones do not
/// count. Source: certificate-sign-in §3.2; RFC 5280 §6.1.4 k–n.
fn may_issue(record: &mut Record, issuer: &Certificate, below: &[&Certificate]) -> Result<(), Failure> {
    let extensions = &issuer.contents().extensions;
    let intermediates = below
        .iter()
        .skip(1)
        .filter(|certificate| !certificate.is_self_issued())
        .count();
    let path_length = extensions
        .basic_constraints
        .and_then(|constraints| constraints.path_length);
    let may_sign = extensions
        .key_usage
        .is_none_or(|usage| usage.certificate_signing());
    let inputs = [
        authority(issuer),
        (
            "is_ca",
            if issuer.is_authority() { "yes" } else { "no" }.to_owned(),
        ),
        (
            "certificate_signing",
            if may_sign { "yes" } else { "no" }.to_owned(),
        ),
        (
            "path_length",
            path_length.map_or_else(|| "unlimited".to_owned(), |length| length.to_string()),
        ),
        ("intermediates_below", intermediates.to_string()),
    ];
    let subject = &issuer.facts().subject;
    let detail = if !issuer.contents().is_version_3 || !issuer.is_authority() {
        format!("'{subject}' is not a certificate authority")
    } else if !may_sign {
        format!("the key usage of '{subject}' does not allow signing certificates")
    } else if path_length.is_some_and(|length| intermediates > length as usize) {
        format!("'{subject}' allows fewer than the {intermediates} intermediate authorities below it")
    } else {
        record.passed("PATH-MAY-ISSUE", &inputs);
        return Ok(());
    };
    Err(record.failed(
        Reach::Path,
        Code::CERTIFICATE_VALIDATION_FAILED,
        "PATH-MAY-ISSUE",
        &inputs,
        detail,
    ))
}

/// Rule `PATH-PURPOSE-NESTS`: extended key usages of an authority, when present, must allow a purpose for which the leaf
/// is accepted. Source: certificate-sign-in §3.2.
fn purposes_nest(
    record: &mut Record,
    issuer: &Certificate,
    below: &[&Certificate],
    profile: &Profile,
) -> Result<(), Failure> {
    let own = issuer.contents().extensions.extended_key_usages.as_deref();
    if own.is_none() {
        return Ok(());
    }
    let mut purposes = accepted_purposes(own, profile);
    for certificate in below {
        let usages = certificate.contents().extensions.extended_key_usages.as_deref();
        let theirs = accepted_purposes(usages, profile);
        purposes.retain(|purpose| theirs.contains(purpose));
    }
    let listed = issuer
        .facts()
        .extended_key_usages
        .as_ref()
        .map(|usages| usages.join(" "));
    let inputs = [
        authority(issuer),
        ("extended_key_usage", listed.clone().unwrap_or_default()),
    ];
    if !purposes.is_empty() {
        record.passed("PATH-PURPOSE-NESTS", &inputs);
        return Ok(());
    }
    let detail = format!(
        "'{}' may only issue for {}, which leaves no purpose that counts",
        issuer.facts().subject,
        listed.unwrap_or_default()
    );
    Err(record.failed(
        Reach::Path,
        Code::CERTIFICATE_VALIDATION_FAILED,
        "PATH-PURPOSE-NESTS",
        &inputs,
        detail,
    ))
}
