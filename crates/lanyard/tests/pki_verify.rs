//! `lanyard pki verify` as a person or a program runs it: the built binary, files, exit codes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may end at the first thing that is not as it should be"
)]

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use lanyard_testkit::{AuthorityProfile, CertificateAuthority, CrlProfile, UserProfile, Validity};

const AT: &str = "2026-03-01T09:00:00Z";

/// A root, Jane's good certificate, Rita's revoked one, and the root's CRL, as files.
struct World {
    folder: tempfile::TempDir,
    root: String,
    jane: String,
    rita: String,
    crl: Vec<u8>,
}

fn world() -> World {
    let at: Timestamp = AT.parse().unwrap();
    let validity = Validity::days_from(at - SignedDuration::from_hours(24 * 30), 300);
    let root = CertificateAuthority::root(&AuthorityProfile::new("Agency Root", validity)).unwrap();
    let jane = root.issue_user(&UserProfile::new("Jane Doe", validity)).unwrap();
    let rita = root.issue_user(&UserProfile::new("Rita Roe", validity)).unwrap();
    let crl = root
        .crl(
            &CrlProfile::new(
                7,
                at - SignedDuration::from_hours(1),
                at + SignedDuration::from_hours(48),
            )
            .revoke(rita.serial()),
        )
        .unwrap();
    let world = World {
        folder: tempfile::tempdir().unwrap(),
        root: root.certificate_pem(),
        jane: jane.certificate_pem(),
        rita: rita.certificate_pem(),
        crl,
    };
    std::fs::write(world.path("root.pem"), &world.root).unwrap();
    std::fs::write(world.path("jane.pem"), &world.jane).unwrap();
    std::fs::write(world.path("rita.der"), rita.certificate_der()).unwrap();
    std::fs::write(world.path("root.crl"), &world.crl).unwrap();
    std::fs::write(world.path("not.pem"), "<html>").unwrap();
    world
}

impl World {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn verify(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_lanyard"))
            .args(["pki", "verify"])
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    fn request(&self, leaf: &str) -> Value {
        let crl = BASE64.encode(&self.crl);
        json!({ "anchors": [self.root], "leaf": leaf, "crls": [crl], "at": AT })
    }
}

#[test]
fn exit_codes_say_valid_not_valid_and_unreadable() {
    let world = world();
    let at = ["--at", AT];
    let cases: [(&[&str], i32, &str); 13] = [
        (&["--anchor", "root.pem", "jane.pem"], 0, "valid\n"),
        (
            &["--anchor", "root.pem", "--crl", "root.crl", "jane.pem"],
            0,
            "valid\n",
        ),
        (
            &[
                "--anchor",
                "root.pem",
                "--crl",
                "root.crl",
                "--profile",
                "entra",
                "jane.pem",
            ],
            0,
            "valid\n",
        ),
        (&["--anchor", "root.pem", "rita.der"], 0, "valid\n"),
        (
            &["--anchor", "root.pem", "--crl", "root.crl", "rita.der"],
            1,
            "invalid: AADSTS500171",
        ),
        (
            &[
                "--anchor",
                "root.pem",
                "--crl",
                "root.crl",
                "--profile",
                "entra",
                "rita.der",
            ],
            1,
            "invalid: AADSTS500171",
        ),
        (
            &[
                "--anchor",
                "root.pem",
                "--crl",
                "root.crl",
                "--crl-check",
                "none",
                "rita.der",
            ],
            0,
            "valid\n",
        ),
        (
            &["--anchor", "root.pem", "--crl-check", "leaf", "jane.pem"],
            1,
            "invalid",
        ),
        (&["jane.pem"], 1, "invalid"),
        (&["--anchor", "not.pem", "jane.pem"], 2, ""),
        (&["--anchor", "root.pem", "--crl", "jane.pem", "jane.pem"], 2, ""),
        (&["--anchor", "root.pem", "missing.pem"], 2, ""),
        (&["--anchor", "root.pem", "--policy", "none", "jane.pem"], 2, ""),
    ];
    for (arguments, code, start) in cases {
        let output = world.verify(&[arguments, &at].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}");
        assert!(text.starts_with(start), "{arguments:?}\n{text}");
        assert_eq!(output.stderr.is_empty(), code < 2, "{arguments:?}");
    }
    for usage in [
        &[][..],
        &["--purpose", "fun", "jane.pem"],
        &["--batch", "x", "jane.pem"],
    ] {
        assert_eq!(world.verify(usage).status.code(), Some(2), "{usage:?}");
    }
    let expired = world.verify(&["--anchor", "root.pem", "--at", "2030-01-01T00:00:00Z", "jane.pem"]);
    assert_eq!(expired.status.code(), Some(1));
}

#[test]
fn json_has_every_member() {
    let world = world();
    let base = [
        "--anchor", "root.pem", "--crl", "root.crl", "--at", AT, "--output", "json",
    ];
    let answer = |leaf: &str| -> Value {
        serde_json::from_slice(&world.verify(&[&base[..], &[leaf]].concat()).stdout).unwrap()
    };
    let good = answer("jane.pem");
    assert_eq!(good["outcome"], "valid");
    assert_eq!(good["code"], Value::Null);
    assert_eq!(good["chain"].as_array().unwrap().len(), 2);
    assert!(good["chain"][0]["subject"].as_str().unwrap().contains("Jane Doe"));
    assert_eq!(good["chain"][1]["sha256"].as_str().unwrap().len(), 64);
    assert!(!good["steps"].as_array().unwrap().is_empty());
    assert!(good["policies"].is_array());
    let bad = answer("rita.der");
    assert_eq!(
        (&bad["outcome"], &bad["code"]),
        (&json!("invalid"), &json!(500_171))
    );
    assert!(bad["rule"].as_str().unwrap().starts_with("CRL-"));
}

/// Feeds lines to `--batch -` and returns one value per line of the answer.
fn batch(folder: &Path, lines: &[u8], extra: &[&str]) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lanyard"))
        .args(["pki", "verify", "--batch", "-"])
        .args(extra)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines = lines.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&lines).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_batch_keeps_the_order_of_its_lines() {
    let world = world();
    let mut lines = Vec::new();
    let mut expected = Vec::new();
    for id in 0..200 {
        let (leaf, outcome) = match id % 3 {
            0 => (world.jane.as_str(), "valid"),
            1 => (world.rita.as_str(), "invalid"),
            _ => ("no certificate", "unreadable"),
        };
        let mut request = world.request(leaf);
        request["id"] = json!(id);
        serde_json::to_writer(&mut lines, &request).unwrap();
        lines.push(b'\n');
        expected.push((json!(id), json!(outcome)));
    }
    let answers = batch(world.folder.path(), &lines, &[]);
    let found: Vec<(Value, Value)> = answers
        .iter()
        .map(|answer| (answer["id"].clone(), answer["outcome"].clone()))
        .collect();
    assert_eq!(found, expected);
    for member in ["id", "outcome", "code", "rule", "policies", "chain", "steps"] {
        assert!(
            answers.iter().all(|answer| answer.get(member).is_some()),
            "{member}"
        );
    }
}

#[test]
fn hostile_lines_have_an_answer_each_and_harm_no_other() {
    let world = world();
    let good = world.request(&world.jane).to_string();
    let deep = format!(r#"{{"id":{}"#, "[".repeat(100_000));
    let many_anchors = json!({
        "id": "many", "leaf": world.jane, "at": AT,
        "anchors": vec![world.root.repeat(30); 30],
    })
    .to_string();
    let hostile: [&[u8]; 9] = [
        b"",
        b"nonsense",
        b"\xff\xfe\x00",
        b"{\"id\":1e400}",
        deep.as_bytes(),
        &vec![b'x'; 2 << 20],
        &vec![b'{'; 1 << 19],
        br#"{"anchors":["-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----"],"leaf":"MIIC"}"#,
        br#"{"anchors":[],"leaf":"x","at":"yesterday"}"#,
    ];
    let mut lines = Vec::new();
    for line in hostile {
        lines.extend_from_slice(line);
        lines.push(b'\n');
        lines.extend_from_slice(good.as_bytes());
        lines.push(b'\n');
    }
    lines.extend_from_slice(many_anchors.as_bytes());
    let started = Instant::now();
    let answers = batch(world.folder.path(), &lines, &["--max-line", "1"]);
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(answers.len(), hostile.len() * 2 + 1);
    for (position, pair) in answers.chunks_exact(2).enumerate() {
        assert_eq!(pair[0]["outcome"], "unreadable", "line {position}");
        assert_eq!(pair[1]["outcome"], "valid", "after line {position}");
    }
    assert_eq!(answers.last().unwrap()["id"], "many");
}

#[test]
fn a_program_may_ask_one_by_one() {
    use std::io::{BufRead as _, BufReader};
    let world = world();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lanyard"))
        .args(["pki", "verify", "--batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for leaf in [&world.jane, &world.rita, &world.jane] {
        writeln!(input, "{}", world.request(leaf)).unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        let expected = if *leaf == world.jane { "valid" } else { "invalid" };
        assert_eq!(answer["outcome"], expected);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// NIST PKITS through the command: outcomes and policy sets.
#[test]
fn the_public_suite_comes_out_right() {
    let mut rest = include_bytes!("../../pki/tests/data/pkits.pack")
        .strip_prefix(b"PKITS1\n")
        .unwrap();
    let mut files: HashMap<(u8, String), String> = HashMap::new();
    while let Some((kind, after)) = rest.split_first() {
        let name_length = usize::from(u16::from_be_bytes(after[..2].try_into().unwrap()));
        let length = u32::from_be_bytes(after[2..6].try_into().unwrap()) as usize;
        let name = String::from_utf8(after[6..6 + name_length].to_vec()).unwrap();
        let start = 6 + name_length;
        files.insert((*kind, name), BASE64.encode(&after[start..start + length]));
        rest = &after[start + length..];
    }
    let list = |text: &str| -> Option<Vec<String>> {
        match text {
            "-" => None,
            "none" => Some(Vec::new()),
            listed => Some(listed.split(',').map(str::to_owned).collect()),
        }
    };
    let mut lines = Vec::new();
    let mut expected = Vec::new();
    for row in include_str!("../../pki/tests/data/pkits.tsv").lines() {
        let columns: Vec<&str> = row.split('\t').collect();
        let is_valid = columns[0].starts_with('4') && columns[2] == "valid";
        if row.starts_with('#') || (columns[1].contains("DSA") && is_valid) {
            continue;
        }
        let certificates: Vec<&String> = columns[3]
            .split(' ')
            .map(|name| &files[&(b'C', name.to_owned())])
            .collect();
        let crls: Vec<&String> = columns[4]
            .split(' ')
            .filter(|name| *name != "-")
            .map(|name| &files[&(b'R', name.to_owned())])
            .collect();
        let request = json!({
            "id": columns[0], "anchors": [certificates[0]], "leaf": certificates.last().unwrap(),
            "intermediates": certificates[1..certificates.len() - 1], "crls": crls, "crl_check": "chain",
            "at": "2026-01-01T00:00:00Z", "purpose": "any", "policies": list(columns[5]),
            "require_explicit_policy": columns[6].contains('e'),
            "inhibit_policy_mapping": columns[6].contains('m'),
            "inhibit_any_policy": columns[6].contains('a'),
        });
        serde_json::to_writer(&mut lines, &request).unwrap();
        lines.push(b'\n');
        let mut left = list(columns[7]);
        if let Some(left) = &mut left {
            left.sort();
        }
        expected.push((columns[0], is_valid, left));
    }
    assert_eq!(expected.len(), 247);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("requests.jsonl");
    std::fs::write(&file, &lines).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lanyard"))
        .args(["pki", "verify", "--batch"])
        .arg(&file)
        .output()
        .unwrap();
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), expected.len());
    for (answer, (test, is_valid, left)) in answers.iter().zip(&expected) {
        assert_eq!(answer["id"], *test);
        assert_eq!(answer["outcome"] == "valid", *is_valid, "{test}: {answer}");
        if let (true, Some(left)) = (is_valid, left) {
            assert_eq!(answer["policies"], json!(left), "{test}");
        }
    }
}
