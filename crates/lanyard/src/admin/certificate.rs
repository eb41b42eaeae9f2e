//! `lanyard admin certificate`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use lanyard_engine::administer::NewDenial;

use crate::admin::{InTenant, print_rows};

/// Denied certificates.
#[derive(Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// List the denied certificates
    List,
    /// Deny a certificate at once, on every node: it signs nobody in (AADSTS500171), its sessions and refresh tokens end
    Deny(DenyCertificate),
    /// Lift a denial; sessions that ended stay ended
    Allow {
        /// Id of the denial, or thumbprint or serial number if one denial alone has it
        denial: String,
    },
}

/// A certificate to deny: a file, or marks of it.
#[derive(Debug, Args)]
pub(crate) struct DenyCertificate {
    /// The certificate, PEM or DER
    #[arg(required_unless_present_any = ["sha256", "serial"], conflicts_with_all = ["sha256", "issuer", "serial"])]
    certificate: Option<PathBuf>,
    /// SHA-256 thumbprint of the certificate
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,
    /// Name of its issuer, as the sign-in log writes it; with --serial
    #[arg(long, value_name = "NAME", requires = "serial")]
    issuer: Option<String>,
    /// Its serial number; with --issuer
    #[arg(long, value_name = "HEX", requires = "issuer")]
    serial: Option<String>,
    /// Why: kept with the denial and in the log
    #[arg(long)]
    reason: String,
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: CertificateCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        actor,
        tenant,
        output,
    } = here;
    let engine = &installation.engine;
    let id = tenant.tenant.id;
    match command {
        CertificateCommand::List => {
            let rows: Vec<Vec<String>> = tenant
                .denied
                .entries()
                .iter()
                .map(|entry| {
                    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
                    vec![
                        entry.id.to_string(),
                        entry.denied.clone(),
                        entry.denied_by.clone(),
                        text(entry.issuer.as_ref().map(ToString::to_string)),
                        text(
                            entry
                                .serial_number
                                .as_ref()
                                .map(lanyard_pki::SerialNumber::to_hex),
                        ),
                        text(entry.sha256_thumbprint.clone()),
                        entry.reason.clone(),
                    ]
                })
                .collect();
            let headings = [
                "Id",
                "Denied",
                "By",
                "Issuer",
                "Serial number",
                "SHA-256",
                "Reason",
            ];
            print_rows(output, &headings, &rows)
        }
        CertificateCommand::Deny(deny) => {
            let certificate = deny.certificate.map(|path| read_certificate(&path)).transpose()?;
            let new = NewDenial {
                certificate,
                sha256_thumbprint: deny.sha256,
                issuer: deny.issuer,
                serial_number: deny.serial,
                reason: deny.reason,
            };
            let (entry, ended) = engine.deny_certificate(actor, id, new).await?;
            println!(
                "The certificate is denied now; {ended} sessions ended here. The denial is {}.",
                entry.id
            );
            Ok(())
        }
        CertificateCommand::Allow { denial } => {
            let lifted = engine.allow_certificate(actor, id, &denial).await?;
            println!("The denial {} is lifted.", lifted.id);
            Ok(())
        }
    }
}

fn read_certificate(path: &std::path::Path) -> anyhow::Result<Vec<u8>> {
    let octets = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let certificates = lanyard_pki::parse_pem_or_der(&octets)?;
    let [certificate] = certificates.as_slice() else {
        anyhow::bail!(
            "expected one certificate in {}, found {}",
            path.display(),
            certificates.len()
        );
    };
    Ok(certificate.der().to_vec())
}
