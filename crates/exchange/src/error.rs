//! Why files were not read, brought or written.

use std::path::{Path, PathBuf};

use lanyard_engine::{EngineError, NotDone};

/// What went wrong; the sentences are for administrators.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A file holds what cannot be read.
    #[error("{place}: {sentence}")]
    Unreadable {
        /// File, and where in it.
        place: String,
        /// What is wrong.
        sentence: String,
    },
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There are files already that would be overwritten.
    #[error("{} is there already\n  hint: --overwrite replaces an earlier export", .0.display())]
    Exists(PathBuf),
    /// Rows of users or groups are not valid: nothing was created. Each finding is one sentence.
    #[error("{}", .0.join("\n"))]
    Rows(Vec<String>),
    /// The engine refused a part; the first text says which.
    #[error("{0}: {1}")]
    Refused(&'static str, NotDone),
    /// The engine could not do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ExchangeError {
    pub(crate) fn unreadable(place: impl ToString, sentence: impl ToString) -> Self {
        Self::Unreadable {
            place: place.to_string(),
            sentence: sentence.to_string(),
        }
    }

    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}
