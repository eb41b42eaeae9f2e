//! `lanyard demo --once` on PostgreSQL: a cluster made for this test, gone afterwards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops at the first surprise"
)]

/// The cluster of the storage tests.
#[path = "../../storage/tests/throwaway_postgres/mod.rs"]
mod throwaway_postgres;

use std::process::{Command, Stdio};

#[tokio::test]
async fn all_six_come_out_right_on_postgresql() {
    let Some(url) = throwaway_postgres::database().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("demo");
    let output = Command::new(env!("CARGO_BIN_EXE_lanyard"))
        .args([
            "demo",
            "--once",
            "--port",
            "19743",
            "--database-url",
            &url,
            "--folder",
        ])
        .arg(&home)
        .env_remove("SSL_CERT_FILE")
        .env_remove("LANYARD_CONFIG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("6 of 6 came out right."), "{said}");
    assert!(
        !home.join("lanyard.db").exists(),
        "nothing went to a file: {said}"
    );
    // What happened is in that database, for every command.
    let log = Command::new(env!("CARGO_BIN_EXE_lanyard"))
        .args([
            "log",
            "--tenant",
            "agency.example",
            "--output",
            "json",
            "--config",
        ])
        .arg(home.join("lanyard.toml"))
        .output()
        .unwrap();
    let rows: serde_json::Value = serde_json::from_slice(&log.stdout).unwrap();
    let results: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["result"].as_str())
        .collect();
    for expected in ["500171", "500172", "1001009", "500176"] {
        assert!(results.contains(&expected), "{expected}: {results:?}");
    }
}
