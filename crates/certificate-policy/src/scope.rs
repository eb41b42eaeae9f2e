//! CA scoping: which people may use certificates below a CA.

use std::collections::BTreeSet;

use lanyard_pki::KeyIdentifier;
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace, Verdict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::CertificateAuthorityScope;

/// Whether the user may use certificates of this chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScopeOutcome {
    /// Yes; these CAs had a rule and it was met. Empty when no rule concerned the chain.
    Allowed {
        /// The rules' CAs, issuing CA first.
        scoped_by: Vec<KeyIdentifier>,
    },
    /// No.
    Refused(Refusal),
}

/// Walks the CAs of the chain from the issuing CA upward. `chain` holds their subject key identifiers in that order,
/// `None` for a CA that was not found by key identifier.
///
/// Rule `SCOPE-ALL`: every CA on the path that has a scoping rule must list a group of the user, otherwise the sign-in
/// fails with 500189; a CA without a rule asks for nothing. Source: certificate-sign-in §8.5 SC-2, SC-4.
///
/// Rule `SCOPE-NEEDS-SKI`: while scoping rules exist, a chain with a CA that is not known by key identifier, or without
/// any CA, is refused.
/// Source: certificate-sign-in §3.1 PB-3.
#[must_use]
pub fn scope(
    chain: &[Option<KeyIdentifier>],
    rules: &[CertificateAuthorityScope],
    group_ids: &BTreeSet<Uuid>,
) -> Verdict<ScopeOutcome> {
    let mut steps = Trace::new();
    if rules.is_empty() {
        steps.push(Step::new(RuleId::new("SCOPE-ALL"), StepResult::Skipped).with("rules", "0"));
        return Verdict {
            outcome: ScopeOutcome::Allowed {
                scoped_by: Vec::new(),
            },
            steps,
        };
    }
    let mut scoped_by: Vec<KeyIdentifier> = Vec::new();
    if chain.is_empty() || chain.contains(&None) {
        steps.push(
            Step::new(RuleId::new("SCOPE-NEEDS-SKI"), StepResult::Failed)
                .with("authorities", chain.len().to_string()),
        );
        return refused(
            "SCOPE-NEEDS-SKI",
            "an issuer of the certificate is not known by key identifier, and scoping rules need one"
                .to_owned(),
            steps,
        );
    }
    for identifier in chain.iter().flatten() {
        for rule in rules
            .iter()
            .filter(|rule| rule.subject_key_identifier == *identifier)
        {
            let groups: Vec<String> = rule
                .include_targets
                .iter()
                .map(|target| target.id.to_string())
                .collect();
            let groups = groups.join(", ");
            let met = rule
                .include_targets
                .iter()
                .any(|target| target.id.contains(group_ids));
            let result = if met {
                StepResult::Passed
            } else {
                StepResult::Failed
            };
            steps.push(
                Step::new(RuleId::new("SCOPE-ALL"), result)
                    .with("authority", identifier.to_hex())
                    .with("groups", groups.clone()),
            );
            if !met {
                return refused(
                    "SCOPE-ALL",
                    format!("certificates below the authority {identifier} are only for the group {groups}"),
                    steps,
                );
            }
            if !scoped_by.contains(identifier) {
                scoped_by.push(identifier.clone());
            }
        }
    }
    if scoped_by.is_empty() {
        steps.push(
            Step::new(RuleId::new("SCOPE-ALL"), StepResult::Skipped).with("rules", rules.len().to_string()),
        );
    }
    Verdict {
        outcome: ScopeOutcome::Allowed { scoped_by },
        steps,
    }
}

fn refused(rule: &'static str, detail: String, steps: Trace) -> Verdict<ScopeOutcome> {
    Verdict {
        outcome: ScopeOutcome::Refused(Refusal::new(Code::ISSUER_OUT_OF_SCOPE, RuleId::new(rule), detail)),
        steps,
    }
}
