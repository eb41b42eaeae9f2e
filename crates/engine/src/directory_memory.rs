//! What the directory said lately, kept in memory: people, applications and consent.
//!
//! Every entry is dropped when the change that makes it wrong is followed, and asked for again after a few seconds in any
//! case. What was read before a change and arrives after it is not kept.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::future::Cache;
use uuid::Uuid;

use lanyard_directory::{
    AppId, Application, DirectoryRole, GroupId, GroupMembershipClaims, OAuth2PermissionGrant,
    RedirectUriKind, ServicePrincipal, TenantId, User, UserId,
};
use lanyard_storage::UserWithGroups;

use crate::{Engine, EngineError};

/// Entries are asked for again after this time, whatever other nodes may have changed.
const KEPT_FOR: Duration = Duration::from_secs(5);
/// From so many users on their number may be some seconds old.
const COUNT_KEPT_FROM: u64 = 20_000;
/// Entries each cache holds at most.
const ENTRIES: u64 = 100_000;

/// A user with every group it belongs to, nested ones included.
#[derive(Debug)]
pub(crate) struct UserEntry {
    pub(crate) user: User,
    pub(crate) groups: Vec<Uuid>,
}

impl UserEntry {
    fn shared((user, groups): UserWithGroups) -> Arc<Self> {
        let groups = groups.into_iter().map(|group| group.0).collect();
        Arc::new(Self { user, groups })
    }
}

/// An application with its presence in its tenant.
#[derive(Debug)]
pub(crate) struct ApplicationEntry {
    pub(crate) application: Application,
    pub(crate) service_principal: Option<ServicePrincipal>,
}

/// What a user belongs to, as tokens tell it.
#[derive(Debug, Default)]
pub(crate) struct Memberships {
    /// Groups, nested ones included.
    pub(crate) groups: Vec<GroupId>,
    /// Directory roles.
    pub(crate) roles: Vec<DirectoryRole>,
}

/// What was read lately.
#[derive(Debug)]
pub(crate) struct DirectoryMemory {
    names: Kept<(TenantId, String), UserId>,
    users: Kept<(TenantId, UserId), Arc<UserEntry>>,
    applications: Kept<AppId, Option<Arc<ApplicationEntry>>>,
    single_page_applications: Kept<(), Arc<Vec<Application>>>,
    consent: Kept<(TenantId, AppId, UserId), Arc<Vec<OAuth2PermissionGrant>>>,
    memberships: Kept<(TenantId, UserId), Arc<Memberships>>,
    /// How many users large tenants have: counting a million takes half a second, and clients ask with every page.
    user_counts: Cache<TenantId, u64>,
}

impl Default for DirectoryMemory {
    fn default() -> Self {
        Self {
            names: Kept::up_to(ENTRIES),
            users: Kept::up_to(ENTRIES),
            applications: Kept::up_to(ENTRIES),
            single_page_applications: Kept::up_to(1),
            consent: Kept::up_to(ENTRIES),
            memberships: Kept::up_to(ENTRIES),
            user_counts: Cache::builder()
                .max_capacity(ENTRIES)
                .time_to_live(KEPT_FOR)
                .build(),
        }
    }
}

/// A cache that keeps nothing that was read before the last thing was forgotten.
#[derive(Debug)]
struct Kept<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static> {
    cache: Cache<K, V>,
    forgotten: AtomicU64,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Kept<K, V> {
    fn up_to(entries: u64) -> Self {
        Self {
            cache: Cache::builder()
                .max_capacity(entries)
                .time_to_live(KEPT_FOR)
                .build(),
            forgotten: AtomicU64::new(0),
        }
    }

    /// From memory, or by reading. `None` from reading is not kept.
    async fn or_read(
        &self,
        key: K,
        read: impl Future<Output = Result<Option<V>, EngineError>>,
    ) -> Result<Option<V>, EngineError> {
        if let Some(known) = self.cache.get(&key).await {
            return Ok(Some(known));
        }
        let before = self.generation();
        let Some(value) = read.await? else { return Ok(None) };
        self.keep(key, value.clone(), before).await;
        Ok(Some(value))
    }

    /// Rises with everything that is forgotten.
    fn generation(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Keeps what was read after `before`, unless something was forgotten since.
    async fn keep(&self, key: K, value: V, before: u64) {
        self.cache.insert(key.clone(), value).await;
        if self.generation() != before {
            self.cache.invalidate(&key).await;
        }
    }

    async fn forget(&self, key: &K) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.cache.invalidate(key).await;
    }

    fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.cache.invalidate_all();
    }
}

impl DirectoryMemory {
    /// Drops one user of this node.
    pub(crate) async fn forget_user(&self, tenant: TenantId, user: UserId) {
        self.users.forget(&(tenant, user)).await;
        self.memberships.forget(&(tenant, user)).await;
    }

    /// Drops every user of this node.
    pub(crate) fn forget_users(&self) {
        self.users.forget_all();
        self.memberships.forget_all();
    }

    /// Drops every application of this node.
    pub(crate) fn forget_applications(&self) {
        self.applications.forget_all();
        self.single_page_applications.forget_all();
    }

    /// Drops one application of this node.
    pub(crate) async fn forget_application(&self, app_id: AppId) {
        self.single_page_applications.forget_all();
        self.applications.forget(&app_id).await;
    }

    /// Drops all consent of this node.
    pub(crate) fn forget_consent(&self) {
        self.consent.forget_all();
    }
}

impl Engine {
    /// A user by name with its groups, from memory when asked lately.
    pub(crate) async fn user_by_name(
        &self,
        tenant: TenantId,
        user_name: &str,
    ) -> Result<Option<Arc<UserEntry>>, EngineError> {
        let key = (tenant, User::upn_key(user_name));
        if let Some(id) = self.directory.names.cache.get(&key).await
            && let Some(entry) = self.user_lately(tenant, id).await?
            && User::upn_key(&entry.user.user_principal_name) == key.1
        {
            return Ok(Some(entry));
        }
        let users = &self.directory.users;
        let before = users.generation();
        let Some(found) = self.store.user_with_groups_by_upn(tenant, &key.1).await? else {
            return Ok(None);
        };
        let entry = UserEntry::shared(found);
        let id = entry.user.id;
        self.directory.names.cache.insert(key, id).await;
        users.keep((tenant, id), Arc::clone(&entry), before).await;
        Ok(Some(entry))
    }

    /// A user with its groups as it was within the last seconds: for steps that follow one another in a sign-in.
    pub(crate) async fn user_lately(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Option<Arc<UserEntry>>, EngineError> {
        let read = async {
            let found = self.store.user_with_groups(tenant, user).await?;
            Ok(found.map(UserEntry::shared))
        };
        self.directory.users.or_read((tenant, user), read).await
    }

    /// A user by id, straight from the database: what revocation must see at once.
    pub(crate) async fn user_by_id(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Option<User>, EngineError> {
        Ok(self.store.user(tenant, user).await?)
    }

    /// Drops a user from the memory of this node, before the change is reported as done.
    pub(crate) async fn forget_user(&self, user: &User) {
        self.directory.forget_user(user.tenant, user.id).await;
    }

    /// Drops an application from the memory of this node.
    pub(crate) async fn forget_application(&self, app_id: AppId) {
        self.directory.forget_application(app_id).await;
    }

    /// How many users a tenant has; in a large one as it was within the last seconds.
    pub(crate) async fn user_count(&self, tenant: TenantId) -> Result<u64, EngineError> {
        let kept = &self.directory.user_counts;
        if let Some(count) = kept.get(&tenant).await {
            return Ok(count);
        }
        let count = self.store.count_users(tenant).await?;
        if count >= COUNT_KEPT_FROM {
            kept.insert(tenant, count).await;
        }
        Ok(count)
    }

    /// What tokens for this client and resource tell of the user's memberships; nothing is read when they tell none.
    pub(crate) async fn memberships_for(
        &self,
        user: &User,
        client: &Application,
        resource: &Application,
    ) -> Result<Arc<Memberships>, EngineError> {
        let tells = |application: &Application, claims: &[String]| {
            application.group_membership_claims != GroupMembershipClaims::None
                || claims.iter().any(|name| name == "groups")
        };
        if !tells(client, &client.optional_id_token_claims)
            && !tells(resource, &resource.optional_access_token_claims)
        {
            return Ok(Arc::default());
        }
        let read = async {
            Ok(Some(Arc::new(Memberships {
                groups: self.store.transitive_groups_of(user.tenant, user.id.0).await?,
                roles: self.store.roles_of(user.tenant, user.id).await?,
            })))
        };
        let known = self
            .directory
            .memberships
            .or_read((user.tenant, user.id), read)
            .await?;
        Ok(known.unwrap_or_default())
    }

    /// Consent that counts for a user at a client: the user's own, and that for everybody.
    pub(crate) async fn consent_of(
        &self,
        tenant: TenantId,
        client: AppId,
        user: UserId,
    ) -> Result<Arc<Vec<OAuth2PermissionGrant>>, EngineError> {
        let read = async {
            let grants = self.store.permission_grants_for(tenant, client, user).await?;
            Ok(Some(Arc::new(grants)))
        };
        let known = self
            .directory
            .consent
            .or_read((tenant, client, user), read)
            .await?;
        Ok(known.unwrap_or_default())
    }

    /// Every application with a single-page redirect URI, from memory when asked lately: any web site can make browsers
    /// send an `Origin`, and each such request asks.
    pub(crate) async fn single_page_applications(&self) -> Result<Arc<Vec<Application>>, EngineError> {
        let read = async {
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
            Ok(Some(Arc::new(found)))
        };
        let known = self.directory.single_page_applications.or_read((), read).await?;
        Ok(known.unwrap_or_default())
    }

    /// An application with its service principal, from memory when asked lately. Unknown ids are remembered too.
    pub(crate) async fn application(
        &self,
        app_id: AppId,
    ) -> Result<Option<Arc<ApplicationEntry>>, EngineError> {
        let read = async {
            let Some(application) = self.store.application(app_id).await? else {
                return Ok(Some(None));
            };
            let service_principal = self.store.service_principal(application.tenant, app_id).await?;
            Ok(Some(Some(Arc::new(ApplicationEntry {
                application,
                service_principal,
            }))))
        };
        Ok(self.directory.applications.or_read(app_id, read).await?.flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_read_before_a_change_is_not_kept_after_it() {
        let kept: Kept<u8, u8> = Kept::up_to(10);
        let read = async {
            kept.forget(&1).await;
            Ok(Some(7))
        };
        assert_eq!(kept.or_read(1, read).await.unwrap(), Some(7));
        assert_eq!(kept.cache.get(&1).await, None);
        assert_eq!(kept.or_read(1, async { Ok(Some(8)) }).await.unwrap(), Some(8));
        assert_eq!(kept.or_read(1, async { Ok(Some(9)) }).await.unwrap(), Some(8));
    }
}
