//! Pages of groups and of members with what they are.

use lanyard_directory::{Group, GroupId, TenantId, User};
use uuid::Uuid;

use crate::groups::MemberKind;
use crate::rows::{from_bodies, from_body};
use crate::statements::statements;
use crate::user_pages::{ascending, descending};
use crate::value::values;
use crate::{KeyPlace, KeyRange, StorageError, Store};

statements! {
    BY_NAME = ascending!("directory_groups", "name_key");
    BY_NAME_DOWN = descending!("directory_groups", "name_key");
    COUNT = "SELECT COUNT(*) FROM directory_groups WHERE tenant = $1";
    MEMBERS = "SELECT m.member, m.kind, u.body, g.body FROM group_members m \
        LEFT JOIN users u ON u.id = m.member AND u.tenant = m.tenant \
        LEFT JOIN directory_groups g ON g.id = m.member AND g.tenant = m.tenant \
        WHERE m.tenant = $1 AND m.group_id = $2 AND m.member > $3 ORDER BY m.member LIMIT $4";
    TRANSITIVE_MEMBERS = "WITH RECURSIVE below (id, kind) AS ( \
        SELECT member, kind FROM group_members WHERE tenant = $1 AND group_id = $2 \
        UNION SELECT m.member, m.kind FROM group_members m JOIN below b ON m.group_id = b.id WHERE m.tenant = $1) \
        SELECT b.id, b.kind, u.body, g.body FROM below b \
        LEFT JOIN users u ON u.id = b.id AND u.tenant = $1 \
        LEFT JOIN directory_groups g ON g.id = b.id AND g.tenant = $1 \
        WHERE b.id > $3 ORDER BY b.id LIMIT $4";
}

/// A member of a group with its properties.
#[derive(Clone, Debug)]
pub enum MemberObject {
    /// A person.
    User(Box<User>),
    /// A group.
    Group(Box<Group>),
}

impl MemberObject {
    /// Its object id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::User(user) => user.id.0,
            Self::Group(group) => group.id.0,
        }
    }
}

impl Store {
    /// Groups in the order of their names, within a range of it. Keys are those of [`User::name_key`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn groups_by_name(
        &self,
        tenant: TenantId,
        range: &KeyRange,
        after: Option<&KeyPlace>,
        limit: u32,
    ) -> Result<Vec<Group>, StorageError> {
        let sql = if range.descending { BY_NAME_DOWN } else { BY_NAME };
        let (start, end) = range.bounds(after);
        let values = values![tenant, start.key, start.id, end, i64::from(limit)];
        from_bodies("group", self.database().fetch(sql, values).await?)
    }

    /// How many groups the tenant has.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_groups(&self, tenant: TenantId) -> Result<u64, StorageError> {
        let row: Option<(i64,)> = self.database().fetch_one(COUNT, values![tenant]).await?;
        Ok(row.map_or(0, |(count,)| count.unsigned_abs()))
    }

    /// Direct members, or with `transitive` those of nested groups too, in the order of their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn member_objects(
        &self,
        tenant: TenantId,
        group: GroupId,
        transitive: bool,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<MemberObject>, StorageError> {
        let sql = if transitive { TRANSITIVE_MEMBERS } else { MEMBERS };
        let values = values![tenant, group, after.unwrap_or(Uuid::nil()), i64::from(limit)];
        let rows: Vec<(Uuid, i64, Option<String>, Option<String>)> =
            self.database().fetch(sql, values).await?;
        let mut members = Vec::with_capacity(rows.len());
        for (_, kind, user, group) in rows {
            match (MemberKind::from_number(kind)?, user, group) {
                (MemberKind::User, Some(body), _) => {
                    members.push(MemberObject::User(Box::new(from_body("user", &body)?)));
                }
                (MemberKind::Group, _, Some(body)) => {
                    members.push(MemberObject::Group(Box::new(from_body("group", &body)?)));
                }
                // Deleted a moment ago.
                _ => {}
            }
        }
        Ok(members)
    }
}
