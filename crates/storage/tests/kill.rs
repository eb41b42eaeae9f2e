//! `kill -9` in the middle of writing loses nothing that was acknowledged, and the next start just works.
//!
//! The test starts this program again as a process of its own that commits units and prints what was acknowledged.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use lanyard_directory::{Tenant, TenantId};
use lanyard_storage::{Cursor, DatabaseUrl, SignInRow, Store, Write};
use uuid::Uuid;

const DATABASE: &str = "LANYARD_TEST_KILL_DATABASE";
const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const WRITERS: usize = 16;
/// How many acknowledgements are waited for before each kill; odd ones out, so that kills fall at different moments.
const KILLS: [usize; 6] = [1, 40, 333, 700, 1_501, 2_222];

fn url(path: &Path) -> DatabaseUrl {
    DatabaseUrl::parse(&format!("sqlite:{}", path.display())).unwrap()
}

fn row(id: Uuid) -> SignInRow {
    SignInRow {
        id,
        tenant: TENANT,
        created_us: 1,
        correlation_id: Uuid::new_v4(),
        user_id: None,
        upn_key: None,
        app_id: None,
        error_code: 0,
        kind: 1,
        body: "x".repeat(400),
    }
}

/// The process that is killed: writes for ever, two things in each unit, and prints an id once it is durable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writer_process() {
    let Some(path) = std::env::var_os(DATABASE) else {
        return;
    };
    let store = Store::open(&url(Path::new(&path))).await.unwrap();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                loop {
                    let id = Uuid::new_v4();
                    let once = Write::OneTime {
                        id: *id.as_bytes(),
                        purpose: 1,
                        expires_us: 1,
                    };
                    store.commit(vec![Write::SignIn(row(id)), once]).await.unwrap();
                    let mut output = std::io::stdout().lock();
                    writeln!(output, "acknowledged {id}").unwrap();
                    output.flush().unwrap();
                }
            })
        })
        .collect();
    futures_util::future::join_all(writers).await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanyard.db");
    let store = Store::open(&url(&path)).await.unwrap();
    let created = jiff::Timestamp::UNIX_EPOCH;
    let tenant = Tenant {
        id: TENANT,
        display_name: "t".to_owned(),
        domains: vec!["x.example".to_owned()],
        created,
    };
    store.insert_tenant(&tenant).await.unwrap();
    store.close().await;

    let mut acknowledged = BTreeSet::new();
    for count in KILLS {
        acknowledged.extend(write_until_killed(&path, count));
        let store = Store::open(&url(&path)).await.unwrap();
        let rows = store
            .sign_ins_after(TENANT, Cursor::START, u32::MAX)
            .await
            .unwrap();
        let stored: BTreeSet<Uuid> = rows.iter().map(|row| row.id).collect();
        let lost: Vec<&Uuid> = acknowledged.difference(&stored).collect();
        assert!(
            lost.is_empty(),
            "{} of {} acknowledged rows lost",
            lost.len(),
            acknowledged.len()
        );
        for id in &stored {
            assert!(store.was_used(*id.as_bytes(), 1).await.unwrap(), "half a unit");
        }
        store.close().await;
    }
    assert!(acknowledged.len() >= KILLS.iter().sum());
}

/// Starts the writer, kills it after `count` acknowledgements, returns all it printed until its end.
fn write_until_killed(path: &Path, count: usize) -> Vec<Uuid> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["writer_process", "--exact", "--nocapture", "--test-threads=1"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ids = Vec::new();
    for line in BufReader::new(writer.stdout.take().unwrap()).lines() {
        // The test harness may have begun the first line with words of its own.
        let line = line.unwrap();
        let Some((_, id)) = line.split_once("acknowledged ") else {
            continue;
        };
        // The last line may be cut off.
        let Ok(id) = Uuid::try_parse(id) else { continue };
        ids.push(id);
        if ids.len() == count {
            // SIGKILL; what is in the pipe by then was acknowledged too.
            writer.kill().unwrap();
        }
    }
    let status = writer.wait().unwrap();
    assert!(
        !status.success() && ids.len() >= count,
        "the writer ended by itself: {status}"
    );
    ids
}
