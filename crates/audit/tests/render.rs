//! A trace as readable text.

use lanyard_audit::render_tree;
use lanyard_verdict::{RuleId, Step, StepResult, Trace};

#[test]
fn one_branch_per_question() {
    let trace = Trace::from_iter([
        Step::new(RuleId::new("CHAIN-TRUSTED"), StepResult::Passed).with("issuer", "CN=CA A"),
        Step::new(RuleId::new("BIND-FALL-THROUGH"), StepResult::Failed)
            .with("field", "PrincipalName")
            .with("certificate", "absent"),
        Step::new(RuleId::new("BIND-AFFINITY"), StepResult::Skipped),
        Step::new(RuleId::new("BIND-PRIORITY"), StepResult::Passed).with("field", "RFC822Name"),
        Step::new(RuleId::new("STRENGTH-DEFAULT"), StepResult::Decided)
            .with("mode", "singleFactorAuthentication"),
    ]);
    insta::assert_snapshot!(render_tree(&trace));
    assert_eq!(render_tree(&Trace::new()), "");
}

/// Names the rule LOG-TREE-SAFE.
#[test]
fn a_certificate_cannot_steer_the_terminal() {
    let hostile = "CN=\u{1b}[2Jx\ny\u{202e}z\u{7f}";
    let trace =
        Trace::from_iter([Step::new(RuleId::new("BIND-X"), StepResult::Failed).with("subject", hostile)]);
    let text = render_tree(&trace);
    assert!(
        text.ends_with("subject: CN=\\u{1b}[2Jx\\u{a}y\\u{202e}z\\u{7f}\n"),
        "{text}"
    );
}
