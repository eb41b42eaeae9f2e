//! `lanyard import`: users from a CSV file, configuration from Graph JSON.

mod csv_users;
mod graph_files;
mod graph_import;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use lanyard_engine::administer::{Actor, ImportFinding, ImportedUsers, NewUser};

use crate::cli::ConfigArg;
use crate::installation::Installation;

/// Findings that are printed; the others are counted.
const SHOWN: usize = 20;

/// What to import, and where.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Tenant: GUID or domain [default: the only one]
    #[arg(long, global = true)]
    tenant: Option<String>,
    #[command(subcommand)]
    command: ImportCommand,
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// Users from a CSV file: all rows are checked first, then created; run it again after an interruption
    #[command(after_help = csv_users::COLUMNS)]
    Users {
        /// The file; `-`: standard input
        file: PathBuf,
    },
    /// Configuration exported from Microsoft Graph as JSON: method policy, trust store, users, groups
    #[command(after_help = graph_files::SHAPES)]
    Graph {
        /// The files, in any order
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Only say what would be done and what does not translate
        #[arg(long)]
        dry_run: bool,
        /// Save a policy or trust store although it locks people out; the reason is kept in the audit log
        #[arg(long, value_name = "WHY")]
        force_reason: Option<String>,
    },
}

/// Exit 0: all is in; 1: something is wrong with the files and nothing was imported.
pub(crate) async fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let tenant = installation.tenant(args.tenant.as_deref())?.tenant.id;
    let actor = Actor("command line".to_owned());
    let code = match args.command {
        ImportCommand::Users { file } => {
            let rows = csv_users::read(&file)?;
            let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
            let users = rows.into_iter().map(|(_, user)| user).collect();
            let bar = progress_bar(lines.len());
            let outcome = installation
                .engine
                .import_users(&actor, tenant, users, |what, done| tell(&bar, what, done))
                .await
                .context("the import stopped; run it again to complete it")?;
            bar.finish_and_clear();
            conclude(outcome, |row| {
                format!("line {}", lines.get(row).copied().unwrap_or_default())
            })
        }
        ImportCommand::Graph {
            files,
            dry_run,
            force_reason,
        } => {
            let found = graph_files::read(&files)?;
            let import = graph_import::run(&installation, &actor, tenant, found, dry_run);
            match force_reason {
                Some(reason) => lanyard_engine::change_safety::override_guard(reason, import).await?,
                None => import.await?,
            }
        }
    };
    installation.store.close().await;
    Ok(code)
}

fn progress_bar(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(rows as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg:8} {bar:40} {human_pos} of {human_len}, {eta} left")
    {
        bar.set_style(style);
    }
    bar
}

fn tell(bar: &ProgressBar, what: &'static str, done: usize) {
    bar.set_message(what);
    bar.set_position(done as u64);
}

/// Prints what came out of an import of users.
fn conclude(outcome: Result<ImportedUsers, Vec<ImportFinding>>, place: impl Fn(usize) -> String) -> ExitCode {
    match outcome {
        Ok(imported) => {
            println!(
                "{} users created, {} were there already.",
                imported.created, imported.present
            );
            ExitCode::SUCCESS
        }
        Err(findings) => {
            for finding in findings.iter().take(SHOWN) {
                eprintln!("{}: {}", place(finding.row), finding.message);
            }
            if findings.len() > SHOWN {
                eprintln!("… and {} more", findings.len() - SHOWN);
            }
            eprintln!("error: nothing was imported; correct these and run it again");
            ExitCode::FAILURE
        }
    }
}

/// Rows of a Graph file.
fn named(users: &[NewUser]) -> impl Fn(usize) -> String + use<> {
    let names: Vec<String> = users
        .iter()
        .map(|user| user.user_principal_name.clone())
        .collect();
    move |row| names.get(row).cloned().unwrap_or_default()
}
