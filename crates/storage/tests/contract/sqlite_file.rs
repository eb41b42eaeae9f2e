//! What holds for the SQLite file only.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use lanyard_storage::{DatabaseUrl, StorageError, Store, Write};

use crate::samples;

fn url(path: &Path) -> DatabaseUrl {
    DatabaseUrl::parse(&format!("sqlite:{}", path.display())).unwrap()
}

#[tokio::test]
async fn the_files_are_for_their_owner_only_and_everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/deep/lanyard.db");
    let store = Store::open(&url(&path)).await.unwrap();
    let tenant = samples::tenant(&store).await;
    let row = samples::sign_in(tenant, 1);
    store.commit(vec![Write::SignIn(row.clone())]).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let files: Vec<_> = std::fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(files.len() >= 2, "the log beside the database: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    store.close().await;
    let again = Store::open(&url(&path)).await.unwrap();
    assert_eq!(samples::all_sign_ins(&again, tenant).await, [row]);
    again.close().await;
}

#[tokio::test]
async fn a_backup_is_a_whole_database() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (
        folder.path().join("lanyard.db"),
        folder.path().join("it's a copy.db"),
    );
    let store = Store::open(&url(&path)).await.unwrap();
    let tenant = samples::tenant(&store).await;
    store
        .insert_user(&samples::user(tenant, "a@x.example"), &[])
        .await
        .unwrap();
    assert!(store.backup(&copy).await.unwrap());
    assert_eq!(
        std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(store.backup(&copy).await.is_err(), "a copy is never written over");
    store
        .insert_user(&samples::user(tenant, "b@x.example"), &[])
        .await
        .unwrap();
    store.close().await;
    let copied = Store::open(&url(&copy)).await.unwrap();
    assert_eq!(copied.count_users(tenant).await.unwrap(), 1);
    copied.close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanyard.db");
    Store::open(&url(&path)).await.unwrap().close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
        VALUES (9999, 'from the future', true, x'00', 0)";
    sqlx::query(newer).execute(&pool).await.unwrap();
    pool.close().await;
    let refused = Store::open(&url(&path)).await;
    assert!(matches!(refused, Err(StorageError::Migration(_))), "{refused:?}");
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanyard.db");
    std::fs::write(
        &path,
        "not a database, but long enough to be mistaken for one".repeat(100),
    )
    .unwrap();
    assert!(Store::open(&url(&path)).await.is_err());
    assert!(
        Store::open(&url(Path::new("/proc/none/lanyard.db")))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_temporary_database_goes_with_its_store() {
    let store = Store::open(&DatabaseUrl::Temporary).await.unwrap();
    let DatabaseUrl::Sqlite(file) = store.url().clone() else {
        panic!("a file of its own")
    };
    assert!(file.exists());
    store.close().await;
    drop(store);
    assert!(!file.parent().unwrap().exists());
}
