//! `lanyard log`: list, follow and explain sign-ins.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use lanyard_engine::{SignInQuery, SignInRecord};

use crate::admin::print_rows;
use crate::cli::{LogArgs, LogCommand, Output};
use crate::installation::Installation;

/// How often new rows are looked for.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// How far back rows may still appear.
const LOOK_BACK: SignedDuration = SignedDuration::from_secs(5);

/// Runs the command.
pub(crate) async fn run(args: LogArgs) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let tenant = installation.tenant(args.tenant.as_deref())?.tenant.id;
    if let Some(LogCommand::Show { id, output }) = &args.command {
        let Some(record) = installation.engine.sign_in(tenant, id).await? else {
            anyhow::bail!(
                "there is no sign-in whose id starts with `{id}`\n  hint: `lanyard log` lists them"
            );
        };
        show(&record, *output)?;
        return Ok(ExitCode::SUCCESS);
    }
    let query = SignInQuery {
        user_name: args.user.clone(),
        correlation_id: args.correlation,
        refused_only: args.refused,
        limit: args.limit.min(1000),
    };
    let mut records = installation.engine.sign_ins(tenant, &query).await?;
    records.reverse();
    let rows: Vec<Vec<String>> = records.iter().map(row).collect();
    print_rows(
        args.output,
        &["Time", "Result", "User", "Application", "What", "Id"],
        &rows,
    )?;
    if !args.follow {
        return Ok(ExitCode::SUCCESS);
    }
    let mut seen: BTreeSet<(Timestamp, Uuid)> =
        records.iter().map(|record| (record.created, record.id)).collect();
    loop {
        tokio::time::sleep(FOLLOW_EVERY).await;
        // A row takes its place by the time of its attempt but appears when it is durable, a moment later.
        let mut from = seen.last().map(|(newest, _)| (*newest - LOOK_BACK, Uuid::nil()));
        loop {
            let page = installation.engine.sign_ins_after(tenant, from).await?;
            for record in page
                .iter()
                .filter(|record| seen.insert((record.created, record.id)))
            {
                match args.output {
                    Output::Table => println!("{}", row(record).join("  ")),
                    Output::Json => println!("{}", record.to_graph_json()),
                }
            }
            match page.last() {
                Some(last) => from = Some((last.created, last.id)),
                None => break,
            }
        }
        if let Some((newest, _)) = seen.last() {
            seen = seen.split_off(&(*newest - LOOK_BACK, Uuid::nil()));
        }
    }
}

/// Prints one sign-in with every step.
pub(crate) fn show(record: &SignInRecord, output: Output) -> anyhow::Result<()> {
    match output {
        Output::Json => println!("{}", serde_json::to_string_pretty(&record.to_graph_json())?),
        Output::Table => print!("{}", explained(record)),
    }
    Ok(())
}

/// A sign-in for people: what came out, what was known, every step.
pub(crate) fn explained(record: &SignInRecord) -> String {
    let code = record.status.error_code();
    let number = if code == 0 {
        String::new()
    } else {
        format!("AADSTS{code}: ")
    };
    let mut text = format!(
        "{}  {}  {number}{}\n",
        record.created,
        record.id,
        record.status.failure_reason()
    );
    for detail in record.all_processing_details() {
        text.push_str(&format!("  {}: {}\n", detail.key, detail.value));
    }
    text.push_str(&lanyard_audit::render_tree(&record.trace));
    text
}

fn row(record: &SignInRecord) -> Vec<String> {
    let code = record.status.error_code();
    let user_name = record.user.as_ref().map(|user| user.user_principal_name.clone());
    vec![
        record.created.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        if code == 0 {
            "ok".to_owned()
        } else {
            code.to_string()
        },
        user_name
            .or_else(|| record.sign_in_identifier.clone())
            .unwrap_or_else(|| "-".to_owned()),
        record
            .application
            .as_ref()
            .map_or_else(|| "-".to_owned(), |application| application.display_name.clone()),
        if code == 0 {
            String::new()
        } else {
            record.status.failure_reason()
        },
        record.id.to_string().chars().take(13).collect(),
    ]
}
