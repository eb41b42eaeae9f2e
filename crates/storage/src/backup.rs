//! Copies and care of the SQLite file. A PostgreSQL database is cared for by its own tools.

use std::path::Path;

use crate::{StorageError, Store, sqlite};

impl Store {
    /// Writes a whole, consistent copy of the SQLite database to `copy`, a new file of mode 0600, while others read
    /// and write. `false`: the database is PostgreSQL, nothing was copied (`pg_dump` does it).
    ///
    /// # Errors
    /// When `copy` exists with anything in it, or cannot be written.
    pub async fn backup(&self, copy: &Path) -> Result<bool, StorageError> {
        let Some(file) = self.file() else { return Ok(false) };
        sqlite::backup(file, copy).await?;
        Ok(true)
    }

    /// Moves SQLite's write-ahead log into the file and cuts it. `false`: a reader or writer held it, try again later.
    /// Does nothing on PostgreSQL.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub async fn checkpoint(&self) -> Result<bool, StorageError> {
        match self.file() {
            Some(file) => sqlite::checkpoint(file).await,
            None => Ok(true),
        }
    }
}
