//! The whole question about a certificate, as one pure function: sign-in, `lanyard explain`, what-if and tests call it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use lanyard_certificate_policy::{
    AuthenticationMode, CertificateEvaluation, IssuingAuthority, MethodPolicy, Target, TargetId, amr_values,
    chain_key_identifiers, evaluate_certificate,
};
use lanyard_directory::User;
use lanyard_pki::{
    AuthorityCrlStatus, AuthorityId, Certificate, ChainOutcome, CrlRequest, KeyIdentifier, Profile,
    RequireCrlScope, RevocationView, TrustedChain,
};
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace, Verdict};

use crate::TenantSnapshot;
use crate::session::MethodRecord;
use crate::sign_in_log::binding_properties;

/// Everything the answer depends on.
#[derive(Clone, Copy, Debug)]
pub struct CertificateQuestion<'a> {
    /// Policy and trust store.
    pub tenant: &'a TenantSnapshot,
    /// The account that the typed name picked.
    pub user: &'a User,
    /// Every group of the account, nested ones included.
    pub groups: &'a [Uuid],
    /// The certificate whose possession was proven.
    pub certificate: &'a Certificate,
    /// What is known about revocation.
    pub revocation: &'a RevocationView,
    /// The moment to decide for.
    pub now: Timestamp,
}

/// The answer.
#[derive(Clone, Debug)]
pub enum CertificateOutcome {
    /// The certificate signs this user in.
    Accepted(Box<AcceptedCertificate>),
    /// It does not.
    Refused(Refusal),
    /// Revocation lists are missing; ask again with them.
    CrlNeeded(Vec<CrlRequest>),
}

/// What an accepted certificate established.
#[derive(Clone, Debug)]
pub struct AcceptedCertificate {
    /// Counts as several factors.
    pub multifactor: bool,
    /// The authority that issued it.
    pub issuing_authority: AuthorityId,
    /// What was found about revocation, per authority of the chain.
    pub crl_status: Vec<AuthorityCrlStatus>,
    /// Binding, level and scope facts for the sign-in log.
    pub policy: lanyard_certificate_policy::CertificateOutcome,
    /// Subject key identifiers of the chain's authorities, issuing one first.
    pub chain: Vec<Option<KeyIdentifier>>,
    /// The record that sessions and tokens carry.
    pub(crate) method: MethodRecord,
}

/// Judges a certificate: chain and revocation, then denials, scoping, binding, targeting and strength, then the account.
///
/// Rule `SIGN-IN-ORDER`: a chain is judged before anything is said about the account; policy follows, and the account's
/// state comes last (50057). Source: certificate-sign-in §1.2 step 8.
#[must_use]
pub fn judge_certificate(question: &CertificateQuestion<'_>) -> Verdict<CertificateOutcome> {
    let configuration = &question.tenant.configuration;
    let profile = profile_of(question.tenant);
    let chain = lanyard_pki::evaluate(
        question.certificate,
        &question.tenant.trust,
        question.revocation,
        &profile,
        question.now,
    );
    let mut steps = chain.steps;
    let trusted = match chain.outcome {
        ChainOutcome::Trusted(trusted) => trusted,
        ChainOutcome::Refused(refusal) => {
            return Verdict {
                outcome: CertificateOutcome::Refused(refusal),
                steps,
            };
        }
        ChainOutcome::CrlNeeded(needed) => {
            return Verdict {
                outcome: CertificateOutcome::CrlNeeded(needed),
                steps,
            };
        }
    };
    let facts = question.certificate.facts();
    let (denied, step) = question.tenant.denied.judge(facts);
    steps.push(step);
    if let Some(refusal) = denied {
        return Verdict {
            outcome: CertificateOutcome::Refused(refusal),
            steps,
        };
    }
    let chain_identifiers = chain_key_identifiers(&trusted);
    let user = binding_properties(question.user);
    let group_ids: BTreeSet<Uuid> = question.groups.iter().copied().collect();
    let unscoped = emergency_policy(question, &mut steps);
    let policy = evaluate_certificate(&CertificateEvaluation {
        policy: unscoped.as_ref().unwrap_or(&configuration.x509_policy),
        settings: &configuration.settings.policy,
        facts,
        issuing_authority: IssuingAuthority::of(&trusted),
        chain: &chain_identifiers,
        user: &user,
        group_ids: &group_ids,
    });
    steps.extend(policy.steps);
    if let Some(refusal) = &policy.outcome.refusal {
        return Verdict {
            outcome: CertificateOutcome::Refused(refusal.clone()),
            steps,
        };
    }
    let enabled = question.user.account_enabled;
    let rule = RuleId::new("SIGN-IN-ORDER");
    let result = if enabled {
        StepResult::Passed
    } else {
        StepResult::Failed
    };
    steps.push(Step::new(rule.clone(), result).with("account_enabled", enabled.to_string()));
    if !enabled {
        let detail = format!("The account {} is disabled.", question.user.user_principal_name);
        let outcome = CertificateOutcome::Refused(Refusal::new(Code::USER_DISABLED, rule, detail));
        return Verdict { outcome, steps };
    }
    Verdict {
        outcome: CertificateOutcome::Accepted(Box::new(accept(question, &trusted, policy.outcome))),
        steps,
    }
}

/// The policy without its scopes, for an emergency account; `None` for everybody else.
///
/// Rule `EMERGENCY-ACCOUNT-UNSCOPED`: an emergency account of the tenant is outside every scope: targets and CA scoping do not
/// concern it, so that no mistake in them locks the last administrator out; chain, revocation and binding hold as for everybody.
/// Source: certificate-sign-in §8.4–§8.5.
fn emergency_policy(question: &CertificateQuestion<'_>, steps: &mut Trace) -> Option<MethodPolicy> {
    let configuration = &question.tenant.configuration;
    if !configuration
        .settings
        .emergency_accounts
        .contains(&question.user.id)
    {
        return None;
    }
    steps.push(Step::new(
        RuleId::new("EMERGENCY-ACCOUNT-UNSCOPED"),
        StepResult::Passed,
    ));
    Some(MethodPolicy {
        certificate_authority_scopes: Vec::new(),
        exclude_targets: Vec::new(),
        include_targets: vec![Target::new(TargetId::AllUsers)],
        ..configuration.x509_policy.clone()
    })
}

fn accept(
    question: &CertificateQuestion<'_>,
    trusted: &TrustedChain,
    policy: lanyard_certificate_policy::CertificateOutcome,
) -> AcceptedCertificate {
    let facts = question.certificate.facts();
    let multifactor = policy.strength.mode == AuthenticationMode::MultiFactor;
    let chain = chain_key_identifiers(trusted);
    let amr = amr_values(
        policy.strength.mode,
        &facts.public_key,
        &[],
        &question.tenant.configuration.settings.policy.amr,
    );
    let method = MethodRecord {
        multifactor,
        amr,
        issuing_authority: trusted.issuing_authority().to_string(),
        issuer_key_identifier: chain.first().and_then(Option::as_ref).map(ToString::to_string),
        serial_number: facts.serial_number.to_hex(),
        policy_oids: facts.policy_oids.clone(),
        certificate_sha256: Some(data_encoding::HEXLOWER.encode(&facts.sha256_thumbprint)),
    };
    AcceptedCertificate {
        multifactor,
        issuing_authority: trusted.issuing_authority(),
        crl_status: trusted.crl_status().to_vec(),
        policy,
        chain,
        method,
    }
}

/// The Entra profile with the tenant's settings.
#[must_use]
pub fn profile_of(tenant: &TenantSnapshot) -> Profile {
    let settings = &tenant.configuration.settings;
    Profile {
        require_crl: tenant
            .configuration
            .x509_policy
            .crl_validation_configuration
            .state
            .is_enabled(),
        require_crl_scope: if settings.require_crl_for_all_authorities {
            RequireCrlScope::All
        } else {
            RequireCrlScope::Issuing
        },
        allow_sha1_signatures: settings.allow_sha1_signatures,
        clock_skew_secs: u32::from(settings.clock_skew_secs),
        ..Profile::default()
    }
}
