//! Authentication binding: how strong is this certificate, and how tightly must it be tied to its user?

use lanyard_pki::{CertificateFacts, KeyIdentifier, Name};
use lanyard_verdict::{RuleId, Step, StepResult, Trace, Verdict};
use serde::{Deserialize, Serialize};

use crate::{
    Affinity, AuthenticationMode, AuthenticationModeConfiguration, PolicySettings, RuleMatch, StrengthRule,
};

/// The CA that signed the leaf.
#[derive(Clone, Copy, Debug)]
pub struct IssuingAuthority<'a> {
    /// Its subject name.
    pub subject: &'a Name,
    /// Its subject key identifier; `None` when the chain was built without key identifiers.
    pub subject_key_identifier: Option<&'a KeyIdentifier>,
}

/// How strong the certificate is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StrengthOutcome {
    /// Single factor or multifactor.
    pub mode: AuthenticationMode,
    /// The affinity a username binding must have for this certificate.
    pub required_affinity: Affinity,
    /// What kind of rule decided.
    pub decided_by: DecidedBy,
    /// The deciding rule's identifier; `None` when the tenant default decided.
    pub identifier: Option<String>,
}

/// What kind of rule decided, as logs write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DecidedBy {
    /// A rule on issuer and policy OID.
    IssuerAndPolicyId,
    /// A rule on a policy OID.
    PolicyId,
    /// A rule on the issuer.
    Issuer,
    /// No rule matched: the tenant default.
    Default,
}

impl DecidedBy {
    /// The text logs show.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IssuerAndPolicyId => "IssuerAndPolicyId",
            Self::PolicyId => "PolicyId",
            Self::Issuer => "Issuer",
            Self::Default => "Default",
        }
    }

    const fn tier_rule(self) -> RuleId {
        RuleId::new(match self {
            Self::IssuerAndPolicyId => "STRENGTH-COMBINED-FIRST",
            Self::PolicyId => "STRENGTH-OID-BEATS-ISSUER",
            Self::Issuer => "STRENGTH-ISSUER",
            Self::Default => "STRENGTH-DEFAULT",
        })
    }

    const fn of(matches: &RuleMatch) -> Self {
        match matches {
            RuleMatch::Issuer(_) => Self::Issuer,
            RuleMatch::PolicyOid(_) => Self::PolicyId,
            RuleMatch::IssuerAndPolicyOid(..) => Self::IssuerAndPolicyId,
        }
    }
}

/// Decides mode and required affinity of a certificate. Always decides; never refuses.
///
/// Rule `STRENGTH-COMBINED-FIRST`: rules on issuer and policy OID are looked at first and are final. Source:
/// certificate-sign-in §5.3.
///
/// Rule `STRENGTH-OID-BEATS-ISSUER`: a rule on a policy OID is final; the issuer's rule is then not consulted. OIDs match
/// exactly, never by prefix. Source: certificate-sign-in §5.2 ID-5, §5.3.
///
/// Rule `STRENGTH-ISSUER`: a rule on the CA that signed the leaf applies when no OID decided; CAs above it do not count.
/// Source: certificate-sign-in §5.2 ID-3, §5.3.
///
/// Rule `STRENGTH-DEFAULT`: the tenant default applies to every certificate that no rule matches. Source:
/// certificate-sign-in §5.3.
#[must_use]
pub fn strength(
    facts: &CertificateFacts,
    issuing_authority: IssuingAuthority<'_>,
    configuration: &AuthenticationModeConfiguration,
    settings: &PolicySettings,
) -> Verdict<StrengthOutcome> {
    let mut steps = Trace::new();
    for tier in [
        DecidedBy::IssuerAndPolicyId,
        DecidedBy::PolicyId,
        DecidedBy::Issuer,
    ] {
        let candidates: Vec<&StrengthRule> = configuration
            .rules
            .iter()
            .filter(|rule| DecidedBy::of(&rule.matches) == tier)
            .collect();
        if candidates.is_empty() {
            continue;
        }
        let hits: Vec<&StrengthRule> = candidates
            .iter()
            .copied()
            .filter(|rule| applies(&rule.matches, facts, issuing_authority))
            .collect();
        if hits.is_empty() {
            steps.push(
                Step::new(tier.tier_rule(), StepResult::Skipped)
                    .with("rules", candidates.len().to_string())
                    .with("policy_oids", facts.policy_oids.join(", "))
                    .with("issuer", issuing_authority.subject.to_encoding_order_text()),
            );
            continue;
        }
        let outcome = decide(tier, &hits, configuration, settings, &mut steps);
        return Verdict { outcome, steps };
    }

    let outcome = StrengthOutcome {
        mode: configuration.default_mode,
        required_affinity: configuration.default_required_affinity,
        decided_by: DecidedBy::Default,
        identifier: None,
    };
    steps.push(decided_step(&outcome));
    Verdict { outcome, steps }
}

fn applies(matches: &RuleMatch, facts: &CertificateFacts, authority: IssuingAuthority<'_>) -> bool {
    let issuer_applies =
        |issuer: &crate::IssuerIdentifier| issuer.names(authority.subject, authority.subject_key_identifier);
    let oid_applies =
        |oid: &crate::PolicyOid| facts.policy_oids.iter().any(|present| present == oid.as_str());
    match matches {
        RuleMatch::Issuer(issuer) => issuer_applies(issuer),
        RuleMatch::PolicyOid(oid) => oid_applies(oid),
        RuleMatch::IssuerAndPolicyOid(issuer, oid) => issuer_applies(issuer) && oid_applies(oid),
    }
}

/// Decides among the hits of one tier.
///
/// Rule `STRENGTH-OID-CONFLICT`: when hits of the same tier disagree on the mode, the certificate is single factor.
/// Source: certificate-sign-in §5.3.
fn decide(
    tier: DecidedBy,
    hits: &[&StrengthRule],
    configuration: &AuthenticationModeConfiguration,
    settings: &PolicySettings,
    steps: &mut Trace,
) -> StrengthOutcome {
    let weakest = hits.iter().copied().min_by_key(|rule| rule.mode);
    let mode = weakest.map_or(AuthenticationMode::SingleFactor, |rule| rule.mode);
    if hits.iter().any(|rule| rule.mode != mode) {
        let modes: Vec<String> = hits
            .iter()
            .map(|rule| format!("{} {}", rule.matches.identifier(), rule.mode.as_log_str()))
            .collect();
        steps.push(
            Step::new(RuleId::new("STRENGTH-OID-CONFLICT"), StepResult::Decided)
                .with("hits", modes.join("; ")),
        );
    }
    let outcome = StrengthOutcome {
        mode,
        required_affinity: required_affinity(hits, configuration.default_required_affinity, settings, steps),
        decided_by: tier,
        identifier: weakest.map(|rule| rule.matches.identifier()),
    };
    steps.push(decided_step(&outcome));
    outcome
}

/// The affinity that the hits require.
///
/// Rule `STRENGTH-AFFINITY-RULE`: a rule's own affinity overrides the tenant default, a rule without one takes the
/// default, and among several hits high wins. Source: certificate-sign-in §5.3, §5.4.
///
/// Rule `STRENGTH-AFFINITY-STRICT`: with the setting affinity_strict a tenant default of high cannot be lowered by a
/// rule. Source: certificate-sign-in §5.4.
fn required_affinity(
    hits: &[&StrengthRule],
    tenant_default: Affinity,
    settings: &PolicySettings,
    steps: &mut Trace,
) -> Affinity {
    let by_rules = hits
        .iter()
        .map(|rule| rule.required_affinity.unwrap_or(tenant_default))
        .max()
        .unwrap_or(tenant_default);
    if settings.affinity_strict && by_rules < tenant_default {
        steps.push(
            Step::new(RuleId::new("STRENGTH-AFFINITY-STRICT"), StepResult::Decided)
                .with("rule", by_rules.as_str())
                .with("required_affinity", tenant_default.as_str()),
        );
        return tenant_default;
    }
    if by_rules != tenant_default {
        steps.push(
            Step::new(RuleId::new("STRENGTH-AFFINITY-RULE"), StepResult::Decided)
                .with("tenant_default", tenant_default.as_str())
                .with("required_affinity", by_rules.as_str()),
        );
    }
    by_rules
}

fn decided_step(outcome: &StrengthOutcome) -> Step {
    let step = Step::new(outcome.decided_by.tier_rule(), StepResult::Decided)
        .with("mode", outcome.mode.as_log_str())
        .with("required_affinity", outcome.required_affinity.as_str());
    match &outcome.identifier {
        Some(identifier) => step.with("identifier", identifier.clone()),
        None => step,
    }
}
