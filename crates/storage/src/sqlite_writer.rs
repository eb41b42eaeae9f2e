//! The thread that writes to SQLite: takes what waits, runs it in one transaction, acknowledges after the commit.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use crate::StorageError;
use crate::command::Unit;
use crate::sqlite::{BUSY_TIMEOUT, CACHE_SIZE, JOURNAL_SIZE_LIMIT_BYTES};
use crate::sqlite_unit;

/// How many units one commit takes at most.
pub(crate) const GROUP: usize = 512;
/// Statements kept prepared.
const STATEMENTS: usize = 256;

/// What the thread is told.
pub(crate) enum Message {
    Unit(Unit, oneshot::Sender<Result<u64, StorageError>>),
    Close(oneshot::Sender<()>),
}

/// Starts the thread; it ends after [`Message::Close`], or when nobody can send any more.
pub(crate) fn start(path: &Path, receiver: mpsc::Receiver<Message>) -> Result<(), StorageError> {
    let connection = connect(path)?;
    let writer = Writer {
        path: path.to_owned(),
        connection: Some(connection),
        receiver,
    };
    std::thread::Builder::new()
        .name("sqlite-writer".to_owned())
        .spawn(move || writer.run())
        .map(|_| ())
        .map_err(|source| StorageError::File {
            path: path.display().to_string(),
            source,
        })
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(&format!(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = {JOURNAL_SIZE_LIMIT_BYTES}; \
         PRAGMA cache_size = {CACHE_SIZE}; PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL;"
    ))?;
    Ok(connection)
}

struct Writer {
    path: PathBuf,
    connection: Option<Connection>,
    receiver: mpsc::Receiver<Message>,
}

impl Writer {
    fn run(mut self) {
        let mut messages = Vec::with_capacity(GROUP);
        let mut closing = None;
        while closing.is_none() && self.receiver.blocking_recv_many(&mut messages, GROUP) > 0 {
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
                self.commit(units, waiting);
            }
        }
        self.receiver.close();
        if let Some(connection) = self.connection.take()
            && let Err((_, error)) = connection.close()
        {
            tracing::warn!(%error, "database not closed cleanly");
        }
        if let Some(acknowledge) = closing {
            let _ = acknowledge.send(());
        }
    }

    /// Runs all units in one transaction and acknowledges each when it is durable.
    fn commit(&mut self, units: Vec<Unit>, waiting: Vec<oneshot::Sender<Result<u64, StorageError>>>) {
        match self.transaction(&units) {
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

    fn transaction(&mut self, units: &[Unit]) -> Result<Vec<Result<u64, StorageError>>, rusqlite::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let connection = self.connection.insert(connection);
        sqlite_unit::control(connection, "BEGIN IMMEDIATE")?;
        let results = match sqlite_unit::run_all(connection, units) {
            Some(rows) => rows.into_iter().map(Ok).collect(),
            None => {
                sqlite_unit::control(connection, "ROLLBACK")?;
                sqlite_unit::control(connection, "BEGIN IMMEDIATE")?;
                units
                    .iter()
                    .map(|unit| sqlite_unit::run_apart(connection, unit))
                    .collect::<Result<_, _>>()?
            }
        };
        sqlite_unit::control(connection, "COMMIT")?;
        Ok(results)
    }
}
