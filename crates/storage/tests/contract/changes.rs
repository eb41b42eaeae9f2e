use std::time::Duration;

use futures_util::StreamExt;
use lanyard_directory::{DirectoryRole, RoleAssignment, UserId};
use lanyard_storage::{Change, ChangeKind, KeyRow, MemberKind, Store, Write};
use serde_json::json;
use uuid::Uuid;

use crate::samples;

pub(crate) async fn every_change_of_the_directory_is_announced_in_order(store: Store) {
    let mut watch = store
        .watch_changes(store.last_change().await.unwrap())
        .await
        .unwrap();
    let tenant = samples::tenant(&store).await;
    let user = samples::user(tenant, "a@x.example");
    let group = samples::group(tenant, "Staff");
    let app = samples::application(tenant, &[]);
    store
        .save_tenant_configuration(tenant, None, &json!({}), vec![])
        .await
        .unwrap();
    store.insert_user(&user, &[]).await.unwrap();
    store
        .insert_users(&[(samples::user(tenant, "b@x.example"), vec![])], None)
        .await
        .unwrap();
    store.insert_group(&group).await.unwrap();
    store
        .add_member(tenant, group.id, user.id.0, MemberKind::User)
        .await
        .unwrap();
    store.insert_application(&app).await.unwrap();
    let role = DirectoryRole::GLOBAL_ADMINISTRATOR;
    let assignment = RoleAssignment {
        id: Uuid::new_v4(),
        tenant,
        principal: user.id,
        role,
    };
    store.add_role_assignment(&assignment).await.unwrap();
    let key = KeyRow {
        id: Uuid::new_v4(),
        tenant: None,
        purpose: "token".to_owned(),
        sealed: vec![],
        not_before_us: 0,
        not_after_us: 0,
        created_us: 0,
    };
    store.insert_key(&key).await.unwrap();
    // The log, single-use values and sessions are nobody else's concern.
    let session = samples::session(tenant, user.id, 1);
    store
        .commit(vec![
            Write::SignIn(samples::sign_in(tenant, 1)),
            Write::Session(session),
        ])
        .await
        .unwrap();
    let ended = Write::Announce {
        tenant,
        kind: ChangeKind::Ended,
        id: Some(user.id.to_string()),
    };
    store.commit(vec![ended]).await.unwrap();

    let text = |id: Uuid| Some(id.to_string());
    let expected = [
        (Some(tenant), ChangeKind::Tenant, text(tenant.0)),
        (Some(tenant), ChangeKind::Configuration, text(tenant.0)),
        (Some(tenant), ChangeKind::User, text(user.id.0)),
        (Some(tenant), ChangeKind::User, None),
        (Some(tenant), ChangeKind::Group, text(group.id.0)),
        (Some(tenant), ChangeKind::Group, text(group.id.0)),
        (Some(tenant), ChangeKind::Application, text(app.app_id.0)),
        (Some(tenant), ChangeKind::Role, text(user.id.0)),
        (None, ChangeKind::Key, text(key.id)),
        (Some(tenant), ChangeKind::Ended, text(user.id.0)),
    ];
    let mut last = 0;
    for (tenant, kind, id) in expected {
        let change = watch.next().await.unwrap();
        assert!(change.sequence > last);
        last = change.sequence;
        assert_eq!(
            change,
            Change {
                sequence: last,
                tenant,
                kind,
                id
            }
        );
    }
    assert_eq!(store.last_change().await.unwrap(), last);
    assert_eq!(store.changes_after(last).await.unwrap(), []);
}

pub(crate) async fn another_store_on_the_same_database_follows(store: Store) {
    let other = Store::open(store.url()).await.unwrap();
    let follower = other
        .watch_changes(other.last_change().await.unwrap())
        .await
        .unwrap();
    let mut stream = Box::pin(follower.into_stream());
    for _ in 0..3 {
        let tenant = samples::tenant(&store).await;
        let change = tokio::time::timeout(Duration::from_secs(20), stream.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(change.tenant, Some(tenant));
    }
    other.close().await;
}

pub(crate) async fn concurrent_writers_leave_no_gap_for_a_follower(store: Store) {
    let tenant = samples::tenant(&store).await;
    let start = store.last_change().await.unwrap();
    let mut watch = store.watch_changes(start).await.unwrap();
    let users: Vec<_> = (0..60)
        .map(|number| samples::user(tenant, &format!("{number}@x.example")))
        .collect();
    let mut expected: Vec<UserId> = users.iter().map(|user| user.id).collect();
    let tasks: Vec<_> = users
        .into_iter()
        .map(|user| {
            let store = store.clone();
            tokio::spawn(async move { store.insert_user(&user, &[]).await.unwrap() })
        })
        .collect();
    let mut seen = Vec::new();
    let mut last = start;
    while seen.len() < expected.len() {
        let change = tokio::time::timeout(Duration::from_secs(20), watch.next())
            .await
            .unwrap()
            .unwrap();
        assert!(change.sequence > last, "an earlier change became visible later");
        last = change.sequence;
        seen.push(change.id.unwrap().parse::<UserId>().unwrap());
    }
    for task in tasks {
        task.await.unwrap();
    }
    expected.sort();
    seen.sort();
    assert_eq!(seen, expected);
}
