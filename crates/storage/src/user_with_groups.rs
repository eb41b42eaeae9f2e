//! A user together with all groups, read at once: what every sign-in of somebody who is not in memory needs.

use lanyard_directory::{GroupId, TenantId, User, UserId};
use uuid::Uuid;

use crate::rows::from_body;
use crate::statements::statements;
use crate::value::{Value, values};
use crate::{StorageError, Store};

/// One row with the user, then a row for each group.
macro_rules! with_groups {
    ($person:literal) => {
        concat!(
            "WITH RECURSIVE person (id, body) AS (SELECT id, body FROM users WHERE ",
            $person,
            "), above (id) AS ( \
                SELECT m.group_id FROM person p JOIN group_members m ON m.member = p.id WHERE m.tenant = $1 \
                UNION SELECT m.group_id FROM group_members m JOIN above a ON m.member = a.id WHERE m.tenant = $1) \
            SELECT body, NULL FROM person UNION ALL SELECT NULL, id FROM above"
        )
    };
}

statements! {
    BY_ID = with_groups!("tenant = $1 AND id = $2");
    BY_UPN = with_groups!("tenant = $1 AND upn_key = $2");
}

/// A user and the groups the user is a member of, directly or through other groups, in the order of their ids.
pub type UserWithGroups = (User, Vec<GroupId>);

impl Store {
    /// A user by id, with groups, as both were at one moment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user_with_groups(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Option<UserWithGroups>, StorageError> {
        self.read_with_groups(BY_ID, values![tenant, user]).await
    }

    /// The same by user principal name, without regard to case.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user_with_groups_by_upn(
        &self,
        tenant: TenantId,
        upn: &str,
    ) -> Result<Option<UserWithGroups>, StorageError> {
        self.read_with_groups(BY_UPN, values![tenant, User::upn_key(upn)])
            .await
    }

    async fn read_with_groups(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<UserWithGroups>, StorageError> {
        let rows: Vec<(Option<String>, Option<Uuid>)> = self.database().fetch(sql, values).await?;
        let mut user = None;
        let mut groups = Vec::new();
        for (body, group) in rows {
            if let Some(body) = body {
                user = Some(from_body("user", &body)?);
            }
            groups.extend(group.map(GroupId));
        }
        groups.sort_unstable();
        Ok(user.map(|user| (user, groups)))
    }
}
