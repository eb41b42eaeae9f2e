//! `lanyard admin pki`

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use uuid::Uuid;

use lanyard_engine::administer::{DeletedPkiItem, NewPkiAuthority, PkiAuthorityChange};
use lanyard_engine::{Caller, PkiAuthority, PublicKeyInfrastructure, UploadStatus, certificate_of};

use crate::admin::{InTenant, print_rows};
use crate::cli::Output;

/// The PKI store: containers of authorities.
#[derive(Debug, Subcommand)]
pub(crate) enum PkiCommand {
    /// List the containers
    List,
    /// Make an empty container
    Create {
        /// Its name
        name: String,
    },
    /// Rename a container
    Rename {
        /// Id or name
        pki: String,
        /// New name
        name: String,
    },
    /// Delete a container with its authorities; they can be restored for 30 days
    Delete {
        /// Id or name
        pki: String,
    },
    /// List the authorities of a container
    Authorities {
        /// Id or name
        pki: String,
    },
    /// Add an authority: trusted from now on
    Add(AddPkiAuthority),
    /// Change type, addresses, hint flag or name of an authority
    Change(ChangePkiAuthority),
    /// Delete an authority; it can be restored for 30 days
    Remove {
        /// Id or name of the container
        pki: String,
        /// Id of the authority
        authority: Uuid,
    },
    /// Add every authority of a PKCS #7 file (.p7b), or none of them
    Upload {
        /// Id or name
        pki: String,
        /// The file
        file: PathBuf,
    },
    /// List what can be restored
    Deleted,
    /// Restore a container or an authority
    Restore {
        /// Its id
        id: Uuid,
    },
    /// Remove something deleted for good
    Purge {
        /// Its id
        id: Uuid,
    },
}

/// An authority to add.
#[derive(Debug, Args)]
pub(crate) struct AddPkiAuthority {
    /// Id or name of the container
    pki: String,
    /// Certificate, PEM or DER
    certificate: PathBuf,
    /// Root or intermediate; default: root when it signed itself
    #[arg(long, value_parser = ["root", "intermediate"])]
    r#type: Option<String>,
    /// Name; default: the subject
    #[arg(long)]
    name: Option<String>,
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

/// What to change of an authority; an empty address removes it.
#[derive(Debug, Args)]
pub(crate) struct ChangePkiAuthority {
    /// Id or name of the container
    pki: String,
    /// Id of the authority
    authority: Uuid,
    /// Root or intermediate
    #[arg(long, value_parser = ["root", "intermediate"])]
    r#type: Option<String>,
    /// Name
    #[arg(long)]
    name: Option<String>,
    /// Where its CRL is published
    #[arg(long)]
    crl_url: Option<String>,
    /// Where its delta CRL is published
    #[arg(long)]
    delta_crl_url: Option<String>,
    /// The hint flag
    #[arg(long)]
    hint: Option<bool>,
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: PkiCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        tenant,
        output,
        ..
    } = here;
    let engine = &installation.engine;
    let caller = Caller::local_operator(tenant.tenant.id);
    let (_, containers) = engine.read_pki_containers(&caller).await?;
    let named = |named: &str| find(&containers, named);
    match command {
        PkiCommand::List => print_containers(output, &containers, engine.now()),
        PkiCommand::Create { name } => {
            let made = engine.create_pki_container(&caller, &name).await?;
            print_containers(output, &[made], engine.now())
        }
        PkiCommand::Rename { pki, name } => {
            engine
                .rename_pki_container(&caller, named(&pki)?.id, &name, None)
                .await?;
            Ok(())
        }
        PkiCommand::Delete { pki } => {
            let pki = named(&pki)?;
            engine.delete_pki_container(&caller, pki.id, None).await?;
            println!(
                "Deleted with {} authorities; restore it within 30 days: lanyard admin pki restore {}",
                pki.present().count(),
                pki.id
            );
            Ok(())
        }
        PkiCommand::Authorities { pki } => {
            let authorities: Vec<PkiAuthority> = named(&pki)?.present().cloned().collect();
            print_authorities(output, &authorities)
        }
        PkiCommand::Add(add) => {
            let certificate = std::fs::read(&add.certificate)
                .with_context(|| format!("cannot read {}", add.certificate.display()))?;
            let new = NewPkiAuthority {
                certificate,
                is_root: add.r#type.map(|kind| kind == "root"),
                display_name: add.name,
                crl_url: add.crl_url,
                delta_crl_url: add.delta_crl_url,
                is_issuer_hint_enabled: add.hint,
                ..NewPkiAuthority::default()
            };
            let (authority, doubts) = engine
                .add_pki_authority(&caller, named(&add.pki)?.id, &new)
                .await?;
            for doubt in doubts {
                eprintln!("warning: {doubt}");
            }
            print_authorities(output, &[authority])
        }
        PkiCommand::Change(change) => {
            let address = |given: Option<String>| given.map(|url| Some(url).filter(|url| !url.is_empty()));
            let pki = named(&change.pki)?.id;
            let changes = PkiAuthorityChange {
                is_root: change.r#type.map(|kind| kind == "root"),
                display_name: change.name,
                crl_url: address(change.crl_url),
                delta_crl_url: address(change.delta_crl_url),
                is_issuer_hint_enabled: change.hint,
            };
            engine
                .change_pki_authority(&caller, (pki, change.authority), &changes, None)
                .await?;
            Ok(())
        }
        PkiCommand::Remove { pki, authority } => {
            engine
                .delete_pki_authority(&caller, (named(&pki)?.id, authority), None)
                .await?;
            Ok(())
        }
        PkiCommand::Upload { pki, file } => {
            let octets = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let after = engine.upload_pki_file(&caller, named(&pki)?.id, octets).await?;
            if after.status == UploadStatus::Failed {
                bail!("{}", after.status_details.unwrap_or_default());
            }
            if let Some(details) = &after.status_details {
                eprintln!("warning: {details}");
            }
            let authorities: Vec<PkiAuthority> = after.present().cloned().collect();
            print_authorities(output, &authorities)
        }
        PkiCommand::Deleted => {
            let items = engine.deleted_pki_items(&caller).await?;
            let rows: Vec<Vec<String>> = items
                .into_iter()
                .map(|item| match item {
                    DeletedPkiItem::Container(container) => {
                        row("pki", container.id, container.display_name, container.deleted)
                    }
                    DeletedPkiItem::Authority(authority) => row(
                        "authority",
                        authority.id,
                        authority.display_name,
                        authority.deleted,
                    ),
                })
                .collect();
            print_rows(output, &["Kind", "Id", "Name", "Deleted"], &rows)
        }
        PkiCommand::Restore { id } => {
            engine.restore_pki_item(&caller, id).await?;
            Ok(())
        }
        PkiCommand::Purge { id } => Ok(engine.purge_pki_item(&caller, id).await?),
    }
}

fn row(kind: &str, id: Uuid, name: String, deleted: Option<jiff::Timestamp>) -> Vec<String> {
    let deleted = deleted.map(|time| time.to_string()).unwrap_or_default();
    vec![kind.to_owned(), id.to_string(), name, deleted]
}

fn find<'a>(
    containers: &'a [PublicKeyInfrastructure],
    named: &str,
) -> anyhow::Result<&'a PublicKeyInfrastructure> {
    let id = Uuid::try_parse(named).ok();
    let mut found = containers
        .iter()
        .filter(|container| Some(container.id) == id || container.display_name == named);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => bail!("there is no PKI `{named}`\n  hint: `lanyard admin pki list` shows them"),
        _ => bail!("several PKIs are called `{named}`\n  hint: name it by its id"),
    }
}

fn print_containers(
    output: Output,
    containers: &[PublicKeyInfrastructure],
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    let rows: Vec<Vec<String>> = containers
        .iter()
        .map(|container| {
            vec![
                container.id.to_string(),
                container.display_name.clone(),
                container.present().count().to_string(),
                container.status_at(now).as_str().to_owned(),
                container.status_details.clone().unwrap_or_default(),
            ]
        })
        .collect();
    print_rows(output, &["Id", "Name", "Authorities", "Upload", "Details"], &rows)
}

fn print_authorities(output: Output, authorities: &[PkiAuthority]) -> anyhow::Result<()> {
    let rows: Vec<Vec<String>> = authorities
        .iter()
        .map(|authority| {
            let expires = certificate_of(&authority.certificate)
                .map(|certificate| certificate.facts().not_after.to_string())
                .unwrap_or_default();
            vec![
                authority.id.to_string(),
                authority.display_name.clone(),
                if authority.is_root { "root" } else { "intermediate" }.to_owned(),
                expires,
                authority
                    .certificate_revocation_list_url
                    .clone()
                    .unwrap_or_default(),
                if authority.is_issuer_hint_enabled {
                    "yes"
                } else {
                    "no"
                }
                .to_owned(),
            ]
        })
        .collect();
    print_rows(output, &["Id", "Name", "Type", "Expires", "CRL", "Hint"], &rows)
}
