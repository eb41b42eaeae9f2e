//! The options of `lanyard crl`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use lanyard_pki::SerialNumber;

use crate::cli::{ConfigArg, Output};

/// Revocation lists.
#[derive(Debug, Subcommand)]
pub(crate) enum CrlCommand {
    /// Show what a CRL says: issuer, numbers, dates, entries, and what is odd about it
    Inspect(InspectArgs),
    /// Show the state of every CRL that sign-ins depend on
    List(StoredArgs),
    /// Download CRLs now, whatever their age; exit 1 when one could not be renewed
    Refresh {
        #[command(flatten)]
        args: StoredArgs,
        /// Thumbprint, subject key identifier or exact name of the authority [default: every one]
        authority: Option<String>,
    },
    /// Take in a CRL from a file, by the same rules as a downloaded one: signature, issuer, dates, rising number
    Upload {
        #[command(flatten)]
        args: StoredArgs,
        /// CRL, PEM or DER
        file: PathBuf,
    },
    /// Was a certificate revoked at a moment, and by which CRL? Says what is known and what is not
    History(HistoryArgs),
}

/// Which installation and tenant.
#[derive(Debug, Args)]
pub(crate) struct StoredArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    /// Tenant: GUID or domain [default: the only one]
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Needs no installation. Without --issuer nothing is verified: the list could be anybody's.

Exit status: 0 when it could be read (and verified, with --issuer), 1 when not.")]
pub(crate) struct InspectArgs {
    /// File (PEM or DER) or http:// or https:// address
    #[arg(value_name = "FILE|URL")]
    pub(crate) crl: String,
    /// Certificate of the authority that should have signed it, PEM or DER
    #[arg(long, value_name = "FILE")]
    pub(crate) issuer: Option<PathBuf>,
    /// Moment to judge the dates for, RFC 3339 [default: now]
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    pub(crate) stored: StoredArgs,
    /// Serial number, hex; colons and blanks do not count
    #[arg(long, value_name = "HEX", value_parser = serial)]
    pub(crate) serial: SerialNumber,
    /// The moment in question, RFC 3339 [default: now]
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Thumbprint, subject key identifier or exact name of the authority [default: every one]
    pub(crate) authority: Option<String>,
}

fn serial(text: &str) -> Result<SerialNumber, String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let width = digits.len().next_multiple_of(2);
    match SerialNumber::try_from(format!("{digits:0>width$}")) {
        Ok(serial) if !digits.is_empty() => Ok(serial),
        _ => Err("expected hexadecimal digits, as in 4a:3f:01".to_owned()),
    }
}
