//! Benchmarks: builds what is measured as it is shipped, starts it, and hands over to `lanyard-bench`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::demo::Demo;
use crate::{process, workspace};

/// The profile of what is shipped: with link-time optimisation, so that building takes longer.
const PROFILE: &str = "dist";

const NAMES: &[(&str, &str)] = &[
    (
        "sign-in",
        "certificate sign-ins per second with new TLS handshakes, beside npm oidc-provider and the bare cryptography",
    ),
    (
        "crl",
        "CRLs with 1 k to 1 M entries: taking up, memory and look-up, beside OpenSSL and the bare cost",
    ),
    (
        "handshake",
        "client-certificate handshakes with a verdict by size of the CRL, beside nginx; CRLs exchanged under load",
    ),
    (
        "directory",
        "sign-ins, directory API, imports and changes with 1 M users, 10 k nested groups, 100 rules and 250 CAs, beside 1 k users",
    ),
];

/// What to measure.
#[derive(Args)]
pub(crate) struct BenchArguments {
    /// Which benchmark; without it the list.
    name: Option<String>,
    /// One JSON object a line: `name`, `value`, `unit`; beside a peer also `peer`, `peer_value` and `ratio`, above 1 when ours is better.
    #[arg(long)]
    json: bool,
    /// Seconds for each figure (5; `handshake`: 3, three times).
    #[arg(long)]
    seconds: Option<u64>,
    /// Sign-ins in flight at once (32; `handshake` and `directory`: 8).
    #[arg(long)]
    users: Option<usize>,
    /// Leave the peer out.
    #[arg(long)]
    no_peer: bool,
    /// `directory`: 50,000 users instead of a million.
    #[arg(long)]
    quick: bool,
}

/// Runs the benchmark, or lists them.
pub(crate) fn run(arguments: &BenchArguments) -> Result<()> {
    match arguments.name.as_deref() {
        Some("sign-in") => sign_in(arguments),
        Some("crl") => on_crls(arguments, "crl"),
        Some("handshake") => on_crls(arguments, "handshake"),
        Some("directory") => directory(arguments),
        None => {
            for (name, about) in NAMES {
                println!("{name:<10}{about}");
            }
            Ok(())
        }
        Some(other) => bail!("there is no benchmark `{other}`; `cargo xtask bench` lists them"),
    }
}

/// Builds server and measuring client; the folder they are in.
fn built() -> Result<PathBuf> {
    let mut build = process::cargo();
    build.args(["build", "--profile", PROFILE, "--quiet"]);
    build.args(["--package", "lanyard", "--package", "lanyard-bench"]);
    process::run(&mut build)?;
    Ok(workspace::target().join(PROFILE))
}

/// Benchmarks that make their own certificates and start their own servers; the CRLs are kept for the next run.
fn on_crls(arguments: &BenchArguments, name: &str) -> Result<()> {
    let mut command = process::command(built()?.join("lanyard-bench"));
    command
        .arg(name)
        .arg("--folder")
        .arg(workspace::target().join("bench-crl"));
    if name == "handshake" {
        command.args(["--users", &arguments.users.unwrap_or(8).to_string()]);
        if let Some(seconds) = arguments.seconds {
            command.args(["--seconds", &seconds.to_string()]);
        }
    }
    if arguments.no_peer {
        command.arg("--no-peer");
    }
    if arguments.json {
        command.arg("--json");
    }
    process::run(&mut command)
}

/// Two installations that are filled once and kept below `target/`.
fn directory(arguments: &BenchArguments) -> Result<()> {
    let folder = built()?;
    let mut command = process::command(folder.join("lanyard-bench"));
    command
        .arg("directory")
        .arg("--lanyard")
        .arg(folder.join("lanyard"));
    command
        .arg("--folder")
        .arg(workspace::target().join("bench-directory"));
    command.args(["--users", &arguments.users.unwrap_or(8).to_string()]);
    if let Some(seconds) = arguments.seconds {
        command.args(["--seconds", &seconds.to_string()]);
    }
    if arguments.quick {
        command.arg("--quick");
    }
    if arguments.json {
        command.arg("--json");
    }
    process::run(&mut command)
}

fn sign_in(arguments: &BenchArguments) -> Result<()> {
    let folder = built()?;
    let peer = if arguments.no_peer {
        None
    } else {
        Some(install_peer()?)
    };
    let (first_answer, idle_bytes) = serve_idle()?;
    let demo = Demo::start(PROFILE, "bench", &["--no-stay-signed-in"])?;
    let mut command = process::command(folder.join("lanyard-bench"));
    command
        .arg("sign-in")
        .arg("--demo")
        .arg(&demo.facts)
        .args(["--pid", &demo.id().to_string()]);
    command.args(["--first-answer-ms", &first_answer.as_millis().to_string()]);
    command.args(["--idle-bytes", &idle_bytes.to_string()]);
    command.args([
        "--seconds",
        &arguments.seconds.unwrap_or(5).to_string(),
        "--users",
        &arguments.users.unwrap_or(32).to_string(),
    ]);
    if let Some(folder) = peer {
        command.arg("--peer").arg(folder);
    }
    if arguments.json {
        command.arg("--json");
    }
    process::run(&mut command)
}

/// `lanyard serve` on what a demo has set up: time to the first answer, and resident bytes a moment later.
fn serve_idle() -> Result<(Duration, u64)> {
    let demo = Demo::start(PROFILE, "bench", &[])?;
    let config = demo.text("config")?;
    let address = demo.text("management_url")?.replace("http://", "");
    demo.stop();
    let begun = Instant::now();
    let mut command = process::command(workspace::target().join(PROFILE).join("lanyard"));
    command
        .args(["serve", "--config", &config])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut server = command.spawn().context("starting lanyard serve")?;
    let measured = (|| {
        while !is_ready(&address) {
            if let Some(status) = server.try_wait()? {
                bail!("lanyard serve ended ({status})");
            }
            if begun.elapsed() > Duration::from_secs(30) {
                bail!("lanyard serve was not ready within 30 s");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let first_answer = begun.elapsed();
        std::thread::sleep(Duration::from_secs(1));
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap_or_default();
        let kilobytes: u64 = line
            .split_whitespace()
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0);
        Ok((first_answer, kilobytes * 1024))
    })();
    server.kill()?;
    server.wait()?;
    measured
}

/// Whether the management listener says that the server can sign people in.
fn is_ready(address: &str) -> bool {
    let answer = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(
            stream,
            "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    answer().is_ok_and(|text| text.starts_with("HTTP/1.1 200"))
}

/// The peer's packages by name into `target/`, with the small server that drives it.
fn install_peer() -> Result<std::path::PathBuf> {
    let folder = workspace::target().join("bench-peer");
    std::fs::create_dir_all(&folder)?;
    std::fs::copy(
        workspace::root().join("bench/peer/server.mjs"),
        folder.join("server.mjs"),
    )?;
    if !folder.join("node_modules/oidc-provider").is_dir() {
        std::fs::write(
            folder.join("package.json"),
            "{\"private\": true, \"type\": \"module\"}\n",
        )?;
        let mut command = process::command("npm");
        command.args([
            "install",
            "--no-audit",
            "--no-fund",
            "--silent",
            "oidc-provider@9.13.3",
        ]);
        process::run(command.current_dir(&folder))?;
    }
    Ok(folder)
}
