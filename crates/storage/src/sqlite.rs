//! SQLite: one thread that writes and commits in groups; readers have connections of their own.
//!
//! Many small writers would each wait for their own sync to disk and fight for the one write lock. Here they hand their
//! units to one thread, which takes all that wait, runs them in one transaction and acknowledges each after the one
//! commit. The thread calls SQLite directly: through the asynchronous driver every statement would cost two changes of
//! thread, several times what SQLite takes for a row.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqlitePool};
use tokio::sync::mpsc;

use crate::sqlite_writer::{self, GROUP, Message};
use crate::{StorageError, migrations};

/// How long a connection waits for the lock of another process.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The write-ahead log is cut back to this size, in bytes.
pub(crate) const JOURNAL_SIZE_LIMIT_BYTES: &str = "67108864";
/// Pages kept in memory by each connection, in KiB (negative by SQLite's convention).
pub(crate) const CACHE_SIZE: &str = "-16000";
const READERS: u32 = 8;

/// Makes the file, readable by its owner only, and its folder; SQLite gives the mode to its companion files too.
fn create_file(path: &Path) -> Result<(), StorageError> {
    let fail = |source| StorageError::File {
        path: path.display().to_string(),
        source,
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(fail)?;
    }
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(fail(error)),
        _ => Ok(()),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT_BYTES)
        .pragma("cache_size", CACHE_SIZE)
        .statement_cache_capacity(256)
        .disable_statement_logging()
}

/// Opens the file, migrates it and starts the writing thread.
pub(crate) async fn open(path: &Path) -> Result<(SqlitePool, mpsc::Sender<Message>), StorageError> {
    create_file(path)?;
    let options = options(path);
    let mut connection =
        SqliteConnection::connect_with(&options.clone().journal_mode(SqliteJournalMode::Wal)).await?;
    migrations::sqlite()
        .run_direct(None, &mut connection, false)
        .await?;
    connection.close().await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options.clone().read_only(true))
        .await?;
    let (sender, receiver) = mpsc::channel(4 * GROUP);
    sqlite_writer::start(path, receiver)?;
    Ok((readers, sender))
}

/// Moves the write-ahead log into the file and cuts it, unless readers or writers hold it longer than a moment.
pub(crate) async fn checkpoint(path: &Path) -> Result<bool, StorageError> {
    let mut connection =
        SqliteConnection::connect_with(&options(path).busy_timeout(Duration::from_millis(100))).await?;
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(busy == 0)
}

/// A whole and consistent copy of the database, taken while others read and write.
pub(crate) async fn backup(path: &Path, copy: &Path) -> Result<(), StorageError> {
    let copy = copy.to_str().ok_or_else(|| StorageError::Unstorable {
        what: "backup path",
        reason: "not UTF-8".to_owned(),
    })?;
    create_file(Path::new(copy))?;
    let mut connection = SqliteConnection::connect_with(&options(path)).await?;
    sqlx::query("VACUUM INTO $1")
        .bind(copy)
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}
