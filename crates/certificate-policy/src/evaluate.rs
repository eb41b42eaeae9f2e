//! All questions about a trusted certificate, in order.

use std::collections::BTreeSet;

use lanyard_pki::{CertificateFacts, KeyIdentifier};
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace, Verdict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    BindingOutcome, BoundBy, IssuingAuthority, MethodPolicy, PolicySettings, ScopeOutcome, StrengthOutcome,
    TargetOutcome, UserBindingProperties, bind, in_scope, scope, strength,
};

/// What is asked about: a certificate whose chain and revocation have been judged, and the user who was named.
#[derive(Clone, Copy, Debug)]
pub struct CertificateEvaluation<'a> {
    /// The tenant's policy for the method.
    pub policy: &'a MethodPolicy,
    /// Settings.
    pub settings: &'a PolicySettings,
    /// The leaf.
    pub facts: &'a CertificateFacts,
    /// The CA that signed the leaf.
    pub issuing_authority: IssuingAuthority<'a>,
    /// Subject key identifiers of the CAs, issuing CA first; `None` for a CA not found by key identifier.
    pub chain: &'a [Option<KeyIdentifier>],
    /// The user's properties.
    pub user: &'a UserBindingProperties,
    /// The groups the user is in, transitively.
    pub group_ids: &'a BTreeSet<Uuid>,
}

/// Every answer, and the refusal that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateOutcome {
    /// The first question answered with no; `None` = the certificate signs the user in.
    pub refusal: Option<Refusal>,
    /// CA scoping.
    pub scope: ScopeOutcome,
    /// Username binding.
    pub binding: BindingOutcome,
    /// Targeting.
    pub target: TargetOutcome,
    /// Authentication binding. Known even on a refusal, so that the log can show it.
    pub strength: StrengthOutcome,
}

impl CertificateOutcome {
    /// The binding that matched, when the certificate signs the user in; otherwise why it does not.
    pub const fn result(&self) -> Result<&BoundBy, &Refusal> {
        match (&self.refusal, &self.binding) {
            (Some(refusal), _) | (None, BindingOutcome::Refused(refusal)) => Err(refusal),
            (None, BindingOutcome::Bound(bound_by)) => Ok(bound_by),
        }
    }
}

/// Asks all questions; none is left out after a refusal, so that logs and explanations show every answer.
///
/// Rule `METHOD-ENABLED`: while the method is off in the tenant no certificate signs anyone in; 1001000. Source:
/// certificate-sign-in §8.4.
///
/// Rule `EVALUATE-ORDER`: of several refusals the one of CA scoping counts first, then username binding, then targeting.
/// The strength is worked out beforehand because it says which affinity the binding needs. Source: certificate-sign-in
/// §1.2 step 8.
#[must_use]
pub fn evaluate_certificate(evaluation: &CertificateEvaluation<'_>) -> Verdict<CertificateOutcome> {
    let CertificateEvaluation {
        policy,
        settings,
        facts,
        issuing_authority,
        chain,
        user,
        group_ids,
    } = *evaluation;

    let method_refusal = method_refusal(policy);
    let scoped = scope(chain, &policy.certificate_authority_scopes, group_ids);
    let strong = strength(
        facts,
        issuing_authority,
        &policy.authentication_mode_configuration,
        settings,
    );
    let bound = bind(
        facts,
        &policy.certificate_user_bindings,
        user,
        strong.outcome.required_affinity,
        settings,
    );
    let targeted = in_scope(&policy.include_targets, &policy.exclude_targets, group_ids);

    let mut steps = Trace::new();
    let enabled = if method_refusal.is_none() {
        StepResult::Passed
    } else {
        StepResult::Failed
    };
    steps.push(Step::new(RuleId::new("METHOD-ENABLED"), enabled));
    steps.extend(scoped.steps);
    steps.extend(strong.steps);
    steps.extend(bound.steps);
    steps.extend(targeted.steps);

    let refusals = [
        method_refusal,
        match &scoped.outcome {
            ScopeOutcome::Refused(refusal) => Some(refusal.clone()),
            ScopeOutcome::Allowed { .. } => None,
        },
        match &bound.outcome {
            BindingOutcome::Refused(refusal) => Some(refusal.clone()),
            BindingOutcome::Bound(_) => None,
        },
        match &targeted.outcome {
            TargetOutcome::Refused(refusal) => Some(refusal.clone()),
            TargetOutcome::InScope => None,
        },
    ];
    let refusal = refusals.into_iter().flatten().next();
    let step = match &refusal {
        None => Step::new(RuleId::new("EVALUATE-ORDER"), StepResult::Passed),
        Some(refusal) => Step::new(RuleId::new("EVALUATE-ORDER"), StepResult::Failed)
            .with("refused_by", refusal.rule.to_string())
            .with("code", refusal.code.to_string()),
    };
    steps.push(step);

    Verdict {
        outcome: CertificateOutcome {
            refusal,
            scope: scoped.outcome,
            binding: bound.outcome,
            target: targeted.outcome,
            strength: strong.outcome,
        },
        steps,
    }
}

fn method_refusal(policy: &MethodPolicy) -> Option<Refusal> {
    (!policy.state.is_enabled()).then(|| {
        Refusal::new(
            Code::CERTIFICATE_POLICY_NOT_ACQUIRED,
            RuleId::new("METHOD-ENABLED"),
            "certificate sign-in is switched off in this tenant",
        )
    })
}
