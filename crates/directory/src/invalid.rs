//! Why a resource cannot be saved as it is.

use lanyard_verdict::RuleId;

/// A property breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{property}: {reason}")]
pub struct InvalidProperty {
    /// The property, as it is called in JSON.
    pub property: &'static str,
    /// The rule.
    pub rule: RuleId,
    /// What is wrong, for people.
    pub reason: String,
}

impl InvalidProperty {
    pub(crate) fn new(property: &'static str, rule: &'static str, reason: impl Into<String>) -> Self {
        Self {
            property,
            rule: RuleId::new(rule),
            reason: reason.into(),
        }
    }
}
