//! `lanyard admin group`

use clap::Subcommand;

use lanyard_engine::TenantSnapshot;
use lanyard_engine::administer::Actor;

use crate::admin::print_rows;
use crate::cli::Output;
use crate::installation::Installation;

/// Groups and their members.
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// List the groups
    List,
    /// Create a security group
    Create {
        /// Name of the group
        name: String,
    },
    /// Add a user to a group
    Add {
        /// Name of the group
        group: String,
        /// User principal name
        user_name: String,
    },
    /// Remove a user from a group
    Remove {
        /// Name of the group
        group: String,
        /// User principal name
        user_name: String,
    },
}

/// Runs one command.
pub(crate) async fn run(
    installation: &Installation,
    actor: &Actor,
    tenant: &TenantSnapshot,
    command: GroupCommand,
    output: Output,
) -> anyhow::Result<()> {
    let engine = &installation.engine;
    let id = tenant.tenant.id;
    match command {
        GroupCommand::List => {
            let groups = installation.store.groups(id, None, 10_000).await?;
            let rows: Vec<Vec<String>> = groups
                .iter()
                .map(|group| vec![group.display_name.clone(), group.id.to_string()])
                .collect();
            print_rows(output, &["Name", "Id"], &rows)
        }
        GroupCommand::Create { name } => {
            let group = engine.create_group(actor, id, &name).await?;
            println!("Created the group {} ({}).", group.display_name, group.id);
            Ok(())
        }
        GroupCommand::Add { group, user_name } => {
            let group = engine.group_named(id, &group).await?;
            engine.add_group_member(actor, &group, &user_name).await?;
            println!("{user_name} is a member of {} now.", group.display_name);
            Ok(())
        }
        GroupCommand::Remove { group, user_name } => {
            let group = engine.group_named(id, &group).await?;
            engine.remove_group_member(actor, &group, &user_name).await?;
            println!("{user_name} is no longer a member of {}.", group.display_name);
            Ok(())
        }
    }
}
