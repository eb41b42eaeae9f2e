//! What is asked of the leaf itself, before any issuer is looked for.

use jiff::Timestamp;
use lanyard_verdict::Code;

use super::record::{Failure, Reach, Record};
use crate::asn1::oid::{self, Oid};
use crate::profile::{IssuerMatch, Purpose};
use crate::signature::Hash;
use crate::{Certificate, EllipticCurve, Profile, PublicKeyKind};

/// Every check on the leaf alone.
pub(super) fn check(
    record: &mut Record,
    leaf: &Certificate,
    profile: &Profile,
    now: Timestamp,
) -> Result<(), Failure> {
    is_version_3(record, leaf)?;
    is_current(record, leaf, profile, now)?;
    has_accepted_algorithms(record, leaf, profile, OwnSignature::Counts, Reach::Leaf)?;
    critical_extensions_are_known(record, leaf, Reach::Leaf)?;
    is_meant_for_purpose(record, leaf, profile)?;
    if profile.strict_issuing {
        super::strict::is_issued_strictly(record, leaf, super::strict::Role::Leaf, Reach::Leaf)?;
    }
    Ok(())
}

/// The checks on a CRL signer that is no CA of the path: those on a leaf, purposes excepted.
pub(super) fn check_signer(
    record: &mut Record,
    signer: &Certificate,
    profile: &Profile,
    now: Timestamp,
) -> Result<(), Failure> {
    is_version_3(record, signer)?;
    is_current(record, signer, profile, now)?;
    has_accepted_algorithms(record, signer, profile, OwnSignature::Counts, Reach::Leaf)?;
    critical_extensions_are_known(record, signer, Reach::Leaf)
}

fn subject(certificate: &Certificate) -> (&'static str, String) {
    ("subject", certificate.facts().subject.to_string())
}

/// Rule `LEAF-VERSION`: the certificate is of version 3. Source: certificate-sign-in §3.2.
fn is_version_3(record: &mut Record, leaf: &Certificate) -> Result<(), Failure> {
    if leaf.contents().is_version_3 {
        return Ok(());
    }
    let detail = "the certificate is not of version 3".to_owned();
    let inputs = [subject(leaf)];
    Err(record.failed(
        Reach::Leaf,
        Code::CERTIFICATE_VALIDATION_FAILED,
        "LEAF-VERSION",
        &inputs,
        detail,
    ))
}

/// Rule `LEAF-CURRENT`: the certificate is valid while notBefore ≤ now ≤ notAfter (500172). Source: certificate-sign-in
/// §3.2.
fn is_current(
    record: &mut Record,
    leaf: &Certificate,
    profile: &Profile,
    now: Timestamp,
) -> Result<(), Failure> {
    let facts = leaf.facts();
    let inputs = [
        subject(leaf),
        ("not_before", facts.not_before.to_string()),
        ("not_after", facts.not_after.to_string()),
        ("now", now.to_string()),
    ];
    if is_within(facts.not_before, facts.not_after, profile, now) {
        record.passed("LEAF-CURRENT", &inputs);
        return Ok(());
    }
    let detail = format!(
        "'{}' issued by '{}' is valid from {} to {}; it is {now}",
        facts.subject, facts.issuer, facts.not_before, facts.not_after
    );
    Err(record.failed(
        Reach::Leaf,
        Code::CERTIFICATE_NOT_VALID_NOW,
        "LEAF-CURRENT",
        &inputs,
        detail,
    ))
}

/// Whether `now` lies in a validity, the clock skew granted at both ends.
pub(super) fn is_within(
    not_before: Timestamp,
    not_after: Timestamp,
    profile: &Profile,
    now: Timestamp,
) -> bool {
    let skew = profile.skew();
    let latest = now.saturating_add(skew).unwrap_or(now);
    let earliest = now.saturating_sub(skew).unwrap_or(now);
    not_before <= latest && earliest <= not_after
}

/// Whether the algorithm a certificate is signed with counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnSignature {
    Counts,
    Irrelevant,
}

/// Rule `PATH-ALGORITHM`: RSA keys of the least accepted size up to 8192 bits and the curves P-256, P-384 and P-521 are
/// accepted, signed by RSA PKCS#1 v1.5, RSA-PSS or ECDSA over SHA-256, SHA-384 or SHA-512; SHA-1 only by setting, all
/// else is refused by name. Source: certificate-sign-in §3.3.
pub(super) fn has_accepted_algorithms(
    record: &mut Record,
    certificate: &Certificate,
    profile: &Profile,
    own_signature: OwnSignature,
    reach: Reach,
) -> Result<(), Failure> {
    const MAX_RSA_BITS: u32 = 8192;
    let contents = certificate.contents();
    let (key, objection) = match &contents.facts.public_key {
        PublicKeyKind::Rsa { bits } => {
            let key = format!("RSA {bits}");
            let is_accepted = (profile.min_rsa_bits..=MAX_RSA_BITS).contains(bits);
            let objection = (!is_accepted).then(|| {
                format!(
                    "its RSA key has {bits} bits; {} to {MAX_RSA_BITS} are accepted",
                    profile.min_rsa_bits
                )
            });
            (key, objection)
        }
        PublicKeyKind::Ec {
            curve: EllipticCurve::Other(curve),
        } => (
            format!("curve {curve}"),
            Some(format!("its key is on the curve {curve}, which is not accepted")),
        ),
        PublicKeyKind::Ec { curve } => (format!("{curve:?}"), None),
        PublicKeyKind::Other { algorithm } => (
            format!("algorithm {algorithm}"),
            Some(format!(
                "its key is of the algorithm {algorithm}, which is not accepted"
            )),
        ),
    };
    let signature = &contents.signature_algorithm;
    let objection = objection.or_else(|| match signature.hash() {
        _ if own_signature == OwnSignature::Irrelevant => None,
        None => Some(format!("it is signed with {signature}, which is not accepted")),
        Some(Hash::Sha1) if !profile.allow_sha1_signatures => {
            Some(format!("it is signed with {signature}; SHA-1 is not accepted"))
        }
        Some(_) => None,
    });
    let inputs = [
        subject(certificate),
        ("key", key),
        ("signature", signature.to_string()),
    ];
    match objection {
        None => {
            record.passed("PATH-ALGORITHM", &inputs);
            Ok(())
        }
        Some(objection) => {
            let detail = format!("'{}': {objection}", certificate.facts().subject);
            let code = Code::CERTIFICATE_VALIDATION_FAILED;
            Err(record.failed(reach, code, "PATH-ALGORITHM", &inputs, detail))
        }
    }
}

/// Rule `PATH-CRITICAL-EXTENSION`: a certificate with a critical extension that is not understood is refused. Source:
/// certificate-sign-in §3.2; RFC 5280 §4.2.
pub(super) fn critical_extensions_are_known(
    record: &mut Record,
    certificate: &Certificate,
    reach: Reach,
) -> Result<(), Failure> {
    let Some(unknown) = certificate.contents().extensions.unknown_critical.first() else {
        return Ok(());
    };
    let inputs = [subject(certificate), ("extension", unknown.clone())];
    let detail = format!(
        "'{}' has the critical extension {unknown}, which is not understood",
        certificate.facts().subject
    );
    let code = Code::CERTIFICATE_VALIDATION_FAILED;
    Err(record.failed(reach, code, "PATH-CRITICAL-EXTENSION", &inputs, detail))
}

/// Rule `LEAF-PURPOSE`: the certificate is meant for client authentication: no extended key usage at all, or one with
/// clientAuth, smartcardLogon (Entra profile) or any; and its key usage, if present, includes digitalSignature. Source:
/// certificate-sign-in §3.2.
fn is_meant_for_purpose(record: &mut Record, leaf: &Certificate, profile: &Profile) -> Result<(), Failure> {
    if profile.purpose == Purpose::Any {
        return Ok(());
    }
    let extensions = &leaf.contents().extensions;
    let listed = leaf
        .facts()
        .extended_key_usages
        .as_ref()
        .map_or_else(|| "absent".to_owned(), |usages| usages.join(" "));
    let may_sign = extensions.key_usage.is_none_or(|usage| usage.digital_signature());
    let inputs = [
        subject(leaf),
        ("extended_key_usage", listed.clone()),
        (
            "digital_signature",
            if may_sign { "yes" } else { "no" }.to_owned(),
        ),
    ];
    let code = Code::CERTIFICATE_VALIDATION_FAILED;
    if accepted_purposes(extensions.extended_key_usages.as_deref(), profile).is_empty() {
        let detail =
            format!("the certificate is not meant for client authentication; its purposes are {listed}");
        return Err(record.failed(Reach::Leaf, code, "LEAF-PURPOSE", &inputs, detail));
    }
    if !may_sign {
        let detail = "the certificate's key usage does not include digitalSignature".to_owned();
        return Err(record.failed(Reach::Leaf, code, "LEAF-PURPOSE", &inputs, detail));
    }
    record.passed("LEAF-PURPOSE", &inputs);
    Ok(())
}

/// The purposes that open the door and that these usages allow.
pub(super) fn accepted_purposes(usages: Option<&[Oid]>, profile: &Profile) -> Vec<&'static [u8]> {
    let wanted: &[&'static [u8]] = match profile.issuer_match {
        IssuerMatch::KeyIdentifier => &[oid::CLIENT_AUTHENTICATION, oid::SMART_CARD_LOGON],
        IssuerMatch::Name => &[oid::CLIENT_AUTHENTICATION],
    };
    let has = |wanted: &[u8]| {
        usages.is_none_or(|usages| {
            usages
                .iter()
                .any(|usage| usage.as_bytes() == wanted || usage.as_bytes() == oid::ANY_EXTENDED_KEY_USAGE)
        })
    };
    wanted.iter().copied().filter(|wanted| has(wanted)).collect()
}
