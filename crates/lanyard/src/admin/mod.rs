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
use lanyard_engine::{EngineError, NotDone};

use crate::cli::AdminArgs;
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
    /// Token signing keys
    #[command(subcommand)]
    Keys(KeysCommand),
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
    let named = args.tenant.as_deref();
    match args.command {
        AdminCommand::Tenant(command) => tenant::run(&installation, &actor, command, args.output).await?,
        AdminCommand::User(command) => {
            user::run(
                &installation,
                &actor,
                &*installation.tenant(named)?,
                command,
                args.output,
            )
            .await?;
        }
        AdminCommand::Group(command) => {
            group::run(
                &installation,
                &actor,
                &*installation.tenant(named)?,
                command,
                args.output,
            )
            .await?;
        }
        AdminCommand::Ca(command) => {
            authority::run(
                &installation,
                &actor,
                &*installation.tenant(named)?,
                command,
                args.output,
            )
            .await?;
        }
        AdminCommand::Pki(command) => {
            pki::run(&installation, &*installation.tenant(named)?, command, args.output).await?;
        }
        AdminCommand::Certificate(command) => {
            certificate::run(
                &installation,
                &actor,
                &*installation.tenant(named)?,
                command,
                args.output,
            )
            .await?;
        }
        AdminCommand::Role(command) => {
            role::run(&installation, &*installation.tenant(named)?, command, args.output).await?;
        }
        AdminCommand::Deleted(command) => {
            deleted::run(&installation, &*installation.tenant(named)?, command, args.output).await?;
        }
        AdminCommand::Audit(command) => {
            audit::run(&installation, &*installation.tenant(named)?, command, args.output).await?;
        }
        AdminCommand::Policy(command) => {
            policy::run(&installation, &actor, &*installation.tenant(named)?, command).await?;
        }
        AdminCommand::App(command) => {
            application::run(
                &installation,
                &actor,
                &*installation.tenant(named)?,
                command,
                args.output,
            )
            .await?;
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
