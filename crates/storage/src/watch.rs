//! Following the changes, of this process and of others.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::Stream;
use sqlx::postgres::PgListener;
use tokio::sync::watch;

use crate::{Change, DatabaseUrl, StorageError, Store, postgres};

/// A notification can be lost, and other processes may write to the same SQLite file: look at least this often.
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_secs(1);

/// Follows the list of changes from a point on. Nothing is missed: rings only say that it is time to look.
#[derive(Debug)]
pub struct ChangeWatch {
    store: Store,
    last: i64,
    pending: VecDeque<Change>,
    changed: watch::Receiver<u64>,
    listener: Option<PgListener>,
}

impl Store {
    /// Follows the changes after `sequence`; take [`Store::last_change`] before loading what is to be kept fresh.
    ///
    /// # Errors
    /// When PostgreSQL does not let us listen.
    pub async fn watch_changes(&self, sequence: i64) -> Result<ChangeWatch, StorageError> {
        let listener = match self.url() {
            DatabaseUrl::Postgres(options) => Some(postgres::listen(options).await?),
            DatabaseUrl::Sqlite(_) | DatabaseUrl::Temporary => None,
        };
        let (store, changed) = (self.clone(), self.changed());
        Ok(ChangeWatch {
            store,
            last: sequence,
            pending: VecDeque::new(),
            changed,
            listener,
        })
    }
}

impl ChangeWatch {
    /// Waits for the next change.
    ///
    /// # Errors
    /// When the database cannot be read; the next call tries again and misses nothing.
    pub async fn next(&mut self) -> Result<Change, StorageError> {
        loop {
            if let Some(change) = self.pending.pop_front() {
                self.last = change.sequence;
                return Ok(change);
            }
            self.changed.mark_unchanged();
            self.pending = self.store.changes_after(self.last).await?.into();
            if self.pending.is_empty() {
                self.ring().await;
            }
        }
    }

    /// The same as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Change, StorageError>> + Send {
        futures_util::stream::unfold(self, |mut watch| async move { Some((watch.next().await, watch)) })
    }

    /// Waits until it is worth looking.
    async fn ring(&mut self) {
        let notified = async {
            match &mut self.listener {
                // A lost connection rings too; the listener connects again by itself.
                Some(listener) => listener.try_recv().await.map(|_| ()),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.changed.changed() => {}
            Ok(()) = notified => {}
            () = tokio::time::sleep(LOOK_AT_LEAST_EVERY) => {}
        }
    }
}
