//! Scoping, targeting, and all questions together.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;

use lanyard_certificate_policy::{
    BindingOutcome, CertificateAuthorityScope, CertificateEvaluation, CertificateOutcome, IssuingAuthority,
    MethodPolicy, PolicySettings, ScopeOutcome, Switch, Target, TargetId, TargetOutcome,
    UserBindingProperties, evaluate_certificate, in_scope, scope,
};
use lanyard_pki::{KeyIdentifier, Name};
use lanyard_verdict::{RuleId, StepResult, Verdict};
use support::{bare_facts, group, groups, user};
use uuid::Uuid;

fn key(octet: u8) -> KeyIdentifier {
    KeyIdentifier::new(&[octet; 20])
}

fn scope_rule(octet: u8, group_number: u128) -> CertificateAuthorityScope {
    CertificateAuthorityScope {
        subject_key_identifier: key(octet),
        public_key_infrastructure_identifier: None,
        include_targets: vec![Target::new(TargetId::Group(group(group_number)))],
    }
}

/// S1, S2, S4. Names the rules SCOPE-ALL and SCOPE-NEEDS-SKI.
#[test]
fn every_rule_on_the_path_must_be_met() {
    let chain = [Some(key(1)), Some(key(2)), Some(key(3))];
    let unknown = [Some(key(1)), None];
    let rule = scope_rule;
    type Row<'a> = (
        &'a [Option<KeyIdentifier>],
        Vec<CertificateAuthorityScope>,
        &'a [u128],
        Result<Vec<u8>, ()>,
    );
    let table: Vec<Row<'_>> = vec![
        (&chain, vec![], &[], Ok(vec![])),
        (&chain, vec![rule(9, 1)], &[], Ok(vec![])),
        (&chain, vec![rule(1, 1)], &[1], Ok(vec![1])),
        (&chain, vec![rule(1, 1)], &[2], Err(())),
        (&chain, vec![rule(2, 1), rule(1, 2)], &[1, 2], Ok(vec![1, 2])),
        (&chain, vec![rule(2, 1), rule(1, 2)], &[1], Err(())),
        (&chain, vec![rule(2, 1), rule(1, 2)], &[2], Err(())),
        (&chain, vec![rule(3, 5)], &[5], Ok(vec![3])),
        (&unknown, vec![], &[], Ok(vec![])),
        (&unknown, vec![rule(9, 1)], &[1], Err(())),
        (&[], vec![rule(9, 1)], &[1], Err(())),
        (&[], vec![], &[], Ok(vec![])),
    ];
    for (number, (chain, rules, member_of, expected)) in table.into_iter().enumerate() {
        let found = match scope(chain, &rules, &groups(member_of)).outcome {
            ScopeOutcome::Allowed { scoped_by } => Ok(scoped_by),
            ScopeOutcome::Refused(refusal) => {
                assert_eq!(refusal.code.number(), 500_189);
                Err(())
            }
        };
        let expected = expected.map(|octets| octets.into_iter().map(key).collect());
        assert_eq!(found, expected, "row {number}");
    }
}

/// Names the rules TARGET-INCLUDE and TARGET-EXCLUDE.
#[test]
fn exclusion_beats_inclusion() {
    let everyone = Target::new(TargetId::AllUsers);
    let of = |number| Target::new(TargetId::Group(group(number)));
    type Row<'a> = (&'a [Target], &'a [Target], &'a [u128], bool);
    let table: [Row<'_>; 8] = [
        (&[everyone], &[], &[], true),
        (&[everyone], &[of(1)], &[1], false),
        (&[everyone], &[of(1)], &[2], true),
        (&[of(1)], &[], &[1], true),
        (&[of(1)], &[], &[2], false),
        (&[of(1), of(2)], &[], &[2], true),
        (&[of(1)], &[everyone], &[1], false),
        (&[], &[], &[1], false),
    ];
    for (include, exclude, member_of, expected) in table {
        match in_scope(include, exclude, &groups(member_of)).outcome {
            TargetOutcome::InScope => assert!(expected, "{include:?} {exclude:?}"),
            TargetOutcome::Refused(refusal) => {
                assert!(!expected, "{include:?} {exclude:?}");
                assert_eq!(refusal.code.number(), 130_501);
            }
        }
    }
}

struct Scene {
    policy: MethodPolicy,
    user: UserBindingProperties,
    group_ids: BTreeSet<Uuid>,
}

impl Scene {
    fn new() -> Self {
        Self {
            policy: MethodPolicy {
                state: Switch::Enabled,
                ..MethodPolicy::default()
            },
            user: user("adele@contoso.example", &[]),
            group_ids: groups(&[1]),
        }
    }

    fn evaluate(&self) -> Verdict<CertificateOutcome> {
        let mut facts = bare_facts();
        facts.principal_names = vec!["Adele@contoso.example".to_owned()];
        let subject = Name::parse_text("CN=CA A").unwrap();
        let issuing = key(1);
        evaluate_certificate(&CertificateEvaluation {
            policy: &self.policy,
            settings: &PolicySettings::default(),
            facts: &facts,
            issuing_authority: IssuingAuthority {
                subject: &subject,
                subject_key_identifier: Some(&issuing),
            },
            chain: &[Some(issuing.clone()), Some(key(2))],
            user: &self.user,
            group_ids: &self.group_ids,
        })
    }
}

#[test]
fn a_certificate_that_signs_in() {
    let verdict = Scene::new().evaluate();
    assert_eq!(verdict.outcome.refusal, None);
    assert_eq!(verdict.outcome.result().unwrap().priority, 1);
    let last = verdict.steps.steps().last().unwrap();
    assert_eq!(
        (&last.rule, last.result),
        (&RuleId::new("EVALUATE-ORDER"), StepResult::Passed)
    );
    let stored = serde_json::to_string(&verdict).unwrap();
    assert_eq!(
        serde_json::from_str::<Verdict<CertificateOutcome>>(&stored).unwrap(),
        verdict
    );
}

/// Names the rules EVALUATE-ORDER and METHOD-ENABLED.
#[test]
fn of_several_refusals_the_first_question_counts() {
    let mut scene = Scene::new();
    scene.policy.exclude_targets = vec![Target::new(TargetId::AllUsers)];
    assert_eq!(code(&scene), Some(130_501));
    scene.user.user_principal_name = "other@contoso.example".to_owned();
    assert_eq!(code(&scene), Some(1_001_009));
    scene.policy.certificate_authority_scopes = vec![scope_rule(2, 7)];
    assert_eq!(code(&scene), Some(500_189));
    scene.policy.state = Switch::Disabled;
    assert_eq!(code(&scene), Some(1_001_000));

    // Every question was answered all the same.
    let verdict = scene.evaluate();
    assert!(matches!(verdict.outcome.binding, BindingOutcome::Refused(_)));
    assert!(matches!(verdict.outcome.target, TargetOutcome::Refused(_)));
    assert_eq!(verdict.outcome.result().unwrap_err().code.number(), 1_001_000);
    for rule in [
        "METHOD-ENABLED",
        "SCOPE-ALL",
        "STRENGTH-DEFAULT",
        "BIND-NO-MATCH",
        "TARGET-EXCLUDE",
    ] {
        assert!(
            verdict
                .steps
                .steps()
                .iter()
                .any(|step| step.rule == RuleId::new(rule)),
            "{rule}"
        );
    }
}

fn code(scene: &Scene) -> Option<u32> {
    scene
        .evaluate()
        .outcome
        .refusal
        .map(|refusal| refusal.code.number())
}

#[test]
fn required_affinity_reaches_the_binding() {
    let mut scene = Scene::new();
    scene
        .policy
        .authentication_mode_configuration
        .default_required_affinity = lanyard_certificate_policy::Affinity::High;
    assert_eq!(code(&scene), Some(1_001_003));
}
