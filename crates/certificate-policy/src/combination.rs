//! Authentication strengths: which certificates a strength accepts.

use lanyard_pki::{CertificateFacts, KeyIdentifier};
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace, Verdict};
use serde::{Deserialize, Serialize};

use crate::{AuthenticationMode, IssuingAuthority};

/// What a strength asks of a certificate: `x509CertificateCombinationConfiguration`. Source: certificate-sign-in §7.4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateCombination {
    /// The modes it is about.
    #[serde(rename = "appliesToCombinations")]
    pub modes: Vec<AuthenticationMode>,
    /// Issuing CAs by subject key identifier; empty = any.
    #[serde(default, rename = "allowedIssuerSkis")]
    pub issuer_key_identifiers: Vec<KeyIdentifier>,
    /// Policy OIDs; empty = any.
    #[serde(default, rename = "allowedPolicyOIDs")]
    pub policy_oids: Vec<String>,
}

/// Whether a certificate meets a strength.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CombinationOutcome {
    /// It does.
    Met {
        /// The OIDs that count for the session, at most five.
        policy_oids: Vec<String>,
    },
    /// It does not.
    Refused(Refusal),
}

/// How many policy OIDs of a certificate a strength takes note of.
const MAX_POLICY_OIDS: usize = 5;

/// Decides whether a certificate of `mode` meets `combination`.
///
/// Rule `COMBINATION-MODE`: the certificate must have one of the combination's modes; a multifactor certificate also
/// meets a single-factor one (our decision). Source: certificate-sign-in §7.3, §7.4.
///
/// Rule `COMBINATION-LISTS`: issuers are alternatives, policy OIDs are alternatives, and both lists must be met; an empty
/// list asks for nothing; a certificate without authority key identifier meets no issuer list. Source: certificate-sign-in
/// §7.4.
///
/// Rule `COMBINATION-FIVE-OIDS`: of the matching OIDs the first five in lexical order count. Source: certificate-sign-in
/// §7.4.
#[must_use]
pub fn meets_combination(
    facts: &CertificateFacts,
    mode: AuthenticationMode,
    issuing_authority: IssuingAuthority<'_>,
    combination: &CertificateCombination,
) -> Verdict<CombinationOutcome> {
    let mut steps = Trace::new();
    let mut refusal: Option<Refusal> = None;
    let mut check = |rule: &'static str, met: bool, step: &dyn Fn(Step) -> Step, detail: &str| {
        let result = if met {
            StepResult::Passed
        } else {
            StepResult::Failed
        };
        steps.push(step(Step::new(RuleId::new(rule), result)));
        if !met && refusal.is_none() {
            refusal = Some(Refusal::new(Code::STRENGTH_NOT_MET, RuleId::new(rule), detail));
        }
    };

    let mode_met = combination.modes.iter().any(|asked| *asked <= mode);
    check(
        "COMBINATION-MODE",
        mode_met,
        &|step| step.with("mode", mode.as_log_str()),
        "the certificate is single factor and the authentication strength asks for a multifactor certificate",
    );

    if !combination.issuer_key_identifiers.is_empty() {
        // The leaf must name its issuer by key itself; a chain found by name alone proves less.
        let issuer = issuing_authority
            .subject_key_identifier
            .filter(|_| facts.authority_key_identifier.is_some());
        let met = issuer.is_some_and(|issuer| combination.issuer_key_identifiers.contains(issuer));
        let shown = issuer.map_or_else(|| "unknown".to_owned(), KeyIdentifier::to_hex);
        check(
            "COMBINATION-LISTS",
            met,
            &|step| step.with("issuer", shown.clone()),
            "the authentication strength does not accept certificates of this issuer",
        );
    }

    let mut matching: Vec<String> = facts.policy_oids.clone();
    if !combination.policy_oids.is_empty() {
        matching.retain(|oid| combination.policy_oids.contains(oid));
        check(
            "COMBINATION-LISTS",
            !matching.is_empty(),
            &|step| step.with("policy_oids", facts.policy_oids.join(", ")),
            "the authentication strength does not accept any policy OID of this certificate",
        );
    }
    matching.sort_unstable();
    matching.dedup();
    if matching.len() > MAX_POLICY_OIDS {
        steps.push(
            Step::new(RuleId::new("COMBINATION-FIVE-OIDS"), StepResult::Decided)
                .with("matching", matching.len().to_string()),
        );
        matching.truncate(MAX_POLICY_OIDS);
    }
    let outcome = match refusal {
        Some(refusal) => CombinationOutcome::Refused(refusal),
        None => CombinationOutcome::Met {
            policy_oids: matching,
        },
    };
    Verdict { outcome, steps }
}
