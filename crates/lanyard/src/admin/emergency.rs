//! `lanyard admin user emergency`: accounts that no scope can lock out.

use clap::Subcommand;

use lanyard_directory::UserId;
use lanyard_engine::{Caller, Engine, NotDone, TenantSnapshot};

use crate::admin::{InTenant, print_rows};
use crate::cli::Output;

/// Accounts outside every scope: targets and CA scoping do not concern them, chain, revocation and binding do.
#[derive(Debug, Subcommand)]
pub(crate) enum EmergencyCommand {
    /// List them
    List,
    /// Make an account one
    Add {
        /// User principal name
        user_name: String,
    },
    /// Make it an account like every other
    Remove {
        /// User principal name, or object id: also of an account that was deleted
        account: String,
    },
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: EmergencyCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        actor,
        tenant,
        output,
    } = here;
    let engine = &installation.engine;
    let id = tenant.tenant.id;
    match command {
        EmergencyCommand::List => list(engine, tenant, output).await,
        EmergencyCommand::Add { user_name } => {
            let user = engine.user_named(id, &user_name).await?;
            engine.set_emergency_account(actor, id, user.id, true).await?;
            println!(
                "{} is an emergency account now: no scope concerns it. It still needs a certificate that is bound to it, and its use is worth \
                 an alarm.",
                user.user_principal_name
            );
            Ok(())
        }
        EmergencyCommand::Remove { account } => {
            let user = match account.parse() {
                Ok(object_id) => UserId(object_id),
                Err(_) => engine.user_named(id, &account).await?.id,
            };
            engine.set_emergency_account(actor, id, user, false).await?;
            println!("{account} is an account like every other now.");
            Ok(())
        }
    }
}

async fn list(engine: &Engine, tenant: &TenantSnapshot, output: Output) -> anyhow::Result<()> {
    let operator = Caller::local_operator(tenant.tenant.id);
    let mut rows = Vec::new();
    for account in &tenant.configuration.settings.emergency_accounts {
        let (name, state) = match engine.read_user(&operator, &account.to_string()).await {
            Ok((user, _)) => {
                let state = if user.account_enabled {
                    "enabled"
                } else {
                    "disabled"
                };
                (user.user_principal_name, state)
            }
            Err(NotDone::NotFound(_)) => (String::new(), "not in the directory"),
            Err(error) => return Err(error.into()),
        };
        rows.push(vec![name, state.to_owned(), account.to_string()]);
    }
    print_rows(output, &["User name", "Account", "Id"], &rows)
}
