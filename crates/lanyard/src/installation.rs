//! An installation on this machine: configuration, master key, database and engine, opened together.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use url::Url;

use lanyard_engine::{
    AttemptLimits, CrlLimits, Engine, EngineParts, Lifetimes, Settings, SystemClock, SystemRandomness,
    TenantSegment, TenantSnapshot, TokenLifetimes,
};
use lanyard_fetch::{CrlDownloader, DownloadSettings, EgressRules};
use lanyard_storage::{DatabaseUrl, Store};

use crate::configuration::{self, Configuration};
use crate::crl_lists::DownloaderSource;

/// Name of the master key file in the data folder.
pub(crate) const MASTER_KEY_FILE: &str = "master.key";

/// An opened installation.
pub(crate) struct Installation {
    pub(crate) configuration: Configuration,
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Store,
}

impl Installation {
    /// Opens what a configuration file describes.
    pub(crate) async fn open(path: &Path) -> anyhow::Result<Self> {
        Self::open_configured(configuration::load(path)?).await
    }

    /// Opens an installation by its configuration.
    pub(crate) async fn open_configured(configuration: Configuration) -> anyhow::Result<Self> {
        let master_key = read_master_key(&configuration.server.data)?;
        let url = DatabaseUrl::parse(&configuration.database.url)?;
        let store = Store::open(&url).await.context("the database cannot be opened")?;
        let settings = settings(&configuration)?;
        let crl_source = Arc::new(DownloaderSource {
            lists: downloader(&configuration)?,
            files: downloader_with(&configuration, true, true)?,
        });
        let engine = Engine::open(EngineParts {
            store: store.clone(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            crl_source,
            settings,
            master_key,
        })
        .await?;
        Ok(Self {
            configuration,
            engine,
            store,
        })
    }

    /// The tenant an administrator named, or the only one.
    pub(crate) fn tenant(&self, named: Option<&str>) -> anyhow::Result<Arc<TenantSnapshot>> {
        let snapshot = self.engine.snapshot();
        match named {
            Some(named) => match snapshot.segment(named) {
                TenantSegment::Tenant(tenant) => Ok(tenant),
                _ => bail!("there is no tenant `{named}`\n  hint: `lanyard admin tenant list` shows them"),
            },
            None => {
                let mut tenants = snapshot.tenants();
                match (tenants.next(), tenants.next()) {
                    (Some(only), None) => Ok(Arc::clone(only)),
                    (None, _) => {
                        bail!("there is no tenant yet\n  hint: `lanyard init` creates the first one")
                    }
                    _ => bail!("there are several tenants\n  hint: name one with --tenant"),
                }
            }
        }
    }
}

/// The downloader that a configuration means.
pub(crate) fn downloader(configuration: &Configuration) -> anyhow::Result<CrlDownloader> {
    downloader_with(configuration, configuration.crl.allow_https, false)
}

fn downloader_with(
    configuration: &Configuration,
    https: bool,
    any_form: bool,
) -> anyhow::Result<CrlDownloader> {
    Ok(CrlDownloader::new(&DownloadSettings {
        https,
        any_form,
        egress: EgressRules {
            allow: configuration.crl.allowed_networks.clone(),
            deny: Vec::new(),
        },
        ..DownloadSettings::default()
    })?)
}

/// The settings of use cases that a configuration means.
pub(crate) fn settings(configuration: &Configuration) -> anyhow::Result<Settings> {
    let server = &configuration.server;
    let port = server.public_port.unwrap_or_else(|| server.listen.port());
    let origin = |host: &str| -> anyhow::Result<Url> {
        let text = if port == 443 {
            format!("https://{host}")
        } else {
            format!("https://{host}:{port}")
        };
        Url::parse(&text).with_context(|| format!("`{host}` is not a host name"))
    };
    let minutes = |count: u64| Duration::from_secs(count * 60);
    let seconds = |minutes: u64| u32::try_from(minutes * 60).unwrap_or(u32::MAX);
    let lifetimes = &configuration.lifetimes;
    let crl = &configuration.crl;
    Ok(Settings {
        login_origin: origin(&format!("login.{}", server.base))?,
        login_aliases: server
            .login_aliases
            .iter()
            .map(|alias| origin(alias))
            .collect::<Result<_, _>>()?,
        certauth_host: format!("certauth.{}", server.base),
        public_port: Some(port),
        fresh_origins: server.fresh_origins,
        lifetimes: Lifetimes {
            session: minutes(lifetimes.session_minutes),
            persistent_session: minutes(lifetimes.persistent_session_minutes),
            tokens: TokenLifetimes {
                access_token_min_secs: seconds(lifetimes.access_token_min_minutes),
                access_token_max_secs: seconds(lifetimes.access_token_max_minutes),
                refresh_inactive_secs: seconds(lifetimes.refresh_token_idle_minutes),
                ..TokenLifetimes::default()
            },
            ..Lifetimes::default()
        },
        crl: CrlLimits {
            interactive_bytes: crl.interactive_mebibytes << 20,
            interactive_wait: Duration::from_secs(crl.interactive_wait_secs),
            background_bytes: crl.background_mebibytes << 20,
            background_time: Duration::from_secs(crl.background_secs),
            max_cache_age: Duration::from_secs(crl.max_cache_age_secs),
        },
        attempts: AttemptLimits {
            burst: configuration.limits.failed_attempts_burst,
            per_minute: configuration.limits.failed_attempts_per_minute,
        },
    })
}

/// Reads the 32-octet master key; refuses a file that others may read.
fn read_master_key(data: &Path) -> anyhow::Result<[u8; 32]> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = data.join(MASTER_KEY_FILE);
    let metadata = std::fs::metadata(&path).with_context(|| {
        format!(
            "no master key at {}\n  hint: `lanyard init` makes one",
            path.display()
        )
    })?;
    if metadata.permissions().mode() & 0o077 != 0 {
        bail!(
            "{} may be read by others\n  hint: chmod 600 {}",
            path.display(),
            path.display()
        );
    }
    let octets = std::fs::read(&path)?;
    <[u8; 32]>::try_from(octets.as_slice())
        .map_err(|_| anyhow::anyhow!("{} is not a master key of 32 octets", path.display()))
}

/// Makes a new master key file (0600). Fails when there is one already: overwriting it would lose every sealed key.
pub(crate) fn create_master_key(data: &Path) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = data.join(MASTER_KEY_FILE);
    let mut octets = zeroize::Zeroizing::new([0_u8; 32]);
    aws_lc_rs::rand::fill(octets.as_mut_slice())
        .map_err(|_| anyhow::anyhow!("the random generator failed"))?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot create {}", path.display()))?;
    file.write_all(octets.as_slice())?;
    file.sync_all()?;
    Ok(())
}
