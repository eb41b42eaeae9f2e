//! SQLite: one task that writes and commits in groups; readers have connections of their own.
//!
//! Many small writers would each wait for their own sync to disk and fight for the one write lock. Here they hand their
//! units to one task, which takes all that wait, runs them in one transaction and acknowledges each after the one
//! commit.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use crate::command::Unit;
use crate::sqlite_group::{self, Bundles};
use crate::{StorageError, migrations};

/// How many units one commit takes at most.
const GROUP: usize = 512;
/// How long a connection waits for the lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The write-ahead log is cut back to this size, in bytes.
const JOURNAL_SIZE_LIMIT_BYTES: &str = "67108864";
/// Pages kept in memory by each connection, in KiB (negative by SQLite's convention).
const CACHE_SIZE: &str = "-16000";
const READERS: u32 = 8;

pub(crate) enum Message {
    Unit(Unit, oneshot::Sender<Result<u64, StorageError>>),
    Close(oneshot::Sender<()>),
}

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

/// Opens the file, migrates it and starts the writing task.
pub(crate) async fn open(path: &Path) -> Result<(SqlitePool, mpsc::Sender<Message>), StorageError> {
    create_file(path)?;
    let options = options(path);
    let mut connection = connect(&options).await?;
    migrations::sqlite()
        .run_direct(None, &mut connection, false)
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options.clone().read_only(true))
        .await?;
    let (sender, receiver) = mpsc::channel(4 * GROUP);
    tokio::spawn(
        Writer {
            options,
            connection: Some(connection),
            receiver,
            bundles: Bundles::default(),
        }
        .run(),
    );
    Ok((readers, sender))
}

async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnection::connect_with(&options.clone().journal_mode(SqliteJournalMode::Wal)).await
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

struct Writer {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    receiver: mpsc::Receiver<Message>,
    bundles: Bundles,
}

impl Writer {
    async fn run(mut self) {
        let mut messages = Vec::with_capacity(GROUP);
        let mut closing = None;
        while closing.is_none() && self.receiver.recv_many(&mut messages, GROUP).await > 0 {
            let (mut units, mut waiting) = (
                Vec::with_capacity(messages.len()),
                Vec::with_capacity(messages.len()),
            );
            for message in messages.drain(..) {
                match message {
                    Message::Unit(unit, acknowledge) => {
                        units.push(unit);
                        waiting.push(acknowledge);
                    }
                    Message::Close(acknowledge) => closing = Some(acknowledge),
                }
            }
            if !units.is_empty() {
                self.commit(units, waiting).await;
            }
        }
        self.receiver.close();
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "database not closed cleanly");
        }
        if let Some(acknowledge) = closing {
            let _ = acknowledge.send(());
        }
    }

    /// Runs all units in one transaction and acknowledges each when it is durable.
    async fn commit(&mut self, units: Vec<Unit>, waiting: Vec<oneshot::Sender<Result<u64, StorageError>>>) {
        match self.transaction(units).await {
            Ok(results) => {
                for (acknowledge, result) in waiting.into_iter().zip(results) {
                    let _ = acknowledge.send(result);
                }
            }
            Err(error) => {
                tracing::error!(%error, units = waiting.len(), "group of writes not committed");
                // The connection may be in any state: the next group gets a fresh one.
                self.connection = None;
                for acknowledge in waiting {
                    let _ = acknowledge.send(Err(StorageError::Commit(error.to_string())));
                }
            }
        }
    }

    async fn transaction(&mut self, units: Vec<Unit>) -> Result<Vec<Result<u64, StorageError>>, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.options).await?,
        };
        let connection = self.connection.insert(connection);
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
        let results = sqlite_group::run(connection, &mut self.bundles, units).await?;
        sqlx::query("COMMIT").execute(connection).await?;
        Ok(results)
    }
}
