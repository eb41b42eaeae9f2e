//! The command line, as data: every command teaches itself by `--help`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::admin::AdminCommand;
use crate::crl::CrlCommand;
use crate::doctor::DoctorArgs;
use crate::export::ExportArgs;
use crate::import::ImportArgs;
use crate::pki_verify::PkiCommand;

/// Certificate sign-in for web applications: a self-hosted identity provider.
#[derive(Debug, Parser)]
#[command(
    name = "lanyard",
    version,
    about,
    after_help = "Start with `lanyard demo`: it needs no set-up and cleans up after itself."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show certificate sign-in on this machine: a PKI, users, an application, everything running
    Demo(DemoArgs),
    /// Set up a new installation: configuration, keys, tenant and the first administrator's certificate
    Init(InitArgs),
    /// Run the server
    Serve(ConfigArg),
    /// Check the configuration file, or print a commented sample
    #[command(subcommand)]
    Config(ConfigCommand),
    /// List, follow and explain sign-ins
    Log(LogArgs),
    /// Say step by step what would happen if this certificate signed this user in
    Explain(ExplainArgs),
    /// Validate certificates from files, without any server
    #[command(subcommand)]
    Pki(PkiCommand),
    /// Look at revocation lists, renew them now, upload one, ask what was revoked when
    #[command(subcommand)]
    Crl(CrlCommand),
    /// Self-test: authorities, CRL addresses, downloads, signatures, dates and the time left
    Doctor(DoctorArgs),
    /// Bring users from a CSV file, or configuration from Microsoft Graph's JSON
    Import(ImportArgs),
    /// Write policies, trust stores, users and groups as files that a person can compare and `import graph` takes
    Export(ExportArgs),
    /// Say who would be treated otherwise by a change, before it is made: recent sign-ins judged by a draft
    WhatIf(WhatIfArgs),
    /// Daily administration: tenants, users, groups, authorities, policy, applications, keys
    Admin(AdminArgs),
    /// Print shell completions
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write man pages into a folder
    #[command(hide = true)]
    Man {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArg {
    /// Configuration file
    #[arg(
        long,
        short,
        env = "LANYARD_CONFIG",
        default_value = "lanyard.toml",
        global = true
    )]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Sign in without a browser: with every demo certificate once, printing each verdict; exit 0 if all came out right
    #[arg(long)]
    pub(crate) once: bool,
    /// Folder for the demo's keys, certificates and database [default: a new folder below the system's temporary folder]
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    /// Port of the server; the next free one is taken when it is in use
    #[arg(long, default_value_t = 8443)]
    pub(crate) port: u16,
    /// Database, when it should not be SQLite in the folder: `postgres://…`
    #[arg(long)]
    pub(crate) database_url: Option<String>,
    /// Do not ask "stay signed in?" (for measurements)
    #[arg(long, hide = true)]
    pub(crate) no_stay_signed_in: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Where to write the configuration file
    #[arg(long, short, default_value = "lanyard.toml")]
    pub(crate) config: PathBuf,
    /// Base host name: people sign in at `login.` and this name
    #[arg(long)]
    pub(crate) base: Option<String>,
    /// Domain of the first tenant, as in `jane@example.org`
    #[arg(long)]
    pub(crate) domain: Option<String>,
    /// Name of the organisation, as people see it
    #[arg(long)]
    pub(crate) organisation: Option<String>,
    /// Data folder
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// Database: `sqlite:<path>` or `postgres://…` [default: SQLite in the data folder]
    #[arg(long)]
    pub(crate) database_url: Option<String>,
    /// Address and port to listen on
    #[arg(long, default_value = "0.0.0.0:443")]
    pub(crate) listen: SocketAddr,
    /// Management address
    #[arg(long, default_value = "127.0.0.1:9464")]
    pub(crate) management_listen: SocketAddr,
    /// User name of the first administrator, before the @
    #[arg(long, default_value = "admin")]
    pub(crate) administrator: String,
    /// Ask nothing: fail when a needed value is missing
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Verify a configuration file; exit 0 when it can be used
    Check(ConfigArg),
    /// Print a commented sample with every key
    Sample,
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    #[command(subcommand)]
    pub(crate) command: Option<LogCommand>,
    /// Keep printing new sign-ins
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only this user
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// Only this correlation id
    #[arg(long)]
    pub(crate) correlation: Option<uuid::Uuid>,
    /// Only refused sign-ins
    #[arg(long)]
    pub(crate) refused: bool,
    /// How many to list
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u32,
    /// Tenant: GUID or domain [default: the only one]
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Explain one sign-in: every step, the values compared and the rule that decided
    Show {
        /// Id of the row, or its first characters
        id: String,
        /// Form of the output
        #[arg(long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Certificate: PEM, DER, or PFX with --password
    pub(crate) certificate: PathBuf,
    /// User principal name, as typed on the sign-in page
    #[arg(long)]
    pub(crate) user: String,
    /// Client id of the application: also say whether it takes this user (registered, enabled, assigned)
    #[arg(long)]
    pub(crate) app: Option<uuid::Uuid>,
    /// Password of a PFX file; asked for when it is needed and missing
    #[arg(long, env = "LANYARD_PFX_PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<String>,
    /// Decide by an exported policy (`lanyard admin policy export`) instead of the live database
    #[arg(long)]
    pub(crate) policy: Option<PathBuf>,
    /// CRL file to use for the authority that signed it; may be given several times
    #[arg(long)]
    pub(crate) crl: Vec<PathBuf>,
    /// Moment to decide for, RFC 3339 [default: now]
    #[arg(long)]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// Tenant: GUID or domain [default: that of the user name]
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    #[command(flatten)]
    pub(crate) config: ConfigArg,
}

#[derive(Debug, Args)]
pub(crate) struct AdminArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    /// Tenant: GUID or domain [default: the only one]
    #[arg(long, global = true)]
    pub(crate) tenant: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Output::Table, global = true)]
    pub(crate) output: Output,
    /// Save a change although it locks people out; the reason is kept in the audit log
    #[arg(long, global = true, value_name = "WHY")]
    pub(crate) force_reason: Option<String>,
    #[command(subcommand)]
    pub(crate) command: AdminCommand,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Judges each account and certificate of the sign-in log once, by the policy in force and by the draft. \
Exit 0: nobody who can sign in today would be refused; 1: somebody would; nothing is changed either way."
)]
pub(crate) struct WhatIfArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    /// Tenant: GUID or domain [default: the only one]
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// The x509 method configuration from this Graph JSON file (`-`: standard input)
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// The tenant's settings from this JSON file, as `lanyard admin policy settings` prints them
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Without this authority: its name or SHA-256 thumbprint; may be given several times
    #[arg(long, value_name = "CA")]
    pub(crate) without_ca: Vec<String>,
    /// With this account changed
    #[arg(long, value_name = "UPN")]
    pub(crate) user: Option<String>,
    /// … to these certificateUserIds; may be given several times
    #[arg(long, value_name = "ID", requires = "user")]
    pub(crate) id: Vec<String>,
    /// … to disabled
    #[arg(long, requires = "user")]
    pub(crate) disabled: bool,
}

/// Form of a command's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Table,
    /// For programs
    Json,
}
