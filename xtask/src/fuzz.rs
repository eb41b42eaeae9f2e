//! Fuzzing: the targets live in `fuzz/`, outside the workspace, because they need the nightly toolchain.

use anyhow::{Result, bail};
use clap::Args;

use crate::stage::Outcome;
use crate::{install, process, workspace};

const SHORT_RUN_SECS: u64 = 5;

/// What to fuzz and for how long.
#[derive(Args)]
pub(crate) struct FuzzArguments {
    /// Only this target; without it all of them, one after the other.
    target: Option<String>,
    /// Seconds for each target.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Show the targets and stop.
    #[arg(long)]
    list: bool,
}

/// Runs the targets; a crash is an error and its input stays below `fuzz/artifacts`.
pub(crate) fn run(arguments: &FuzzArguments) -> Result<()> {
    let targets = targets();
    if arguments.list {
        println!("{}", targets.join("\n"));
        return Ok(());
    }
    let chosen: Vec<&String> = match &arguments.target {
        Some(name) => targets.iter().filter(|target| *target == name).collect(),
        None => targets.iter().collect(),
    };
    if chosen.is_empty() {
        bail!("there is no such target; `cargo xtask fuzz --list` shows them");
    }
    match missing() {
        Some(reason) => bail!(reason),
        None => chosen
            .into_iter()
            .try_for_each(|target| run_target(target, arguments.seconds)),
    }
}

/// Every target for a few seconds.
pub(crate) fn short_run() -> Result<Outcome> {
    if let Some(reason) = missing() {
        return Ok(Outcome::Skipped(reason));
    }
    let targets = targets();
    for target in &targets {
        run_target(target, SHORT_RUN_SECS)?;
    }
    Ok(Outcome::Passed(format!(
        "{} targets, {SHORT_RUN_SECS} s each, no crash",
        targets.len()
    )))
}

fn missing() -> Option<String> {
    if !install::has_nightly() {
        return Some(
            "the nightly toolchain is not installed (`rustup toolchain install nightly`)".to_owned(),
        );
    }
    if process::find("cargo-fuzz").is_none() {
        return Some("cargo-fuzz is not here (`cargo xtask install`)".to_owned());
    }
    None
}

fn targets() -> Vec<String> {
    let folder = workspace::root().join("fuzz/fuzz_targets");
    let files = workspace::files(&folder, "rs");
    files
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect()
}

fn run_target(target: &str, seconds: u64) -> Result<()> {
    println!("fuzzing {target} for {seconds} s");
    let Some(program) = process::find("cargo-fuzz") else {
        bail!("cargo-fuzz is not here")
    };
    let mut command = process::command(program);
    let corpus = workspace::target().join("fuzz-corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    command
        .args(["run", "--target-dir"])
        .arg(workspace::target().join("fuzz"))
        .arg(target);
    // New inputs go to the first folder; the seeds in the repository stay as they are.
    command
        .arg(&corpus)
        .arg(workspace::root().join("fuzz/seeds").join(target));
    command.args([
        "--",
        "-timeout=5",
        "-rss_limit_mb=2048",
        "-print_final_stats=0",
        "-verbosity=0",
    ]);
    command.arg(format!("-max_total_time={seconds}"));
    command.env("RUSTUP_TOOLCHAIN", "nightly");
    // The variables of the stable cargo that runs us would lead the nightly one astray.
    for variable in ["CARGO", "RUSTC", "RUSTDOC"] {
        command.env_remove(variable);
    }
    process::run(&mut command)
}
