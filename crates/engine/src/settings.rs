//! Settings of the server that decide how use cases behave.

use std::time::Duration;

use lanyard_tokens::{Authority, DeviceCodeSettings, TokenLifetimes};
use url::Url;

use crate::AttemptLimits;

/// Everything a use case needs to know about this installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `https://login.<base>[:port]`, no path. The first of [`Settings::login_origins`].
    pub login_origin: Url,
    /// Other origins under which the login host answers (`https://localhost:8443`); tokens asked for there carry that issuer.
    pub login_aliases: Vec<Url>,
    /// `certauth.<base>`, without port.
    pub certauth_host: String,
    /// The port browsers use for the certauth host; `None` means 443.
    pub public_port: Option<u16>,
    /// A retry goes to a host name that the browser has not seen (certificate-sign-in §11.3).
    pub fresh_origins: bool,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// CRL download limits.
    pub crl: CrlLimits,
    /// How often one address may fail before anything is proven.
    pub attempts: AttemptLimits,
}

/// How long things live. Source: directory-policy-tokens §0.1.
#[derive(Clone, Debug)]
pub struct Lifetimes {
    /// Codes and tokens.
    pub tokens: TokenLifetimes,
    /// A sign-in in progress, from the first page to the last.
    pub sign_in_flow: Duration,
    /// The certificate token that travels from the certauth host to the login host; at most 5 minutes.
    pub certificate_token: Duration,
    /// Browser session since last use.
    pub session: Duration,
    /// Persistent ("stay signed in") session since last use.
    pub persistent_session: Duration,
    /// Device codes.
    pub device_codes: DeviceCodeSettings,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        const DAY: u64 = 24 * 60 * MINUTE;
        Self {
            tokens: TokenLifetimes::default(),
            sign_in_flow: Duration::from_secs(60 * MINUTE),
            certificate_token: Duration::from_secs(5 * MINUTE),
            session: Duration::from_secs(DAY),
            persistent_session: Duration::from_secs(90 * DAY),
            device_codes: DeviceCodeSettings::default(),
        }
    }
}

/// CRL download limits. Source: certificate-sign-in §0.3, §4.3.
#[derive(Clone, Debug)]
pub struct CrlLimits {
    /// Octets a sign-in waits for; beyond that the download goes on in the background.
    pub interactive_bytes: u64,
    /// How long a sign-in waits.
    pub interactive_wait: Duration,
    /// Octets of any download.
    pub background_bytes: u64,
    /// Time of any download.
    pub background_time: Duration,
    /// A cached CRL older than this is asked for again, conditionally, while it is still valid.
    pub max_cache_age: Duration,
}

impl Default for CrlLimits {
    fn default() -> Self {
        const MEBIBYTE: u64 = 1 << 20;
        Self {
            interactive_bytes: 20 * MEBIBYTE,
            interactive_wait: Duration::from_secs(10),
            background_bytes: 65 * MEBIBYTE,
            background_time: Duration::from_secs(300),
            max_cache_age: Duration::from_secs(3600),
        }
    }
}

impl Settings {
    /// The login origin a request arrived at, if it is one of ours: `host` is the `Host` value with its port.
    #[must_use]
    pub fn login_origin_for(&self, host: &str) -> Option<&Url> {
        std::iter::once(&self.login_origin)
            .chain(&self.login_aliases)
            .find(|origin| authority_of(origin).eq_ignore_ascii_case(host))
    }

    /// Every login origin, the canonical one first.
    pub fn login_origins(&self) -> impl Iterator<Item = &Url> {
        std::iter::once(&self.login_origin).chain(&self.login_aliases)
    }

    /// `https://graph.<base>[:port]`: where the directory API is at home.
    #[must_use]
    pub fn graph_origin(&self) -> Url {
        let base = self.certauth_host.strip_prefix("certauth.");
        let mut origin = self.login_origin.clone();
        let host = base.map(|base| format!("graph.{base}"));
        if host.is_none_or(|host| origin.set_host(Some(&host)).is_err()) {
            return self.login_origin.clone();
        }
        origin
    }

    /// Every origin under which the directory API answers, its own first: the login origins serve it, too.
    pub fn graph_origins(&self) -> impl Iterator<Item = Url> {
        std::iter::once(self.graph_origin()).chain(self.login_origins().cloned())
    }

    /// The origin of the directory API a request arrived at: `host` is the `Host` value with its port.
    #[must_use]
    pub fn graph_origin_for(&self, host: &str) -> Option<Url> {
        self.graph_origins()
            .find(|origin| authority_of(origin).eq_ignore_ascii_case(host))
    }

    /// This server as seen from one of its login origins: issuer and endpoints are on the origin the client uses.
    #[must_use]
    pub fn authority(&self, origin: &Url) -> Authority {
        let text = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        let others = self
            .login_origins()
            .filter(|other| *other != origin)
            .map(text)
            .collect();
        Authority {
            other_login_bases: others,
            graph_base: Some(text(&self.graph_origin())),
            ..Authority::new(text(origin))
        }
    }

    /// `https://{label.}certauth.<base>[:port]` for a host label, or the bare certauth host.
    #[must_use]
    pub fn certauth_origin(&self, label: Option<&str>) -> String {
        let port = self
            .public_port
            .filter(|port| *port != 443)
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        match label {
            Some(label) => format!("https://{label}.{}{port}", self.certauth_host),
            None => format!("https://{}{port}", self.certauth_host),
        }
    }
}

/// Host and explicit port of an origin, as browsers write `Host`.
fn authority_of(origin: &Url) -> String {
    match (origin.host_str(), origin.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}
