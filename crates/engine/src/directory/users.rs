//! Use case: reading users.

use lanyard_certificate_policy::CertificateUserId;
use lanyard_directory::{Operation, User, UserId};
use lanyard_storage::{KeyPlace, KeyRange, UserOrder};
use uuid::Uuid;

use crate::{Caller, Engine, NotDone};

/// How much of a profile a caller sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileView {
    /// Id, names and mail address.
    Basic,
    /// Everything.
    Full,
}

/// Which users, and in which order; every way is answered from an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserScan {
    /// All, in the order of their ids.
    ById,
    /// Within a range of a name, in its order.
    ByKey(UserOrder, KeyRange),
    /// Who has this certificate user id.
    CertificateUserId(String),
    /// These, as far as they exist.
    These(Vec<Uuid>),
}

impl Engine {
    /// How much of other people's profiles a caller sees.
    ///
    /// Rule `GRAPH-BASIC-PROFILE`: whoever may read basic profiles only sees id, names and mail address of users, and searches in
    /// nothing else. Source: directory-policy-tokens §10.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub fn profile_view(&self, caller: &Caller) -> Result<ProfileView, NotDone> {
        if caller.rights.may(&Operation::READ_USERS).is_ok() {
            return Ok(ProfileView::Full);
        }
        caller.may(&Operation::READ_BASIC_PROFILES)?;
        Ok(ProfileView::Basic)
    }

    /// A page of users behind a place, by an index.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn user_page(
        &self,
        caller: &Caller,
        scan: &UserScan,
        after: Option<&KeyPlace>,
        limit: u32,
    ) -> Result<Vec<User>, NotDone> {
        self.profile_view(caller)?;
        let tenant = caller.tenant;
        let users = match scan {
            UserScan::ById => {
                let after = after.map(|place| UserId(place.id));
                self.store.users_by_id(tenant, after, limit).await?
            }
            UserScan::ByKey(order, range) => {
                self.store
                    .users_by_key(tenant, *order, range, after, limit)
                    .await?
            }
            UserScan::CertificateUserId(text) => self.users_with_id(caller, text, after).await?,
            UserScan::These(ids) => {
                let mut ids: Vec<Uuid> = ids
                    .iter()
                    .copied()
                    .filter(|id| after.is_none_or(|place| *id > place.id))
                    .collect();
                ids.sort();
                ids.dedup();
                let mut users = Vec::new();
                for id in ids.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
                    users.extend(self.store.user(tenant, UserId(id)).await?);
                }
                users
            }
        };
        Ok(users)
    }

    async fn users_with_id(
        &self,
        caller: &Caller,
        text: &str,
        after: Option<&KeyPlace>,
    ) -> Result<Vec<User>, NotDone> {
        let forward = self
            .snapshot()
            .tenant(caller.tenant)
            .is_some_and(|owner| owner.configuration.settings.policy.accept_forward_serial);
        let mut users: Vec<User> = Vec::new();
        for key in CertificateUserId::uniqueness_keys_of(text, forward) {
            let found = self
                .store
                .user_by_certificate_user_id(caller.tenant, &key)
                .await?;
            users.extend(found.filter(|user| {
                after.is_none_or(|place| user.id.0 > place.id)
                    && users.iter().all(|known| known.id != user.id)
            }));
        }
        users.sort_by_key(|user| user.id);
        Ok(users)
    }

    /// How many users there are; from 20,000 on as it was within the last five seconds.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn count_users(&self, caller: &Caller) -> Result<u64, NotDone> {
        self.profile_view(caller)?;
        Ok(self.user_count(caller.tenant).await?)
    }

    /// A user by object id or user principal name, and how much of it the caller sees.
    ///
    /// Rule `GRAPH-OWN-PROFILE`: everybody who may read the own profile sees all of it. Source: directory-policy-tokens §10.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_user(&self, caller: &Caller, key: &str) -> Result<(User, ProfileView), NotDone> {
        let view = match self.profile_view(caller) {
            Ok(ProfileView::Full) => {
                return Ok((self.user_by_key(caller, key).await?, ProfileView::Full));
            }
            other => other,
        };
        if let Some(own) = caller.user()
            && caller.rights.may(&Operation::READ_OWN_PROFILE).is_ok()
            && let Some(user) = self.store.user(caller.tenant, own).await?
            && (key.parse() == Ok(own) || User::upn_key(key) == User::upn_key(&user.user_principal_name))
        {
            return Ok((user, ProfileView::Full));
        }
        let view = view?;
        Ok((self.user_by_key(caller, key).await?, view))
    }

    /// A user by object id or user principal name, whoever asks.
    pub(crate) async fn user_by_key(&self, caller: &Caller, key: &str) -> Result<User, NotDone> {
        let found = match key.parse::<UserId>() {
            Ok(id) => self.store.user(caller.tenant, id).await?,
            Err(_) => self.store.user_by_upn(caller.tenant, key).await?,
        };
        found.ok_or_else(|| NotDone::NotFound(key.to_owned()))
    }
}
