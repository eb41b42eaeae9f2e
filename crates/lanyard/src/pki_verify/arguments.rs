//! The options of `lanyard pki verify`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use lanyard_pki::{CrlCheck, Purpose, VerifyProfile};

/// Certificates and CRLs in files.
#[derive(Debug, Subcommand)]
pub(crate) enum PkiCommand {
    /// Validate a certificate chain from files: path, dates, policies, name constraints and revocation
    Verify(VerifyArgs),
}

/// Files are PEM (several per file) or DER. Nothing is fetched: what is not given is not known.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 0 valid, 1 not valid, 2 usage or unreadable input; with --batch 0 when every line has its verdict.

Examples:
  lanyard pki verify --anchor root.pem --intermediate ca.pem jane.pem
  lanyard pki verify --anchor root.pem --crl root.crl --crl ca.crl --at 2026-03-01T09:00:00Z chain.pem
  lanyard pki verify --batch requests.jsonl > verdicts.jsonl

A request of a batch is one line of JSON:
  {\"id\": 1, \"anchors\": [PEM…], \"leaf\": PEM, \"intermediates\": [PEM…], \"crls\": [PEM…], \"at\": RFC3339,
   \"purpose\", \"policies\", \"require_explicit_policy\", \"inhibit_policy_mapping\", \"inhibit_any_policy\",
   \"crl_check\", \"max_depth\", \"min_rsa_bits\", \"allow_sha1\", \"profile\"}
All but `anchors` and `leaf` are optional and mean what the option of the same name means.")]
pub(crate) struct VerifyArgs {
    /// The certificate in question; certificates behind it in the same file count as intermediates; `-` is standard input
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub(crate) leaf: Option<PathBuf>,
    /// Certificates that end a path; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    pub(crate) anchor: Vec<PathBuf>,
    /// Further certificates a path may lead through, in any order
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    pub(crate) intermediate: Vec<PathBuf>,
    /// CRLs, complete and delta, in any order
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    pub(crate) crl: Vec<PathBuf>,
    /// Moment to judge for, RFC 3339 [default: now]
    #[arg(long, value_name = "RFC3339", conflicts_with = "batch")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// What the certificate must be meant for [default: client-auth]
    #[arg(long, value_enum, conflicts_with = "batch")]
    pub(crate) purpose: Option<PurposeName>,
    /// Acceptable policy (user-initial-policy-set); may be given several times [default: any]
    #[arg(long, value_name = "OID", conflicts_with = "batch")]
    pub(crate) policy: Vec<String>,
    /// The path must be valid for at least one acceptable policy (initial-explicit-policy)
    #[arg(long, conflicts_with = "batch")]
    pub(crate) require_explicit_policy: bool,
    /// Policy mappings do not count (initial-policy-mapping-inhibit)
    #[arg(long, conflicts_with = "batch")]
    pub(crate) inhibit_policy_mapping: bool,
    /// The policy anyPolicy does not count (initial-any-policy-inhibit)
    #[arg(long, conflicts_with = "batch")]
    pub(crate) inhibit_any_policy: bool,
    /// Of which certificates the revocation status is asked [default: chain when there are CRLs, else none]
    #[arg(long, value_enum, conflicts_with = "batch")]
    pub(crate) crl_check: Option<CrlCheckName>,
    /// Most intermediate CA certificates between leaf and anchor, self-issued ones not counted [default: the profile's bound]
    #[arg(long, value_name = "N", conflicts_with = "batch")]
    pub(crate) max_depth: Option<usize>,
    /// Smallest RSA key accepted [default: 2048]
    #[arg(long, value_name = "BITS", conflicts_with = "batch")]
    pub(crate) min_rsa_bits: Option<u32>,
    /// Accept signatures over SHA-1
    #[arg(long, conflicts_with = "batch")]
    pub(crate) allow_sha1: bool,
    /// Which rules [default: rfc5280]
    #[arg(long, value_enum, conflicts_with = "batch")]
    pub(crate) profile: Option<ProfileName>,
    /// Form of the verdict
    #[arg(long, value_enum, default_value_t = AnswerForm::Text, conflicts_with = "batch")]
    pub(crate) output: AnswerForm,
    /// Read requests from this file, one JSON object per line, and write one verdict per line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) batch: Option<PathBuf>,
    /// Longest line of a batch, in MiB; a longer one is `unreadable`
    #[arg(long, value_name = "MIB", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=1024), requires = "batch")]
    pub(crate) max_line: u64,
    /// Longest time for one request of a batch, in milliseconds; what is not decided then is not valid
    #[arg(long, value_name = "MS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=3_600_000), requires = "batch")]
    pub(crate) time_limit: u64,
}

/// Form of the verdict on one certificate.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AnswerForm {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Names of [`Purpose`].
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PurposeName {
    /// TLS client authentication
    ClientAuth,
    /// Whatever it says
    Any,
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::ClientAuth => Self::ClientAuth,
            PurposeName::Any => Self::Any,
        }
    }
}

/// Names of [`CrlCheck`].
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CrlCheckName {
    /// Of no certificate
    None,
    /// Of the leaf
    Leaf,
    /// Of every certificate below the anchor
    Chain,
}

impl From<CrlCheckName> for CrlCheck {
    fn from(name: CrlCheckName) -> Self {
        match name {
            CrlCheckName::None => Self::None,
            CrlCheckName::Leaf => Self::Leaf,
            CrlCheckName::Chain => Self::Chain,
        }
    }
}

/// Names of [`VerifyProfile`].
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ProfileName {
    /// RFC 5280 as it stands
    Rfc5280,
    /// As the server decides: issuers by key identifier, one base and one delta CRL per authority
    Entra,
}

impl From<ProfileName> for VerifyProfile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Rfc5280 => Self::Rfc5280,
            ProfileName::Entra => Self::Entra,
        }
    }
}
