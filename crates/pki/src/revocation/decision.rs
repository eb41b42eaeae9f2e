//! What the CRLs of one authority say about one certificate it issued.

use std::sync::Arc;

use jiff::Timestamp;
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult};

use super::{CrlRequest, CrlRequestReason, CrlSlot, CrlStatus, RevocationView};
use crate::crl::distribution_point::DistributionPoint;
use crate::crl::{CrlIndex, CrlKind, IngestOptions, RevocationReason, RevokedEntry};
use crate::{AuthorityId, Certificate, Profile, RequireCrlScope, StoredAuthority};

/// How one authority's CRL decision came out.
pub(crate) enum CrlDecision {
    Status(CrlStatus),
    Needed(Vec<CrlRequest>),
    Refused(Refusal),
}

/// Everything that a decision about one certificate depends on.
#[derive(Clone, Copy)]
pub(crate) struct CrlQuestion<'a> {
    pub(crate) view: &'a RevocationView,
    pub(crate) id: AuthorityId,
    pub(crate) authority: &'a StoredAuthority,
    /// The certificate that the authority issued.
    pub(crate) child: &'a Certificate,
    pub(crate) issued_the_leaf: bool,
    pub(crate) profile: &'a Profile,
    pub(crate) now: Timestamp,
}

/// Decides about one certificate of one authority. Grace periods in use are added to `graces`.
///
/// Rule `CRL-PER-AUTHORITY`: a delta URL without a base URL fails (500177); an exempt authority is skipped; without a
/// URL the check is skipped unless CRLs are required there (500175); with a URL every configured CRL must be present
/// and valid. Source: certificate-sign-in §4.2, §4.6.
pub(crate) fn decide(question: CrlQuestion<'_>, graces: &mut Vec<Step>) -> (CrlDecision, Step) {
    let CrlQuestion {
        authority, profile, ..
    } = question;
    let rule = RuleId::new("CRL-PER-AUTHORITY");
    let subject = authority.certificate.facts().subject.to_string();
    let step = |result| Step::new(rule.clone(), result).with("authority", subject.clone());
    let required = profile.require_crl
        && (question.issued_the_leaf || profile.require_crl_scope == RequireCrlScope::All);
    match (&authority.base_crl_url, &authority.delta_crl_url) {
        (None, Some(delta_url)) => {
            let detail = format!("'{subject}' has the delta CRL URL {delta_url} but no base CRL URL");
            (
                CrlDecision::Refused(Refusal::new(Code::DELTA_WITHOUT_BASE, rule.clone(), detail)),
                step(StepResult::Failed).with("delta_url", delta_url.clone()),
            )
        }
        _ if authority.crl_check_exempt => (
            CrlDecision::Status(CrlStatus::SkippedExempt),
            step(StepResult::Skipped).with("because", "the authority is exempt from CRL checking"),
        ),
        (None, None) if required => {
            let detail = format!("CRLs are required and '{subject}' has no CRL URL");
            (
                CrlDecision::Refused(Refusal::new(Code::CRL_MISSING, rule.clone(), detail)),
                step(StepResult::Failed).with("required", "yes"),
            )
        }
        (None, None) => (
            CrlDecision::Status(CrlStatus::SkippedNoDistributionPoint),
            step(StepResult::Skipped).with("because", "no CRL URL is configured"),
        ),
        (Some(_), _) => look_up(question, &subject, graces),
    }
}

fn look_up(question: CrlQuestion<'_>, subject: &str, graces: &mut Vec<Step>) -> (CrlDecision, Step) {
    let CrlQuestion {
        id, authority, child, ..
    } = question;
    let uses_delta = authority.delta_crl_url.is_some();
    let mut grace_until = None;
    let serial = &child.facts().serial_number;
    let step = |rule, result| {
        Step::new(RuleId::new(rule), result)
            .with("authority", subject.to_owned())
            .with("serial_number", serial.to_hex())
    };
    let mut needed = Vec::new();
    let mut obtain = |kind| match usable(question, subject, kind) {
        Ok((index, None)) => Ok(Some(index)),
        Ok((index, Some(grace))) => {
            let until = grace.until;
            grace_until = Some(grace_until.map_or(until, |other: Timestamp| other.min(until)));
            graces.push(grace.step);
            Ok(Some(index))
        }
        Err(Unusable::Needed(request)) => {
            needed.push(request);
            Ok(None)
        }
        Err(Unusable::Refused(refusal)) => Err(refusal),
    };
    let refused = |refusal: Refusal| {
        let failed = Step::new(refusal.rule.clone(), StepResult::Failed)
            .with("authority", subject.to_owned())
            .with("detail", refusal.detail.clone());
        (CrlDecision::Refused(refusal), failed)
    };
    let base = match obtain(CrlKind::Base) {
        Ok(index) => index,
        Err(refusal) => return refused(refusal),
    };
    let delta = match uses_delta.then(|| obtain(CrlKind::Delta)).transpose() {
        Ok(index) => index.flatten(),
        Err(refusal) => return refused(refusal),
    };
    let base = match base {
        Some(base) if needed.is_empty() => base,
        _ => {
            let missing: Vec<&str> = needed
                .iter()
                .map(|request| {
                    if request.kind == CrlKind::Base {
                        "base"
                    } else {
                        "delta"
                    }
                })
                .collect();
            let waiting = step("CRL-PRESENT", StepResult::Failed).with("missing", missing.join(", "));
            return (CrlDecision::Needed(needed), waiting);
        }
    };
    if let Some(delta) = &delta
        && let Err(outcome) = delta_fits_base(id, subject, base, delta)
    {
        return match outcome {
            Unusable::Refused(refusal) => refused(refusal),
            Unusable::Needed(request) => {
                let failed = step("CRL-DELTA-FITS-BASE", StepResult::Failed)
                    .with("detail", request.otherwise.detail.clone());
                (CrlDecision::Needed(vec![request]), failed)
            }
        };
    }
    if let Err(refusal) = scope_covers(base, subject, child) {
        return refused(refusal);
    }
    let facts = |step: Step| {
        let mut step = step
            .with(
                "crl_number",
                base.number()
                    .map_or_else(|| "none".to_owned(), ToString::to_string),
            )
            .with("this_update", base.this_update().to_string())
            .with("next_update", base.next_update().to_string());
        if let Some(delta) = &delta {
            step = step.with(
                "delta_number",
                delta
                    .number()
                    .map_or_else(|| "none".to_owned(), ToString::to_string),
            );
        }
        step
    };
    match listed(Some(base), delta, serial) {
        Some(entry) => {
            let since = entry
                .date
                .map_or_else(String::new, |date| format!(" since {date}"));
            let refusal = Refusal::new(
                Code::CERTIFICATE_REVOKED,
                RuleId::new("CRL-LISTED"),
                format!(
                    "'{subject}' lists serial number {} as revoked{since} ({})",
                    serial.to_hex(),
                    entry.reason
                ),
            );
            let failed =
                facts(step("CRL-LISTED", StepResult::Failed)).with("reason", entry.reason.to_string());
            (CrlDecision::Refused(refusal), failed)
        }
        None => (
            CrlDecision::Status(CrlStatus::Checked {
                number: base.number().cloned(),
                this_update: base.this_update(),
                next_update: base.next_update(),
                delta_number: delta.and_then(|delta| delta.number().cloned()),
                grace_until,
            }),
            facts(step("CRL-LISTED", StepResult::Passed)),
        ),
    }
}

enum Unusable {
    Needed(CrlRequest),
    Refused(Refusal),
}

/// The CRL in a slot, when it can be used now.
///
/// Rule `CRL-PRESENT`: a configured CRL that is absent, or past its nextUpdate, has to be fetched first; when that
/// failed the sign-in fails, there is no soft-fail. Source: certificate-sign-in §4.2, §4.4 CA-3.
fn usable<'a>(
    question: CrlQuestion<'a>,
    subject: &str,
    kind: CrlKind,
) -> Result<(&'a Arc<CrlIndex>, Option<Grace>), Unusable> {
    let CrlQuestion {
        view,
        id,
        authority,
        profile,
        now,
        ..
    } = question;
    let needed = |reason, otherwise| {
        Unusable::Needed(CrlRequest {
            authority: id,
            kind,
            reason,
            otherwise,
        })
    };
    match view.slot(&id, kind) {
        CrlSlot::Failed(refusal) => Err(Unusable::Refused(refusal.clone())),
        CrlSlot::Absent => {
            let which = if kind == CrlKind::Base { "CRL" } else { "delta CRL" };
            let detail = format!("the {which} of '{subject}' is not at hand");
            let otherwise = Refusal::new(Code::CRL_MISSING, RuleId::new("CRL-PRESENT"), detail);
            Err(needed(CrlRequestReason::Absent, otherwise))
        }
        CrlSlot::Available(index) => {
            let options = IngestOptions::from(profile);
            match crate::crl::is_current(index.this_update(), index.next_update(), &options, now) {
                Ok(()) => Ok((index, None)),
                Err(otherwise) if now > index.next_update() => {
                    Err(needed(CrlRequestReason::Expired, otherwise))
                }
                Err(refusal) => Err(Unusable::Refused(refusal)),
            }
        }
        CrlSlot::NotRenewed { index, refusal } => {
            match Grace::of(subject, kind, index, refusal, authority.crl_grace_secs, now) {
                Some(grace) => Ok((index, Some(grace))),
                None => Err(Unusable::Refused(refusal.clone())),
            }
        }
    }
}

/// A grace period in use.
struct Grace {
    until: Timestamp,
    step: Step,
}

impl Grace {
    /// Rule `CRL-GRACE`: where an administrator set a grace period, a CRL past its nextUpdate that cannot be renewed counts
    /// that much longer; never when what was given out instead was not signed by the authority or had a fallen number.
    /// Source: certificate-sign-in §4.4 CA-3, CA-5, §4.5.
    fn of(
        subject: &str,
        kind: CrlKind,
        index: &CrlIndex,
        not_renewed: &Refusal,
        grace_secs: u32,
        now: Timestamp,
    ) -> Option<Self> {
        let is_suspicious = not_renewed.code == Code::CRL_NOT_FROM_ISSUER
            || not_renewed.rule.as_str() == "CRL-NUMBER-RISES"
            || not_renewed.rule.as_str() == "CRL-SIGNER-MAY-SIGN";
        let grace = jiff::SignedDuration::from_secs(i64::from(grace_secs));
        let until = index.next_update().checked_add(grace).ok()?;
        let is_in_time = now > index.next_update() && now <= until;
        if grace_secs == 0 || is_suspicious || !is_in_time {
            return None;
        }
        let step = Step::new(RuleId::new("CRL-GRACE"), StepResult::Decided)
            .with("authority", subject.to_owned())
            .with(
                "list",
                if kind == CrlKind::Base {
                    "complete"
                } else {
                    "delta"
                }
                .to_owned(),
            )
            .with("next_update", index.next_update().to_string())
            .with("grace", format!("in use until {until}"))
            .with(
                "not_renewed",
                format!("{}: {}", not_renewed.code, not_renewed.detail),
            );
        Some(Self { until, step })
    }
}

/// Whether base and delta belong together.
///
/// Rule `CRL-DELTA-FITS-BASE`: the delta's base number is at most the base's number, the delta's number at least the
/// base's, and both have the same scope; otherwise the older one has to be fetched anew (else 500174). Source:
/// certificate-sign-in §4.5 AU-4.
fn delta_fits_base(
    id: AuthorityId,
    subject: &str,
    base: &CrlIndex,
    delta: &CrlIndex,
) -> Result<(), Unusable> {
    let refusal =
        |detail: String| Refusal::new(Code::CRL_UNUSABLE, RuleId::new("CRL-DELTA-FITS-BASE"), detail);
    let (Some(base_number), Some(delta_number), Some(built_on)) =
        (base.number(), delta.number(), delta.delta_base_number())
    else {
        let detail = format!("the base or delta CRL of '{subject}' has no number");
        return Err(Unusable::Refused(refusal(detail)));
    };
    let encoded = |index: &CrlIndex| index.scope.as_ref().map(|scope| scope.encoded.clone());
    if encoded(base) != encoded(delta) {
        let detail = format!("the base and delta CRLs of '{subject}' have different scopes");
        return Err(Unusable::Refused(refusal(detail)));
    }
    let disagree = |kind, detail| {
        Err(Unusable::Needed(CrlRequest {
            authority: id,
            kind,
            reason: CrlRequestReason::BaseAndDeltaDisagree,
            otherwise: refusal(detail),
        }))
    };
    if built_on > base_number {
        return disagree(
            CrlKind::Base,
            format!(
                "the delta CRL of '{subject}' builds on base {built_on}; the base at hand is {base_number}"
            ),
        );
    }
    if delta_number < base_number {
        return disagree(
            CrlKind::Delta,
            format!("the delta CRL {delta_number} of '{subject}' is older than the base {base_number}"),
        );
    }
    Ok(())
}

/// Whether the CRL speaks about certificates like `child`.
///
/// Rule `CRL-COVERS`: a CRL for user or for CA certificates only, or for one distribution point only, counts only for
/// certificates of that kind or with that distribution point (else 500178). Source: certificate-sign-in §4.5 AU-6.
fn scope_covers(base: &CrlIndex, subject: &str, child: &Certificate) -> Result<(), Refusal> {
    let Some(scope) = &base.scope else {
        return Ok(());
    };
    let refuse = |what: &str| {
        Err(Refusal::new(
            Code::CRL_SEGMENT_MISSING,
            RuleId::new("CRL-COVERS"),
            format!(
                "the CRL of '{subject}' covers {what}, not '{}'",
                child.facts().subject
            ),
        ))
    };
    if scope.only_user_certificates && child.is_authority() {
        return refuse("user certificates only");
    }
    if scope.only_ca_certificates && !child.is_authority() {
        return refuse("CA certificates only");
    }
    let Some(name) = &scope.name else {
        return Ok(());
    };
    let issuer = &child.contents().issuer;
    let covered = name.names(issuer);
    let points = child
        .contents()
        .extensions
        .distribution_points
        .as_deref()
        .unwrap_or_default();
    let is_named = points
        .iter()
        .filter_map(|point: &DistributionPoint| point.name.as_ref())
        .any(|point| point.names(issuer).iter().any(|name| covered.contains(name)));
    if is_named {
        Ok(())
    } else {
        refuse("another distribution point")
    }
}

/// What base and delta together say.
///
/// Rule `CRL-LISTED`: a certificate is revoked (500171) when the delta lists it, or when the base lists it and the
/// delta does not release it with removeFromCRL; every other reason counts, certificateHold and dates in the future
/// included. Source: certificate-sign-in §4.5 AU-4, AU-5.
pub(crate) fn listed(
    base: Option<&Arc<CrlIndex>>,
    delta: Option<&Arc<CrlIndex>>,
    serial: &crate::SerialNumber,
) -> Option<RevokedEntry> {
    let entry = delta
        .and_then(|delta| delta.is_revoked(serial))
        .or_else(|| base.and_then(|base| base.is_revoked(serial)));
    entry.filter(|entry| entry.reason != RevocationReason::RemoveFromCrl)
}
