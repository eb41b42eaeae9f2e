//! Why something asked for over the directory API was not done.

use lanyard_certificate_policy::Finding;
use lanyard_directory::Denial;
use lanyard_storage::StorageError;

use crate::EngineError;

/// The outcome of a use case that was not done; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The caller may not.
    #[error("{0}")]
    Denied(Denial),
    /// What was asked for is not valid: each finding names its place.
    #[error("{}", sentences(.0))]
    Invalid(Vec<Finding>),
    /// It does not exist, or not for this caller; the text is its id or name.
    #[error("{0} does not exist")]
    NotFound(String),
    /// There is one already; the sentence says what.
    #[error("{0}")]
    Duplicate(String),
    /// It was changed since the caller read it.
    #[error("it was changed by somebody else since it was read")]
    Changed,
    /// It would lock people out; the sentence says whom and how to force it.
    #[error("{0}")]
    Unsafe(String),
    /// Something is going on that has to end first.
    #[error("{0}")]
    Busy(String),
    /// No answer could be made at all.
    #[error(transparent)]
    Engine(EngineError),
}

impl NotDone {
    /// One finding about one place (`certificateAuthorities[2].certificate`; empty: the whole body).
    pub(crate) fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Finding::error(path, message)])
    }
}

impl From<EngineError> for NotDone {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::InvalidChange(sentence) => Self::invalid("", sentence),
            EngineError::NotFound(what) => Self::NotFound(what),
            EngineError::ChangeRefused(refused) => Self::Unsafe(refused.to_string()),
            EngineError::Storage(storage) => storage.into(),
            other => Self::Engine(other),
        }
    }
}

impl From<StorageError> for NotDone {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::VersionConflict => Self::Changed,
            StorageError::NotFound { what } => Self::NotFound(what.to_owned()),
            StorageError::Duplicate { what } => {
                Self::Duplicate(format!("There is one with the same {what} already."))
            }
            other => Self::Engine(EngineError::Storage(other)),
        }
    }
}

fn sentences(findings: &[Finding]) -> String {
    let sentences: Vec<String> = findings.iter().map(ToString::to_string).collect();
    sentences.join(" ")
}
