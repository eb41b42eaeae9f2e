//! The store: opening, committing, closing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::command::Unit;
use crate::database::Database;
use crate::download_lock::Keeper;
use crate::sqlite_writer::Message;
use crate::statements::statements;
use crate::value::values;
use crate::{DatabaseUrl, StorageError, UnitOfWork, Write, postgres, sqlite};

statements! {
    HEALTH = "SELECT COUNT(*) FROM tenants";
}

/// The one store of the server. Cloning is cheap; all clones are the same store.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    url: DatabaseUrl,
    database: Database,
    /// Only on SQLite.
    writer: Option<mpsc::Sender<Message>>,
    changed: watch::Sender<u64>,
    /// Only on PostgreSQL.
    keeper: Option<Keeper>,
    _folder: Option<TemporaryFolder>,
}

/// Removed with everything in it when the last clone of the store is gone.
#[derive(Debug)]
struct TemporaryFolder(PathBuf);

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Store {
    /// Opens the database, makes it when it is a missing SQLite file (mode 0600), and migrates it.
    ///
    /// # Errors
    /// When the file cannot be made, the database not be reached or a migration fails.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StorageError> {
        let mut folder = None;
        let url = match url {
            DatabaseUrl::Temporary => {
                let path = std::env::temp_dir().join(format!("lanyard-{}", Uuid::new_v4()));
                let file = path.join("lanyard.db");
                folder = Some(TemporaryFolder(path));
                DatabaseUrl::Sqlite(file)
            }
            other => other.clone(),
        };
        let (database, writer) = match &url {
            DatabaseUrl::Postgres(options) => (Database::Postgres(postgres::open(options).await?), None),
            DatabaseUrl::Sqlite(path) => {
                let (readers, writer) = sqlite::open(path).await?;
                (Database::Sqlite(readers), Some(writer))
            }
            DatabaseUrl::Temporary => return Err(StorageError::Url("no file".to_owned())),
        };
        let keeper = match &url {
            DatabaseUrl::Postgres(options) => Some(Keeper::start(options)),
            DatabaseUrl::Sqlite(_) | DatabaseUrl::Temporary => None,
        };
        let changed = watch::Sender::new(0);
        Ok(Self {
            inner: Arc::new(Inner {
                url,
                database,
                writer,
                changed,
                keeper,
                _folder: folder,
            }),
        })
    }

    /// Where the database is; of a temporary one its file.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// Does all writes or none; returns when they are durable.
    ///
    /// # Errors
    /// The first write that cannot be done says why; then none of the unit has happened.
    pub async fn commit(&self, unit: UnitOfWork) -> Result<(), StorageError> {
        match self.run(Write::unit(&unit)?).await {
            Err(StorageError::VersionConflict) if self.renew_forms(&unit).await? => {
                self.run(Write::unit(&unit)?).await.map(|_| ())
            }
            outcome => outcome.map(|_| ()),
        }
    }

    /// One write as a unit of its own.
    pub(crate) async fn write(&self, write: Write) -> Result<(), StorageError> {
        self.commit(vec![write]).await
    }

    /// Runs a unit and returns how many rows it touched.
    pub(crate) async fn run(&self, unit: Unit) -> Result<u64, StorageError> {
        let changes = !unit.changes.is_empty();
        let rows = match (&self.inner.database, &self.inner.writer) {
            (_, Some(writer)) => {
                let (acknowledge, acknowledged) = oneshot::channel();
                writer
                    .send(Message::Unit(unit, acknowledge))
                    .await
                    .map_err(|_| StorageError::Closed)?;
                acknowledged.await.map_err(|_| StorageError::Closed)??
            }
            (Database::Postgres(pool), None) => postgres::commit(pool, unit).await?,
            (Database::Sqlite(_), None) => return Err(StorageError::Closed),
        };
        if changes {
            self.inner
                .changed
                .send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(rows)
    }

    /// Answers when the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn health(&self) -> Result<(), StorageError> {
        self.database()
            .fetch_one::<(i64,)>(HEALTH, values![])
            .await
            .map(|_| ())
    }

    /// Finishes the writes that wait, then closes all connections. Later calls fail with [`StorageError::Closed`].
    pub async fn close(&self) {
        if let Some(writer) = &self.inner.writer {
            let (acknowledge, acknowledged) = oneshot::channel();
            if writer.send(Message::Close(acknowledge)).await.is_ok() {
                let _ = acknowledged.await;
            }
        }
        match &self.inner.database {
            Database::Sqlite(pool) => pool.close().await,
            Database::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) fn keeper(&self) -> Option<&Keeper> {
        self.inner.keeper.as_ref()
    }

    pub(crate) fn database(&self) -> &Database {
        &self.inner.database
    }

    /// The SQLite file.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.inner.url {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Temporary | DatabaseUrl::Postgres(_) => None,
        }
    }

    /// Rings after every commit of this process that changed what others may have read.
    pub(crate) fn changed(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }
}
