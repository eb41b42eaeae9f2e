//! `lanyard.toml`: one struct a section, unknown keys refused with a hint.

mod load;
mod sample;

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use lanyard_storage::Retention;
use serde::Deserialize;

pub(crate) use load::load;
pub(crate) use sample::{SampleValues, sample};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// Names, addresses, folders.
    pub(crate) server: ServerSection,
    /// Server certificates.
    pub(crate) tls: TlsSection,
    /// Where data lives.
    pub(crate) database: DatabaseSection,
    /// CRL downloads.
    #[serde(default)]
    pub(crate) crl: CrlSection,
    /// Lifetimes.
    #[serde(default)]
    pub(crate) lifetimes: LifetimesSection,
    /// What one address may do.
    #[serde(default)]
    pub(crate) limits: LimitsSection,
    /// How long rows are kept.
    #[serde(default)]
    pub(crate) retention: RetentionSection,
    /// Program log.
    #[serde(default)]
    pub(crate) log: LogSection,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerSection {
    /// Base name: people sign in at `login.<base>`, certificates are asked for at `*.certauth.<base>`.
    pub(crate) base: String,
    /// Address of the one public port.
    pub(crate) listen: SocketAddr,
    /// The port browsers use, when something in front maps it; default: the port of `listen`.
    #[serde(default)]
    pub(crate) public_port: Option<u16>,
    /// Address of the management listener (`/livez`, `/readyz`, `/metrics`). Keep it private.
    #[serde(default = "management_listen")]
    pub(crate) management_listen: SocketAddr,
    /// Folder for keys and, by default, the database.
    pub(crate) data: PathBuf,
    /// Further names under which the login host answers, such as `localhost`.
    #[serde(default)]
    pub(crate) login_aliases: Vec<String>,
    /// Send a retry to a host name the browser has not seen.
    #[serde(default = "yes")]
    pub(crate) fresh_origins: bool,
    /// How long running requests may finish after a stop was asked for, in seconds.
    #[serde(default = "stop_deadline_secs")]
    pub(crate) stop_deadline_secs: u64,
}

/// `[tls]`: PEM files; relative paths start at the folder of the configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsSection {
    /// Certificate chain of the login host.
    pub(crate) login_certificate: PathBuf,
    /// Its private key.
    pub(crate) login_key: PathBuf,
    /// Certificate chain for `certauth.<base>` and `*.certauth.<base>`. Must not cover the login host.
    pub(crate) certauth_certificate: PathBuf,
    /// Its private key.
    pub(crate) certauth_key: PathBuf,
}

/// `[database]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatabaseSection {
    /// `sqlite:<path>` or `postgres://…`.
    pub(crate) url: String,
}

/// `[crl]`. Source of the defaults: certificate-sign-in §0.3.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CrlSection {
    /// Mebibytes a sign-in waits for.
    pub(crate) interactive_mebibytes: u64,
    /// Seconds a sign-in waits.
    pub(crate) interactive_wait_secs: u64,
    /// Mebibytes of any download.
    pub(crate) background_mebibytes: u64,
    /// Seconds of any download.
    pub(crate) background_secs: u64,
    /// Seconds after which a still valid CRL is asked for again.
    pub(crate) max_cache_age_secs: u64,
    /// Allow `https://` CRL addresses.
    pub(crate) allow_https: bool,
    /// Networks CRLs may be fetched from although they are loopback or link-local.
    pub(crate) allowed_networks: Vec<IpNet>,
}

impl Default for CrlSection {
    fn default() -> Self {
        Self {
            interactive_mebibytes: 20,
            interactive_wait_secs: 10,
            background_mebibytes: 65,
            background_secs: 300,
            max_cache_age_secs: 3600,
            allow_https: false,
            allowed_networks: Vec::new(),
        }
    }
}

/// `[lifetimes]`, in minutes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LifetimesSection {
    /// Browser session since last use.
    pub(crate) session_minutes: u64,
    /// "Stay signed in" session since last use.
    pub(crate) persistent_session_minutes: u64,
    /// Shortest access token.
    pub(crate) access_token_min_minutes: u64,
    /// Longest access token.
    pub(crate) access_token_max_minutes: u64,
    /// Refresh token since last use.
    pub(crate) refresh_token_idle_minutes: u64,
}

impl Default for LifetimesSection {
    fn default() -> Self {
        Self {
            session_minutes: 24 * 60,
            persistent_session_minutes: 90 * 24 * 60,
            access_token_min_minutes: 60,
            access_token_max_minutes: 90,
            refresh_token_idle_minutes: 90 * 24 * 60,
        }
    }
}

/// `[limits]`: attempts of one address that fail before anything is proven.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsSection {
    /// Failed attempts at once.
    pub(crate) failed_attempts_burst: u32,
    /// And then in every minute; 0: no limit.
    pub(crate) failed_attempts_per_minute: u32,
}

impl Default for LimitsSection {
    fn default() -> Self {
        let limits = lanyard_engine::AttemptLimits::default();
        Self {
            failed_attempts_burst: limits.burst,
            failed_attempts_per_minute: limits.per_minute,
        }
    }
}

/// `[retention]`, in days; 0: for ever. Source of the defaults: directory-policy-tokens §0.1.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetentionSection {
    /// Rows of the sign-in log.
    pub(crate) sign_in_log_days: u32,
    /// Rows of the audit log.
    pub(crate) audit_log_days: u32,
}

impl Default for RetentionSection {
    fn default() -> Self {
        let retention = Retention::default();
        Self {
            sign_in_log_days: retention.sign_in_days,
            audit_log_days: retention.audit_days,
        }
    }
}

impl RetentionSection {
    /// As the store takes it; 0 days in the file mean for ever.
    pub(crate) fn of_rows(&self) -> Retention {
        let days = |days: u32| if days == 0 { u32::MAX } else { days };
        Retention {
            sign_in_days: days(self.sign_in_log_days),
            audit_days: days(self.audit_log_days),
            ..Retention::default()
        }
    }
}

/// `[log]`: the program log on standard error. The sign-in log is in the database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogSection {
    /// `text` or `json`.
    pub(crate) format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, or a filter such as `lanyard=debug,info`.
    pub(crate) level: String,
}

impl Default for LogSection {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".to_owned(),
        }
    }
}

/// Form of the program log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

fn management_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9464))
}

const fn yes() -> bool {
    true
}

const fn stop_deadline_secs() -> u64 {
    30
}
