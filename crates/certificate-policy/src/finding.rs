//! What is wrong, or doubtful, about something an administrator wrote.

use serde::{Deserialize, Serialize};

/// One remark about a policy, with the place it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Whether it prevents saving.
    pub severity: Severity,
    /// JSON path of the offending value (`certificateUserBindings[1].priority`); empty for the whole body.
    pub path: String,
    /// One sentence for the administrator.
    pub message: String,
}

/// Whether a finding prevents saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Saved nevertheless; shown to the administrator.
    Warning,
    /// Not saved: HTTP 400.
    Error,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.path, self.message)
        }
    }
}

impl Finding {
    /// Whether it prevents saving.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// A finding that prevents saving.
    #[must_use]
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            path: path.into(),
            message: message.into(),
        }
    }

    /// A finding that does not prevent saving.
    #[must_use]
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            path: path.into(),
            message: message.into(),
        }
    }
}
