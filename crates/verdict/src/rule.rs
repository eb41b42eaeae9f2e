//! The stable name of a rule of behaviour.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The stable, speaking name of a rule, such as `BIND-PRIORITY`.
///
/// A rule is documented where it is decided, by a line ``/// Rule `BIND-PRIORITY`: sentence. Source: document §n.``
/// in the doc comment of its function. RULES.md is generated from those lines.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(Cow<'static, str>);

impl RuleId {
    /// Names a rule. The name must be documented; `cargo xtask rules` checks it.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
