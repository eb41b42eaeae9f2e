//! Looking up many keys at once: a statement for each bundle of keys instead of one for each key.
//!
//! The texts are put together once; nothing but placeholders goes into them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use lanyard_directory::{GroupId, TenantId, UserId};
use uuid::Uuid;

use crate::database::Row;
use crate::statements::tenant_by_no_index;
use crate::value::Value;
use crate::{StorageError, Store};

/// Keys of one statement.
const KEYS: usize = 250;

static USERS_BY_UPN: LazyLock<String> =
    LazyLock::new(|| one_of("SELECT upn_key, id FROM users WHERE tenant = $1 AND upn_key"));
static USERS_BY_ID: LazyLock<String> =
    LazyLock::new(|| one_of("SELECT id, id FROM users WHERE tenant = $1 AND id"));
static GROUPS_BY_NAME: LazyLock<String> =
    LazyLock::new(|| one_of("SELECT name_key, id FROM directory_groups WHERE tenant = $1 AND name_key"));
static OWNERS_OF_IDS: LazyLock<String> = LazyLock::new(|| {
    one_of(
        "SELECT c.value, u.upn_key FROM certificate_user_ids c JOIN users u ON u.id = c.user_id \
         WHERE c.tenant = $1 AND c.value",
    )
});

static GROUPS_OF_MEMBERS: LazyLock<String> =
    LazyLock::new(|| one_of("SELECT member, group_id FROM group_members WHERE tenant = $1 AND member"));
static USERS_WITH_SIGN_INS: LazyLock<String> = LazyLock::new(|| {
    one_of("SELECT DISTINCT user_id, user_id FROM sign_ins WHERE created >= $1 AND user_id")
});

static USER_BODIES: LazyLock<String> =
    LazyLock::new(|| one_of("SELECT id, body FROM users WHERE tenant = $1 AND id"));
static GROUPS_BY_ID: LazyLock<String> = LazyLock::new(|| {
    one_of(concat!(
        "SELECT id, id FROM directory_groups WHERE ",
        tenant_by_no_index!(),
        " AND id"
    ))
});
static GROUP_BODIES: LazyLock<String> = LazyLock::new(|| {
    one_of(concat!(
        "SELECT id, body FROM directory_groups WHERE ",
        tenant_by_no_index!(),
        " AND id"
    ))
});

/// The texts, so that a test can prepare each of them on both databases.
#[cfg(test)]
pub(crate) fn texts() -> [&'static str; 9] {
    [
        USERS_BY_UPN.as_str(),
        USERS_BY_ID.as_str(),
        GROUPS_BY_NAME.as_str(),
        OWNERS_OF_IDS.as_str(),
        GROUPS_OF_MEMBERS.as_str(),
        USERS_WITH_SIGN_INS.as_str(),
        USER_BODIES.as_str(),
        GROUPS_BY_ID.as_str(),
        GROUP_BODIES.as_str(),
    ]
}

/// `beginning IN ($2, $3, …)`.
fn one_of(beginning: &str) -> String {
    let places: Vec<String> = (2..KEYS + 2).map(|place| format!("${place}")).collect();
    format!("{beginning} IN ({})", places.join(", "))
}

impl Store {
    /// The ids of the users with these names ([`lanyard_directory::User::upn_key`]); names without a user are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user_ids_by_upn(
        &self,
        tenant: TenantId,
        keys: &[String],
    ) -> Result<HashMap<String, UserId>, StorageError> {
        let rows: Vec<(String, Uuid)> = self.look_up(&USERS_BY_UPN, tenant.into(), keys).await?;
        Ok(rows.into_iter().map(|(key, id)| (key, UserId(id))).collect())
    }

    /// Which of these are ids of users of the tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn present_users(&self, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<UserId>, StorageError> {
        let rows: Vec<(Uuid, Uuid)> = self.look_up(&USERS_BY_ID, tenant.into(), ids).await?;
        Ok(rows.into_iter().map(|(id, _)| UserId(id)).collect())
    }

    /// Which of these are ids of groups of the tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn present_groups(&self, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<GroupId>, StorageError> {
        let rows: Vec<(Uuid, Uuid)> = self.look_up(&GROUPS_BY_ID, tenant.into(), ids).await?;
        Ok(rows.into_iter().map(|(id, _)| GroupId(id)).collect())
    }

    /// The groups with these names ([`lanyard_directory::User::name_key`]); a name may have several.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn group_ids_by_name(
        &self,
        tenant: TenantId,
        keys: &[String],
    ) -> Result<Vec<(String, GroupId)>, StorageError> {
        let rows: Vec<(String, Uuid)> = self.look_up(&GROUPS_BY_NAME, tenant.into(), keys).await?;
        Ok(rows.into_iter().map(|(key, id)| (key, GroupId(id))).collect())
    }

    /// The keys of the names of those who have these certificate user ids, in their canonical form.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn owners_of_certificate_user_ids(
        &self,
        tenant: TenantId,
        canonical: &[String],
    ) -> Result<HashMap<String, String>, StorageError> {
        let rows: Vec<(String, String)> = self.look_up(&OWNERS_OF_IDS, tenant.into(), canonical).await?;
        Ok(rows.into_iter().collect())
    }

    /// The groups that users or groups are direct members of.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn groups_of_many(
        &self,
        tenant: TenantId,
        members: &[Uuid],
    ) -> Result<Vec<(Uuid, GroupId)>, StorageError> {
        let rows: Vec<(Uuid, Uuid)> = self.look_up(&GROUPS_OF_MEMBERS, tenant.into(), members).await?;
        Ok(rows
            .into_iter()
            .map(|(member, group)| (member, GroupId(group)))
            .collect())
    }

    /// Which of these users have rows in the sign-in log since a moment, in microseconds.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn users_with_sign_ins(
        &self,
        users: &[Uuid],
        since_us: i64,
    ) -> Result<HashSet<UserId>, StorageError> {
        let rows: Vec<(Uuid, Uuid)> = self.look_up(&USERS_WITH_SIGN_INS, since_us.into(), users).await?;
        Ok(rows.into_iter().map(|(id, _)| UserId(id)).collect())
    }

    pub(crate) async fn user_bodies(
        &self,
        tenant: TenantId,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, StorageError> {
        let rows: Vec<(Uuid, String)> = self.look_up(&USER_BODIES, tenant.into(), ids).await?;
        Ok(rows.into_iter().collect())
    }

    pub(crate) async fn group_bodies(
        &self,
        tenant: TenantId,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, StorageError> {
        let rows: Vec<(Uuid, String)> = self.look_up(&GROUP_BODIES, tenant.into(), ids).await?;
        Ok(rows.into_iter().collect())
    }

    async fn look_up<T: Row, K: Clone + Into<Value>>(
        &self,
        sql: &'static LazyLock<String>,
        first: Value,
        keys: &[K],
    ) -> Result<Vec<T>, StorageError> {
        let mut found = Vec::new();
        for bundle in keys.chunks(KEYS) {
            let mut values = Vec::with_capacity(KEYS + 1);
            values.push(first.clone());
            // The text has a fixed number of places: the last key fills the rest.
            let Some(last) = bundle.last() else { continue };
            let filled = bundle.iter().chain(std::iter::repeat(last)).take(KEYS);
            values.extend(filled.cloned().map(Into::into));
            found.extend(self.database().fetch::<T>(sql.as_str(), values).await?);
        }
        Ok(found)
    }
}
