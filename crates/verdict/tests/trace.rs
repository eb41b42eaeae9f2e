//! Steps, traces and verdicts as stored.

use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace, Verdict};
use serde_json::json;

#[test]
fn a_verdict_is_stored_and_comes_back() {
    let mut steps = Trace::new();
    steps.push(Step::new(RuleId::new("FIRST"), StepResult::Passed));
    steps.extend(Trace::from_iter([Step::new(
        RuleId::new("SECOND"),
        StepResult::Failed,
    )
    .with("found", "a")
    .with("expected", "b")]));
    let outcome = Refusal::new(
        Code::CERTIFICATE_REVOKED,
        RuleId::new("SECOND"),
        "found a, expected b",
    );
    let verdict = Verdict { outcome, steps };
    let stored = serde_json::to_value(&verdict).unwrap();
    assert_eq!(
        stored,
        json!({
            "outcome": { "code": 500_171, "rule": "SECOND", "detail": "found a, expected b" },
            "steps": [
                { "rule": "FIRST", "result": "passed" },
                { "rule": "SECOND", "result": "failed", "inputs": [
                    { "name": "found", "value": "a" }, { "name": "expected", "value": "b" }
                ] }
            ]
        })
    );
    assert_eq!(
        serde_json::from_value::<Verdict<Refusal>>(stored).unwrap(),
        verdict
    );
}
