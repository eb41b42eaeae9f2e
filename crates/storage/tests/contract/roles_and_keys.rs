use lanyard_directory::{DirectoryRole, RoleAssignment, UserId};
use lanyard_storage::{KeyRow, StorageError, Store};
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
