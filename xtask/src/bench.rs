//! Benchmarks: builds what is measured in release mode, starts it, and hands over to `lanyard-bench`.

use anyhow::{Result, bail};
use clap::Args;

use crate::clients::Demo;
use crate::{process, workspace};

const NAMES: &[(&str, &str)] = &[(
    "sign-in",
    "certificate sign-ins per second with new TLS handshakes, beside npm oidc-provider and the bare cryptography",
)];

/// What to measure.
#[derive(Args)]
pub(crate) struct BenchArguments {
    /// Which benchmark; without it the list.
    name: Option<String>,
    /// One JSON object a line: `name`, `value`, `unit`; beside a peer also `peer`, `peer_value` and `ratio`, above 1 when ours is better.
    #[arg(long)]
    json: bool,
    /// Seconds for each figure.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Sign-ins in flight at once.
    #[arg(long, default_value_t = 8)]
    users: usize,
    /// Leave the peer out.
    #[arg(long)]
    no_peer: bool,
}

/// Runs the benchmark, or lists them.
pub(crate) fn run(arguments: &BenchArguments) -> Result<()> {
    match arguments.name.as_deref() {
        Some("sign-in") => sign_in(arguments),
        None => {
            for (name, about) in NAMES {
                println!("{name:<10}{about}");
            }
            Ok(())
        }
        Some(other) => bail!("there is no benchmark `{other}`; `cargo xtask bench` lists them"),
    }
}

fn sign_in(arguments: &BenchArguments) -> Result<()> {
    process::run(process::cargo().args(["build", "--release", "--quiet", "--package", "lanyard-bench"]))?;
    let peer = if arguments.no_peer {
        None
    } else {
        Some(install_peer()?)
    };
    let demo = Demo::start("release", "bench", &["--for-bench"])?;
    let mut command = process::command(workspace::target().join("release/lanyard-bench"));
    command
        .arg("sign-in")
        .arg("--demo")
        .arg(&demo.facts)
        .arg("--pid")
        .arg(demo.id().to_string());
    command
        .arg("--first-answer-ms")
        .arg(demo.first_answer.as_millis().to_string());
    command.args([
        "--seconds",
        &arguments.seconds.to_string(),
        "--users",
        &arguments.users.to_string(),
    ]);
    if let Some(folder) = peer {
        command.arg("--peer").arg(folder);
    }
    if arguments.json {
        command.arg("--json");
    }
    process::run(&mut command)
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
            "--loglevel=error",
            "oidc-provider@9.13.3",
        ]);
        process::run(command.current_dir(&folder))?;
    }
    Ok(folder)
}
