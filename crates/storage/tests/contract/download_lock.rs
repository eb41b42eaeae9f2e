//! One downloader for each CRL.

use lanyard_storage::{DatabaseUrl, DownloadLock, Store};

use crate::throwaway_postgres;

const AUTHORITY: [u8; 32] = [3; 32];

async fn ask(store: &Store, kind: i16) -> Option<DownloadLock> {
    store.try_download_lock(AUTHORITY, kind).await.unwrap()
}

/// Asks until it is free: giving back reaches the database a moment later.
async fn until_free(store: &Store, kind: i16) -> DownloadLock {
    for _ in 0..1000 {
        if let Some(lock) = ask(store, kind).await {
            return lock;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the lock is never free");
}

#[tokio::test]
async fn of_two_nodes_on_postgres_one_has_the_lock_until_it_gives_it_back_or_dies() {
    let Some(url) = throwaway_postgres::database().await else {
        return;
    };
    let open = async || Store::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
    let (a, b) = (open().await, open().await);
    let held = ask(&a, 0).await.unwrap();
    assert!(ask(&b, 0).await.is_none());
    let other = ask(&b, 1).await.expect("the delta is a list of its own");
    drop(held);
    let held = until_free(&b, 0).await;
    assert!(ask(&a, 0).await.is_none());

    // The other node's connection breaks, as when the process is killed.
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let ended: Vec<(bool,)> = sqlx::query_as(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'lanyard downloads' AND datname = current_database() \
         AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(ended, [(true,)]);
    let taken = until_free(&a, 0).await;
    // Giving back what was lost does no harm.
    drop((held, other));
    assert!(ask(&b, 0).await.is_none());
    // A store that is gone gives back everything.
    drop((taken, a));
    drop(until_free(&b, 0).await);
}

#[tokio::test]
async fn on_sqlite_the_lock_is_always_free() {
    let store = Store::open(&DatabaseUrl::Temporary).await.unwrap();
    let first = ask(&store, 0).await;
    assert!(first.is_some() && ask(&store, 0).await.is_some());
}
