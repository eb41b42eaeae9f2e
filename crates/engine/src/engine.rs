//! The engine: what every use case shares.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;

use lanyard_directory::Application;
use lanyard_pki::RevocationView;
use lanyard_storage::Store;
use lanyard_tokens::{MasterKey, SealingKeys};

use crate::attempt_limit::AttemptLimit;
use crate::crl_source::CrlSource;
use crate::crl_updates::CrlUpdates;
use crate::directory_memory::DirectoryMemory;
use crate::keys::KeyRing;
use crate::{Clock, EngineError, Randomness, Settings, Snapshot, TenantConfiguration};

/// The use cases of the product over one database. Cheap to share behind an `Arc`.
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) settings: Settings,
    pub(crate) sealing: SealingKeys,
    pub(crate) crls: Arc<CrlUpdates>,
    pub(crate) directory_api: Arc<Application>,
    pub(crate) directory: DirectoryMemory,
    snapshot: ArcSwap<Snapshot>,
    keys: ArcSwap<KeyRing>,
    pub(crate) attempts: AttemptLimit,
    /// Held while a draft of a caller is judged: thousands of certificates, one draft at a time.
    pub(crate) replay: tokio::sync::Semaphore,
}

/// What [`Engine::open`] is built from.
pub struct EngineParts {
    /// The database, open and migrated.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random generator.
    pub randomness: Arc<dyn Randomness>,
    /// The CRL downloader.
    pub crl_source: Arc<dyn CrlSource>,
    /// Settings of this installation.
    pub settings: Settings,
    /// The 256-bit master key that seals keys at rest and everything that travels through browsers.
    pub master_key: [u8; 32],
}

impl Engine {
    /// Loads the policy snapshot, the signing keys (made at the first start) and the stored CRL indexes.
    ///
    /// # Errors
    /// When the database cannot be read, or the master key does not open the stored keys.
    pub async fn open(parts: EngineParts) -> Result<Arc<Self>, EngineError> {
        let EngineParts {
            store,
            clock,
            randomness,
            crl_source,
            settings,
            master_key,
        } = parts;
        let sealing = SealingKeys::new((1, &MasterKey::new(master_key)), &[])
            .map_err(|error| EngineError::Cryptography(error.to_string()))?;
        let crls = CrlUpdates::load(
            store.clone(),
            crl_source,
            Arc::clone(&clock),
            settings.crl.clone(),
        )
        .await?;
        let attempts = AttemptLimit::new(settings.attempts);
        let directory_api = Arc::new(crate::well_known::directory_api(settings.graph_origins()));
        let engine = Arc::new(Self {
            directory_api,
            directory: DirectoryMemory::default(),
            store,
            clock,
            randomness,
            settings,
            sealing,
            crls,
            replay: tokio::sync::Semaphore::const_new(1),
            snapshot: ArcSwap::from_pointee(Snapshot::default()),
            keys: ArcSwap::from_pointee(KeyRing::default()),
            attempts,
        });
        engine.reload_keys().await?;
        engine.reload_snapshot().await?;
        Ok(engine)
    }

    /// Settings of this installation.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The present moment by the engine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The policy snapshot in force.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The revocation data in force.
    #[must_use]
    pub fn revocation(&self) -> Arc<RevocationView> {
        self.crls.view()
    }

    /// The CRL downloads, for schedules and administrators.
    #[must_use]
    pub fn crls(&self) -> &Arc<CrlUpdates> {
        &self.crls
    }

    /// Whether the database answers and keys are loaded: what `/readyz` reports.
    ///
    /// # Errors
    /// The reason why not.
    pub async fn health(&self) -> Result<(), EngineError> {
        self.store.health().await?;
        self.keys().signing_ready()
    }

    /// Reads every tenant's configuration and swaps the snapshot whole.
    ///
    /// # Errors
    /// On failure the old snapshot stays in force.
    pub async fn reload_snapshot(&self) -> Result<(), EngineError> {
        let mut rows = Vec::new();
        for tenant in self.store.tenants().await? {
            let (version, configuration) = match self.store.tenant_configuration(tenant.id).await? {
                Some((version, value)) => {
                    let configuration = serde_json::from_value(value).map_err(|error| {
                        EngineError::Configuration(format!("tenant {}: {error}", tenant.display_name))
                    })?;
                    (version, configuration)
                }
                None => (0, TenantConfiguration::default()),
            };
            let denied = self.denied_certificates(tenant.id).await?;
            rows.push((tenant, version, configuration, denied));
        }
        self.snapshot.store(Arc::new(Snapshot::build_with_denied(rows)?));
        Ok(())
    }

    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        self.keys.load_full()
    }

    pub(crate) fn swap_keys(&self, keys: KeyRing) {
        self.keys.store(Arc::new(keys));
    }
}
