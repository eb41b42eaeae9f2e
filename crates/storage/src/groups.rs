//! Groups and their members. Groups may be nested, even in a circle.

use lanyard_directory::{Group, GroupId, TenantId};
use uuid::Uuid;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::rows::{from_bodies, from_optional_body, to_body};
use crate::statements::statements;
use crate::value::{Value, values};
use crate::{ChangeKind, StorageError, Store, Write, app_role_assignments, owners};

statements! {
    INSERT = "INSERT INTO directory_groups (id, tenant, name_key, body) VALUES ($1, $2, $3, $4)";
    UPDATE = "UPDATE directory_groups SET name_key = $3, body = $4 WHERE id = $1 AND tenant = $2";
    CHANGE = "UPDATE directory_groups SET name_key = $3, body = $4 WHERE id = $1 AND tenant = $2 AND body = $5";
    DELETE = "DELETE FROM directory_groups WHERE id = $1 AND tenant = $2";
    DELETE_AS_MEMBER = "DELETE FROM group_members WHERE member = $1 AND tenant = $2";
    BY_ID = "SELECT body FROM directory_groups WHERE id = $1 AND tenant = $2";
    BY_NAME = "SELECT body FROM directory_groups WHERE tenant = $1 AND name_key = $2 ORDER BY id LIMIT 2";
    PAGE = "SELECT body FROM directory_groups WHERE tenant = $1 AND (name_key, id) > ($2, $3) \
        ORDER BY name_key, id LIMIT $4";
    FIRST_PAGE = "SELECT body FROM directory_groups WHERE tenant = $1 ORDER BY name_key, id LIMIT $2";
    ADD_MEMBER = "INSERT INTO group_members (tenant, group_id, member, kind) \
        SELECT tenant, id, $3, $4 FROM directory_groups WHERE tenant = $1 AND id = $2";
    REMOVE_MEMBER = "DELETE FROM group_members WHERE tenant = $1 AND group_id = $2 AND member = $3";
    MEMBERS = "SELECT member, kind FROM group_members WHERE tenant = $1 AND group_id = $2 AND member > $3 \
        ORDER BY member LIMIT $4";
    GROUPS_OF = "SELECT group_id FROM group_members WHERE tenant = $1 AND member = $2 ORDER BY group_id";
    TRANSITIVE_GROUPS_OF = "WITH RECURSIVE above (id) AS ( \
        SELECT group_id FROM group_members WHERE tenant = $1 AND member = $2 \
        UNION SELECT m.group_id FROM group_members m JOIN above a ON m.member = a.id WHERE m.tenant = $1) \
        SELECT id FROM above ORDER BY id";
}

pub(crate) const GROUP_ID: &str = "group id";

/// What a member of a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A user.
    User,
    /// A group; its members count too.
    Group,
}

impl MemberKind {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::User => 1,
            Self::Group => 2,
        }
    }

    pub(crate) fn from_number(number: i64) -> Result<Self, StorageError> {
        match number {
            1 => Ok(Self::User),
            2 => Ok(Self::Group),
            other => Err(StorageError::corrupt("group member", format!("kind {other}"))),
        }
    }
}

/// A direct member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Object id of the user or group.
    pub id: Uuid,
    /// What it is.
    pub kind: MemberKind,
}

/// Names are compared and sorted in lower case.
fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Id, tenant, key of the name, body.
pub(crate) fn columns(group: &Group) -> Result<Vec<Value>, StorageError> {
    Ok(values![
        group.id,
        group.tenant,
        name_key(&group.display_name),
        to_body("group", group)?
    ])
}

pub(crate) fn insert(unit: &mut Unit, group: &Group) -> Result<(), StorageError> {
    unit.push(INSERT, columns(group)?, Expect::Any, GROUP_ID);
    unit.note(ChangeNote::new(group.tenant, ChangeKind::Group, group.id));
    Ok(())
}

pub(crate) fn update(unit: &mut Unit, group: &Group) -> Result<(), StorageError> {
    unit.push(UPDATE, columns(group)?, Expect::Found("group"), GROUP_ID);
    unit.note(ChangeNote::new(group.tenant, ChangeKind::Group, group.id));
    Ok(())
}

/// Replaces a group that still is what it was, or nothing of the unit happens.
pub(crate) fn change(unit: &mut Unit, was: &Group, becomes: &Group) -> Result<(), StorageError> {
    let values = values![
        becomes.id,
        becomes.tenant,
        name_key(&becomes.display_name),
        to_body("group", becomes)?,
        to_body("group", was)?
    ];
    unit.push(CHANGE, values, Expect::SameVersion, GROUP_ID);
    unit.note(ChangeNote::new(becomes.tenant, ChangeKind::Group, becomes.id));
    Ok(())
}

pub(crate) fn delete(unit: &mut Unit, tenant: TenantId, group: GroupId) {
    unit.push(DELETE, values![group, tenant], Expect::Found("group"), GROUP_ID);
    unit.run(DELETE_AS_MEMBER, values![group, tenant]);
    app_role_assignments::remove_of_principal(unit, tenant, group.0);
    owners::remove_all(unit, tenant, group.0);
    unit.note(ChangeNote::new(tenant, ChangeKind::Group, group));
}

pub(crate) fn add_member(unit: &mut Unit, tenant: TenantId, group: GroupId, member: Member) {
    let values = values![tenant, group, member.id, member.kind.number()];
    unit.push(ADD_MEMBER, values, Expect::Found("group"), "member");
    unit.note(ChangeNote::new(tenant, ChangeKind::Group, group));
}

pub(crate) fn remove_member(unit: &mut Unit, tenant: TenantId, group: GroupId, member: Uuid) {
    unit.push(
        REMOVE_MEMBER,
        values![tenant, group, member],
        Expect::Found("member"),
        "member",
    );
    unit.note(ChangeNote::new(tenant, ChangeKind::Group, group));
}

impl Store {
    /// Adds a group.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when its id is taken.
    pub async fn insert_group(&self, group: &Group) -> Result<(), StorageError> {
        self.write(Write::InsertGroup(group.clone())).await
    }

    /// Replaces a group.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn update_group(&self, group: &Group) -> Result<(), StorageError> {
        self.write(Write::UpdateGroup(group.clone())).await
    }

    /// Removes a group, its list of members and its own memberships.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn delete_group(&self, tenant: TenantId, group: GroupId) -> Result<(), StorageError> {
        self.write(Write::DeleteGroup { tenant, group }).await
    }

    /// A group by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn group(&self, tenant: TenantId, group: GroupId) -> Result<Option<Group>, StorageError> {
        from_optional_body(
            "group",
            self.database().fetch_one(BY_ID, values![group, tenant]).await?,
        )
    }

    /// A group by its name, without regard to case.
    ///
    /// # Errors
    /// [`StorageError::Ambiguous`]: names of groups need not be unique.
    pub async fn group_by_display_name(
        &self,
        tenant: TenantId,
        name: &str,
    ) -> Result<Option<Group>, StorageError> {
        let rows = self
            .database()
            .fetch(BY_NAME, values![tenant, name_key(name)])
            .await?;
        let mut groups: Vec<Group> = from_bodies("group", rows)?;
        match groups.len() {
            0 | 1 => Ok(groups.pop()),
            _ => Err(StorageError::Ambiguous { what: "groups" }),
        }
    }

    /// Groups in the order of their names, after one or from the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn groups(
        &self,
        tenant: TenantId,
        after: Option<&Group>,
        limit: u32,
    ) -> Result<Vec<Group>, StorageError> {
        let limit = i64::from(limit);
        let rows = match after {
            Some(last) => {
                let values = values![tenant, name_key(&last.display_name), last.id, limit];
                self.database().fetch(PAGE, values).await?
            }
            None => self.database().fetch(FIRST_PAGE, values![tenant, limit]).await?,
        };
        from_bodies("group", rows)
    }

    /// Makes a user or group a member. Whether it exists is the caller's to know.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] without such a group, [`StorageError::Duplicate`] when it is a member already.
    pub async fn add_member(
        &self,
        tenant: TenantId,
        group: GroupId,
        member: Uuid,
        kind: MemberKind,
    ) -> Result<(), StorageError> {
        self.write(Write::AddMember {
            tenant,
            group,
            member: Member { id: member, kind },
        })
        .await
    }

    /// Ends a direct membership.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn remove_member(
        &self,
        tenant: TenantId,
        group: GroupId,
        member: Uuid,
    ) -> Result<(), StorageError> {
        self.write(Write::RemoveMember {
            tenant,
            group,
            member,
        })
        .await
    }

    /// Direct members in the order of their ids, after one or from the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn members(
        &self,
        tenant: TenantId,
        group: GroupId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Member>, StorageError> {
        let values = values![tenant, group, after.unwrap_or(Uuid::nil()), i64::from(limit)];
        let rows: Vec<(Uuid, i64)> = self.database().fetch(MEMBERS, values).await?;
        rows.into_iter()
            .map(|(id, kind)| {
                Ok(Member {
                    id,
                    kind: MemberKind::from_number(kind)?,
                })
            })
            .collect()
    }

    /// The groups a user or group is a direct member of.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn groups_of(&self, tenant: TenantId, member: Uuid) -> Result<Vec<GroupId>, StorageError> {
        let rows: Vec<(Uuid,)> = self.database().fetch(GROUPS_OF, values![tenant, member]).await?;
        Ok(rows.into_iter().map(|(id,)| GroupId(id)).collect())
    }

    /// The groups a user or group is a member of, directly or through other groups.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn transitive_groups_of(
        &self,
        tenant: TenantId,
        member: Uuid,
    ) -> Result<Vec<GroupId>, StorageError> {
        let rows: Vec<(Uuid,)> = self
            .database()
            .fetch(TRANSITIVE_GROUPS_OF, values![tenant, member])
            .await?;
        Ok(rows.into_iter().map(|(id,)| GroupId(id)).collect())
    }
}
