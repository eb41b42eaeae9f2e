use lanyard_directory::{AppId, AppRoleAssignment, DirectoryRole, PrincipalType, RoleAssignment, UserId};
use lanyard_storage::{KeyRow, StorageError, Store, Write};
use uuid::Uuid;

use crate::samples;

pub(crate) async fn roles_are_held_once(store: Store) {
    let tenant = samples::tenant(&store).await;
    let (principal, role) = (UserId(Uuid::new_v4()), DirectoryRole::GLOBAL_ADMINISTRATOR);
    let assignment = RoleAssignment {
        id: Uuid::new_v4(),
        tenant,
        principal,
        role,
    };
    store.add_role_assignment(&assignment).await.unwrap();
    let again = RoleAssignment {
        id: Uuid::new_v4(),
        ..assignment.clone()
    };
    let twice = store.add_role_assignment(&again).await;
    assert!(matches!(twice, Err(StorageError::Duplicate { .. })), "{twice:?}");
    assert_eq!(store.roles_of(tenant, principal).await.unwrap(), [role]);
    assert_eq!(
        store.role_assignments(tenant).await.unwrap(),
        [assignment.clone()]
    );
    store.remove_role_assignment(tenant, assignment.id).await.unwrap();
    assert_eq!(store.roles_of(tenant, principal).await.unwrap(), []);
}

pub(crate) async fn application_roles_are_assigned_once(store: Store) {
    let tenant = samples::tenant(&store).await;
    let (resource, principal) = (AppId(Uuid::new_v4()), Uuid::new_v4());
    let assignment = |app_role| AppRoleAssignment {
        id: Uuid::new_v4(),
        tenant,
        principal,
        principal_type: PrincipalType::ServicePrincipal,
        resource,
        app_role: Uuid::from_u128(app_role),
        created: "2026-03-01T12:00:00Z".parse().unwrap(),
    };
    let (one, two) = (assignment(1), assignment(2));
    for assignment in [&one, &two] {
        let write = Write::AddAppRoleAssignment(assignment.clone());
        store.commit(vec![write]).await.unwrap();
    }
    let twice = store
        .commit(vec![Write::AddAppRoleAssignment(assignment(1))])
        .await;
    assert!(matches!(twice, Err(StorageError::Duplicate { .. })), "{twice:?}");
    let held = store.app_role_assignments_of(tenant, principal).await.unwrap();
    assert_eq!(held, [one.clone(), two.clone()]);
    assert_eq!(
        store
            .app_role_assignments_to(tenant, resource, None, 9)
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        store.app_role_assignment(tenant, one.id).await.unwrap().as_ref(),
        Some(&one)
    );
    let remove = || Write::RemoveAppRoleAssignment {
        tenant,
        assignment: one.id,
    };
    store.commit(vec![remove()]).await.unwrap();
    let gone = store.commit(vec![remove()]).await;
    assert!(matches!(gone, Err(StorageError::NotFound { .. })), "{gone:?}");
    assert_eq!(
        store.app_role_assignments_of(tenant, principal).await.unwrap(),
        [two]
    );
}

pub(crate) async fn keys_come_back_sealed_as_they_were(store: Store) {
    let tenant = samples::tenant(&store).await;
    let key = |purpose: &str, created_us, tenant| KeyRow {
        id: Uuid::new_v4(),
        tenant,
        purpose: purpose.to_owned(),
        sealed: (0..=255).collect(),
        not_before_us: i64::MIN,
        not_after_us: i64::MAX,
        created_us,
    };
    let (new, old) = (key("token", 2, Some(tenant)), key("token", 1, None));
    for key in [&new, &old, &key("cookie", 3, None)] {
        store.insert_key(key).await.unwrap();
    }
    assert!(store.keys("token").await.unwrap() == [old.clone(), new.clone()]);
    let twice = store.insert_key(&old).await;
    assert!(
        matches!(twice, Err(StorageError::Duplicate { what: "key id" })),
        "{twice:?}"
    );
    store.delete_key(old.id).await.unwrap();
    assert!(store.keys("token").await.unwrap() == [new.clone()]);
    assert!(
        !format!("{new:?}").contains("sealed"),
        "not even sealed bytes are logged"
    );
}
