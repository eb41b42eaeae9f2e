//! What RFC 5280 §4 asks of issuers beyond what a path needs. Only the plain RFC 5280 profile insists on it.

use lanyard_verdict::Code;

use super::record::{Failure, Reach, Record};
use crate::Certificate;

/// Where a certificate stands on the path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Leaf,
    Intermediate,
    Root,
}

/// Rule `PATH-STRICT-ISSUING`: in the plain RFC 5280 profile certificates must keep to the issuer's duties as well: key
/// identifiers present and not critical, constraints critical and in CA certificates only, serial numbers neither zero
/// nor longer than 20 octets, a subject or critical alternative names. Source: RFC 5280 §4.1.2.2, §4.1.2.6, §4.2.1.
pub(super) fn is_issued_strictly(
    record: &mut Record,
    certificate: &Certificate,
    role: Role,
    reach: Reach,
) -> Result<(), Failure> {
    let extensions = &certificate.contents().extensions;
    let oddity = extensions
        .oddities
        .first()
        .copied()
        .or_else(|| about_identity(certificate, role))
        .or_else(|| about_authority(certificate, role));
    let Some(oddity) = oddity else {
        return Ok(());
    };
    let inputs = [
        ("subject", certificate.facts().subject.to_string()),
        ("oddity", oddity.to_owned()),
    ];
    let detail = format!("'{}': {oddity}", certificate.facts().subject);
    let code = Code::CERTIFICATE_VALIDATION_FAILED;
    Err(record.failed(reach, code, "PATH-STRICT-ISSUING", &inputs, detail))
}

fn about_identity(certificate: &Certificate, role: Role) -> Option<&'static str> {
    const MAX_SERIAL_OCTETS: usize = 20;
    let (contents, facts) = (certificate.contents(), certificate.facts());
    let serial = facts.serial_number.as_bytes();
    if serial.len() > MAX_SERIAL_OCTETS {
        Some("its serial number is longer than 20 octets")
    } else if serial == [0] {
        Some("its serial number is zero")
    } else if contents.subject.is_empty() && role != Role::Leaf {
        Some("an authority has no subject")
    } else if contents.subject.is_empty() && !contents.extensions.has_critical_alternative_names {
        Some("it has neither a subject nor critical alternative names")
    } else if role != Role::Leaf && facts.subject_key_identifier.is_none() {
        Some("an authority has no subject key identifier")
    } else if role != Role::Root && facts.authority_key_identifier.is_none() && !certificate.is_self_issued()
    {
        Some("it has no authority key identifier")
    } else {
        None
    }
}

fn about_authority(certificate: &Certificate, role: Role) -> Option<&'static str> {
    let extensions = &certificate.contents().extensions;
    let basic = extensions.basic_constraints;
    if role == Role::Root && !extensions.has_critical_basic_constraints {
        return Some("the basic constraints of a root are not critical");
    }
    if certificate.is_authority() {
        return None;
    }
    if extensions.name_constraints.is_some() {
        Some("a certificate that is no authority has name constraints")
    } else if basic.is_some_and(|constraints| constraints.path_length.is_some()) {
        Some("a certificate that is no authority has a path length")
    } else if extensions
        .key_usage
        .is_some_and(|usage| usage.certificate_signing())
    {
        Some("a certificate that is no authority may sign certificates")
    } else {
        None
    }
}
