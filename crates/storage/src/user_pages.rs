//! Pages of users: by id, or in the order of a name, within a range of it. Each page costs the same, however many there are.

use lanyard_directory::{TenantId, User, UserId};
use uuid::Uuid;

use crate::rows::from_bodies;
use crate::statements::statements;
use crate::value::values;
use crate::{StorageError, Store};

macro_rules! ascending {
    ($table:literal, $key:literal) => {
        concat!(
            "SELECT body FROM ",
            $table,
            " WHERE tenant = $1 AND (",
            $key,
            ", id) > ($2, $3) AND ",
            $key,
            " <= $4 ORDER BY ",
            $key,
            ", id LIMIT $5"
        )
    };
}

macro_rules! descending {
    ($table:literal, $key:literal) => {
        concat!(
            "SELECT body FROM ",
            $table,
            " WHERE tenant = $1 AND (",
            $key,
            ", id) < ($2, $3) AND ",
            $key,
            " >= $4 ORDER BY ",
            $key,
            " DESC, id DESC LIMIT $5"
        )
    };
}
pub(crate) use {ascending, descending};

statements! {
    BY_ID = "SELECT body FROM users WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
    BY_SIGN_IN_NAME = ascending!("users", "upn_key");
    BY_SIGN_IN_NAME_DOWN = descending!("users", "upn_key");
    BY_NAME = ascending!("users", "name_key");
    BY_NAME_DOWN = descending!("users", "name_key");
    BY_MAIL = ascending!("users", "mail_key");
    BY_MAIL_DOWN = descending!("users", "mail_key");
}

/// Behind every text that begins with the one it is appended to.
pub(crate) const LAST: char = char::MAX;

/// Where a page begins and which way it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// Only keys that begin so; empty: all.
    pub prefix: String,
    /// Only the key that equals the prefix.
    pub exactly: bool,
    /// From the last to the first.
    pub descending: bool,
}

/// The last row of the page before: its key and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlace {
    /// The key.
    pub key: String,
    /// The id.
    pub id: Uuid,
}

impl KeyRange {
    /// Every key, rising.
    #[must_use]
    pub fn all() -> Self {
        Self {
            prefix: String::new(),
            exactly: false,
            descending: false,
        }
    }

    fn last(&self) -> String {
        let mut last = self.prefix.clone();
        if !self.exactly {
            last.push(LAST);
        }
        last
    }

    /// Where a page begins, and the key it ends at.
    pub(crate) fn bounds(&self, after: Option<&KeyPlace>) -> (KeyPlace, String) {
        let (first, last) = (self.prefix.clone(), self.last());
        if self.descending {
            let edge = KeyPlace {
                key: last,
                id: Uuid::max(),
            };
            // A place from elsewhere must not widen the range.
            let start = after
                .cloned()
                .filter(|place| place.key < edge.key || self.exactly);
            (start.unwrap_or(edge), first)
        } else {
            let edge = KeyPlace {
                key: first,
                id: Uuid::nil(),
            };
            let start = after.cloned().filter(|place| place.key >= edge.key);
            (start.unwrap_or(edge), last)
        }
    }
}

/// By what users are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserOrder {
    /// User principal name.
    SignInName,
    /// Name shown to people.
    Name,
    /// Mail address; users without are left out.
    Mail,
}

impl Store {
    /// Users in the order of their ids, after one or from the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn users_by_id(
        &self,
        tenant: TenantId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StorageError> {
        let after = after.unwrap_or(UserId(Uuid::nil()));
        let values = values![tenant, after, i64::from(limit)];
        from_bodies("user", self.database().fetch(BY_ID, values).await?)
    }

    /// Users in the order of a name, within a range of it. Keys are those of [`User::upn_key`] and [`User::name_key`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn users_by_key(
        &self,
        tenant: TenantId,
        order: UserOrder,
        range: &KeyRange,
        after: Option<&KeyPlace>,
        limit: u32,
    ) -> Result<Vec<User>, StorageError> {
        let sql = match (order, range.descending) {
            (UserOrder::SignInName, false) => BY_SIGN_IN_NAME,
            (UserOrder::SignInName, true) => BY_SIGN_IN_NAME_DOWN,
            (UserOrder::Name, false) => BY_NAME,
            (UserOrder::Name, true) => BY_NAME_DOWN,
            (UserOrder::Mail, false) => BY_MAIL,
            (UserOrder::Mail, true) => BY_MAIL_DOWN,
        };
        let (start, end) = range.bounds(after);
        let values = values![tenant, start.key, start.id, end, i64::from(limit)];
        from_bodies("user", self.database().fetch(sql, values).await?)
    }
}
