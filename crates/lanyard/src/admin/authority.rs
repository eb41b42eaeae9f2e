//! `lanyard admin ca`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use lanyard_engine::TenantSnapshot;
use lanyard_engine::administer::{Actor, NewAuthority};

use crate::admin::print_rows;
use crate::cli::Output;
use crate::installation::Installation;

/// The trust store.
#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityCommand {
    /// List the trusted authorities
    List,
    /// Trust an authority: its certificates can sign in any user that a binding names, unless scoped
    Add(AddAuthority),
    /// Stop trusting an authority
    Remove {
        /// Thumbprint (SHA-1 or SHA-256), subject key identifier or exact name
        authority: String,
    },
}

/// A certification authority to trust.
#[derive(Debug, Args)]
pub(crate) struct AddAuthority {
    /// Certificate, PEM or DER
    certificate: PathBuf,
    /// It is a trust anchor (self-issued root)
    #[arg(long)]
    root: bool,
    /// Where its CRL is published: http://…
    #[arg(long)]
    crl_url: Option<String>,
    /// Where its delta CRL is published
    #[arg(long)]
    delta_crl_url: Option<String>,
    /// Offer this authority in the browser's certificate picker; without any such flag all are offered
    #[arg(long)]
    hint: bool,
}

/// Runs one command.
pub(crate) async fn run(
    installation: &Installation,
    actor: &Actor,
    tenant: &TenantSnapshot,
    command: AuthorityCommand,
    output: Output,
) -> anyhow::Result<()> {
    let engine = &installation.engine;
    let id = tenant.tenant.id;
    match command {
        AuthorityCommand::List => {
            let authorities = &tenant.configuration.certificate_authorities;
            let rows: Vec<Vec<String>> = authorities
                .iter()
                .zip(tenant.trust.authorities())
                .map(|(configured, (_, stored))| {
                    let facts = stored.certificate.facts();
                    vec![
                        configured.display_name.clone(),
                        if configured.is_root_authority {
                            "root"
                        } else {
                            "intermediate"
                        }
                        .to_owned(),
                        facts.not_after.to_string(),
                        facts
                            .subject_key_identifier
                            .as_ref()
                            .map(ToString::to_string)
                            .unwrap_or_default(),
                        configured
                            .certificate_revocation_list_url
                            .clone()
                            .unwrap_or_else(|| "(no CRL)".to_owned()),
                    ]
                })
                .collect();
            print_rows(
                output,
                &["Name", "Type", "Not after", "Key identifier", "CRL"],
                &rows,
            )
        }
        AuthorityCommand::Add(add) => {
            let certificates = lanyard_pki::parse_pem_or_der(&std::fs::read(&add.certificate)?)?;
            let [certificate] = certificates.as_slice() else {
                anyhow::bail!(
                    "expected one certificate in {}, found {}",
                    add.certificate.display(),
                    certificates.len()
                );
            };
            let new = NewAuthority {
                certificate: certificate.der().to_vec(),
                is_root_authority: add.root,
                crl_url: add.crl_url,
                delta_crl_url: add.delta_crl_url,
                is_issuer_hint_enabled: add.hint,
                allow_expired: false,
            };
            let added = engine.add_authority(actor, id, new).await?;
            println!("{} is trusted now.", added.display_name);
            if added.certificate_revocation_list_url.is_none() {
                println!(
                    "note: without a CRL address, certificates it issued are not checked for revocation"
                );
            }
            Ok(())
        }
        AuthorityCommand::Remove { authority } => {
            let removed = engine.remove_authority(actor, id, &authority).await?;
            println!("{} is no longer trusted.", removed.display_name);
            Ok(())
        }
    }
}
