//! `lanyard export`: a tenant as files.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use lanyard_engine::Caller;

use crate::admin::print_rows;
use crate::cli::{ConfigArg, Output};
use crate::import::{progress_bar, tell};
use crate::installation::Installation;

/// What is written and what is not, for `--help`.
const CONTENTS: &str = "\
Written are the method policy, both trust stores, the tenant's settings, denied certificates, users with their certificateUserIds,
groups with their members, and the conditional access policies, named locations and authentication strengths that an import kept.
Not written: applications, service principals, consent, role assignments, devices, logs, sessions, keys and secrets.
Files are readable by their owner only. The order stays the same, so that two exports can be compared line by line.";

/// Where to write.
#[derive(Debug, Args)]
#[command(after_help = CONTENTS)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Tenant: GUID or domain [default: the only one]
    #[arg(long)]
    tenant: Option<String>,
    /// Folder to write into; made when it is missing
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Replace the files of an earlier export
    #[arg(long)]
    overwrite: bool,
}

/// Exit 0: every file is written; otherwise none has changed.
pub(crate) async fn run(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let tenant = installation.tenant(args.tenant.as_deref())?.tenant.id;
    let bar = progress_bar(None);
    let caller = Caller::local_operator(tenant);
    let engine = &installation.engine;
    let written = lanyard_exchange::export(engine, &caller, &args.output, args.overwrite, |what, done| {
        tell(&bar, what, done);
    })
    .await?;
    bar.finish_and_clear();
    let rows: Vec<Vec<String>> = written
        .iter()
        .map(|file| {
            let path = args.output.join(file.file);
            vec![path.display().to_string(), file.objects.to_string()]
        })
        .collect();
    installation.store.close().await;
    print_rows(Output::Table, &["File", "Objects"], &rows)?;
    Ok(ExitCode::SUCCESS)
}
