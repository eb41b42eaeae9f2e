use lanyard_directory::{Device, User};
use lanyard_storage::{
    DeletedKind, DeletedRow, KeyPlace, KeyRange, MemberKind, MemberObject, StorageError, Store, UserOrder,
    Write,
};
use uuid::Uuid;

use crate::samples;

pub(crate) async fn users_come_by_id_and_by_every_name(store: Store) {
    let tenant = samples::tenant(&store).await;
    let mut users = Vec::new();
    for number in 0..25 {
        let mut user = samples::user(tenant, &format!("u{number:02}@contoso.example"));
        user.display_name = format!("{} {number}", ["Ädele", "bob", "Äda"][number % 3]);
        user.mail = number
            .is_multiple_of(2)
            .then(|| format!("M{number:02}@contoso.example"));
        users.push((user, Vec::new()));
    }
    store.insert_users(&users, None).await.unwrap();
    let mut ids: Vec<_> = users.iter().map(|(user, _)| user.id).collect();
    ids.sort();
    let (mut found, mut after) = (Vec::new(), None);
    while let Some(last) = {
        let page = store.users_by_id(tenant, after, 10).await.unwrap();
        found.extend(page.iter().map(|user| user.id));
        page.last().map(|user| user.id)
    } {
        after = Some(last);
    }
    assert_eq!(found, ids);

    for (order, prefix, expected) in [
        (UserOrder::Name, "äd", 17),
        (UserOrder::Name, "äde", 9),
        (UserOrder::Name, "", 25),
        (UserOrder::Name, "zzz", 0),
        (UserOrder::SignInName, "u1", 10),
        (UserOrder::SignInName, "u01@contoso.example", 1),
        (UserOrder::Mail, "", 13),
        (UserOrder::Mail, "m0", 5),
    ] {
        for descending in [false, true] {
            let range = KeyRange {
                prefix: prefix.to_owned(),
                exactly: false,
                descending,
            };
            let key = |user: &User| match order {
                UserOrder::Name => User::name_key(&user.display_name),
                UserOrder::SignInName => User::upn_key(&user.user_principal_name),
                UserOrder::Mail => User::name_key(user.mail.as_deref().unwrap()),
            };
            let (mut all, mut place) = (Vec::new(), None);
            loop {
                let page = store
                    .users_by_key(tenant, order, &range, place.as_ref(), 4)
                    .await
                    .unwrap();
                let Some(last) = page.last() else { break };
                place = Some(KeyPlace {
                    key: key(last),
                    id: last.id.0,
                });
                all.extend(page.iter().map(|user| (key(user), user.id)));
            }
            assert_eq!(all.len(), expected, "{order:?} {prefix} {descending}");
            let mut sorted = all.clone();
            sorted.sort();
            if descending {
                sorted.reverse();
            }
            assert_eq!(all, sorted);
        }
    }
    let exactly = KeyRange {
        prefix: "bob 1".to_owned(),
        exactly: true,
        descending: false,
    };
    let page = store
        .users_by_key(tenant, UserOrder::Name, &exactly, None, 9)
        .await
        .unwrap();
    assert_eq!(page.len(), 1, "and not bob 10");
}

pub(crate) async fn members_come_with_what_they_are(store: Store) {
    let tenant = samples::tenant(&store).await;
    let (outer, inner) = (samples::group(tenant, "Outer"), samples::group(tenant, "Inner"));
    let user = samples::user(tenant, "a@contoso.example");
    store.insert_group(&outer).await.unwrap();
    store.insert_group(&inner).await.unwrap();
    store.insert_user(&user, &[]).await.unwrap();
    store
        .add_member(tenant, outer.id, inner.id.0, MemberKind::Group)
        .await
        .unwrap();
    store
        .add_member(tenant, inner.id, user.id.0, MemberKind::User)
        .await
        .unwrap();
    store
        .add_member(tenant, inner.id, outer.id.0, MemberKind::Group)
        .await
        .unwrap();
    let direct = store
        .member_objects(tenant, outer.id, false, None, None, 9)
        .await
        .unwrap();
    assert!(matches!(direct.as_slice(), [MemberObject::Group(group)] if **group == inner));
    let all = store
        .member_objects(tenant, outer.id, true, None, None, 9)
        .await
        .unwrap();
    assert_eq!(all.len(), 3, "the user, and both groups in their circle");
    let last = all[1].id();
    assert_eq!(
        store
            .member_objects(tenant, outer.id, true, None, Some(last), 9)
            .await
            .unwrap()
            .len(),
        1
    );
    for (transitive, kind, expected) in [
        (false, None, 1),
        (true, None, 3),
        (true, Some(MemberKind::User), 1),
        (true, Some(MemberKind::Group), 2),
        (false, Some(MemberKind::User), 0),
    ] {
        let listed = store
            .member_objects(tenant, outer.id, transitive, kind, None, 9)
            .await
            .unwrap();
        let counted = store
            .count_members(tenant, outer.id, transitive, kind)
            .await
            .unwrap();
        assert_eq!(
            (listed.len() as u64, counted),
            (expected, expected),
            "{transitive} {kind:?}"
        );
    }
    for (transitive, expected) in [(false, 1), (true, 2)] {
        let above = store
            .group_objects_of(tenant, user.id.0, transitive)
            .await
            .unwrap();
        assert_eq!(above.len(), expected);
    }
    let names = store
        .groups_by_name(tenant, &KeyRange::all(), None, 9)
        .await
        .unwrap();
    assert_eq!(names, [inner, outer]);
    assert_eq!(store.count_groups(tenant).await.unwrap(), 2);
}

pub(crate) async fn what_was_deleted_is_kept_and_forgotten(store: Store) {
    let tenant = samples::tenant(&store).await;
    let row = DeletedRow {
        id: Uuid::new_v4(),
        tenant,
        kind: DeletedKind::User,
        deleted_us: 5,
        body: "{}".to_owned(),
    };
    store.commit(vec![Write::KeepDeleted(row.clone())]).await.unwrap();
    assert_eq!(
        store.deleted_object(tenant, row.id).await.unwrap(),
        Some(row.clone())
    );
    assert_eq!(
        store
            .deleted_objects(tenant, DeletedKind::User, None, 9)
            .await
            .unwrap(),
        [row.clone()]
    );
    assert!(
        store
            .deleted_objects(tenant, DeletedKind::Group, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    let forget = Write::ForgetDeleted { tenant, id: row.id };
    store.commit(vec![forget.clone()]).await.unwrap();
    assert!(matches!(
        store.commit(vec![forget]).await,
        Err(StorageError::NotFound { .. })
    ));
}

pub(crate) async fn a_user_is_changed_only_from_what_it_was(store: Store) {
    let tenant = samples::tenant(&store).await;
    let was = samples::user(tenant, "a@contoso.example");
    store.insert_user(&was, &["X".to_owned()]).await.unwrap();
    let mut becomes = was.clone();
    becomes.mail = Some("A@contoso.example".to_owned());
    becomes.profile.department = Some("IT".to_owned());
    let change = Write::ChangeUser {
        was: Box::new(was),
        becomes: Box::new(becomes.clone()),
        canonical_certificate_user_ids: None,
    };
    store.commit(vec![change.clone()]).await.unwrap();
    assert!(matches!(
        store.commit(vec![change]).await,
        Err(StorageError::VersionConflict)
    ));
    assert_eq!(
        store.user_by_certificate_user_id(tenant, "X").await.unwrap(),
        Some(becomes)
    );
}

pub(crate) async fn devices_are_found_by_both_ids(store: Store) {
    let tenant = samples::tenant(&store).await;
    let device = Device {
        id: Uuid::new_v4(),
        tenant,
        device_id: Uuid::new_v4(),
        display_name: "Laptop".to_owned(),
        account_enabled: true,
        operating_system: "Windows".to_owned(),
        operating_system_version: "10".to_owned(),
        is_compliant: None,
        is_managed: None,
        alternative_security_ids: Vec::new(),
        created: samples::now(),
    };
    store
        .commit(vec![Write::InsertDevice(Box::new(device.clone()))])
        .await
        .unwrap();
    assert_eq!(
        store.device(tenant, device.id).await.unwrap().as_ref(),
        Some(&device)
    );
    assert_eq!(
        store
            .device_by_device_id(tenant, device.device_id)
            .await
            .unwrap()
            .as_ref(),
        Some(&device)
    );
    assert_eq!(store.devices(tenant, None, 9).await.unwrap(), [device.clone()]);
    let device_id = device.id;
    store
        .commit(vec![Write::DeleteDevice {
            tenant,
            device: device_id,
        }])
        .await
        .unwrap();
    assert!(store.devices(tenant, None, 9).await.unwrap().is_empty());
}
