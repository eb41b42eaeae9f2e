//! From the bytes of a CRL to a verified index.

use aws_lc_rs::digest;
use jiff::Timestamp;
use lanyard_verdict::{Code, Refusal, RuleId};
use serde::{Deserialize, Serialize};

use crate::asn1::{DerError, Reader, tag};
use crate::crl::CrlIndex;
use crate::crl::read::CrlParts;
use crate::crl::serials::SerialSet;
use crate::signature::{Hash, SignatureFailure};
use crate::{AuthorityId, Certificate, Profile};

/// Which of an authority's two CRLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CrlKind {
    /// The complete CRL.
    Base,
    /// The delta CRL.
    Delta,
}

/// What an ingest tolerates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IngestOptions {
    /// Tolerance at time comparisons, in seconds; at most 300 counts.
    pub clock_skew_secs: u32,
    /// Whether a CRL signed over SHA-1 is accepted.
    pub allow_sha1_signatures: bool,
}

impl From<&Profile> for IngestOptions {
    fn from(profile: &Profile) -> Self {
        Self {
            clock_skew_secs: profile.clock_skew_secs,
            allow_sha1_signatures: profile.allow_sha1_signatures,
        }
    }
}

impl CrlIndex {
    /// Verifies a CRL that `issuer` is said to have issued, once and for all, and indexes it.
    ///
    /// Whether its number may follow the one before is a question of its own: [`crate::number_rises`].
    ///
    /// # Errors
    /// The refusal: 2205011, 500174, 2205015, 500178 or 500172.
    pub fn ingest(
        der: &[u8],
        issuer: &Certificate,
        kind: CrlKind,
        options: &IngestOptions,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let parts = read(der)?;
        belongs_to_issuer(&parts, issuer)?;
        may_sign(&parts, issuer, options)?;
        let fingerprint = fingerprint(&parts);
        let (signature, serials) = verify_and_index(&parts, issuer, &fingerprint);
        signature?;
        let next_update = has_usable_form(&parts, kind)?;
        has_usable_scope(&parts)?;
        is_current(parts.this_update, next_update, options, now)?;
        let serials = serials.map_err(|cause| unreadable(&cause))?;
        Ok(Self::of_parts(
            parts,
            AuthorityId::of(issuer),
            next_update,
            fingerprint,
            serials,
        ))
    }

    /// Indexes a CRL that was verified before; `None` when it cannot be read.
    pub(super) fn of_verified(der: &[u8], authority: AuthorityId) -> Option<Self> {
        let parts = CrlParts::read(der).ok()?;
        let next_update = parts.next_update?;
        let fingerprint = fingerprint(&parts);
        let serials = SerialSet::build(parts.entries, &fingerprint).ok()?;
        Some(Self::of_parts(
            parts,
            authority,
            next_update,
            fingerprint,
            serials,
        ))
    }

    fn of_parts(
        parts: CrlParts<'_>,
        authority: AuthorityId,
        next_update: Timestamp,
        fingerprint: [u8; 32],
        serials: SerialSet,
    ) -> Self {
        Self {
            authority,
            number: parts.extensions.number,
            delta_base_number: parts.extensions.delta_base_number,
            this_update: parts.this_update,
            next_update,
            next_publish: parts.extensions.next_publish,
            scope: parts.extensions.issuing_distribution_point,
            fingerprint,
            serials,
        }
    }
}

/// SHA-256 over the signature.
pub(super) fn fingerprint(parts: &CrlParts<'_>) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest::digest(&digest::SHA256, parts.signature).as_ref());
    fingerprint
}

/// Checks the signature and builds the index, side by side when the CRL is large.
fn verify_and_index(
    parts: &CrlParts<'_>,
    issuer: &Certificate,
    fingerprint: &[u8; 32],
) -> (Result<(), Refusal>, Result<SerialSet, DerError>) {
    const LARGE: usize = 1024 * 1024;
    if parts.entries.len() < LARGE {
        let signature = signature_verifies(parts, issuer);
        // What is not signed is not worth an index.
        let serials = if signature.is_ok() {
            SerialSet::build(parts.entries, fingerprint)
        } else {
            Ok(SerialSet::default())
        };
        return (signature, serials);
    }
    std::thread::scope(|scope| {
        let builder = scope.spawn(|| SerialSet::build(parts.entries, fingerprint));
        let signature = signature_verifies(parts, issuer);
        let serials = builder
            .join()
            .unwrap_or(Err(DerError::Value("the index could not be built")));
        (signature, serials)
    })
}

/// Reads the frame of a CRL.
///
/// Rule `CRL-ENCODING`: a body that is not DER is refused with 2205011 (PEM and HTML are named), an empty body or DER
/// that is no CRL with 500174. Source: certificate-sign-in §4.3 DL-6.
fn read(der: &[u8]) -> Result<CrlParts<'_>, Refusal> {
    let rule = RuleId::new("CRL-ENCODING");
    let Some(first) = der.first() else {
        return Err(Refusal::new(Code::CRL_UNUSABLE, rule, "the CRL is empty"));
    };
    if *first != tag::SEQUENCE {
        let text = String::from_utf8_lossy(der.get(..64).unwrap_or(der))
            .trim_start()
            .to_ascii_lowercase();
        let found = if text.starts_with("-----begin") {
            "it is PEM text"
        } else if text.starts_with('<') {
            "it is an HTML or XML page"
        } else {
            "it does not begin with a SEQUENCE"
        };
        return Err(Refusal::new(
            Code::CRL_NOT_DER,
            rule,
            format!("the CRL is not DER: {found}"),
        ));
    }
    if let Err(cause) = Reader::new(der).element() {
        let code = if cause == DerError::Truncated {
            Code::CRL_UNUSABLE
        } else {
            Code::CRL_NOT_DER
        };
        return Err(Refusal::new(
            code,
            rule,
            format!("the CRL cannot be read: {cause}"),
        ));
    }
    CrlParts::read(der).map_err(|cause| unreadable(&cause))
}

fn unreadable(cause: &DerError) -> Refusal {
    Refusal::new(
        Code::CRL_UNUSABLE,
        RuleId::new("CRL-ENCODING"),
        format!("the CRL cannot be read: {cause}"),
    )
}

/// Whether the CRL names the authority as its issuer.
///
/// Rule `CRL-FROM-AUTHORITY`: the CRL's issuer is the authority's subject and its authority key identifier the
/// authority's subject key identifier; without one the CRL is refused (2205015 with both values). Source:
/// certificate-sign-in §4.5 AU-1, AU-3.
fn belongs_to_issuer(parts: &CrlParts<'_>, issuer: &Certificate) -> Result<(), Refusal> {
    let refuse = |detail| {
        Err(Refusal::new(
            Code::CRL_NOT_FROM_ISSUER,
            RuleId::new("CRL-FROM-AUTHORITY"),
            detail,
        ))
    };
    let facts = issuer.facts();
    if parts.canonical_issuer != issuer.contents().subject {
        return refuse(format!(
            "the CRL is issued by '{}', not by '{}'",
            parts.issuer, facts.subject
        ));
    }
    let found = parts.extensions.authority_key_identifier.as_ref();
    let expected = facts.subject_key_identifier.as_ref();
    match (expected, found) {
        (Some(expected), Some(found)) if expected == found => Ok(()),
        _ => {
            let text = |identifier: Option<&crate::KeyIdentifier>| {
                identifier.map_or_else(|| "none".to_owned(), ToString::to_string)
            };
            refuse(format!(
                "the CRL's authority key identifier is {}, the authority's subject key identifier is {}",
                text(found),
                text(expected)
            ))
        }
    }
}

/// Whether the authority may sign CRLs, and this way.
///
/// Rule `CRL-SIGNER-MAY-SIGN`: the authority's key usage, if present, allows CRL signing, and the CRL is not signed over
/// SHA-1 unless that is allowed (2205015). Source: certificate-sign-in §4.5 AU-2, §3.2, §3.3.
fn may_sign(parts: &CrlParts<'_>, issuer: &Certificate, options: &IngestOptions) -> Result<(), Refusal> {
    let refuse = |detail| {
        Err(Refusal::new(
            Code::CRL_NOT_FROM_ISSUER,
            RuleId::new("CRL-SIGNER-MAY-SIGN"),
            detail,
        ))
    };
    let key_usage = issuer.contents().extensions.key_usage;
    if key_usage.is_some_and(|usage| !usage.crl_signing()) {
        return refuse(format!(
            "the key usage of '{}' does not allow CRL signing",
            issuer.facts().subject
        ));
    }
    if parts.signature_algorithm.hash() == Some(Hash::Sha1) && !options.allow_sha1_signatures {
        return refuse("the CRL is signed over SHA-1, which is not accepted".to_owned());
    }
    Ok(())
}

/// Whether the CRL is signed by the authority.
///
/// Rule `CRL-SIGNATURE`: the CRL's signature verifies with the authority's key (2205015). It is checked once, when the
/// CRL arrives. Source: certificate-sign-in §4.5 AU-2.
fn signature_verifies(parts: &CrlParts<'_>, issuer: &Certificate) -> Result<(), Refusal> {
    let refuse = |detail| {
        Err(Refusal::new(
            Code::CRL_NOT_FROM_ISSUER,
            RuleId::new("CRL-SIGNATURE"),
            detail,
        ))
    };
    let subject = &issuer.facts().subject;
    match issuer
        .contents()
        .key
        .verify(&parts.signature_algorithm, parts.signed_part, parts.signature)
    {
        Ok(()) => Ok(()),
        Err(SignatureFailure::Wrong) => refuse(format!(
            "the CRL's signature does not verify with the key of '{subject}'"
        )),
        Err(SignatureFailure::Unsuitable) => refuse(format!(
            "the CRL is signed with {}, which does not fit the key of '{subject}' or is not accepted",
            parts.signature_algorithm
        )),
    }
}

/// Whether the CRL is of the kind that was asked for and holds nothing critical that is not understood.
///
/// Rule `CRL-FORM`: a CRL without nextUpdate, with an unknown critical extension, a delta where a complete CRL belongs
/// or the reverse, or a delta without a number is refused (500174). Source: certificate-sign-in §4.4 CA-6, §4.5 AU-4.
fn has_usable_form(parts: &CrlParts<'_>, kind: CrlKind) -> Result<Timestamp, Refusal> {
    let refuse = |detail: String| Err(Refusal::new(Code::CRL_UNUSABLE, RuleId::new("CRL-FORM"), detail));
    if let Some(unknown) = parts.extensions.unknown_critical.first() {
        return refuse(format!(
            "the CRL has the critical extension {unknown}, which is not understood"
        ));
    }
    match (kind, &parts.extensions.delta_base_number) {
        (CrlKind::Base, Some(base)) => {
            return refuse(format!(
                "a delta CRL for base {base} was found where a complete CRL belongs"
            ));
        }
        (CrlKind::Delta, None) => {
            return refuse("a complete CRL was found where a delta CRL belongs".to_owned());
        }
        (CrlKind::Delta, Some(_)) if parts.extensions.number.is_none() => {
            return refuse("the delta CRL has no CRL number".to_owned());
        }
        _ => {}
    }
    match parts.next_update {
        Some(next_update) => Ok(next_update),
        None => refuse("the CRL does not say when the next one follows".to_owned()),
    }
}

/// Whether one URL per authority can be enough.
///
/// Rule `CRL-SCOPE`: an indirect CRL, one for some reasons only, or one for attribute certificates only is refused with
/// 500178; one for user or CA certificates only counts for those. Source: certificate-sign-in §4.5 AU-6.
fn has_usable_scope(parts: &CrlParts<'_>) -> Result<(), Refusal> {
    let Some(scope) = &parts.extensions.issuing_distribution_point else {
        return Ok(());
    };
    let restriction = if scope.is_indirect {
        "indirect"
    } else if scope.only_some_reasons.is_some() {
        "for some reasons only"
    } else if scope.only_attribute_certificates {
        "for attribute certificates only"
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        Code::CRL_SEGMENT_MISSING,
        RuleId::new("CRL-SCOPE"),
        format!("the CRL is {restriction}, so it cannot tell the status of every certificate"),
    ))
}

/// Whether the CRL is valid at `now`.
///
/// Rule `CRL-CURRENT`: a CRL counts while thisUpdate ≤ now ≤ nextUpdate (500172). Source: certificate-sign-in §4.4 CA-2.
pub(crate) fn is_current(
    this_update: Timestamp,
    next_update: Timestamp,
    options: &IngestOptions,
    now: Timestamp,
) -> Result<(), Refusal> {
    let skew = jiff::SignedDuration::from_secs(i64::from(
        options.clock_skew_secs.min(Profile::MAX_CLOCK_SKEW_SECS),
    ));
    let is_early = now.saturating_add(skew).is_ok_and(|latest| latest < this_update);
    let is_late = now
        .saturating_sub(skew)
        .is_ok_and(|earliest| earliest > next_update);
    if is_early || is_late {
        return Err(Refusal::new(
            Code::CERTIFICATE_NOT_VALID_NOW,
            RuleId::new("CRL-CURRENT"),
            format!("the CRL is valid from {this_update} to {next_update}; it is {now}"),
        ));
    }
    Ok(())
}
