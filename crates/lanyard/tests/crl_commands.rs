//! `lanyard crl` and `lanyard doctor` against an installation of their own and a server that gives out lists.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may end at the first thing that is not as it should be"
)]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use lanyard_testkit::{AuthorityProfile, CertificateAuthority, CrlProfile, Validity};

type Files = Arc<Mutex<HashMap<String, Vec<u8>>>>;

/// An installation with one authority, whose lists a small server gives out.
struct World {
    folder: tempfile::TempDir,
    root: CertificateAuthority,
    files: Files,
    origin: String,
    now: Timestamp,
}

fn serve(files: Files) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            let path = first.split(' ').nth(1).unwrap().to_owned();
            while !lines.next().unwrap().unwrap().is_empty() {}
            let body = files.lock().unwrap().get(&path).cloned();
            let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
            let body = body.unwrap_or_default();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&body);
        }
    });
    origin
}

fn world() -> World {
    let now = Timestamp::now();
    let validity = Validity::days_from(now - SignedDuration::from_hours(24 * 30), 900);
    let root = CertificateAuthority::root(&AuthorityProfile::new("Agency Root", validity)).unwrap();
    let files = Files::default();
    let world = World {
        folder: tempfile::tempdir().unwrap(),
        origin: serve(Arc::clone(&files)),
        root,
        files,
        now,
    };
    std::fs::write(world.path("root.pem"), world.root.certificate_pem()).unwrap();
    let init = [
        "init",
        "--yes",
        "--base",
        "idp.test",
        "--domain",
        "agency.example",
        "--organisation",
        "Agency",
        "--data",
        "data",
        "--listen",
        "127.0.0.1:0",
    ];
    world.succeeds(&init);
    let config = world.path("lanyard.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let opened = text.replace("allowed_networks = []", "allowed_networks = [\"127.0.0.0/8\"]");
    assert_ne!(text, opened);
    std::fs::write(config, opened).unwrap();
    let url = format!("{}/root.crl", world.origin);
    world.succeeds(&["admin", "ca", "add", "--root", "--crl-url", &url, "root.pem"]);
    world
}

impl World {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_lanyard"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("LANYARD_CONFIG")
            .output()
            .unwrap()
    }

    fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (text, error) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{text}\n{error}");
        text.into_owned()
    }

    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (text, error) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(output.status.code(), Some(1), "{arguments:?}\n{text}\n{error}");
        format!("{text}{error}")
    }

    fn crl(&self, number: u64) -> CrlProfile {
        CrlProfile::new(
            number,
            self.now - SignedDuration::from_hours(24),
            self.now + SignedDuration::from_hours(24 * 6),
        )
    }

    fn publish(&self, crl: &CrlProfile) {
        let der = self.root.crl(crl).unwrap();
        self.files.lock().unwrap().insert("/root.crl".to_owned(), der);
    }

    fn write(&self, name: &str, crl: &CrlProfile) {
        std::fs::write(self.path(name), self.root.crl(crl).unwrap()).unwrap();
    }

    /// The doctor's checks of the root as name → result.
    fn checks(&self) -> (Option<i32>, HashMap<String, String>) {
        let output = self.run(&["doctor", "--output", "json"]);
        let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
        let report = reports
            .as_array()
            .unwrap()
            .iter()
            .find(|report| report["authority"] == "CN=Agency Root")
            .unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let checks = report["checks"].as_array().unwrap();
        let checks = checks
            .iter()
            .map(|check| (text(&check["check"]), text(&check["result"])));
        (output.status.code(), checks.collect())
    }
}

#[test]
fn lists_are_renewed_uploaded_and_remembered() {
    let world = world();
    assert!(world.succeeds(&["crl", "list"]).contains("missing"));
    assert!(
        world
            .fails(&["crl", "refresh", "CN=Agency Root"])
            .contains("500173")
    );

    world.publish(&world.crl(10));
    world.succeeds(&["crl", "refresh"]);
    let list: Value = serde_json::from_str(&world.succeeds(&["crl", "list", "--output", "json"])).unwrap();
    let row = list
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["authority"] == "CN=Agency Root")
        .unwrap();
    assert_eq!((&row["number"], &row["entries"]), (&"10".into(), &"0".into()));
    assert!(row["state"].as_str().unwrap().starts_with("good for"));

    // By hand: the same rules as by download.
    world.write("old.crl", &world.crl(9));
    assert!(
        world
            .fails(&["crl", "upload", "old.crl"])
            .contains("CRL-NUMBER-RISES")
    );
    let other = CertificateAuthority::root(&AuthorityProfile::new(
        "Agency Root",
        Validity::days_from(world.now - SignedDuration::from_hours(1), 10),
    ))
    .unwrap();
    std::fs::write(world.path("other.crl"), other.crl(&world.crl(99)).unwrap()).unwrap();
    assert!(
        world
            .fails(&["crl", "upload", "other.crl"])
            .contains("no stored authority issued")
    );
    let before = Timestamp::now().to_string();
    let revoked = world.now - SignedDuration::from_hours(2);
    world.write(
        "new.crl",
        &world.crl(16).revoke_because(
            &[0x4a, 0x3f],
            revoked,
            lanyard_testkit::RevocationReason::KeyCompromise,
        ),
    );
    assert!(
        world
            .succeeds(&["crl", "upload", "new.crl"])
            .contains("number 16")
    );
    // The highest number is kept across processes, as the number it is.
    world.write("between.crl", &world.crl(12));
    assert!(
        world
            .fails(&["crl", "upload", "between.crl"])
            .contains("CRL-NUMBER-RISES")
    );

    let history = |serial: &str, at: &str| {
        world.succeeds(&[
            "crl",
            "history",
            "--serial",
            serial,
            "--at",
            at,
            "CN=Agency Root",
            "--output",
            "json",
        ])
    };
    let now = Timestamp::now().to_string();
    assert!(
        history("4a:3f", &now).contains("yes: revoked at"),
        "{}",
        history("4a:3f", &now)
    );
    assert!(history("4a3f", &now).contains("0x10"));
    assert!(history("4a3f", &before).contains("yes by the issuer's date"));
    let earlier = (world.now - SignedDuration::from_hours(3)).to_string();
    assert!(history("4a3f", &earlier).contains("no: the issuer revoked it later"));
    assert!(history("01", &now).contains("no: the list in force then"));
}

#[test]
fn inspect_says_what_a_list_says() {
    let world = world();
    world.write("root.crl", &world.crl(3).revoke(&[1, 2, 3]));
    let json = |arguments: &[&str]| -> Value {
        let all = [&["crl", "inspect", "--output", "json"], arguments].concat();
        serde_json::from_str(&world.succeeds(&all)).unwrap()
    };
    let facts = json(&["root.crl", "--issuer", "root.pem"]);
    assert_eq!(
        (&facts["entry_count"], &facts["signature"]),
        (&1.into(), &"verified".into())
    );
    assert_eq!(facts["is_current"], true);
    world.publish(&world.crl(4).without_number());
    let url = format!("{}/root.crl", world.origin);
    let fetched = json(&[&url]);
    assert!(fetched["signature"].as_str().unwrap().starts_with("not verified"));
    assert!(fetched["oddities"].to_string().contains("no CRL number"));
    assert!(
        world
            .succeeds(&["crl", "inspect", &url])
            .contains("no CRL number")
    );

    let stranger = AuthorityProfile::new("Other", Validity::days_from(world.now, 10));
    let stranger = CertificateAuthority::root(&stranger).unwrap();
    std::fs::write(world.path("other.pem"), stranger.certificate_pem()).unwrap();
    assert!(
        world
            .fails(&["crl", "inspect", "root.crl", "--issuer", "other.pem"])
            .contains("refused")
    );
    assert!(world.fails(&["crl", "inspect", "root.pem"]).contains("no CRL"));
    assert!(
        world
            .fails(&["crl", "inspect", &format!("{}/none", world.origin)])
            .contains("404")
    );
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let world = world();
    let named = |result: &HashMap<String, String>, check: &str| result.get(check).cloned();
    let (code, checks) = world.checks();
    assert_eq!(
        (code, named(&checks, "crl-download").as_deref()),
        (Some(1), Some("failed"))
    );

    world.publish(&world.crl(1));
    let (code, checks) = world.checks();
    assert_eq!(code, Some(0), "{checks:?}");
    for check in [
        "authority-validity",
        "authority-chain",
        "crl-download",
        "crl-form",
        "crl-key",
        "crl-dates",
        "crl-signature",
        "crl-number",
    ] {
        assert_eq!(named(&checks, check).as_deref(), Some("ok"), "{check}");
    }
    assert!(world.succeeds(&["doctor"]).contains("0 failed"));

    let hours = |hours| world.now + SignedDuration::from_hours(hours);
    let cases = [
        (CrlProfile::new(2, hours(-48), hours(-1)), "crl-dates", "failed"),
        (CrlProfile::new(2, hours(-48), hours(5)), "crl-dates", "warning"),
        (
            world.crl(2).authority_key_identifier(&[7; 20]),
            "crl-key",
            "failed",
        ),
        (
            world.crl(2).authority_key_identifier(&[7; 20]),
            "crl-signature",
            "failed",
        ),
        (
            world.crl(2).without_authority_key_identifier(),
            "crl-key",
            "warning",
        ),
        (world.crl(2).delta_of(1), "crl-form", "failed"),
    ];
    for (crl, check, result) in cases {
        world.publish(&crl);
        let (code, checks) = world.checks();
        assert_eq!(named(&checks, check).as_deref(), Some(result), "{checks:?}");
        let has_failed = checks.values().any(|result| result == "failed");
        assert_eq!(code, Some(i32::from(has_failed)));
    }

    // Nothing is changed by looking.
    assert!(world.succeeds(&["crl", "list"]).contains("missing"));
    assert!(world.fails(&["doctor", "--offline"]).contains("crl-in-use"));

    world
        .files
        .lock()
        .unwrap()
        .insert("/root.crl".to_owned(), b"<html>".to_vec());
    assert_eq!(
        named(&world.checks().1, "crl-download").as_deref(),
        Some("failed")
    );
}

/// Deltas, and a list with two addresses: renewed, uploaded, examined, remembered.
#[test]
fn deltas_and_further_addresses() {
    let world = world();
    let file = |name: &str, crl: &CrlProfile| {
        let der = world.root.crl(crl).unwrap();
        world.files.lock().unwrap().insert(name.to_owned(), der);
    };
    let url = |name: &str| format!("{}/{name}", world.origin);
    world.succeeds(&["admin", "ca", "remove", "CN=Agency Root"]);
    world.succeeds(&[
        "admin",
        "ca",
        "add",
        "--root",
        "root.pem",
        "--crl-url",
        &url("gone.crl"),
        "--crl-url",
        &url("mirror.crl"),
        "--delta-crl-url",
        &url("delta.crl"),
    ]);
    assert!(
        world
            .succeeds(&["admin", "ca", "list"])
            .contains("/gone.crl, http")
    );
    file("/mirror.crl", &world.crl(10));
    file("/delta.crl", &world.crl(11).delta_of(10).revoke(&[0x4a, 0x3f]));
    let said = world.succeeds(&["crl", "refresh"]);
    assert!(said.contains("but not from") && said.contains("404"), "{said}");
    let list: Value = serde_json::from_str(&world.succeeds(&["crl", "list", "--output", "json"])).unwrap();
    let row = |kind: &str| {
        let rows = list.as_array().unwrap().iter();
        let mut rows = rows.filter(|row| row["authority"] == "CN=Agency Root");
        rows.find(|row| row["kind"] == kind).unwrap().clone()
    };
    assert_eq!(
        (&row("complete")["number"], &row("delta")["number"]),
        (&"10".into(), &"11".into())
    );
    assert_eq!(row("delta")["entries"], "1");
    assert!(
        row("complete")["from"].as_str().unwrap().ends_with("(2 of 2)"),
        "{list}"
    );

    let (code, checks) = world.checks();
    assert_eq!(code, Some(1), "the first address is gone");
    for (check, result) in [
        ("crl-download", "failed"),
        ("crl-download-2", "ok"),
        ("crl-signature-2", "ok"),
        ("delta-crl-download", "ok"),
        ("delta-crl-form", "ok"),
        ("delta-crl-signature", "ok"),
        ("delta-crl-number", "ok"),
    ] {
        assert_eq!(
            checks.get(check).map(String::as_str),
            Some(result),
            "{check}: {checks:?}"
        );
    }

    // A delta by hand, by the same rules.
    world.write(
        "12.crl",
        &world.crl(12).delta_of(10).revoke(&[0x4a, 0x3f]).revoke(&[1]),
    );
    let said = world.succeeds(&["crl", "upload", "12.crl"]);
    assert!(
        said.contains("the delta CRL number 12 with 2 entries counts now"),
        "{said}"
    );
    world.write("11.crl", &world.crl(11).delta_of(10));
    assert!(
        world
            .fails(&["crl", "upload", "11.crl"])
            .contains("CRL-NUMBER-RISES")
    );
    assert!(
        world.fails(&["crl", "refresh"]).contains("CRL-NUMBER-RISES"),
        "the published delta has fallen behind"
    );
    let (_, checks) = world.checks();
    assert_eq!(
        checks.get("delta-crl-number").map(String::as_str),
        Some("failed"),
        "{checks:?}"
    );
    let history = world.succeeds(&["crl", "history", "--serial", "4a3f", "CN=Agency Root"]);
    assert!(history.contains("yes"), "{history}");

    // A certificate that only the delta lists is out.
    world.write("13.crl", &world.crl(13).delta_of(11));
    assert!(world.succeeds(&["crl", "upload", "13.crl"]).contains("number 13"));
}

#[test]
fn certificates_are_denied_and_grace_periods_set() {
    let world = world();
    let validity = Validity::days_from(world.now - SignedDuration::from_hours(1), 10);
    let profile =
        lanyard_testkit::UserProfile::new("Card", validity).user_principal_name("jane@agency.example");
    let card = world.root.issue_user(&profile).unwrap();
    std::fs::write(world.path("card.pem"), card.certificate_pem()).unwrap();
    let rows = || -> Vec<Value> {
        serde_json::from_str(&world.succeeds(&["admin", "--output", "json", "certificate", "list"])).unwrap()
    };
    assert!(rows().is_empty());
    let deny = [
        "admin",
        "certificate",
        "deny",
        "card.pem",
        "--reason",
        "left on a train",
    ];
    assert!(world.succeeds(&deny).contains("denied now"));
    assert!(world.fails(&deny).contains("already"));
    let row = rows().remove(0);
    assert_eq!(
        (&row["by"], &row["reason"]),
        (&"command line".into(), &"left on a train".into())
    );
    assert_eq!(row["issuer"], "CN=Agency Root");
    let root = world.fails(&["admin", "certificate", "deny", "root.pem", "--reason", "x"]);
    assert!(root.contains("admin ca remove"), "{root}");
    world.succeeds(&["admin", "certificate", "allow", row["id"].as_str().unwrap()]);
    assert!(rows().is_empty());
    let serial = row["serial number"]
        .as_str()
        .or(row["serial_number"].as_str())
        .unwrap_or("01")
        .to_owned();
    let by_values = [
        "admin",
        "certificate",
        "deny",
        "--issuer",
        "CN=Agency Root",
        "--serial",
        &serial,
        "--reason",
        "x",
    ];
    world.succeeds(&by_values);
    assert_eq!(rows().len(), 1);

    let hours = || {
        let settings: Value =
            serde_json::from_str(&world.succeeds(&["admin", "policy", "settings"])).unwrap();
        settings["crlGraceHours"].as_u64().unwrap()
    };
    assert_eq!(hours(), 0, "off by default");
    world.succeeds(&["admin", "ca", "grace", "24"]);
    assert_eq!(hours(), 24);
    world.succeeds(&["admin", "ca", "grace", "48", "CN=Agency Root"]);
    assert!(world.fails(&["admin", "ca", "grace", "721"]).contains("720"));
    world.succeeds(&["admin", "ca", "grace", "off"]);
    assert_eq!(hours(), 0);

    // The list that runs out now counts in its grace period, and everybody says so.
    let renewed = [2, 10, 60].into_iter().zip(1..).find_map(|(secs, number)| {
        let soon = Timestamp::now() + SignedDuration::from_secs(secs);
        world.publish(&CrlProfile::new(
            number,
            world.now - SignedDuration::from_hours(24),
            soon,
        ));
        world.run(&["crl", "refresh"]).status.success().then_some(soon)
    });
    let soon = renewed.expect("the command takes less than a minute");
    while Timestamp::now() <= soon + SignedDuration::from_secs(1) {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let list = world.succeeds(&["crl", "list"]);
    assert!(list.contains("in its grace period until"), "{list}");
    let doctor = world.run(&["doctor", "--offline"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("counts in its grace period until"));
}
