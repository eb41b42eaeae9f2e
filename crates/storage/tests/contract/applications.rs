use lanyard_directory::{
    Application, ConsentType, OAuth2PermissionGrant, ServicePrincipal, TenantId, UserId,
};
use lanyard_storage::{StorageError, Store};
use uuid::Uuid;

use crate::samples;

pub(crate) async fn an_application_is_found_by_client_id_and_uri(store: Store) {
    let tenant = samples::tenant(&store).await;
    let app = samples::application(tenant, &["api://portal", "https://portal.example"]);
    store.insert_application(&app).await.unwrap();
    assert_eq!(store.application(app.app_id).await.unwrap().as_ref(), Some(&app));
    let by_uri = async |uri: &str| {
        store
            .application_by_identifier_uri(tenant, uri)
            .await
            .unwrap()
            .map(|application| application.app_id)
    };
    assert_eq!(by_uri("https://portal.example").await, Some(app.app_id));
    assert_eq!(by_uri("API://portal").await, None, "letter by letter");

    let rival = samples::application(tenant, &["api://portal"]);
    let taken = store.insert_application(&rival).await;
    assert!(
        matches!(
            taken,
            Err(StorageError::Duplicate {
                what: "application ID URI"
            })
        ),
        "{taken:?}"
    );
    assert_eq!(store.application(rival.app_id).await.unwrap(), None);

    let moved = Application {
        identifier_uris: vec!["api://new".to_owned()],
        ..app.clone()
    };
    store.update_application(&moved).await.unwrap();
    assert_eq!(
        (by_uri("api://portal").await, by_uri("api://new").await),
        (None, Some(app.app_id))
    );
    store.insert_application(&rival).await.unwrap();
    assert_eq!(store.applications(tenant).await.unwrap().len(), 2);
}

fn consent(tenant: TenantId, app: &Application, principal: Option<UserId>) -> OAuth2PermissionGrant {
    let consent_type = if principal.is_some() {
        ConsentType::Principal
    } else {
        ConsentType::AllPrincipals
    };
    let (id, scopes) = (Uuid::new_v4(), vec!["Read".to_owned()]);
    let (client, resource) = (app.app_id, app.app_id);
    OAuth2PermissionGrant {
        id,
        tenant,
        client,
        consent_type,
        principal,
        resource,
        scopes,
    }
}

pub(crate) async fn deleting_an_application_takes_its_presence_and_consent_along(store: Store) {
    let tenant = samples::tenant(&store).await;
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
    let second = ServicePrincipal {
        id: Uuid::new_v4(),
        ..principal.clone()
    };
    let twice = store.insert_service_principal(&second).await;
    assert!(matches!(twice, Err(StorageError::Duplicate { .. })), "{twice:?}");
    let disabled = ServicePrincipal {
        account_enabled: false,
        ..principal
    };
    store.update_service_principal(&disabled).await.unwrap();
    assert_eq!(
        store.service_principal(tenant, app.app_id).await.unwrap(),
        Some(disabled)
    );
    store
        .upsert_permission_grant(&consent(tenant, &app, None))
        .await
        .unwrap();

    store.delete_application(tenant, app.app_id).await.unwrap();
    assert_eq!(store.application(app.app_id).await.unwrap(), None);
    assert_eq!(
        store
            .application_by_identifier_uri(tenant, "api://portal")
            .await
            .unwrap(),
        None
    );
    assert_eq!(store.service_principal(tenant, app.app_id).await.unwrap(), None);
    assert_eq!(store.permission_grants(tenant, app.app_id).await.unwrap(), []);
}

pub(crate) async fn consent_is_one_grant_for_each_client_resource_and_user(store: Store) {
    let tenant = samples::tenant(&store).await;
    let app = samples::application(tenant, &[]);
    let user = UserId(Uuid::new_v4());
    let everybody = consent(tenant, &app, None);
    let mut mine = consent(tenant, &app, Some(user));
    store.upsert_permission_grant(&everybody).await.unwrap();
    store.upsert_permission_grant(&mine).await.unwrap();
    mine.scopes.push("Write".to_owned());
    store.upsert_permission_grant(&mine).await.unwrap();
    assert_eq!(
        store.permission_grants(tenant, app.app_id).await.unwrap(),
        [everybody.clone(), mine.clone()]
    );
    store.delete_permission_grant(tenant, everybody.id).await.unwrap();
    assert_eq!(
        store.permission_grants(tenant, app.app_id).await.unwrap(),
        [mine.clone()]
    );
    let contradiction = OAuth2PermissionGrant {
        principal: None,
        ..mine
    };
    let refused = store.upsert_permission_grant(&contradiction).await;
    assert!(
        matches!(refused, Err(StorageError::Unstorable { .. })),
        "{refused:?}"
    );
}
