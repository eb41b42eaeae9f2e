use lanyard_directory::{Application, Device, Group, ServicePrincipal};
use lanyard_storage::{Ownership, OwnershipKind, StorageError, Store, Write};
use uuid::Uuid;

use crate::samples;

pub(crate) async fn owners_go_with_what_they_own_and_with_themselves(store: Store) {
    let tenant = samples::tenant(&store).await;
    let (ada, bob) = (
        samples::user(tenant, "ada@contoso.example"),
        samples::user(tenant, "bob@contoso.example"),
    );
    store.insert_user(&ada, &[]).await.unwrap();
    store.insert_user(&bob, &[]).await.unwrap();
    let group = samples::group(tenant, "Team");
    store.insert_group(&group).await.unwrap();
    let app = samples::application(tenant, &[]);
    store.insert_application(&app).await.unwrap();
    let ownership = |object: Uuid, kind, owner: Uuid| Ownership {
        tenant,
        object,
        kind,
        owner,
        owner_kind: OwnershipKind::User,
    };
    let team = |owner| Write::AddOwner(ownership(group.id.0, OwnershipKind::Group, owner));
    store.commit(vec![team(ada.id.0), team(bob.id.0)]).await.unwrap();
    let again = store.commit(vec![team(ada.id.0)]).await;
    assert!(
        matches!(again, Err(StorageError::Duplicate { what: "owner" })),
        "{again:?}"
    );
    let portal = ownership(app.id, OwnershipKind::Application, ada.id.0);
    store.commit(vec![Write::AddOwner(portal)]).await.unwrap();
    let mut expected = vec![
        (group.id.0, OwnershipKind::Group),
        (app.id, OwnershipKind::Application),
    ];
    expected.sort_by_key(|(id, _)| *id);
    assert_eq!(store.owned_by(tenant, ada.id.0).await.unwrap(), expected);
    assert_eq!(store.owners(tenant, group.id.0).await.unwrap().len(), 2);
    assert!(store.is_owner(tenant, app.id, ada.id.0).await.unwrap());
    assert!(!store.is_owner(tenant, app.id, bob.id.0).await.unwrap());
    let stranger = samples::tenant(&store).await;
    assert!(!store.is_owner(stranger, app.id, ada.id.0).await.unwrap());
    let end = Write::RemoveOwner {
        tenant,
        object: group.id.0,
        owner: ada.id.0,
    };
    store.commit(vec![end.clone()]).await.unwrap();
    let again = store.commit(vec![end]).await;
    assert!(matches!(again, Err(StorageError::NotFound { .. })), "{again:?}");
    store.delete_user(tenant, bob.id).await.unwrap();
    assert_eq!(store.owners(tenant, group.id.0).await.unwrap(), []);
    store.delete_application(tenant, app.app_id).await.unwrap();
    assert_eq!(store.owned_by(tenant, ada.id.0).await.unwrap(), []);
}

/// Groups, applications, service principals and devices are replaced only from what they were.
pub(crate) async fn objects_are_changed_only_from_what_they_were(store: Store) {
    let tenant = samples::tenant(&store).await;
    let group = samples::group(tenant, "Team");
    store.insert_group(&group).await.unwrap();
    let app = samples::application(tenant, &["api://portal"]);
    store.insert_application(&app).await.unwrap();
    let principal = ServicePrincipal {
        id: Uuid::new_v4(),
        tenant,
        app_id: app.app_id,
        account_enabled: true,
        assignment_required: false,
    };
    store.insert_service_principal(&principal).await.unwrap();
    let device = Device {
        id: Uuid::new_v4(),
        tenant,
        device_id: Uuid::new_v4(),
        display_name: "D".to_owned(),
        account_enabled: true,
        operating_system: "Linux".to_owned(),
        operating_system_version: "6".to_owned(),
        is_compliant: None,
        is_managed: None,
        alternative_security_ids: Vec::new(),
        created: samples::now(),
    };
    store
        .commit(vec![Write::InsertDevice(Box::new(device.clone()))])
        .await
        .unwrap();
    let changes = vec![
        Write::ChangeGroup {
            was: Box::new(group.clone()),
            becomes: Box::new(Group {
                display_name: "Other".to_owned(),
                ..group.clone()
            }),
        },
        Write::ChangeApplication {
            was: Box::new(app.clone()),
            becomes: Box::new(Application {
                identifier_uris: vec!["api://other".to_owned()],
                ..app.clone()
            }),
        },
        Write::ChangeServicePrincipal {
            was: principal.clone(),
            becomes: ServicePrincipal {
                account_enabled: false,
                ..principal.clone()
            },
        },
        Write::ChangeDevice {
            was: Box::new(device.clone()),
            becomes: Box::new(Device {
                account_enabled: false,
                ..device.clone()
            }),
        },
    ];
    for change in changes {
        store.commit(vec![change.clone()]).await.unwrap();
        let stale = store.commit(vec![change]).await;
        assert!(matches!(stale, Err(StorageError::VersionConflict)), "{stale:?}");
    }
    let found = store
        .application_by_identifier_uri(tenant, "api://other")
        .await
        .unwrap();
    assert_eq!(found.map(|found| found.id), Some(app.id));
    assert_eq!(
        store
            .group_by_display_name(tenant, "other")
            .await
            .unwrap()
            .map(|found| found.id),
        Some(group.id)
    );
}
