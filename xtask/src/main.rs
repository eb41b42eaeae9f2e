//! The project's own chores, run as `cargo xtask NAME`.
//!
//! Owns: what continuous integration does (`test`), the generated rule list (`rules`), the arrows between
//! crates (`arrows`), the threat table (`threats`), benchmarks (`bench`) and fuzzing (`fuzz`).
//! Does not own: any behaviour of the product; deleting this crate changes nothing that is shipped.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its caller"
)]

mod arrows;
mod bench;
mod clients;
mod demo;
mod fuzz;
mod install;
mod links;
mod process;
mod rules;
mod source;
mod stage;
mod threats;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    after_help = "First time here?  `cargo xtask test --list` shows what is checked; `cargo xtask test --only fmt --only clippy \
                  --only rules` is the quick round before a commit; `cargo xtask test` is what continuous integration runs."
)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that must hold before a change lands: installs what is missing, then format, lints, rules,
    /// arrows, licences, tests, a short fuzz run, the browser and the real client libraries.
    Test(stage::TestArguments),
    /// Writes RULES.md from the `Rule` lines in doc comments, and fails on a rule without documentation or test.
    Rules {
        /// Only compare with the RULES.md on disk.
        #[arg(long)]
        check: bool,
    },
    /// Fails when a crate depends on one it must not know (the table is in xtask/src/arrows.rs).
    Arrows,
    /// Fails when SECURITY.md names a test that does not exist.
    Threats,
    /// Fails when a link in a document leads to a file that is not there.
    Links,
    /// Measures one thing and prints a table, or one JSON object a line.
    Bench(bench::BenchArguments),
    /// Runs the fuzz targets (needs the nightly toolchain and cargo-fuzz).
    Fuzz(fuzz::FuzzArguments),
    /// Runs the real client libraries against a demo server of their own.
    Clients(clients::ClientsArguments),
    /// Installs the tools that `test` needs, and says what it could not get.
    Install,
}

fn main() -> ExitCode {
    match run(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    match chore {
        Chore::Test(arguments) => stage::run(&arguments),
        Chore::Rules { check } => rules::run(check),
        Chore::Arrows => arrows::run(),
        Chore::Threats => threats::run(),
        Chore::Links => links::run(),
        Chore::Bench(arguments) => bench::run(&arguments),
        Chore::Fuzz(arguments) => fuzz::run(&arguments),
        Chore::Clients(arguments) => clients::run(&arguments).map(|said| println!("{said}")),
        Chore::Install => install::run().map(|said| println!("{said}")),
    }
}
