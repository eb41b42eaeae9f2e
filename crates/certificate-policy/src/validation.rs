//! Whether a policy makes sense as a whole.

use std::collections::{BTreeMap, BTreeSet};

use lanyard_pki::{CertificateFacts, KeyIdentifier, Name};
use uuid::Uuid;

use crate::{
    Affinity, Finding, IssuerIdentifier, MethodPolicy, PolicySettings, RuleMatch, StrengthRule, Target,
    TargetId,
};

/// What a policy may refer to, and its limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyContext {
    authorities: Vec<KnownAuthority>,
    group_ids: BTreeSet<Uuid>,
    settings: PolicySettings,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct KnownAuthority {
    subject: Name,
    subject_key_identifier: Option<KeyIdentifier>,
}

impl PolicyContext {
    /// An empty context with these limits.
    #[must_use]
    pub fn new(settings: PolicySettings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Makes a CA of a trust store known.
    pub fn add_authority(&mut self, facts: &CertificateFacts) {
        self.authorities.push(KnownAuthority {
            subject: facts.subject.clone(),
            subject_key_identifier: facts.subject_key_identifier.clone(),
        });
    }

    /// Makes a group known.
    pub fn add_group(&mut self, id: Uuid) {
        self.group_ids.insert(id);
    }

    fn knows_key(&self, identifier: &KeyIdentifier) -> bool {
        self.authorities
            .iter()
            .any(|authority| authority.subject_key_identifier.as_ref() == Some(identifier))
    }

    fn knows_issuer(&self, issuer: &IssuerIdentifier) -> bool {
        self.authorities
            .iter()
            .any(|authority| issuer.names(&authority.subject, authority.subject_key_identifier.as_ref()))
    }
}

impl MethodPolicy {
    /// Everything wrong or doubtful about this policy. Shapes were checked when it was read.
    #[must_use]
    pub fn validate(&self, context: &PolicyContext) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.check_bindings(&mut findings);
        self.check_strength_rules(context, &mut findings);
        self.check_scopes(context, &mut findings);
        self.check_exemptions(context, &mut findings);
        self.check_targets(context, &mut findings);
        findings
    }

    /// Rule `POLICY-BINDING-UNIQUE`: priorities are unique, and so is each pair of field and property. Source:
    /// certificate-sign-in §6.2, §8.3.
    ///
    /// Rule `POLICY-BINDING-NEEDED`: an enabled method has at least one username binding, and where high affinity is
    /// required at least one of high affinity. Source: certificate-sign-in §8.3.
    fn check_bindings(&self, findings: &mut Vec<Finding>) {
        const PATH: &str = "certificateUserBindings";
        let bindings = &self.certificate_user_bindings;
        let mut priorities = BTreeSet::new();
        let mut pairs = BTreeSet::new();
        for (index, binding) in bindings.iter().enumerate() {
            if !priorities.insert(binding.priority) {
                findings.push(Finding::error(
                    format!("{PATH}[{index}].priority"),
                    format!("The priority {} is used twice.", binding.priority),
                ));
            }
            if !pairs.insert((binding.field, binding.user_property)) {
                findings.push(Finding::error(
                    format!("{PATH}[{index}]"),
                    format!(
                        "{} is bound to {} twice.",
                        binding.field.as_str(),
                        binding.user_property.as_str()
                    ),
                ));
            }
        }
        if self.state.is_enabled() && bindings.is_empty() {
            findings.push(Finding::error(
                PATH,
                "An enabled method needs at least one username binding.",
            ));
        }
        let low = bindings
            .iter()
            .filter(|binding| binding.field.affinity() == Affinity::Low)
            .count();
        let modes = &self.authentication_mode_configuration;
        let high_required = modes.default_required_affinity == Affinity::High
            || modes
                .rules
                .iter()
                .any(|rule| rule.required_affinity == Some(Affinity::High));
        if high_required && low == bindings.len() {
            findings.push(Finding::error(
                PATH,
                "High affinity is required somewhere, but no username binding has it: such certificates could sign nobody in.",
            ));
        }
        if low > 1 {
            findings.push(Finding::warning(
                PATH,
                format!("{low} bindings of low affinity: the tenant is as weak as the weakest of them."),
            ));
        }
    }

    /// Rule `POLICY-RULE-UNIQUE`: no two rules of one type have the same identifier. Source: certificate-sign-in §8.3.
    ///
    /// Rule `POLICY-RULE-COUNT`: a policy has at most a hundred rules. Source: certificate-sign-in §8.3.
    ///
    /// Rule `POLICY-RULE-ISSUER-KNOWN`: an issuer that is in no trust store is saved with a warning. Source:
    /// certificate-sign-in §8.3.
    fn check_strength_rules(&self, context: &PolicyContext, findings: &mut Vec<Finding>) {
        const PATH: &str = "authenticationModeConfiguration.rules";
        let rules = &self.authentication_mode_configuration.rules;
        let most = context.settings.max_strength_rules;
        if rules.len() > most {
            findings.push(Finding::error(
                PATH,
                format!("{} rules given; at most {most} are allowed.", rules.len()),
            ));
            return;
        }
        for (index, rule) in rules.iter().enumerate() {
            let earlier = rules
                .iter()
                .take(index)
                .position(|other| same_identifier(rule, other));
            if let Some(earlier) = earlier {
                findings.push(Finding::error(
                    format!("{PATH}[{index}]"),
                    format!("The rule is about the same certificates as the one at position {earlier}."),
                ));
            }
            let issuer = match &rule.matches {
                RuleMatch::Issuer(issuer) | RuleMatch::IssuerAndPolicyOid(issuer, _) => issuer,
                RuleMatch::PolicyOid(_) => continue,
            };
            if !context.knows_issuer(issuer) {
                findings.push(Finding::warning(
                    format!("{PATH}[{index}]"),
                    format!("'{issuer}' names no authority in a trust store; the rule has no effect."),
                ));
            }
        }
    }

    /// Rule `POLICY-SCOPE-LIMITS`: at most thirty scoping rules, one per CA, each with exactly one group; CA and group must
    /// exist. Source: certificate-sign-in §8.3, §8.5 SC-6.
    fn check_scopes(&self, context: &PolicyContext, findings: &mut Vec<Finding>) {
        const PATH: &str = "certificateAuthorityScopes";
        let most = context.settings.max_authority_scopes;
        if self.certificate_authority_scopes.len() > most {
            findings.push(Finding::error(
                PATH,
                format!(
                    "{} rules given; at most {most} are allowed.",
                    self.certificate_authority_scopes.len()
                ),
            ));
        }
        let mut seen: BTreeMap<&KeyIdentifier, usize> = BTreeMap::new();
        for (index, rule) in self.certificate_authority_scopes.iter().enumerate() {
            let identifier = &rule.subject_key_identifier;
            if !context.knows_key(identifier) {
                findings.push(Finding::error(
                    format!("{PATH}[{index}].subjectKeyIdentifier"),
                    format!("No authority in a trust store has the key identifier {identifier}."),
                ));
            }
            if let Some(earlier) = seen.insert(identifier, index) {
                findings.push(Finding::error(
                    format!("{PATH}[{index}].subjectKeyIdentifier"),
                    format!("The authority already has the rule at position {earlier}."),
                ));
            }
            let path = format!("{PATH}[{index}].includeTargets");
            match rule.include_targets.as_slice() {
                [
                    Target {
                        id: TargetId::Group(id),
                        ..
                    },
                ] if context.group_ids.contains(id) => {}
                [
                    Target {
                        id: TargetId::Group(id),
                        ..
                    },
                ] => {
                    findings.push(Finding::error(path, format!("There is no group {id}.")));
                }
                _ => findings.push(Finding::error(path, "A scoping rule names exactly one group.")),
            }
        }
    }

    /// Rule `POLICY-EXEMPTION-KNOWN`: an exempted key identifier that belongs to no stored CA is saved with a warning.
    /// Source: certificate-sign-in §8.3.
    fn check_exemptions(&self, context: &PolicyContext, findings: &mut Vec<Finding>) {
        for (index, identifier) in self
            .crl_validation_configuration
            .exempted_authorities
            .iter()
            .enumerate()
        {
            if !context.knows_key(identifier) {
                findings.push(Finding::warning(
                    format!("crlValidationConfiguration.exemptedCertificateAuthoritiesSubjectKeyIdentifiers[{index}]"),
                    format!("No authority in a trust store has the key identifier {identifier}."),
                ));
            }
        }
    }

    /// Rule `POLICY-TARGET-WARNINGS`: targeting everyone, nobody or an unknown group is saved with a warning, for whoever is
    /// in scope without a usable certificate can be locked out. Source: certificate-sign-in §7.1, §8.4.
    fn check_targets(&self, context: &PolicyContext, findings: &mut Vec<Finding>) {
        for (name, targets) in [
            ("includeTargets", &self.include_targets),
            ("excludeTargets", &self.exclude_targets),
        ] {
            for (index, target) in targets.iter().enumerate() {
                if let TargetId::Group(id) = target.id
                    && !context.group_ids.contains(&id)
                {
                    findings.push(Finding::warning(
                        format!("{name}[{index}].id"),
                        format!("There is no group {id}."),
                    ));
                }
            }
        }
        if !self.state.is_enabled() {
            return;
        }
        if self.include_targets.is_empty() {
            findings.push(Finding::warning(
                "includeTargets",
                "The method is enabled for nobody.",
            ));
        }
        if self
            .include_targets
            .iter()
            .any(|target| target.id == TargetId::AllUsers)
        {
            findings.push(Finding::warning(
                "includeTargets",
                "The method targets everyone: a user without a usable certificate and without another method is locked out. \
                 A group of certificate holders is safer.",
            ));
        }
    }
}

fn same_identifier(rule: &StrengthRule, other: &StrengthRule) -> bool {
    match (&rule.matches, &other.matches) {
        (RuleMatch::Issuer(own), RuleMatch::Issuer(others)) => own.same_as(others),
        (RuleMatch::PolicyOid(own), RuleMatch::PolicyOid(others)) => own == others,
        (RuleMatch::IssuerAndPolicyOid(own_issuer, own_oid), RuleMatch::IssuerAndPolicyOid(issuer, oid)) => {
            own_oid == oid && own_issuer.same_as(issuer)
        }
        _ => false,
    }
}
