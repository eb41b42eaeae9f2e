//! `lanyard admin policy`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use lanyard_certificate_policy::{DeniedCertificate, MethodPolicy, Switch};
use lanyard_directory::Tenant;
use lanyard_engine::{Caller, TenantConfiguration, TenantSettings};

use crate::admin::InTenant;

/// The certificate sign-in policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Print the x509 method configuration as Graph JSON
    #[command(alias = "get")]
    Show,
    /// Replace the x509 method configuration from a Graph JSON file (`-`: standard input)
    Set {
        /// The file
        file: PathBuf,
    },
    /// Change what a Graph JSON file names (`-`: standard input), as PATCH does
    Patch {
        /// The file
        file: PathBuf,
    },
    /// Set the x509 method configuration back to its defaults: certificate sign-in is off
    Reset,
    /// Switch certificate sign-in on
    Enable,
    /// Switch certificate sign-in off
    Disable,
    /// Print the tenant's own settings, or replace them from a JSON file
    Settings {
        /// The file to set them from
        #[arg(long)]
        set: Option<PathBuf>,
    },
    /// Write everything a verdict depends on to a file, for `lanyard explain --policy`
    Export {
        /// The file (`-`: standard output)
        file: PathBuf,
    },
}

/// What `export` writes and `lanyard explain --policy` reads.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportedPolicy {
    /// The tenant.
    pub(crate) tenant: Tenant,
    /// Version of the policy snapshot.
    pub(crate) version: i64,
    /// Trust store, method policy and settings.
    pub(crate) configuration: TenantConfiguration,
    /// Certificates that administrators denied.
    #[serde(default)]
    pub(crate) denied_certificates: Vec<DeniedCertificate>,
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: PolicyCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        actor,
        tenant,
        ..
    } = here;
    let engine = &installation.engine;
    let id = tenant.tenant.id;
    let set = async |policy: MethodPolicy| -> anyhow::Result<()> {
        for warning in engine.set_method_policy(actor, id, policy).await? {
            println!("warning: {warning}");
        }
        println!("The policy is in force.");
        Ok(())
    };
    match command {
        PolicyCommand::Show => {
            println!(
                "{}",
                serde_json::to_string_pretty(&tenant.configuration.x509_policy.to_graph_json(true)?)?
            );
            Ok(())
        }
        PolicyCommand::Set { file } => {
            let policy =
                serde_json::from_str(&read(&file)?).with_context(|| format!("{}", file.display()))?;
            set(policy).await
        }
        PolicyCommand::Patch { file } => {
            let body = serde_json::from_str(&read(&file)?).with_context(|| format!("{}", file.display()))?;
            let caller = Caller::local_operator(id);
            for warning in engine.patch_method_policy(&caller, &body, None).await? {
                println!("warning: {warning}");
            }
            println!("The policy is in force.");
            Ok(())
        }
        PolicyCommand::Reset => {
            engine
                .reset_method_policy(&Caller::local_operator(id), None)
                .await?;
            println!("The defaults are in force: certificate sign-in is off.");
            Ok(())
        }
        PolicyCommand::Enable => set(switched(&tenant.configuration, true)).await,
        PolicyCommand::Disable => set(switched(&tenant.configuration, false)).await,
        PolicyCommand::Settings { set: None } => {
            println!(
                "{}",
                serde_json::to_string_pretty(&tenant.configuration.settings)?
            );
            Ok(())
        }
        PolicyCommand::Settings { set: Some(file) } => {
            let settings: TenantSettings = serde_json::from_str(&read(&file)?)?;
            engine.set_tenant_settings(actor, id, settings).await?;
            println!("The settings are in force.");
            Ok(())
        }
        PolicyCommand::Export { file } => {
            let exported = ExportedPolicy {
                tenant: tenant.tenant.clone(),
                version: tenant.version,
                configuration: tenant.configuration.clone(),
                denied_certificates: tenant.denied.entries().to_vec(),
            };
            let text = serde_json::to_string_pretty(&exported)?;
            if file.as_os_str() == "-" {
                println!("{text}")
            } else {
                std::fs::write(&file, text)?
            }
            Ok(())
        }
    }
}

fn switched(configuration: &TenantConfiguration, on: bool) -> MethodPolicy {
    let mut policy = configuration.x509_policy.clone();
    policy.state = if on { Switch::Enabled } else { Switch::Disabled };
    policy
}

fn read(file: &std::path::Path) -> anyhow::Result<String> {
    if file.as_os_str() == "-" {
        return Ok(std::io::read_to_string(std::io::stdin())?);
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
