//! `cargo xtask test`: the stages, one after the other, with a summary at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::{arrows, clients, fuzz, install, links, process, rules, threats, workspace};

/// Which stages to run.
#[derive(Args)]
pub(crate) struct TestArguments {
    /// Run only this stage (may be given several times).
    #[arg(long, value_name = "STAGE")]
    only: Vec<String>,
    /// Leave this stage out (may be given several times).
    #[arg(long, value_name = "STAGE")]
    skip: Vec<String>,
    /// Show the stages and stop.
    #[arg(long)]
    list: bool,
}

/// How a stage ended when it did not fail.
pub(crate) enum Outcome {
    /// With one line about what was found.
    Passed(String),
    /// With the reason; nothing was checked.
    Skipped(String),
}

struct Stage {
    name: &'static str,
    about: &'static str,
    run: fn() -> Result<Outcome>,
}

const STAGES: &[Stage] = &[
    Stage {
        name: "install",
        about: "tools, npm and Python packages that the stages below need",
        run: installed,
    },
    Stage {
        name: "fmt",
        about: "cargo fmt --check",
        run: formatted,
    },
    Stage {
        name: "rules",
        about: "RULES.md is what the sources say; every rule is documented, used and tested",
        run: ruled,
    },
    Stage {
        name: "arrows",
        about: "no crate knows what it must not know",
        run: arrowed,
    },
    Stage {
        name: "threats",
        about: "every test that SECURITY.md names exists",
        run: threatened,
    },
    Stage {
        name: "links",
        about: "the documents point at files that exist",
        run: linked,
    },
    Stage {
        name: "clippy",
        about: "lints of the whole workspace, warnings refused",
        run: linted,
    },
    Stage {
        name: "docs",
        about: "the documentation builds without a warning",
        run: documented,
    },
    Stage {
        name: "deny",
        about: "licences, banned crates and sources of all dependencies",
        run: denied,
    },
    Stage {
        name: "tests",
        about: "cargo test --workspace, PostgreSQL required",
        run: tested,
    },
    Stage {
        name: "browser",
        about: "pages and certificate sign-in in real Chromium",
        run: browsed,
    },
    Stage {
        name: "clients",
        about: "real client libraries against a demo server",
        run: connected,
    },
    Stage {
        name: "fuzz",
        about: "every fuzz target for a few seconds",
        run: fuzzed,
    },
];

enum Ended {
    Passed(String),
    Skipped(String),
    Failed(String),
}

/// Runs the chosen stages; fails when one failed, after all have run.
pub(crate) fn run(arguments: &TestArguments) -> Result<()> {
    if arguments.list {
        for stage in STAGES {
            println!("{:<9}{}", stage.name, stage.about);
        }
        return Ok(());
    }
    for name in arguments.only.iter().chain(&arguments.skip) {
        if !STAGES.iter().any(|stage| stage.name == name) {
            bail!("there is no stage `{name}`; `cargo xtask test --list` shows them");
        }
    }
    let chosen = STAGES.iter().filter(|stage| {
        let wanted = arguments.only.is_empty() || arguments.only.iter().any(|name| name == stage.name);
        wanted && !arguments.skip.iter().any(|name| name == stage.name)
    });
    let mut results = Vec::new();
    for stage in chosen {
        println!("\n── {}: {}", stage.name, stage.about);
        let begun = Instant::now();
        let ended = match (stage.run)() {
            Ok(Outcome::Passed(detail)) => Ended::Passed(detail),
            Ok(Outcome::Skipped(reason)) => Ended::Skipped(reason),
            Err(error) => {
                eprintln!("{error:#}");
                let first_line = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
                Ended::Failed(first_line)
            }
        };
        results.push((stage.name, ended, begun.elapsed()));
    }
    summary(&results)
}

fn summary(results: &[(&str, Ended, Duration)]) -> Result<()> {
    println!("\n── summary");
    let mut failed = Vec::new();
    for (name, ended, took) in results {
        let (word, detail) = match ended {
            Ended::Passed(detail) => ("passed", detail),
            Ended::Skipped(reason) => ("SKIPPED", reason),
            Ended::Failed(error) => {
                failed.push(*name);
                ("FAILED", error)
            }
        };
        println!("{name:<9}{word:<8}{:>7.1} s  {detail}", took.as_secs_f64());
    }
    let passed = results
        .iter()
        .filter(|(_, ended, _)| matches!(ended, Ended::Passed(_)))
        .count();
    println!("{passed} stages passed, {} failed", failed.len());
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("failed: {}", failed.join(", "))
    }
}

fn installed() -> Result<Outcome> {
    install::run().map(Outcome::Passed)
}

fn formatted() -> Result<Outcome> {
    process::run(process::cargo().args(["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed(String::new()))
}

fn linted() -> Result<Outcome> {
    process::run(process::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))?;
    Ok(Outcome::Passed(String::new()))
}

fn documented() -> Result<Outcome> {
    let mut command = process::cargo();
    command
        .args(["doc", "--workspace", "--no-deps", "--quiet"])
        .env("RUSTDOCFLAGS", "-D warnings");
    process::run(&mut command)?;
    Ok(Outcome::Passed(String::new()))
}

fn ruled() -> Result<Outcome> {
    rules::run(true)?;
    Ok(Outcome::Passed(String::new()))
}

fn arrowed() -> Result<Outcome> {
    arrows::run()?;
    Ok(Outcome::Passed(String::new()))
}

fn linked() -> Result<Outcome> {
    links::run()?;
    Ok(Outcome::Passed(String::new()))
}

fn threatened() -> Result<Outcome> {
    threats::run()?;
    Ok(Outcome::Passed(String::new()))
}

fn denied() -> Result<Outcome> {
    let Some(program) = process::find("cargo-deny") else {
        return Ok(Outcome::Skipped(
            "cargo-deny is not here and could not be installed".to_owned(),
        ));
    };
    // Advisories need a database that is fetched over the network; `cargo deny check` without arguments adds them.
    process::run(process::command(program).args(["--all-features", "check", "licenses", "bans", "sources"]))?;
    Ok(Outcome::Passed(
        "advisories are not part of this stage".to_owned(),
    ))
}

fn tested() -> Result<Outcome> {
    let mut command = process::cargo();
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .env("LANYARD_REQUIRE_POSTGRES", "1");
    let (succeeded, lines) = process::watched(&mut command)?;
    let (passed, failed) = totals(&lines);
    if !succeeded {
        bail!("{passed} passed, {failed} failed");
    }
    Ok(Outcome::Passed(format!("{passed} passed, {failed} failed")))
}

/// Sums the `test result: ok. 3 passed; 0 failed; …` lines.
fn totals(lines: &[String]) -> (u64, u64) {
    let count = |line: &str, word: &str| -> u64 {
        let before = line.split(word).next().unwrap_or_default().trim_end();
        before
            .rsplit(' ')
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    };
    lines
        .iter()
        .filter(|line| line.starts_with("test result:"))
        .fold((0, 0), |(passed, failed), line| {
            (passed + count(line, "passed"), failed + count(line, "failed"))
        })
}

fn browsed() -> Result<Outcome> {
    let folder = workspace::root().join("tests/browser");
    if !folder.join("package.json").is_file() {
        return Ok(Outcome::Skipped("tests/browser is not here".to_owned()));
    }
    process::run(process::cargo().args(["build", "--package", "lanyard"]))?;
    let mut command = process::command("npm");
    command.args(["test", "--silent"]).current_dir(folder);
    command.env("LANYARD_BIN", workspace::target().join("debug/lanyard"));
    command.env("LANYARD_TARGET", workspace::target());
    process::run(&mut command)?;
    Ok(Outcome::Passed(format!(
        "screenshots in {}",
        process::text(&workspace::target().join("screenshots"))
    )))
}

fn connected() -> Result<Outcome> {
    clients::run(&clients::ClientsArguments::default()).map(Outcome::Passed)
}

fn fuzzed() -> Result<Outcome> {
    fuzz::short_run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_are_summed() {
        let lines = [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test a ... ok",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ]
        .map(str::to_owned);
        assert_eq!(totals(&lines), (15, 2));
    }

    #[test]
    fn stage_names_are_unique() {
        for (at, stage) in STAGES.iter().enumerate() {
            assert!(
                !STAGES.iter().skip(at + 1).any(|other| other.name == stage.name),
                "{}",
                stage.name
            );
        }
    }
}
