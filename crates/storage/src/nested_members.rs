//! Members of a group and of the groups in it, page by page, at a cost that does not grow with the group.
//!
//! Few members are gathered and sorted. Many are not: people are looked at in the order of their ids, and those in one of
//! the groups are taken; the more members there are, the sooner a page is full.

use std::collections::HashSet;

use lanyard_directory::{GroupId, TenantId};
use uuid::Uuid;

use crate::group_pages::{ANY_KIND, MemberObject, member_of_row};
use crate::groups::MemberKind;
use crate::rows::from_body;
use crate::statements::statements;
use crate::value::values;
use crate::{StorageError, Store};

/// The group and all groups in it. `CROSS JOIN` is SQLite's word for "in this order"; PostgreSQL joins as it likes.
macro_rules! inside {
    ($rest:literal) => {
        concat!(
            "WITH RECURSIVE inside (id) AS ( \
             SELECT id FROM directory_groups WHERE tenant = $1 AND id = $2 \
             UNION SELECT m.member FROM inside i CROSS JOIN group_members m \
             WHERE m.group_id = i.id AND m.tenant = $1 AND m.kind = 2)",
            $rest
        )
    };
}

statements! {
    GROUPS_BELOW = "WITH RECURSIVE below (id) AS ( \
        SELECT member FROM group_members WHERE tenant = $1 AND group_id = $2 AND kind = 2 \
        UNION SELECT m.member FROM below b CROSS JOIN group_members m \
        WHERE m.group_id = b.id AND m.tenant = $1 AND m.kind = 2) \
        SELECT id FROM below ORDER BY id";
    MEMBERSHIPS_UP_TO = inside!(" SELECT COUNT(*) FROM ( \
        SELECT 1 FROM inside i JOIN group_members m ON m.group_id = i.id WHERE m.tenant = $1 LIMIT $3) AS counted");
    GATHERED = inside!(", below (id, kind) AS ( \
        SELECT DISTINCT m.member, m.kind FROM inside i JOIN group_members m ON m.group_id = i.id \
        WHERE m.tenant = $1 AND m.member > $3 AND ($4 = 0 OR m.kind = $4) ORDER BY m.member LIMIT $5) \
        SELECT b.id, b.kind, u.body, g.body FROM below b \
        LEFT JOIN users u ON u.id = b.id AND u.tenant = $1 \
        LEFT JOIN directory_groups g ON g.id = b.id AND g.tenant = $1 ORDER BY b.id");
    COUNT = inside!(" SELECT COUNT(DISTINCT m.member) FROM inside i JOIN group_members m ON m.group_id = i.id \
        WHERE m.tenant = $1 AND ($3 = 0 OR m.kind = $3)");
    GROUPS_IN_GROUPS = "SELECT group_id, member FROM group_members WHERE tenant = $1 AND kind = 2";
    PEOPLE_WITH_GROUPS = "SELECT u.id, m.group_id FROM ( \
        SELECT id FROM users WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3) AS u \
        LEFT JOIN group_members m ON m.member = u.id AND m.tenant = $1";
}

/// Up to so many memberships are gathered and sorted for a page.
const GATHERED_AT_MOST: u32 = 20_000;
/// People looked at by one statement.
const LOOKED_AT: u32 = 500;

impl Store {
    /// Every group in a group: the outer one and the inner one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn groups_in_groups(&self, tenant: TenantId) -> Result<Vec<(GroupId, GroupId)>, StorageError> {
        let rows: Vec<(Uuid, Uuid)> = self.database().fetch(GROUPS_IN_GROUPS, values![tenant]).await?;
        Ok(rows
            .into_iter()
            .map(|(outer, inner)| (GroupId(outer), GroupId(inner)))
            .collect())
    }

    /// How many members a group and the groups in it have, each once.
    pub(crate) async fn count_nested_members(
        &self,
        tenant: TenantId,
        group: GroupId,
        kind: Option<MemberKind>,
    ) -> Result<u64, StorageError> {
        let values = values![tenant, group, kind.map_or(ANY_KIND, MemberKind::number)];
        let row: Option<(i64,)> = self.database().fetch_one(COUNT, values).await?;
        Ok(row.map_or(0, |(count,)| count.unsigned_abs()))
    }

    /// A page of them in the order of their ids.
    pub(crate) async fn nested_member_objects(
        &self,
        tenant: TenantId,
        group: GroupId,
        kind: Option<MemberKind>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<MemberObject>, StorageError> {
        let after = after.unwrap_or(Uuid::nil());
        let values = values![tenant, group, i64::from(GATHERED_AT_MOST) + 1];
        let row: Option<(i64,)> = self.database().fetch_one(MEMBERSHIPS_UP_TO, values).await?;
        if row.is_some_and(|(count,)| count > i64::from(GATHERED_AT_MOST)) {
            self.met_on_the_way(tenant, group, kind, after, limit).await
        } else {
            self.gathered(tenant, group, kind, after, limit).await
        }
    }

    async fn gathered(
        &self,
        tenant: TenantId,
        group: GroupId,
        kind: Option<MemberKind>,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<MemberObject>, StorageError> {
        let kind = kind.map_or(ANY_KIND, MemberKind::number);
        let values = values![tenant, group, after, kind, i64::from(limit)];
        let rows: Vec<(Uuid, i64, Option<String>, Option<String>)> =
            self.database().fetch(GATHERED, values).await?;
        let members = rows
            .into_iter()
            .filter_map(|(_, kind, user, group)| member_of_row(kind, user, group).transpose());
        members.collect()
    }

    async fn met_on_the_way(
        &self,
        tenant: TenantId,
        group: GroupId,
        kind: Option<MemberKind>,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<MemberObject>, StorageError> {
        let limit = limit as usize;
        let below: Vec<(Uuid,)> = self
            .database()
            .fetch(GROUPS_BELOW, values![tenant, group])
            .await?;
        let below: Vec<Uuid> = below.into_iter().map(|(id,)| id).collect();
        let mut places: Vec<(Uuid, MemberKind)> = Vec::new();
        if kind != Some(MemberKind::Group) {
            let groups: HashSet<Uuid> = below.iter().copied().chain([group.0]).collect();
            let people = self.people_in(tenant, &groups, after, limit).await?;
            places.extend(people.into_iter().map(|id| (id, MemberKind::User)));
        }
        if kind != Some(MemberKind::User) {
            let groups = below.into_iter().filter(|id| *id > after);
            places.extend(groups.take(limit).map(|id| (id, MemberKind::Group)));
        }
        places.sort_unstable_by_key(|(id, _)| *id);
        places.truncate(limit);
        self.bodies_of(tenant, &places).await
    }

    /// The next people behind an id who are in one of the groups.
    async fn people_in(
        &self,
        tenant: TenantId,
        groups: &HashSet<Uuid>,
        mut after: Uuid,
        limit: usize,
    ) -> Result<Vec<Uuid>, StorageError> {
        let mut found: Vec<Uuid> = Vec::with_capacity(limit);
        loop {
            let values = values![tenant, after, i64::from(LOOKED_AT)];
            let mut rows: Vec<(Uuid, Option<Uuid>)> =
                self.database().fetch(PEOPLE_WITH_GROUPS, values).await?;
            rows.sort_unstable();
            let Some((last, _)) = rows.last() else {
                return Ok(found);
            };
            after = *last;
            for (person, group) in rows {
                let is_in = group.is_some_and(|group| groups.contains(&group));
                if is_in && found.last() != Some(&person) {
                    if found.len() == limit {
                        return Ok(found);
                    }
                    found.push(person);
                }
            }
        }
    }

    async fn bodies_of(
        &self,
        tenant: TenantId,
        places: &[(Uuid, MemberKind)],
    ) -> Result<Vec<MemberObject>, StorageError> {
        let of_kind = |wanted: MemberKind| -> Vec<Uuid> {
            let wanted = places.iter().filter(|(_, kind)| *kind == wanted);
            wanted.map(|(id, _)| *id).collect()
        };
        let users = self.user_bodies(tenant, &of_kind(MemberKind::User)).await?;
        let groups = self.group_bodies(tenant, &of_kind(MemberKind::Group)).await?;
        let mut members = Vec::with_capacity(places.len());
        for (id, kind) in places {
            // What is missing was deleted a moment ago.
            match kind {
                MemberKind::User => {
                    if let Some(body) = users.get(id) {
                        members.push(MemberObject::User(Box::new(from_body("user", body)?)));
                    }
                }
                MemberKind::Group => {
                    if let Some(body) = groups.get(id) {
                        members.push(MemberObject::Group(Box::new(from_body("group", body)?)));
                    }
                }
            }
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::Member;
    use crate::{AuditRow, DatabaseUrl};
    use lanyard_directory::{Group, Tenant, User, UserId};

    fn group(tenant: TenantId, number: u128) -> Group {
        serde_json::from_value(serde_json::json!({
            "id": Uuid::from_u128(number << 64), "tenant": tenant, "displayName": format!("G{number}"),
            "mailNickname": "g", "created": "2026-01-01T00:00:00Z",
        }))
        .unwrap()
    }

    fn user(tenant: TenantId, number: u128) -> User {
        serde_json::from_value(serde_json::json!({
            "id": UserId(Uuid::from_u128((number * 7919 % 1201) << 64 | 1)), "tenant": tenant,
            "userPrincipalName": format!("u{number}@x.example"), "displayName": "U", "mailNickname": "u",
            "accountEnabled": true, "userType": "Member", "certificateUserIds": [],
            "created": "2026-01-01T00:00:00Z", "signInSessionsValidFrom": "2026-01-01T00:00:00Z",
        }))
        .unwrap()
    }

    /// Five groups in a circle with a side branch, 1,200 people, one in three in a group; both ways yield the same pages.
    #[tokio::test]
    async fn both_ways_yield_the_same_pages() {
        let store = Store::open(&DatabaseUrl::Temporary).await.unwrap();
        let tenant = TenantId(Uuid::from_u128(5));
        let document = serde_json::json!({
            "id": tenant, "displayName": "T", "domains": ["x.example"], "created": "2026-01-01T00:00:00Z",
        });
        let row: Tenant = serde_json::from_value(document).unwrap();
        store.insert_tenant(&row).await.unwrap();
        let audit = AuditRow {
            id: Uuid::from_u128(1),
            tenant,
            created_us: 0,
            activity: String::new(),
            actor: String::new(),
            target: String::new(),
            body: "{}".to_owned(),
        };
        let groups: Vec<Group> = (1..=5).map(|number| group(tenant, number * 200)).collect();
        store.insert_groups(&groups, &audit).await.unwrap();
        let users: Vec<(User, Vec<String>)> =
            (1..=1_200).map(|number| (user(tenant, number), vec![])).collect();
        store.insert_users(&users, None).await.unwrap();
        let mut members = Vec::new();
        for (outer, inner) in [(0, 1), (1, 2), (2, 0), (1, 3)] {
            let (outer, inner): (&Group, &Group) = (&groups[outer], &groups[inner]);
            let member = Member {
                id: inner.id.0,
                kind: MemberKind::Group,
            };
            members.push((outer.id, member));
        }
        for (number, (user, _)) in users.iter().enumerate().filter(|(number, _)| number % 3 == 0) {
            for place in [number % 5, (number + 1) % 5] {
                let member = Member {
                    id: user.id.0,
                    kind: MemberKind::User,
                };
                members.push((groups[place].id, member));
            }
        }
        let audit = AuditRow {
            id: Uuid::from_u128(2),
            ..audit
        };
        let added = store.insert_members(&members, &audit).await.unwrap();
        assert_eq!(added, members.len() as u64);
        for start in &groups {
            for kind in [None, Some(MemberKind::User), Some(MemberKind::Group)] {
                let (mut after, mut count) = (Uuid::nil(), 0);
                loop {
                    let ids = |page: Vec<MemberObject>| page.iter().map(MemberObject::id).collect::<Vec<_>>();
                    let one = store.gathered(tenant, start.id, kind, after, 90).await.unwrap();
                    let other = store
                        .met_on_the_way(tenant, start.id, kind, after, 90)
                        .await
                        .unwrap();
                    let (one, other) = (ids(one), ids(other));
                    assert_eq!(one, other, "{kind:?} behind {after}");
                    count += one.len();
                    match one.last() {
                        Some(last) => after = *last,
                        None => break,
                    }
                }
                let counted = store.count_nested_members(tenant, start.id, kind).await.unwrap();
                assert_eq!(count as u64, counted);
            }
        }
    }
}
