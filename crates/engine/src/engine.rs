//! The engine: what every use case shares.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use moka::future::Cache;
use uuid::Uuid;

use lanyard_directory::{AppId, Application, RedirectUriKind, ServicePrincipal, TenantId, User, UserId};
use lanyard_pki::RevocationView;
use lanyard_storage::Store;
use lanyard_tokens::{MasterKey, SealingKeys};

use crate::crl_source::CrlSource;
use crate::crl_updates::CrlUpdates;
use crate::keys::KeyRing;
use crate::{Clock, EngineError, Randomness, Settings, Snapshot, TenantConfiguration};

/// Cached directory entries are asked for again after this time, whatever other nodes may have changed.
const DIRECTORY_CACHE: Duration = Duration::from_secs(5);
/// Entries each cache holds at most.
const DIRECTORY_CACHE_ENTRIES: u64 = 100_000;

/// The use cases of the product over one database. Cheap to share behind an `Arc`.
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) settings: Settings,
    pub(crate) sealing: SealingKeys,
    pub(crate) crls: Arc<CrlUpdates>,
    pub(crate) directory_api: Arc<Application>,
    snapshot: ArcSwap<Snapshot>,
    keys: ArcSwap<KeyRing>,
    users: Cache<(TenantId, String), Arc<UserEntry>>,
    applications: Cache<AppId, Option<Arc<ApplicationEntry>>>,
    single_page_applications: Cache<(), Arc<Vec<Application>>>,
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

/// A user with every group it belongs to, nested ones included.
#[derive(Debug)]
pub(crate) struct UserEntry {
    pub(crate) user: User,
    pub(crate) groups: Vec<Uuid>,
}

/// An application with its presence in its tenant.
#[derive(Debug)]
pub(crate) struct ApplicationEntry {
    pub(crate) application: Application,
    pub(crate) service_principal: Option<ServicePrincipal>,
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
        let cache = || {
            Cache::builder()
                .max_capacity(DIRECTORY_CACHE_ENTRIES)
                .time_to_live(DIRECTORY_CACHE)
        };
        let directory_api = Arc::new(crate::well_known::directory_api(settings.graph_origins()));
        let engine = Arc::new(Self {
            directory_api,
            store,
            clock,
            randomness,
            settings,
            sealing,
            crls,
            snapshot: ArcSwap::from_pointee(Snapshot::default()),
            keys: ArcSwap::from_pointee(KeyRing::default()),
            users: cache().build(),
            applications: Cache::builder()
                .max_capacity(DIRECTORY_CACHE_ENTRIES)
                .time_to_live(DIRECTORY_CACHE)
                .build(),
            single_page_applications: Cache::builder()
                .max_capacity(1)
                .time_to_live(DIRECTORY_CACHE)
                .build(),
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

    /// A user by name with its groups, from memory when asked lately.
    pub(crate) async fn user_by_name(
        &self,
        tenant: TenantId,
        user_name: &str,
    ) -> Result<Option<Arc<UserEntry>>, EngineError> {
        let key = (tenant, User::upn_key(user_name));
        if let Some(entry) = self.users.get(&key).await {
            return Ok(Some(entry));
        }
        let Some(user) = self.store.user_by_upn(tenant, &key.1).await? else {
            return Ok(None);
        };
        let entry = Arc::new(self.with_groups(user).await?);
        self.users.insert(key, Arc::clone(&entry)).await;
        Ok(Some(entry))
    }

    /// A user by id, straight from the database: what revocation must see at once.
    pub(crate) async fn user_by_id(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Option<User>, EngineError> {
        Ok(self.store.user(tenant, user).await?)
    }

    async fn with_groups(&self, user: User) -> Result<UserEntry, EngineError> {
        let groups = self.store.transitive_groups_of(user.tenant, user.id.0).await?;
        Ok(UserEntry {
            user,
            groups: groups.into_iter().map(|group| group.0).collect(),
        })
    }

    /// Drops a user from the cache of this node, before the change is reported as done.
    pub(crate) async fn forget_user(&self, user: &User) {
        let key = (user.tenant, User::upn_key(&user.user_principal_name));
        self.users.invalidate(&key).await;
    }

    /// Drops every user from the cache of this node.
    pub(crate) fn forget_users(&self) {
        self.users.invalidate_all();
    }

    /// Drops every application from the cache of this node.
    pub(crate) fn forget_applications(&self) {
        self.applications.invalidate_all();
        self.single_page_applications.invalidate_all();
    }

    /// Every application with a single-page redirect URI, from memory when asked lately: any web site can make browsers
    /// send an `Origin`, and each such request asks.
    pub(crate) async fn single_page_applications(&self) -> Result<Arc<Vec<Application>>, EngineError> {
        if let Some(known) = self.single_page_applications.get(&()).await {
            return Ok(known);
        }
        let mut found = Vec::new();
        for tenant in self.snapshot().tenants() {
            found.extend(self.store.applications(tenant.tenant.id).await?);
        }
        found.retain(|application| {
            application
                .redirect_uris
                .iter()
                .any(|uri| uri.kind == RedirectUriKind::Spa)
        });
        let found = Arc::new(found);
        self.single_page_applications.insert((), Arc::clone(&found)).await;
        Ok(found)
    }

    /// An application with its service principal, from memory when asked lately. Unknown ids are remembered too.
    pub(crate) async fn application(
        &self,
        app_id: AppId,
    ) -> Result<Option<Arc<ApplicationEntry>>, EngineError> {
        if let Some(entry) = self.applications.get(&app_id).await {
            return Ok(entry);
        }
        let entry = match self.store.application(app_id).await? {
            Some(application) => {
                let service_principal = self.store.service_principal(application.tenant, app_id).await?;
                Some(Arc::new(ApplicationEntry {
                    application,
                    service_principal,
                }))
            }
            None => None,
        };
        self.applications.insert(app_id, entry.clone()).await;
        Ok(entry)
    }

    /// Drops an application from the cache of this node.
    pub(crate) async fn forget_application(&self, app_id: AppId) {
        self.single_page_applications.invalidate_all();
        self.applications.invalidate(&app_id).await;
    }
}
