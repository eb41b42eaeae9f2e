//! `lanyard admin role`

use clap::Subcommand;

use lanyard_engine::{Caller, DirectoryRole, Engine};

use crate::admin::{InTenant, print_rows};
use crate::cli::Output;

/// Directory roles: what people may do over the directory API.
#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// List who holds which role
    List,
    /// List the roles there are
    Names,
    /// Give a user a role
    Give {
        /// User principal name
        user_name: String,
        /// Name of the role, such as "Authentication Policy Administrator", or its template id
        role: String,
    },
    /// Take a role from a user
    Take {
        /// User principal name
        user_name: String,
        /// Name of the role or its template id
        role: String,
    },
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: RoleCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        tenant,
        output,
        ..
    } = here;
    let engine = &installation.engine;
    let operator = Caller::local_operator(tenant.tenant.id);
    match command {
        RoleCommand::List => list(engine, &operator, output).await,
        RoleCommand::Names => {
            let rows: Vec<Vec<String>> = DirectoryRole::BUILT_IN
                .iter()
                .map(|(role, name)| vec![(*name).to_owned(), role.0.to_string()])
                .collect();
            print_rows(output, &["Role", "Template id"], &rows)
        }
        RoleCommand::Give { user_name, role } => {
            let (role, name) = named(&role)?;
            let user = engine.user_named(operator.tenant, &user_name).await?;
            engine.give_role(&operator, &user.id.to_string(), role.0).await?;
            println!("{} is {name} now.", user.user_principal_name);
            Ok(())
        }
        RoleCommand::Take { user_name, role } => {
            let (role, name) = named(&role)?;
            let user = engine.user_named(operator.tenant, &user_name).await?;
            let held = engine.read_role_assignments(&operator).await?;
            let Some(found) = held
                .iter()
                .find(|one| one.principal == user.id && one.role == role)
            else {
                anyhow::bail!("{} is not {name}", user.user_principal_name)
            };
            engine.take_role(&operator, &found.id.to_string()).await?;
            println!("{} is no longer {name}.", user.user_principal_name);
            Ok(())
        }
    }
}

async fn list(engine: &Engine, operator: &Caller, output: Output) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for held in engine.read_role_assignments(operator).await? {
        let holder = engine.object_name(operator, held.principal.0).await?;
        rows.push(vec![
            held.role
                .display_name()
                .map_or_else(|| held.role.0.to_string(), str::to_owned),
            holder.unwrap_or_default(),
            held.principal.to_string(),
        ]);
    }
    rows.sort();
    print_rows(output, &["Role", "Holder", "Holder id"], &rows)
}

fn named(text: &str) -> anyhow::Result<(DirectoryRole, &'static str)> {
    let id = text.parse::<uuid::Uuid>().ok();
    DirectoryRole::BUILT_IN
        .iter()
        .find(|(role, name)| name.eq_ignore_ascii_case(text) || Some(role.0) == id)
        .copied()
        .ok_or_else(|| {
            anyhow::anyhow!("there is no role '{text}'\n  hint: `lanyard admin role names` lists them")
        })
}
