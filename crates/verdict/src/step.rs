//! Steps, traces and verdicts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Code, RuleId};

/// A decision together with every step that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict<O> {
    /// What was decided.
    pub outcome: O,
    /// How it was decided, in order.
    pub steps: Trace,
}

/// Why something was refused: the code a person can quote, the rule that decided and the values it compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable error number.
    pub code: Code,
    /// The rule that refused.
    pub rule: RuleId,
    /// One sentence with the compared values filled in. For administrators and logs; holds no secret.
    pub detail: String,
}

impl Refusal {
    /// A refusal with its filled-in sentence.
    #[must_use]
    pub fn new(code: Code, rule: RuleId, detail: impl Into<String>) -> Self {
        Self {
            code,
            rule,
            detail: detail.into(),
        }
    }
}

/// How one rule came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepResult {
    /// The rule was met.
    Passed,
    /// The rule was not met; on its own this need not decide the outcome (a fall-through, another path).
    Failed,
    /// The rule did not apply.
    Skipped,
    /// The rule chose or computed something; see the inputs.
    Decided,
}

/// One value a rule looked at: a name and its text. Never a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// What the value is, in the field's words (`issuer`, `not_after`).
    pub name: Cow<'static, str>,
    /// The value as text.
    pub value: String,
}

/// One rule looked at, with the values it compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which rule.
    pub rule: RuleId,
    /// How it came out.
    pub result: StepResult,
    /// What it compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
}

impl Step {
    /// A step without inputs yet.
    #[must_use]
    pub fn new(rule: RuleId, result: StepResult) -> Self {
        Self {
            rule,
            result,
            inputs: Vec::new(),
        }
    }

    /// Adds one compared value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.inputs.push(Input {
            name: Cow::Borrowed(name),
            value: value.into(),
        });
        self
    }
}

/// The steps of a decision, in the order they were taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace(Vec<Step>);

impl Trace {
    /// An empty trace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records one step.
    pub fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    /// Appends another decision's steps.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The recorded steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl FromIterator<Step> for Trace {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}
