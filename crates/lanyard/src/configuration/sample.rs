//! The commented sample file, as `lanyard init` and `lanyard config sample` write it.

/// What `init` fills in.
#[derive(Clone, Debug)]
pub(crate) struct SampleValues {
    /// Base host name.
    pub(crate) base: String,
    /// `address:port`
    pub(crate) listen: String,
    /// `address:port`
    pub(crate) management_listen: String,
    /// Data folder.
    pub(crate) data: String,
    /// Database URL.
    pub(crate) database_url: String,
    /// Further login host names.
    pub(crate) login_aliases: Vec<String>,
    /// Networks that CRLs may be fetched from.
    pub(crate) allowed_networks: Vec<String>,
}

impl SampleValues {
    /// Neutral values for documentation.
    pub(crate) fn example() -> Self {
        Self {
            base: "idp.example.org".to_owned(),
            listen: "0.0.0.0:443".to_owned(),
            management_listen: "127.0.0.1:9464".to_owned(),
            data: "/var/lib/lanyard".to_owned(),
            database_url: "sqlite:/var/lib/lanyard/lanyard.db".to_owned(),
            login_aliases: Vec::new(),
            allowed_networks: Vec::new(),
        }
    }
}

/// The file's text. Every key of the configuration is in it, with its default.
pub(crate) fn sample(values: &SampleValues) -> String {
    let quote = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let list = |texts: &[String]| {
        texts
            .iter()
            .map(|text| quote(text))
            .collect::<Vec<_>>()
            .join(", ")
    };
    format!(
        r#"# Lanyard configuration. `lanyard config check` verifies this file; unknown keys are refused.

[server]
# Base name. People sign in at login.<base>; client certificates are asked for at certauth.<base> and
# *.certauth.<base>. All three names must resolve to this server.
base = {base}
# Address of the one public port. The TLS server name decides what a connection is for.
listen = {listen}
# The port browsers use, when a load balancer maps it.
# public_port = 443
# /livez, /readyz and /metrics. Keep it on a private address.
management_listen = {management_listen}
# Folder for the master key and, with SQLite, the database.
data = {data}
# Further names for the login host.
login_aliases = [{aliases}]
# After a failed attempt, ask for the certificate on a host name the browser has not seen, so that it shows
# its certificate picker again. Switch off where browsers choose certificates by an exact address list.
fresh_origins = true
# Seconds that running requests may take after a stop was asked for.
stop_deadline_secs = 30

[tls]
# PEM files, read again on SIGHUP or when they change. Relative paths start at this file's folder.
login_certificate = "tls/login.pem"
login_key = "tls/login.key"
# For certauth.<base> and *.certauth.<base>. It must not cover the login host: browsers would reuse that connection.
certauth_certificate = "tls/certauth.pem"
certauth_key = "tls/certauth.key"

[database]
# sqlite:<path> or postgres://user@host/database
url = {database_url}

[crl]
# What a sign-in waits for; larger or slower downloads go on in the background.
interactive_mebibytes = 20
interactive_wait_secs = 10
background_mebibytes = 65
background_secs = 300
# A CRL that is still valid is asked for again after this time.
max_cache_age_secs = 3600
allow_https = false
# CRLs are never fetched from loopback, link-local or cloud metadata addresses unless their network stands here.
allowed_networks = [{networks}]

[lifetimes]
session_minutes = 1440
persistent_session_minutes = 129600
access_token_min_minutes = 60
access_token_max_minutes = 90
refresh_token_idle_minutes = 129600

[limits]
# Failed attempts of one address (IPv6: one /64) before anything is proven: at once, and then per minute. Beyond, the
# answer is 429. People with a trusted certificate are never held up. 0 per minute: no limit, for a server behind a proxy.
failed_attempts_burst = 600
failed_attempts_per_minute = 120

[retention]
# Days that rows of the logs are kept; 0: for ever. A sign-in takes about 12 KB. Changes of policy are tried against the
# sign-ins of the last 30 days: with a shorter log they warn of less.
sign_in_log_days = 30
audit_log_days = 30

[log]
# The program log on standard error: "text" or "json". The sign-in log is in the database: `lanyard log`.
format = "text"
level = "info"
"#,
        base = quote(&values.base),
        listen = quote(&values.listen),
        management_listen = quote(&values.management_listen),
        data = quote(&values.data),
        aliases = list(&values.login_aliases),
        database_url = quote(&values.database_url),
        networks = list(&values.allowed_networks),
    )
}
