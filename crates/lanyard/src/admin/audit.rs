//! `lanyard admin audit`: who changed what.

use clap::Subcommand;
use jiff::{SignedDuration, Timestamp};

use lanyard_audit::Initiator;
use lanyard_engine::{Caller, DirectoryAuditRecord, LogWindow};

use crate::admin::{InTenant, print_rows};

/// The audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List changes, newest first
    List {
        /// Only this activity, as the list writes it, such as "Update user"
        #[arg(long)]
        activity: Option<String>,
        /// Only changes of the last days
        #[arg(long)]
        days: Option<u16>,
        /// How many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Show one change with old and new values, as JSON
    Show {
        /// Id of the row
        id: String,
    },
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: AuditCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        tenant,
        output,
        ..
    } = here;
    let engine = &installation.engine;
    let operator = Caller::local_operator(tenant.tenant.id);
    match command {
        AuditCommand::List {
            activity,
            days,
            limit,
        } => {
            let window = LogWindow {
                from: days.map(|days| begin_of(engine.now(), days)).transpose()?,
                ..LogWindow::default()
            };
            let page = engine
                .audit_page(&operator, &window, activity.as_deref(), limit)
                .await?;
            let rows: Vec<Vec<String>> = page.iter().map(|(_, record)| row(record)).collect();
            print_rows(
                output,
                &["Time", "Activity", "By", "Target", "Result", "Id"],
                &rows,
            )
        }
        AuditCommand::Show { id } => {
            let record = engine.read_audit(&operator, &id).await?;
            println!("{}", serde_json::to_string_pretty(&record)?);
            Ok(())
        }
    }
}

fn begin_of(now: Timestamp, days: u16) -> Result<Timestamp, jiff::Error> {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
}

fn row(record: &DirectoryAuditRecord) -> Vec<String> {
    let by = match &record.initiated_by {
        Initiator::User {
            user_principal_name, ..
        } => user_principal_name.clone(),
        Initiator::App { display_name, .. } => display_name.clone(),
    };
    let targets: Vec<String> = record
        .target_resources
        .iter()
        .map(|target| {
            let name = target
                .user_principal_name
                .as_ref()
                .or(target.display_name.as_ref());
            name.unwrap_or(&target.id).clone()
        })
        .collect();
    vec![
        record.created.to_string(),
        record.activity.clone(),
        by,
        targets.join(", "),
        format!("{:?}", record.result).to_lowercase(),
        record.id.to_string(),
    ]
}
