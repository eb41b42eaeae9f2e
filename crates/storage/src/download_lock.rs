//! One downloader for each CRL among all nodes: advisory locks of PostgreSQL, held by one connection of this process.
//!
//! A process that dies loses its connection and with it its locks. On SQLite there is one process, and every lock is free.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{mpsc, oneshot};

use crate::{StorageError, Store};

const TRY: &str = "SELECT pg_try_advisory_lock($1)";
const RELEASE: &str = "SELECT pg_advisory_unlock($1)";

/// The right to download one CRL; given back when dropped.
#[derive(Debug)]
pub struct DownloadLock {
    held: Option<(i64, Keeper)>,
}

/// Asks the task that holds the connection.
#[derive(Clone, Debug)]
pub(crate) struct Keeper(mpsc::UnboundedSender<Ask>);

#[derive(Debug)]
enum Ask {
    Try(i64, oneshot::Sender<Result<bool, StorageError>>),
    Release(i64),
}

impl Drop for DownloadLock {
    fn drop(&mut self) {
        if let Some((key, keeper)) = self.held.take() {
            // Without the task the connection is closed, and the lock is free.
            let _ = keeper.0.send(Ask::Release(key));
        }
    }
}

impl Keeper {
    /// Starts the task; it connects when the first lock is asked for and ends with the store and its locks.
    pub(crate) fn start(options: &PgConnectOptions) -> Self {
        let (sender, asks) = mpsc::unbounded_channel();
        let options = options
            .clone()
            .application_name("lanyard downloads")
            .disable_statement_logging();
        tokio::spawn(keep(options, asks));
        Self(sender)
    }
}

async fn keep(options: PgConnectOptions, mut asks: mpsc::UnboundedReceiver<Ask>) {
    let mut connection = None;
    while let Some(ask) = asks.recv().await {
        match ask {
            Ask::Try(key, answer) => {
                let outcome = attempt(&mut connection, &options, key).await;
                let is_held = matches!(outcome, Ok(true));
                if answer.send(outcome).is_err() && is_held {
                    release(&mut connection, key).await;
                }
            }
            Ask::Release(key) => release(&mut connection, key).await,
        }
    }
}

async fn attempt(
    connection: &mut Option<PgConnection>,
    options: &PgConnectOptions,
    key: i64,
) -> Result<bool, StorageError> {
    if let Some(live) = connection {
        match sqlx::query_scalar(TRY).bind(key).fetch_one(live).await {
            Ok(is_free) => return Ok(is_free),
            // It broke, and every lock it held is free: once more on a new one.
            Err(_) => *connection = None,
        }
    }
    let mut fresh = options.connect().await?;
    let is_free = sqlx::query_scalar(TRY).bind(key).fetch_one(&mut fresh).await?;
    *connection = Some(fresh);
    Ok(is_free)
}

async fn release(connection: &mut Option<PgConnection>, key: i64) {
    let Some(live) = connection else { return };
    if sqlx::query(RELEASE).bind(key).execute(live).await.is_err()
        && let Some(broken) = connection.take()
    {
        let _ = broken.close_hard().await;
    }
}

impl Store {
    /// The right to download a CRL, unless another node has it; never waits for that node.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn try_download_lock(
        &self,
        authority: [u8; 32],
        kind: i16,
    ) -> Result<Option<DownloadLock>, StorageError> {
        let Some(keeper) = self.keeper() else {
            return Ok(Some(DownloadLock { held: None }));
        };
        let [a, b, c, d, e, f, g, h, ..] = authority;
        let key = i64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ i64::from(kind);
        let (answer, answered) = oneshot::channel();
        keeper
            .0
            .send(Ask::Try(key, answer))
            .map_err(|_| StorageError::Closed)?;
        let is_ours = answered.await.map_err(|_| StorageError::Closed)??;
        Ok(is_ours.then(|| DownloadLock {
            held: Some((key, keeper.clone())),
        }))
    }
}
