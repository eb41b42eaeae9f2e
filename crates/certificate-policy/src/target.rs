//! Whom the method is for.

use std::collections::BTreeSet;

use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace, Verdict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One entry of `includeTargets` or `excludeTargets`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TargetJson", into = "TargetJson")]
pub struct Target {
    /// Who is meant.
    pub id: TargetId,
    /// Always `false` in practice: there is nothing to register for a certificate. Kept as written; absent on exclusions.
    pub is_registration_required: Option<bool>,
}

impl Target {
    /// A target without the registration flag.
    #[must_use]
    pub const fn new(id: TargetId) -> Self {
        Self {
            id,
            is_registration_required: None,
        }
    }
}

/// A group, or everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetId {
    /// The pseudo-group `all_users`.
    AllUsers,
    /// The members of one group, nested ones included.
    Group(Uuid),
}

impl TargetId {
    /// Whether a user who is in these groups (transitively) is meant.
    #[must_use]
    pub fn contains(self, group_ids: &BTreeSet<Uuid>) -> bool {
        match self {
            Self::AllUsers => true,
            Self::Group(id) => group_ids.contains(&id),
        }
    }
}

impl std::fmt::Display for TargetId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AllUsers => formatter.write_str("all_users"),
            Self::Group(id) => id.fmt(formatter),
        }
    }
}

/// A target as Graph writes it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetJson {
    #[serde(default)]
    target_type: Option<String>,
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_registration_required: Option<bool>,
}

impl From<Target> for TargetJson {
    fn from(target: Target) -> Self {
        Self {
            target_type: Some("group".to_owned()),
            id: target.id.to_string(),
            is_registration_required: target.is_registration_required,
        }
    }
}

impl TryFrom<TargetJson> for Target {
    type Error = String;

    fn try_from(json: TargetJson) -> Result<Self, String> {
        if let Some(kind) = json.target_type.filter(|kind| kind != "group") {
            return Err(format!("targetType must be 'group', not '{kind}'"));
        }
        let id = if json.id == "all_users" {
            TargetId::AllUsers
        } else {
            let id = Uuid::parse_str(&json.id)
                .map_err(|_| format!("'{}' is neither a group id nor all_users", json.id))?;
            TargetId::Group(id)
        };
        Ok(Self {
            id,
            is_registration_required: json.is_registration_required,
        })
    }
}

/// Whether the method is for a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetOutcome {
    /// It is.
    InScope,
    /// It is not.
    Refused(Refusal),
}

/// Decides whether the method is for a user who is in `group_ids` (transitively).
///
/// Rule `TARGET-INCLUDE`: only members of an included group, or everyone under all_users, may complete the method;
/// others are refused with 130501. Source: certificate-sign-in §8.4.
///
/// Rule `TARGET-EXCLUDE`: exclusion beats inclusion. Source: certificate-sign-in §8.4.
#[must_use]
pub fn in_scope(
    include: &[Target],
    exclude: &[Target],
    group_ids: &BTreeSet<Uuid>,
) -> Verdict<TargetOutcome> {
    let mut steps = Trace::new();
    let refuse = |rule: &'static str, detail: String, steps: Trace| Verdict {
        outcome: TargetOutcome::Refused(Refusal::new(
            Code::METHOD_NOT_ALLOWED_FOR_USER,
            RuleId::new(rule),
            detail,
        )),
        steps,
    };

    let excluded_by = exclude.iter().find(|target| target.id.contains(group_ids));
    if let Some(target) = excluded_by {
        steps.push(
            Step::new(RuleId::new("TARGET-EXCLUDE"), StepResult::Failed)
                .with("excluded_by", target.id.to_string()),
        );
        return refuse(
            "TARGET-EXCLUDE",
            format!("the user is excluded from certificate sign-in by {}", target.id),
            steps,
        );
    }
    if !exclude.is_empty() {
        steps.push(
            Step::new(RuleId::new("TARGET-EXCLUDE"), StepResult::Passed)
                .with("exclusions", exclude.len().to_string()),
        );
    }

    match include.iter().find(|target| target.id.contains(group_ids)) {
        Some(target) => {
            steps.push(
                Step::new(RuleId::new("TARGET-INCLUDE"), StepResult::Passed)
                    .with("included_by", target.id.to_string()),
            );
            Verdict {
                outcome: TargetOutcome::InScope,
                steps,
            }
        }
        None => {
            let targets = join(include);
            steps.push(
                Step::new(RuleId::new("TARGET-INCLUDE"), StepResult::Failed)
                    .with("included", targets.clone()),
            );
            refuse(
                "TARGET-INCLUDE",
                format!("the user is in none of the included groups ({targets})"),
                steps,
            )
        }
    }
}

fn join(targets: &[Target]) -> String {
    if targets.is_empty() {
        return "none".to_owned();
    }
    let ids: Vec<String> = targets.iter().map(|target| target.id.to_string()).collect();
    ids.join(", ")
}
