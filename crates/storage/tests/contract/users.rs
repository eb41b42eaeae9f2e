use lanyard_directory::{ConsentType, DirectoryRole, OAuth2PermissionGrant, RoleAssignment, User};
use lanyard_storage::{MemberKind, StorageError, Store, Write};
use uuid::Uuid;

use crate::samples;

pub(crate) async fn a_user_is_found_by_id_and_by_name_in_any_case(store: Store) {
    let tenant = samples::tenant(&store).await;
    let user = samples::user(tenant, "Ädele.Straße@Contoso.example");
    store.insert_user(&user, &[]).await.unwrap();
    assert_eq!(store.user(tenant, user.id).await.unwrap().as_ref(), Some(&user));
    for name in [
        "ädele.straße@contoso.example",
        "ÄDELE.STRAßE@CONTOSO.EXAMPLE",
        " Ädele.Straße@contoso.example ",
    ] {
        assert_eq!(
            store.user_by_upn(tenant, name).await.unwrap().as_ref(),
            Some(&user),
            "{name}"
        );
    }
    assert_eq!(
        store
            .user_by_upn(tenant, "adele.strasse@contoso.example")
            .await
            .unwrap(),
        None
    );
    let other = samples::tenant(&store).await;
    assert_eq!(store.user(other, user.id).await.unwrap(), None);

    let renamed = User {
        user_principal_name: "adele@contoso.example".to_owned(),
        ..user.clone()
    };
    store.update_user(&renamed, &[]).await.unwrap();
    assert_eq!(
        store.user_by_upn(tenant, "ADELE@contoso.example").await.unwrap(),
        Some(renamed)
    );
    assert_eq!(
        store
            .user_by_upn(tenant, &user.user_principal_name)
            .await
            .unwrap(),
        None
    );
    let stranger = samples::user(tenant, "nobody@contoso.example");
    assert!(matches!(
        store.update_user(&stranger, &[]).await,
        Err(StorageError::NotFound { what: "user" })
    ));
    let moved = User {
        tenant: other,
        ..user
    };
    assert!(matches!(
        store.update_user(&moved, &[]).await,
        Err(StorageError::NotFound { .. })
    ));
}

pub(crate) async fn a_name_is_unique_in_its_tenant_only(store: Store) {
    let (tenant, other) = (samples::tenant(&store).await, samples::tenant(&store).await);
    store
        .insert_user(&samples::user(tenant, "a@contoso.example"), &[])
        .await
        .unwrap();
    let again = store
        .insert_user(&samples::user(tenant, "A@contoso.example"), &[])
        .await;
    assert!(
        matches!(
            again,
            Err(StorageError::Duplicate {
                what: "user principal name"
            })
        ),
        "{again:?}"
    );
    store
        .insert_user(&samples::user(other, "a@contoso.example"), &[])
        .await
        .unwrap();
    assert_eq!(store.count_users(tenant).await.unwrap(), 1);
}

pub(crate) async fn certificate_user_ids_are_unique_in_the_tenant(store: Store) {
    let (tenant, other) = (samples::tenant(&store).await, samples::tenant(&store).await);
    let (first, second) = (
        samples::user(tenant, "a@x.example"),
        samples::user(tenant, "b@x.example"),
    );
    let id = |value: &str| vec![format!("x509:<pn>{value}")];
    store.insert_user(&first, &id("1@mil")).await.unwrap();
    let taken = store.insert_user(&second, &id("1@mil")).await;
    assert!(
        matches!(
            taken,
            Err(StorageError::Duplicate {
                what: "certificate user id"
            })
        ),
        "{taken:?}"
    );
    assert_eq!(
        store.user(tenant, second.id).await.unwrap(),
        None,
        "the user must not be half there"
    );
    store.insert_user(&second, &id("2@mil")).await.unwrap();
    assert!(matches!(
        store.update_user(&second, &id("1@mil")).await,
        Err(StorageError::Duplicate { .. })
    ));
    let found = |value: &'static str| {
        let store = store.clone();
        async move {
            store
                .user_by_certificate_user_id(tenant, &id(value)[0])
                .await
                .unwrap()
                .map(|user| user.id)
        }
    };
    assert_eq!(
        found("2@mil").await,
        Some(second.id),
        "a failed update changes nothing"
    );
    // The own ids may be written again, and given up ones taken by another.
    store
        .update_user(&first, &[id("1@mil"), id("3@mil")].concat())
        .await
        .unwrap();
    store.update_user(&first, &id("3@mil")).await.unwrap();
    store.update_user(&second, &id("1@mil")).await.unwrap();
    assert_eq!(
        (found("1@mil").await, found("3@mil").await),
        (Some(second.id), Some(first.id))
    );
    // Replacing only the body leaves the ids alone.
    store
        .commit(vec![Write::User(Box::new(second.clone()))])
        .await
        .unwrap();
    assert_eq!(found("1@mil").await, Some(second.id));
    // A note about a user as it was read leaves the ids alone, and never undoes what an administrator changed meanwhile.
    let mut noted = second.clone();
    noted.certificate_used_last = true;
    let note = |was: &User| Write::UserIfUnchanged {
        was: Box::new(was.clone()),
        becomes: Box::new(noted.clone()),
    };
    store.commit(vec![note(&second)]).await.unwrap();
    assert_eq!(found("1@mil").await, Some(second.id));
    let read = store.user(tenant, second.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&noted));
    let mut disabled = noted.clone();
    disabled.account_enabled = false;
    store.update_user(&disabled, &id("1@mil")).await.unwrap();
    store.commit(vec![note(&second)]).await.unwrap();
    let read = store.user(tenant, second.id).await.unwrap();
    assert_eq!(read, Some(disabled));
    store
        .insert_user(&samples::user(other, "a@x.example"), &id("1@mil"))
        .await
        .unwrap();
}

pub(crate) async fn users_come_in_pages_in_the_order_of_their_names(store: Store) {
    let tenant = samples::tenant(&store).await;
    // The order is that of the bytes on both databases, whatever the locale thinks of "_", "-" and "é".
    let mut names: Vec<String> = ["zoe", "Anna", "an-na", "an_na", "élan", "B", "b2", "ß", "_x"]
        .map(|n| format!("{n}@x.example"))
        .into();
    for name in &names {
        store
            .insert_user(&samples::user(tenant, name), &[])
            .await
            .unwrap();
    }
    names.sort_by_key(|name| User::upn_key(name));
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = store.users(tenant, after.as_deref(), 4).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(User::upn_key(&last.user_principal_name));
        seen.extend(page.into_iter().map(|user| user.user_principal_name));
    }
    assert_eq!(seen, names);
}

pub(crate) async fn many_users_are_added_at_once_or_not_at_all(store: Store) {
    let tenant = samples::tenant(&store).await;
    let people = |from: usize, to: usize| -> Vec<(User, Vec<String>)> {
        (from..to)
            .map(|number| {
                let user = samples::user(tenant, &format!("user{number:05}@x.example"));
                (
                    user,
                    vec![
                        format!("x509:<pn>{number}@mil"),
                        format!("x509:<ski>{number:040x}"),
                    ],
                )
            })
            .collect()
    };
    store.insert_users(&[], None).await.unwrap();
    store.insert_users(&people(0, 1_501), None).await.unwrap();
    assert_eq!(store.count_users(tenant).await.unwrap(), 1_501);
    let found = store
        .user_by_certificate_user_id(tenant, "x509:<pn>1500@mil")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.user_principal_name, "user01500@x.example");
    let overlapping = store.insert_users(&people(1_500, 2_500), None).await;
    assert!(
        matches!(overlapping, Err(StorageError::Duplicate { .. })),
        "{overlapping:?}"
    );
    assert_eq!(store.count_users(tenant).await.unwrap(), 1_501);
}

pub(crate) async fn a_deleted_user_leaves_nothing_but_the_log(store: Store) {
    let tenant = samples::tenant(&store).await;
    let (user, group) = (
        samples::user(tenant, "a@x.example"),
        samples::group(tenant, "Staff"),
    );
    let app = samples::application(tenant, &[]);
    store
        .insert_user(&user, &["x509:<pn>1@mil".to_owned()])
        .await
        .unwrap();
    store.insert_group(&group).await.unwrap();
    store
        .add_member(tenant, group.id, user.id.0, MemberKind::User)
        .await
        .unwrap();
    let role = DirectoryRole::GLOBAL_ADMINISTRATOR;
    let assignment = RoleAssignment {
        id: Uuid::new_v4(),
        tenant,
        principal: user.id,
        role,
    };
    store.add_role_assignment(&assignment).await.unwrap();
    let consent = OAuth2PermissionGrant {
        id: Uuid::new_v4(),
        tenant,
        client: app.app_id,
        consent_type: ConsentType::Principal,
        principal: Some(user.id),
        resource: app.app_id,
        scopes: vec!["Read".to_owned()],
    };
    store.upsert_permission_grant(&consent).await.unwrap();
    let mut row = samples::sign_in(tenant, 1);
    row.user_id = Some(user.id);
    let session = samples::session(tenant, user.id, 1);
    let grant = samples::grant(tenant, user.id, 1);
    let unit = vec![
        Write::SignIn(row.clone()),
        Write::Session(session),
        Write::Grant(grant),
    ];
    store.commit(unit).await.unwrap();

    store.delete_user(tenant, user.id).await.unwrap();
    assert!(matches!(
        store.delete_user(tenant, user.id).await,
        Err(StorageError::NotFound { .. })
    ));
    assert_eq!(store.user(tenant, user.id).await.unwrap(), None);
    assert_eq!(
        store
            .user_by_certificate_user_id(tenant, "x509:<pn>1@mil")
            .await
            .unwrap(),
        None
    );
    assert_eq!(store.members(tenant, group.id, None, 10).await.unwrap(), []);
    assert_eq!(store.roles_of(tenant, user.id).await.unwrap(), []);
    assert_eq!(store.permission_grants(tenant, app.app_id).await.unwrap(), []);
    assert_eq!(store.session([1; 32]).await.unwrap(), None);
    assert_eq!(store.grant([1; 16]).await.unwrap(), None);
    assert_eq!(samples::all_sign_ins(&store, tenant).await, [row]);
}
