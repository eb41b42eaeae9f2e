use std::collections::BTreeSet;

use lanyard_directory::{Group, GroupId, TenantId};
use lanyard_storage::{Member, MemberKind, StorageError, Store};
use uuid::Uuid;

use crate::samples;

async fn groups(store: &Store, tenant: TenantId, count: usize) -> Vec<GroupId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let group = samples::group(tenant, &format!("Group {number}"));
        store.insert_group(&group).await.unwrap();
        ids.push(group.id);
    }
    ids
}

pub(crate) async fn membership_is_transitive_and_circles_end(store: Store) {
    let tenant = samples::tenant(&store).await;
    let ids = groups(&store, tenant, 6).await;
    let user = samples::user(tenant, "Member@contoso.example");
    store.insert_user(&user, &[]).await.unwrap();
    let person = user.id.0;
    // 0 → 1 → 2 → 0 is a circle; 2 → 3 leaves it; 4 contains itself; 5 is not reached.
    for (group, member) in [(1, 0), (2, 1), (0, 2), (3, 2), (4, 4), (5, 4)] {
        store
            .add_member(tenant, ids[group], ids[member].0, MemberKind::Group)
            .await
            .unwrap();
    }
    store
        .add_member(tenant, ids[0], person, MemberKind::User)
        .await
        .unwrap();
    let set = |groups: Vec<GroupId>| groups.into_iter().collect::<BTreeSet<_>>();
    let reached = store.transitive_groups_of(tenant, person).await.unwrap();
    assert_eq!(reached.len(), 4, "each group once");
    assert_eq!(set(reached), set(ids[..4].to_vec()));
    assert_eq!(store.groups_of(tenant, person).await.unwrap(), [ids[0]]);
    let with_groups = Some((user.clone(), set(ids[..4].to_vec()).into_iter().collect()));
    assert_eq!(
        store.user_with_groups(tenant, user.id).await.unwrap(),
        with_groups
    );
    let by_name = store
        .user_with_groups_by_upn(tenant, "member@CONTOSO.example")
        .await;
    assert_eq!(by_name.unwrap(), with_groups);
    assert_eq!(
        set(store.transitive_groups_of(tenant, ids[4].0).await.unwrap()),
        set(ids[4..].to_vec())
    );
    assert_eq!(
        store.transitive_groups_of(tenant, Uuid::new_v4()).await.unwrap(),
        []
    );
    let other = samples::tenant(&store).await;
    assert_eq!(store.transitive_groups_of(other, person).await.unwrap(), []);
    assert_eq!(store.user_with_groups(other, user.id).await.unwrap(), None);
    let alone = samples::user(tenant, "alone@contoso.example");
    store.insert_user(&alone, &[]).await.unwrap();
    assert_eq!(
        store.user_with_groups(tenant, alone.id).await.unwrap(),
        Some((alone, Vec::new()))
    );

    store.delete_group(tenant, ids[1]).await.unwrap();
    assert_eq!(
        store.transitive_groups_of(tenant, person).await.unwrap(),
        [ids[0]]
    );
}

pub(crate) async fn groups_are_found_by_name_and_come_in_pages(store: Store) {
    let tenant = samples::tenant(&store).await;
    for name in ["Staff", "Élan", "admins", "Twin", "twin"] {
        store.insert_group(&samples::group(tenant, name)).await.unwrap();
    }
    let staff = store
        .group_by_display_name(tenant, "sTAFF")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(staff.display_name, "Staff");
    assert_eq!(store.group_by_display_name(tenant, "nobody").await.unwrap(), None);
    let twins = store.group_by_display_name(tenant, "Twin").await;
    assert!(matches!(twins, Err(StorageError::Ambiguous { .. })));

    let renamed = Group {
        display_name: "Crew".to_owned(),
        ..staff.clone()
    };
    store.update_group(&renamed).await.unwrap();
    assert_eq!(store.group_by_display_name(tenant, "staff").await.unwrap(), None);
    assert_eq!(store.group(tenant, staff.id).await.unwrap(), Some(renamed));

    let (mut names, mut after) = (Vec::new(), None::<Group>);
    loop {
        let page = store.groups(tenant, after.as_ref(), 2).await.unwrap();
        names.extend(page.iter().map(|group| group.display_name.to_lowercase()));
        after = page.last().cloned();
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["admins", "crew", "twin", "twin", "élan"]);
}

pub(crate) async fn members_are_added_once_and_removed(store: Store) {
    let tenant = samples::tenant(&store).await;
    let group = groups(&store, tenant, 1).await[0];
    let mut members: Vec<Member> = (0..7)
        .map(|_| Member {
            id: Uuid::new_v4(),
            kind: MemberKind::User,
        })
        .collect();
    members[3].kind = MemberKind::Group;
    for Member { id, kind } in &members {
        store.add_member(tenant, group, *id, *kind).await.unwrap();
    }
    let again = store
        .add_member(tenant, group, members[0].id, MemberKind::User)
        .await;
    assert!(
        matches!(again, Err(StorageError::Duplicate { what: "member" })),
        "{again:?}"
    );
    let nowhere = store
        .add_member(tenant, GroupId(Uuid::new_v4()), members[0].id, MemberKind::User)
        .await;
    assert!(
        matches!(nowhere, Err(StorageError::NotFound { what: "group" })),
        "{nowhere:?}"
    );

    members.sort_by_key(|member| member.id);
    let page = store.members(tenant, group, None, 4).await.unwrap();
    assert_eq!(page, members[..4]);
    assert_eq!(
        store.members(tenant, group, Some(page[3].id), 4).await.unwrap(),
        members[4..]
    );

    store.remove_member(tenant, group, members[0].id).await.unwrap();
    let gone = store.remove_member(tenant, group, members[0].id).await;
    assert!(
        matches!(gone, Err(StorageError::NotFound { what: "member" })),
        "{gone:?}"
    );
    assert_eq!(store.members(tenant, group, None, 9).await.unwrap(), members[1..]);
}
