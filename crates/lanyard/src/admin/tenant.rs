//! `lanyard admin tenant`

use clap::Subcommand;

use lanyard_engine::administer::{Actor, NewTenant};

use crate::admin::print_rows;
use crate::cli::Output;
use crate::installation::Installation;

/// Tenants.
#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// List the tenants
    List,
    /// Create a tenant; certificate sign-in is off in it until a policy switches it on
    Create {
        /// Its domain, as in `jane@example.org`
        domain: String,
        /// Name shown to people
        #[arg(long)]
        name: String,
        /// A given tenant id instead of a random one
        #[arg(long)]
        id: Option<uuid::Uuid>,
    },
}

/// Runs one command.
pub(crate) async fn run(
    installation: &Installation,
    actor: &Actor,
    command: TenantCommand,
    output: Output,
) -> anyhow::Result<()> {
    match command {
        TenantCommand::List => {
            let snapshot = installation.engine.snapshot();
            let mut rows: Vec<Vec<String>> = snapshot
                .tenants()
                .map(|tenant| {
                    vec![
                        tenant.tenant.id.to_string(),
                        tenant.tenant.display_name.clone(),
                        tenant.tenant.domains.join(", "),
                        tenant.version.to_string(),
                    ]
                })
                .collect();
            rows.sort();
            print_rows(output, &["id", "name", "domains", "policy version"], &rows)
        }
        TenantCommand::Create { domain, name, id } => {
            let new = NewTenant {
                id: id.map(lanyard_directory::TenantId),
                display_name: name,
                domain,
            };
            let tenant = installation.engine.create_tenant(actor, new).await?;
            println!("Created the tenant {} ({}).", tenant.display_name, tenant.id);
            Ok(())
        }
    }
}
