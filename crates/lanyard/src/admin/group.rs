//! `lanyard admin group`

use clap::Subcommand;

use lanyard_engine::administer::GroupChange;
use lanyard_engine::{Caller, Engine};
use lanyard_storage::MemberObject;

use crate::admin::{InTenant, print_rows};

/// Rows of one page.
const PAGE: u32 = 1000;

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
    /// List the members of a group
    Members {
        /// Name of the group
        group: String,
        /// Those of groups inside it, too
        #[arg(long)]
        transitive: bool,
    },
    /// Rename a group; whatever names it by its id stays as it is
    Rename {
        /// Name of the group
        group: String,
        /// New name
        name: String,
    },
    /// Delete a group; `lanyard admin deleted restore` brings it back for 30 days
    Delete {
        /// Name of the group
        group: String,
    },
    /// Put a group into a group: its members belong to both
    Nest {
        /// Name of the outer group
        group: String,
        /// Name of the group that goes into it
        inner: String,
    },
    /// Take a group out of a group
    Unnest {
        /// Name of the outer group
        group: String,
        /// Name of the group inside
        inner: String,
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
pub(crate) async fn run(here: InTenant<'_>, command: GroupCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        actor,
        tenant,
        output,
    } = here;
    let engine = &installation.engine;
    let id = tenant.tenant.id;
    let operator = Caller::local_operator(id);
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
        GroupCommand::Members { group, transitive } => {
            let group = engine.group_named(id, &group).await?;
            let rows = members(engine, &operator, &group.id.to_string(), transitive).await?;
            print_rows(output, &["Kind", "Name", "Id"], &rows)
        }
        GroupCommand::Rename { group, name } => {
            let group = engine.group_named(id, &group).await?;
            let change = GroupChange {
                display_name: Some(name.clone()),
                ..GroupChange::default()
            };
            engine
                .change_group_by(&operator, &group.id.to_string(), &change)
                .await?;
            println!("{} is called {name} now.", group.display_name);
            Ok(())
        }
        GroupCommand::Delete { group } => {
            let group = engine.group_named(id, &group).await?;
            engine.remove_group(&operator, &group.id.to_string()).await?;
            println!(
                "Deleted {}. `lanyard admin deleted restore {}` brings it back.",
                group.display_name, group.id
            );
            Ok(())
        }
        GroupCommand::Nest { group, inner } => {
            let (group, inner) = (
                engine.group_named(id, &group).await?,
                engine.group_named(id, &inner).await?,
            );
            engine
                .add_member_by(&operator, &group.id.to_string(), inner.id.0)
                .await?;
            println!(
                "{} is a member of {} now.",
                inner.display_name, group.display_name
            );
            Ok(())
        }
        GroupCommand::Unnest { group, inner } => {
            let (group, inner) = (
                engine.group_named(id, &group).await?,
                engine.group_named(id, &inner).await?,
            );
            engine
                .remove_member_by(&operator, &group.id.to_string(), &inner.id.to_string())
                .await?;
            println!(
                "{} is no longer a member of {}.",
                inner.display_name, group.display_name
            );
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

async fn members(
    engine: &Engine,
    operator: &Caller,
    group: &str,
    transitive: bool,
) -> anyhow::Result<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = engine
            .member_page(operator, group, (transitive, None), after, PAGE)
            .await?;
        for member in &page {
            let (kind, name) = match member {
                MemberObject::User(user) => ("user", &user.user_principal_name),
                MemberObject::Group(group) => ("group", &group.display_name),
            };
            rows.push(vec![kind.to_owned(), name.clone(), member.id().to_string()]);
        }
        after = page.last().map(MemberObject::id);
        if page.len() < PAGE as usize {
            return Ok(rows);
        }
    }
}
