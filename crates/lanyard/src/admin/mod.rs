//! `lanyard admin`: daily administration on the server's own database, each change audited as `command line`.

mod application;
mod audit;
mod authority;
mod azure_cli;
mod certificate;
mod deleted;
mod emergency;
mod group;
mod pki;
mod policy;
mod role;
mod row_stream;
mod table;
mod tenant;
mod user;

use std::process::ExitCode;

use clap::Subcommand;

use lanyard_engine::administer::Actor;
use lanyard_engine::change_safety::override_guard;
use lanyard_engine::{EngineError, NotDone, TenantSnapshot};

use crate::cli::{AdminArgs, Output};
use crate::installation::Installation;

pub(crate) use azure_cli::register as register_azure_cli;
pub(crate) use policy::ExportedPolicy;
pub(crate) use table::print_rows;

/// What to administer.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Tenants
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    #[command(flatten)]
    InTenant(TenantCommands),
    /// Token signing keys
    #[command(subcommand)]
    Keys(KeysCommand),
}

/// What to administer in one tenant.
#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommands {
    /// Users and their certificateUserIds
    #[command(subcommand)]
    User(user::UserCommand),
    /// Groups and their members
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Certification authorities: the trust store
    #[command(subcommand)]
    Ca(authority::AuthorityCommand),
    /// The PKI store: containers of certification authorities, uploads, deleted ones
    #[command(subcommand)]
    Pki(pki::PkiCommand),
    /// Certificates that are refused at once, whatever their revocation lists say
    #[command(subcommand)]
    Certificate(certificate::CertificateCommand),
    /// The certificate sign-in policy, in Graph's JSON
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Applications, their secrets and certificates
    #[command(subcommand)]
    App(application::ApplicationCommand),
    /// Directory roles: what people may do over the directory API
    #[command(subcommand)]
    Role(role::RoleCommand),
    /// Deleted users, groups and applications: list, restore, delete for good
    #[command(subcommand)]
    Deleted(deleted::DeletedCommand),
    /// The audit log: who changed what
    #[command(subcommand)]
    Audit(audit::AuditCommand),
}

/// Where a command works and for whom.
#[derive(Clone, Copy)]
pub(crate) struct InTenant<'a> {
    installation: &'a Installation,
    actor: &'a Actor,
    tenant: &'a TenantSnapshot,
    output: Output,
}

/// Token signing keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a new signing key: published at once, used after a day
    Rotate {
        /// Algorithm of the key
        #[arg(long, default_value = "RS256", value_parser = ["RS256", "ES256"])]
        algorithm: String,
        /// Use it at once: the old key was lost or seen
        #[arg(long)]
        immediately: bool,
    },
}

/// Runs one administration command.
pub(crate) async fn run(mut args: AdminArgs) -> anyhow::Result<ExitCode> {
    match args.force_reason.take() {
        Some(reason) => override_guard(reason, run_guarded(args)).await,
        None => run_guarded(args).await.map_err(hint_at_force),
    }
}

fn hint_at_force(error: anyhow::Error) -> anyhow::Error {
    let refused = matches!(error.downcast_ref(), Some(EngineError::ChangeRefused(_)))
        || matches!(error.downcast_ref(), Some(NotDone::Unsafe(_)));
    if !refused {
        return error;
    }
    anyhow::anyhow!(
        "{error}\n  hint: `lanyard what-if` shows everybody concerned; --force-reason WHY saves it all the same"
    )
}

async fn run_guarded(args: AdminArgs) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let actor = Actor("command line".to_owned());
    match args.command {
        AdminCommand::Tenant(command) => tenant::run(&installation, &actor, command, args.output).await?,
        AdminCommand::InTenant(command) => {
            let here = InTenant {
                installation: &installation,
                actor: &actor,
                tenant: &*installation.tenant(args.tenant.as_deref())?,
                output: args.output,
            };
            run_in_tenant(here, command).await?;
        }
        AdminCommand::Keys(KeysCommand::Rotate {
            algorithm,
            immediately,
        }) => {
            let algorithm = serde_json::from_value(serde_json::Value::String(algorithm))?;
            let from = installation
                .engine
                .rotate_signing_key(algorithm, immediately)
                .await?;
            println!("The new key is published now and signs from {from}.");
        }
    }
    installation.store.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn run_in_tenant(here: InTenant<'_>, command: TenantCommands) -> anyhow::Result<()> {
    match command {
        TenantCommands::User(command) => user::run(here, command).await,
        TenantCommands::Group(command) => group::run(here, command).await,
        TenantCommands::Ca(command) => authority::run(here, command).await,
        TenantCommands::Pki(command) => pki::run(here, command).await,
        TenantCommands::Certificate(command) => certificate::run(here, command).await,
        TenantCommands::Policy(command) => policy::run(here, command).await,
        TenantCommands::App(command) => application::run(here, command).await,
        TenantCommands::Role(command) => role::run(here, command).await,
        TenantCommands::Deleted(command) => deleted::run(here, command).await,
        TenantCommands::Audit(command) => audit::run(here, command).await,
    }
}
