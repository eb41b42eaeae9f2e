//! When no decision could be made at all.

/// A use case could not run. A refusal is never one of these: it is part of the outcome.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database refused or could not be reached.
    #[error("storage: {0}")]
    Storage(#[from] lanyard_storage::StorageError),
    /// The random generator of the crypto module failed.
    #[error("the random generator failed")]
    Randomness,
    /// Signing, sealing or a key operation failed.
    #[error("cryptography: {0}")]
    Cryptography(String),
    /// Stored configuration cannot be understood; the sentence says which.
    #[error("stored configuration: {0}")]
    Configuration(String),
    /// A change asked for by an administrator is not valid; the sentence says why. Nothing was changed.
    #[error("{0}")]
    InvalidChange(String),
    /// A change was refused because of what it would do to the people who sign in. Nothing was changed.
    #[error("{0}")]
    ChangeRefused(Box<crate::change_safety::ChangeRefused>),
    /// What an administrator named does not exist.
    #[error("{0} does not exist")]
    NotFound(String),
}
