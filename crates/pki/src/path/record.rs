//! What a search writes down and what it may spend.

use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace};

use crate::profile::Budgets;

/// How far a path got before it fell; the failure of the path that got furthest explains the refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    NoIssuer,
    Issuer,
    Path,
    Policies,
    Crl,
    Revoked,
    Leaf,
    Budget,
}

/// Why a path fell.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) reach: Reach,
    pub(crate) refusal: Refusal,
}

/// The trace and the purse of one evaluation.
pub(crate) struct Record {
    trace: Trace,
    recorded: usize,
    left: Budgets,
    best: Option<Failure>,
}

/// Steps kept of one evaluation. A hostile graph must not fill the log.
const MAX_STEPS: usize = 400;

impl Record {
    pub(crate) fn new(budgets: Budgets) -> Self {
        Self {
            trace: Trace::new(),
            recorded: 0,
            left: budgets,
            best: None,
        }
    }

    pub(crate) fn push(&mut self, step: Step) {
        self.recorded += 1;
        if self.recorded <= MAX_STEPS {
            self.trace.push(step);
        } else if self.recorded == MAX_STEPS + 1 {
            self.trace.push(
                Step::new(RuleId::new("PATH-BUDGET"), StepResult::Decided)
                    .with("note", "further steps are left out of this trace"),
            );
        }
    }

    pub(crate) fn passed(&mut self, rule: &'static str, inputs: &[(&'static str, String)]) {
        if self.recorded < MAX_STEPS {
            self.push(with_inputs(
                Step::new(RuleId::new(rule), StepResult::Passed),
                inputs,
            ));
        } else {
            self.recorded += 1;
        }
    }

    /// Writes down a failed step and makes the failure from it.
    pub(crate) fn failed(
        &mut self,
        reach: Reach,
        code: Code,
        rule: &'static str,
        inputs: &[(&'static str, String)],
        detail: String,
    ) -> Failure {
        let rule = RuleId::new(rule);
        self.push(with_inputs(Step::new(rule.clone(), StepResult::Failed), inputs));
        Failure {
            reach,
            refusal: Refusal::new(code, rule, detail),
        }
    }

    /// Keeps a failure if it tells more than the one kept so far.
    pub(crate) fn note(&mut self, failure: Failure) {
        if self.best.as_ref().is_none_or(|best| failure.reach > best.reach) {
            self.best = Some(failure);
        }
    }

    /// Spends part of a budget.
    ///
    /// Rule `PATH-BUDGET`: candidate issuers, signature checks, name comparisons and policy nodes of one evaluation are
    /// bounded; past a bound the certificate is refused (500179). Source: our own; certificate-sign-in §4.8.
    pub(crate) fn spend(&mut self, item: Item, amount: u32) -> Result<(), Failure> {
        let left = match item {
            Item::Step => &mut self.left.steps,
            Item::Signature => &mut self.left.signature_checks,
            Item::Name => &mut self.left.name_comparisons,
            Item::PolicyNode => &mut self.left.policy_nodes,
        };
        if let Some(rest) = left.checked_sub(amount) {
            *left = rest;
            return Ok(());
        }
        *left = 0;
        Err(Failure {
            reach: Reach::Budget,
            refusal: Refusal::new(
                Code::CRL_TIMEOUT,
                RuleId::new("PATH-BUDGET"),
                format!("the search for a path used up its bound of {}", item.words()),
            ),
        })
    }

    /// Takes out the failure kept so far, so that a search within the search does not speak for the whole.
    pub(crate) fn swap_best(&mut self, best: Option<Failure>) -> Option<Failure> {
        std::mem::replace(&mut self.best, best)
    }

    pub(crate) fn finish(self) -> (Trace, Option<Failure>) {
        (self.trace, self.best)
    }
}

/// What a budget bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Step,
    Signature,
    Name,
    PolicyNode,
}

impl Item {
    const fn words(self) -> &'static str {
        match self {
            Self::Step => "candidate issuers",
            Self::Signature => "signature checks",
            Self::Name => "name comparisons",
            Self::PolicyNode => "policy nodes",
        }
    }
}

fn with_inputs(step: Step, inputs: &[(&'static str, String)]) -> Step {
    inputs
        .iter()
        .fold(step, |step, (name, value)| step.with(name, value.clone()))
}
