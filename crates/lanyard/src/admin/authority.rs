//! `lanyard admin ca`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use lanyard_engine::ConfiguredAuthority;
use lanyard_engine::administer::NewAuthority;

use crate::admin::{InTenant, print_rows};

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
    /// Let an expired CRL that cannot be renewed count for some hours more: off unless set here, each change is audited
    #[command(after_help = "\
A CRL in its grace period counts only while its server is away or gives out something that is no newer list. It never does
when the server gives out a list that another key signed or whose number fell. The sign-in log names each use (CRL-GRACE).")]
    Grace {
        /// Hours after nextUpdate, at most 720; `off` removes the setting
        #[arg(value_name = "HOURS|off", value_parser = grace_hours)]
        hours: GraceHours,
        /// Thumbprint, subject key identifier or exact name [default: every authority without a setting of its own]
        authority: Option<String>,
    },
}

/// A grace period on the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GraceHours(Option<u16>);

fn grace_hours(text: &str) -> Result<GraceHours, String> {
    if text == "off" {
        return Ok(GraceHours(None));
    }
    text.parse()
        .map(|hours| GraceHours(Some(hours)))
        .map_err(|_| "neither a number of hours nor `off`".to_owned())
}

/// A certification authority to trust.
#[derive(Debug, Args)]
pub(crate) struct AddAuthority {
    /// Certificate, PEM or DER
    certificate: PathBuf,
    /// It is a trust anchor (self-issued root)
    #[arg(long)]
    root: bool,
    /// Where its CRL is published: http://…; given several times, the addresses are asked in this order
    #[arg(long)]
    crl_url: Vec<String>,
    /// Where its delta CRL is published
    #[arg(long)]
    delta_crl_url: Option<String>,
    /// Offer this authority in the browser's certificate picker; without any such flag all are offered
    #[arg(long)]
    hint: bool,
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: AuthorityCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        actor,
        tenant,
        output,
    } = here;
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
                        addresses(configured),
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
            let mut addresses = add.crl_url.into_iter();
            let new = NewAuthority {
                certificate: certificate.der().to_vec(),
                is_root_authority: add.root,
                crl_url: addresses.next(),
                further_crl_urls: addresses.collect(),
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
        AuthorityCommand::Grace { hours, authority } => {
            engine
                .set_crl_grace(actor, id, authority.as_deref(), hours.0)
                .await?;
            let whose = authority.map_or_else(|| "the tenant".to_owned(), |name| format!("'{name}'"));
            match hours.0 {
                Some(hours) => println!("The CRL grace period of {whose} is {hours} hours now."),
                None => println!("The CRL grace period of {whose} is removed."),
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

fn addresses(configured: &ConfiguredAuthority) -> String {
    let all: Vec<&str> = configured
        .certificate_revocation_list_url
        .iter()
        .chain(&configured.further_certificate_revocation_list_urls)
        .map(String::as_str)
        .collect();
    if all.is_empty() {
        "(no CRL)".to_owned()
    } else {
        all.join(", ")
    }
}
