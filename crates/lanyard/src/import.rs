//! `lanyard import`: users and groups from CSV files, configuration from Graph JSON.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use lanyard_directory::TenantId;
use lanyard_engine::Caller;
use lanyard_engine::administer::{Actor, ImportFinding, ImportedUsers, NewUser};
use lanyard_engine::change_safety::override_guard;
use lanyard_exchange::{
    Brought, CSV_COLUMNS, CSV_GROUP_COLUMNS, Found, NotTranslated, bring, read_csv, read_csv_groups,
    read_files,
};

use crate::admin::print_rows;
use crate::cli::{ConfigArg, Output};
use crate::installation::Installation;

/// Findings that are printed; the others are counted.
const SHOWN: usize = 20;

/// What is understood, for `--help`.
const SHAPES: &str = "\
Understood are the answers of these requests, saved as files (pages may be several files), and what `lanyard export` writes:
  GET /policies/authenticationMethodsPolicy, or its …/authenticationMethodConfigurations/x509Certificate
  GET /organization/{id}/certificateBasedAuthConfiguration
  GET /directory/publicKeyInfrastructure/certificateBasedAuthConfigurations, and …/{id}/certificateAuthorities
  GET /users?$select=id,displayName,userPrincipalName,accountEnabled,authorizationInfo,…
  GET /groups?$expand=members (lists 20 members of each), and GET /groups/{id}/members in a file named members-{id}.json
  GET /identity/conditionalAccess/policies, …/namedLocations, GET /policies/authenticationStrengthPolicies: kept, not evaluated
Object ids are kept, so that targets and scopes of the policy stay right. Everything else is listed as not translated, with the reason.";

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
    #[command(after_help = CSV_COLUMNS)]
    Users {
        /// The file; `-`: standard input
        file: PathBuf,
    },
    /// Groups and their members from a CSV file: all rows are checked first; run it again after an interruption
    #[command(after_help = CSV_GROUP_COLUMNS)]
    Groups {
        /// The file; `-`: standard input
        file: PathBuf,
    },
    /// Configuration from Microsoft Graph's JSON or an earlier export: policies, trust stores, users, groups
    #[command(after_help = SHAPES)]
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
        /// Form of the output
        #[arg(long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
}

/// Exit 0: all is in; 1: something is wrong with the files and nothing was imported.
pub(crate) async fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let tenant = installation.tenant(args.tenant.as_deref())?.tenant.id;
    let actor = Actor("command line".to_owned());
    let code = match args.command {
        ImportCommand::Users { file } => users(&installation, &actor, tenant, &file).await?,
        ImportCommand::Groups { file } => groups(&installation, &actor, tenant, &file).await?,
        ImportCommand::Graph {
            files,
            dry_run,
            force_reason,
            output,
        } => {
            let found = read_files(&files)?;
            let import = graph(&installation, &actor, tenant, found, dry_run, output);
            match force_reason {
                Some(reason) => override_guard(reason, import).await?,
                None => import.await?,
            }
            ExitCode::SUCCESS
        }
    };
    installation.store.close().await;
    Ok(code)
}

fn source(file: &Path) -> anyhow::Result<Box<dyn Read>> {
    Ok(if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).with_context(|| format!("cannot read {}", file.display()))?)
    })
}

async fn groups(
    installation: &Installation,
    actor: &Actor,
    tenant: TenantId,
    file: &Path,
) -> anyhow::Result<ExitCode> {
    let mut found = read_csv_groups(file, source(file)?)?;
    let rows = std::mem::take(&mut found.rows);
    let bar = progress_bar(Some(rows.members.len()));
    let outcome = installation
        .engine
        .import_group_rows(actor, tenant, rows, |what, done| tell(&bar, what, done))
        .await
        .context("the import stopped; run it again to complete it")?;
    bar.finish_and_clear();
    let imported = match outcome {
        Ok(imported) => imported,
        Err(findings) => return Ok(refuse(&findings, |row| format!("line {}", found.line(row)))),
    };
    println!(
        "{} groups created, {} were there already; {} members added.",
        imported.created, imported.present, imported.members
    );
    for stranger in imported.strangers.iter().take(SHOWN) {
        println!(
            "Passed over: the member {} of {} is neither a user nor one of these groups",
            stranger.id, stranger.group
        );
    }
    if imported.strangers.len() > SHOWN {
        println!("… and {} more", imported.strangers.len() - SHOWN);
    }
    Ok(ExitCode::SUCCESS)
}

async fn users(
    installation: &Installation,
    actor: &Actor,
    tenant: TenantId,
    file: &Path,
) -> anyhow::Result<ExitCode> {
    let rows = read_csv(file, source(file)?)?;
    let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
    let users: Vec<NewUser> = rows.into_iter().map(|(_, user)| user).collect();
    let bar = progress_bar(Some(lines.len()));
    let outcome = installation
        .engine
        .import_users(actor, tenant, users, |what, done| tell(&bar, what, done))
        .await
        .context("the import stopped; run it again to complete it")?;
    bar.finish_and_clear();
    Ok(conclude(outcome, |row| {
        format!("line {}", lines.get(row).copied().unwrap_or_default())
    }))
}

/// Puts what the files hold into the installation, and says what was done and what was not.
async fn graph(
    installation: &Installation,
    actor: &Actor,
    tenant: TenantId,
    found: Found,
    dry_run: bool,
    output: Output,
) -> anyhow::Result<()> {
    let summary = found.summary();
    if output == Output::Table {
        println!("Found: {summary}.");
    }
    let brought = if dry_run {
        Brought {
            not_translated: found.untranslated.list(),
            ..Brought::default()
        }
    } else {
        let bar = progress_bar(None);
        let caller = Caller::local_operator(tenant);
        let brought = bring(&installation.engine, &caller, actor, found, |what, done| {
            tell(&bar, what, done);
        })
        .await
        .context("the import stopped; what was done before stays, run it again to complete it")?;
        bar.finish_and_clear();
        brought
    };
    match output {
        Output::Json => {
            let report = serde_json::json!({ "found": summary, "dryRun": dry_run, "done": brought });
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(())
        }
        Output::Table => {
            if !dry_run {
                done(&brought);
            }
            not_translated(&brought.not_translated)
        }
    }
}

fn done(brought: &Brought) {
    println!(
        "{} users created, {} were there already.",
        brought.users_created, brought.users_present
    );
    println!(
        "{} groups created, {} were there already; {} members added.",
        brought.groups_created, brought.groups_present, brought.members_added
    );
    if let Some(count) = brought.classic_authorities {
        println!("The trust store holds {count} authorities.");
    }
    if brought.pki_containers + brought.pki_authorities > 0 {
        println!(
            "{} PKIs and {} authorities of the PKI store created.",
            brought.pki_containers, brought.pki_authorities
        );
    }
    if brought.denied_certificates > 0 {
        println!("{} certificates denied.", brought.denied_certificates);
    }
    if brought.settings_in_force {
        println!("The settings are in force.");
    }
    if brought.policy_in_force {
        println!("The method policy is in force.");
    }
    if brought.kept > 0 {
        println!("{} objects kept as they came.", brought.kept);
    }
    brought
        .warnings
        .iter()
        .for_each(|warning| println!("warning: {warning}"));
}

fn not_translated(list: &[NotTranslated]) -> anyhow::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    println!("\nNot translated:");
    let rows: Vec<Vec<String>> = list
        .iter()
        .map(|one| {
            let file = Path::new(&one.file).file_name().unwrap_or_default();
            vec![
                file.display().to_string(),
                one.kind.clone(),
                one.object.clone(),
                one.reason.clone(),
            ]
        })
        .collect();
    print_rows(Output::Table, &["File", "Kind", "Object", "Reason"], &rows)
}

/// With a length where it is known how much there is.
pub(crate) fn progress_bar(length: Option<usize>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (
            ProgressBar::new(length as u64),
            "{msg:8} {bar:40} {human_pos} of {human_len}, {eta} left",
        ),
        None => (ProgressBar::no_length(), "{msg:8} {human_pos}, {elapsed}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

pub(crate) fn tell(bar: &ProgressBar, what: &'static str, done: usize) {
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
        Err(findings) => refuse(&findings, place),
    }
}

fn refuse(findings: &[ImportFinding], place: impl Fn(usize) -> String) -> ExitCode {
    for finding in findings.iter().take(SHOWN) {
        eprintln!("{}: {}", place(finding.row), finding.message);
    }
    if findings.len() > SHOWN {
        eprintln!("… and {} more", findings.len() - SHOWN);
    }
    eprintln!("error: nothing was imported; correct these and run it again");
    ExitCode::FAILURE
}
