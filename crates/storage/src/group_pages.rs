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
        WHERE m.tenant = $1 AND m.group_id = $2 AND m.member > $3 AND ($4 = 0 OR m.kind = $4) ORDER BY m.member LIMIT $5";
    COUNT_MEMBERS = "SELECT COUNT(*) FROM group_members WHERE tenant = $1 AND group_id = $2 AND ($3 = 0 OR kind = $3)";
    GROUPS_OF = "SELECT g.body FROM group_members m JOIN directory_groups g ON g.id = m.group_id AND g.tenant = m.tenant \
        WHERE m.tenant = $1 AND m.member = $2 ORDER BY g.id";
    TRANSITIVE_GROUPS_OF = "WITH RECURSIVE above (id) AS ( \
        SELECT group_id FROM group_members WHERE tenant = $1 AND member = $2 \
        UNION SELECT m.group_id FROM group_members m JOIN above a ON m.member = a.id WHERE m.tenant = $1) \
        SELECT g.body FROM above a JOIN directory_groups g ON g.id = a.id \
        WHERE CASE WHEN g.tenant = $1 THEN 1 ELSE 0 END = 1 ORDER BY g.id";
}

/// Stands for members of any kind in a statement.
pub(crate) const ANY_KIND: i64 = 0;

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

    /// The groups a user or group is a member of, or with `transitive` also those these belong to, in the order of their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn group_objects_of(
        &self,
        tenant: TenantId,
        member: Uuid,
        transitive: bool,
    ) -> Result<Vec<Group>, StorageError> {
        let sql = if transitive {
            TRANSITIVE_GROUPS_OF
        } else {
            GROUPS_OF
        };
        from_bodies(
            "group",
            self.database().fetch(sql, values![tenant, member]).await?,
        )
    }

    /// How many members a group has, direct ones or with `transitive` those of nested groups too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_members(
        &self,
        tenant: TenantId,
        group: GroupId,
        transitive: bool,
        kind: Option<MemberKind>,
    ) -> Result<u64, StorageError> {
        if transitive {
            return self.count_nested_members(tenant, group, kind).await;
        }
        let values = values![tenant, group, kind.map_or(ANY_KIND, MemberKind::number)];
        let row: Option<(i64,)> = self.database().fetch_one(COUNT_MEMBERS, values).await?;
        Ok(row.map_or(0, |(count,)| count.unsigned_abs()))
    }

    /// Direct members, or with `transitive` those of nested groups too, in the order of their ids; only those of a
    /// kind when one is given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn member_objects(
        &self,
        tenant: TenantId,
        group: GroupId,
        transitive: bool,
        kind: Option<MemberKind>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<MemberObject>, StorageError> {
        if transitive {
            return self
                .nested_member_objects(tenant, group, kind, after, limit)
                .await;
        }
        let values = values![
            tenant,
            group,
            after.unwrap_or(Uuid::nil()),
            kind.map_or(ANY_KIND, MemberKind::number),
            i64::from(limit)
        ];
        let rows: Vec<(Uuid, i64, Option<String>, Option<String>)> =
            self.database().fetch(MEMBERS, values).await?;
        let members = rows
            .into_iter()
            .filter_map(|(_, kind, user, group)| member_of_row(kind, user, group).transpose());
        members.collect()
    }
}

/// `None` when it was deleted a moment ago.
pub(crate) fn member_of_row(
    kind: i64,
    user: Option<String>,
    group: Option<String>,
) -> Result<Option<MemberObject>, StorageError> {
    Ok(match (MemberKind::from_number(kind)?, user, group) {
        (MemberKind::User, Some(body), _) => Some(MemberObject::User(Box::new(from_body("user", &body)?))),
        (MemberKind::Group, _, Some(body)) => Some(MemberObject::Group(Box::new(from_body("group", &body)?))),
        _ => None,
    })
}
