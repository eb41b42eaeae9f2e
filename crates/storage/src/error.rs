//! What can go wrong in the store.

/// Why the store did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The database URL cannot be understood.
    #[error("database URL: {0} (hint: sqlite:/folder/lanyard.db or postgres://user@host/database)")]
    Url(String),
    /// The database file or folder cannot be made.
    #[error("cannot create {path}: {source}")]
    File {
        /// Which file or folder.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A migration failed, or the database was written by a newer version.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database refused or failed.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    /// SQLite refused or failed to write.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Another row already has this value.
    #[error("{what} is already taken")]
    Duplicate {
        /// What must be unique.
        what: &'static str,
    },
    /// There is no such row to change.
    #[error("{what} not found")]
    NotFound {
        /// What was to be changed.
        what: &'static str,
    },
    /// A single-use value was used before.
    #[error("already used")]
    AlreadyUsed,
    /// A session or grant is over and may not come back.
    #[error("{what} has already ended")]
    AlreadyEnded {
        /// What has ended.
        what: &'static str,
    },
    /// Somebody else saved the configuration in between.
    #[error("the configuration was changed in the meantime")]
    VersionConflict,
    /// The name or beginning of an id fits several rows.
    #[error("several {what} fit")]
    Ambiguous {
        /// What is not unique.
        what: &'static str,
    },
    /// A value cannot be stored.
    #[error("{what} cannot be stored: {reason}")]
    Unstorable {
        /// Which value.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A stored row cannot be understood.
    #[error("stored {what} cannot be read: {reason}")]
    Corrupt {
        /// What kind of row.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The whole group of writes could not be made durable. The message is the database's.
    #[error("commit failed: {0}")]
    Commit(String),
}

impl StorageError {
    pub(crate) fn corrupt(what: &'static str, reason: impl ToString) -> Self {
        Self::Corrupt {
            what,
            reason: reason.to_string(),
        }
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolClosed => Self::Closed,
            other => Self::Database(other),
        }
    }
}
