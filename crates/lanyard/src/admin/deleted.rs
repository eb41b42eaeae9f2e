//! `lanyard admin deleted`: what was deleted and can still be restored.

use clap::Subcommand;

use lanyard_engine::administer::DeletedObject;
use lanyard_engine::{Caller, Engine};
use lanyard_storage::DeletedKind;
use uuid::Uuid;

use crate::admin::{InTenant, print_rows};
use crate::cli::Output;

/// Rows of one page.
const PAGE: u32 = 1000;

/// Deleted users, groups and applications.
#[derive(Debug, Subcommand)]
pub(crate) enum DeletedCommand {
    /// List what can be restored
    List,
    /// Restore a user, group or application as it was, with its memberships and ids
    Restore {
        /// Object id
        id: Uuid,
    },
    /// Delete it for good
    Purge {
        /// Object id
        id: Uuid,
    },
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: DeletedCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        tenant,
        output,
        ..
    } = here;
    let engine = &installation.engine;
    let operator = Caller::local_operator(tenant.tenant.id);
    match command {
        DeletedCommand::List => list(engine, &operator, output).await,
        DeletedCommand::Restore { id } => {
            let restored = engine.restore_deleted(&operator, &id.to_string()).await?;
            let (kind, name, _) = words(&restored);
            println!("Restored the {kind} {name}.");
            Ok(())
        }
        DeletedCommand::Purge { id } => {
            let key = id.to_string();
            let (_, found) = engine.read_deleted(&operator, &key).await?;
            engine.delete_for_good(&operator, &key).await?;
            let (kind, name, _) = words(&found);
            println!("The {kind} {name} is gone for good.");
            Ok(())
        }
    }
}

async fn list(engine: &Engine, operator: &Caller, output: Output) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for kind in [DeletedKind::User, DeletedKind::Group, DeletedKind::Application] {
        let mut after = None;
        loop {
            let page = engine.deleted_page(operator, kind, after, PAGE).await?;
            let full = page.len() == PAGE as usize;
            for (deleted_us, object) in page {
                let (kind, name, id) = words(&object);
                after = Some(id);
                let deleted = jiff::Timestamp::from_microsecond(deleted_us)?;
                rows.push(vec![kind.to_owned(), name, deleted.to_string(), id.to_string()]);
            }
            if !full {
                break;
            }
        }
    }
    print_rows(output, &["Kind", "Name", "Deleted", "Id"], &rows)
}

fn words(object: &DeletedObject) -> (&'static str, String, Uuid) {
    match object {
        DeletedObject::User(user) => ("user", user.user_principal_name.clone(), user.id.0),
        DeletedObject::Group(group) => ("group", group.display_name.clone(), group.id.0),
        DeletedObject::Application(application) => {
            ("application", application.display_name.clone(), application.id)
        }
    }
}
