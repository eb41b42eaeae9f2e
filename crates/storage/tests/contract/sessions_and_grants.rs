use lanyard_directory::UserId;
use lanyard_storage::{ChangeKind, DeniedCertificateRow, GrantRow, SessionRow, StorageError, Store, Write};
use uuid::Uuid;

use crate::samples;

pub(crate) async fn an_ended_session_never_comes_back(store: Store) {
    let tenant = samples::tenant(&store).await;
    let session = samples::session(tenant, UserId(Uuid::new_v4()), 1);
    store.commit(vec![Write::Session(session.clone())]).await.unwrap();
    let touched = SessionRow {
        last_seen_us: 200,
        expires_us: 2_000,
        ..session.clone()
    };
    store.commit(vec![Write::Session(touched.clone())]).await.unwrap();
    assert_eq!(store.session([1; 32]).await.unwrap(), Some(touched));

    let end = |ended_us, reason: &str| Write::EndSession {
        id_hash: [1; 32],
        ended_us,
        reason: reason.to_owned(),
    };
    store.commit(vec![end(300, "signed-out")]).await.unwrap();
    store.commit(vec![end(400, "again")]).await.unwrap();
    let ended = store.session([1; 32]).await.unwrap().unwrap();
    assert_eq!(
        (ended.ended_us, ended.ended_reason.as_deref()),
        (Some(300), Some("signed-out"))
    );
    let back = store.commit(vec![Write::Session(session)]).await;
    assert!(
        matches!(back, Err(StorageError::AlreadyEnded { what: "session" })),
        "{back:?}"
    );
    assert_eq!(store.session([1; 32]).await.unwrap(), Some(ended));
    assert_eq!(store.session([9; 32]).await.unwrap(), None);
}

pub(crate) async fn sessions_end_by_user_and_by_certificate(store: Store) {
    let tenant = samples::tenant(&store).await;
    let (first, second) = (UserId(Uuid::new_v4()), UserId(Uuid::new_v4()));
    let other_card = Some("ff".to_owned());
    let sessions = [
        samples::session(tenant, first, 1),
        SessionRow {
            certificate_serial: other_card,
            created_us: 150,
            ..samples::session(tenant, first, 2)
        },
        samples::session(tenant, second, 3),
        SessionRow {
            certificate_issuer: None,
            certificate_serial: None,
            ..samples::session(tenant, second, 4)
        },
    ];
    store
        .commit(sessions.into_iter().map(Write::Session).collect())
        .await
        .unwrap();
    let ids = |rows: Vec<SessionRow>| rows.iter().map(|row| row.id_hash[0]).collect::<Vec<_>>();
    assert_eq!(
        ids(store.sessions_of_user(tenant, first).await.unwrap()),
        [2, 1],
        "newest first"
    );
    assert_eq!(
        ids(store.sessions_by_certificate([7; 32], "0a1b").await.unwrap()),
        [1, 3]
    );
    assert_eq!(
        ids(store.sessions_by_certificate([8; 32], "0a1b").await.unwrap()),
        [0_u8; 0]
    );

    let reason = "certificate-revoked".to_owned();
    let by_certificate = Write::EndSessionsByCertificate {
        issuer: [7; 32],
        serial: "0a1b".to_owned(),
        ended_us: 500,
        reason: reason.clone(),
    };
    store.commit(vec![by_certificate]).await.unwrap();
    let reason = "user-disabled".to_owned();
    let of_user = Write::EndSessionsOfUser {
        tenant,
        user: first,
        ended_us: 600,
        reason,
    };
    store.commit(vec![of_user]).await.unwrap();
    let mut ends = Vec::new();
    for id in 1..=4 {
        ends.push(store.session([id; 32]).await.unwrap().unwrap().ended_us);
    }
    assert_eq!(ends, [Some(500), Some(600), Some(500), None]);
}

pub(crate) async fn a_revoked_grant_is_not_used_again(store: Store) {
    let tenant = samples::tenant(&store).await;
    let grant = samples::grant(tenant, UserId(Uuid::new_v4()), 1);
    store.commit(vec![Write::Grant(grant.clone())]).await.unwrap();
    let twice = store.commit(vec![Write::Grant(grant.clone())]).await;
    assert!(
        matches!(twice, Err(StorageError::Duplicate { what: "grant id" })),
        "{twice:?}"
    );
    let use_it = |last_used_us| Write::UpdateGrant {
        id: [1; 16],
        last_used_us,
        expires_us: 3_000,
        body: r#"{"n":2}"#.to_owned(),
    };
    store.commit(vec![use_it(200)]).await.unwrap();
    let used = GrantRow {
        last_used_us: 200,
        expires_us: 3_000,
        body: r#"{"n":2}"#.to_owned(),
        ..grant
    };
    assert_eq!(store.grant([1; 16]).await.unwrap(), Some(used));

    let revoke = Write::RevokeGrant {
        id: [1; 16],
        revoked_us: 300,
        reason: "replayed".to_owned(),
    };
    store.commit(vec![revoke]).await.unwrap();
    let refused = store.commit(vec![use_it(400)]).await;
    assert!(
        matches!(refused, Err(StorageError::AlreadyEnded { what: "grant" })),
        "{refused:?}"
    );
    let revoked = store.grant([1; 16]).await.unwrap().unwrap();
    assert_eq!((revoked.revoked_us, revoked.last_used_us), (Some(300), 200));
    assert_eq!(revoked.revoked_reason.as_deref(), Some("replayed"));
}

pub(crate) async fn grants_are_revoked_by_user_session_and_certificate(store: Store) {
    let tenant = samples::tenant(&store).await;
    let (first, second) = (UserId(Uuid::new_v4()), UserId(Uuid::new_v4()));
    let card = |serial: &str| Some(serial.to_owned());
    let grants = [
        GrantRow {
            certificate_serial: card("01"),
            ..samples::grant(tenant, first, 1)
        },
        GrantRow {
            certificate_serial: card("02"),
            ..samples::grant(tenant, second, 2)
        },
        GrantRow {
            certificate_serial: card("03"),
            ..samples::grant(tenant, second, 3)
        },
        GrantRow {
            certificate_issuer: None,
            session: None,
            ..samples::grant(tenant, second, 4)
        },
    ];
    store
        .commit(grants.into_iter().map(Write::Grant).collect())
        .await
        .unwrap();
    assert_eq!(store.grants_by_certificate([7; 32], "02").await.unwrap().len(), 1);
    assert_eq!(store.grants_of_user(tenant, second).await.unwrap().len(), 3);
    let reason = || "r".to_owned();
    let unit = vec![
        Write::RevokeGrantsOfUser {
            tenant,
            user: first,
            revoked_us: 10,
            reason: reason(),
        },
        Write::RevokeGrantsByCertificate {
            issuer: [7; 32],
            serial: "02".to_owned(),
            revoked_us: 20,
            reason: reason(),
        },
        Write::RevokeGrantsOfSession {
            session: [3; 32],
            revoked_us: 30,
            reason: reason(),
        },
    ];
    store.commit(unit).await.unwrap();
    let mut revoked = Vec::new();
    for id in 1..=4 {
        revoked.push(store.grant([id; 16]).await.unwrap().unwrap().revoked_us);
    }
    assert_eq!(revoked, [Some(10), Some(20), Some(30), None]);
}

pub(crate) async fn sessions_and_grants_end_by_thumbprint_in_their_tenant(store: Store) {
    let (tenant, other) = (samples::tenant(&store).await, samples::tenant(&store).await);
    let user = UserId(uuid::Uuid::new_v4());
    let unit = vec![
        Write::Session(samples::session(tenant, user, 1)),
        Write::Session(samples::session(other, user, 2)),
        Write::Grant(samples::grant(tenant, user, 1)),
        Write::Grant(samples::grant(other, user, 2)),
    ];
    store.commit(unit).await.unwrap();
    let live = store.live_sessions_by_thumbprint(tenant, [8; 32]).await.unwrap();
    assert_eq!(live.iter().map(|row| row.id_hash).collect::<Vec<_>>(), [[1; 32]]);
    let end = || {
        vec![Write::EndLiveSession {
            id_hash: [1; 32],
            ended_us: 200,
            reason: "denied".to_owned(),
        }]
    };
    store.commit(end()).await.unwrap();
    let again = store.commit(end()).await;
    assert!(
        matches!(again, Err(StorageError::AlreadyEnded { .. })),
        "{again:?}"
    );
    let live = store.live_sessions_by_thumbprint(tenant, [8; 32]).await.unwrap();
    assert!(live.is_empty());
    let reason = "denied".to_owned();
    let unit = vec![
        Write::RevokeGrantsByThumbprint {
            tenant,
            sha256: [8; 32],
            revoked_us: 200,
            reason: reason.clone(),
        },
        Write::RevokeGrantsOfTenantByCertificate {
            tenant,
            issuer: [7; 32],
            serial: "0a1b".to_owned(),
            revoked_us: 300,
            reason,
        },
    ];
    store.commit(unit).await.unwrap();
    let revoked = |row: Option<GrantRow>| row.unwrap().revoked_us;
    assert_eq!(revoked(store.grant([1; 16]).await.unwrap()), Some(200));
    assert_eq!(revoked(store.grant([2; 16]).await.unwrap()), None);
}

pub(crate) async fn a_certificate_is_denied_once_until_it_is_allowed(store: Store) {
    let (tenant, other) = (samples::tenant(&store).await, samples::tenant(&store).await);
    let row = |tenant, created_us| DeniedCertificateRow {
        id: uuid::Uuid::new_v4(),
        tenant,
        key: "ab".repeat(32),
        created_us,
        body: "{}".to_owned(),
    };
    let first = row(tenant, 5);
    let from = store.last_change().await.unwrap();
    store
        .commit(vec![Write::DenyCertificate(first.clone())])
        .await
        .unwrap();
    store
        .commit(vec![Write::DenyCertificate(row(other, 6))])
        .await
        .unwrap();
    let twice = store.commit(vec![Write::DenyCertificate(row(tenant, 7))]).await;
    assert!(matches!(twice, Err(StorageError::Duplicate { .. })), "{twice:?}");
    assert_eq!(store.denied_certificates(tenant).await.unwrap(), [first.clone()]);
    let id = first.id;
    store
        .commit(vec![Write::AllowCertificate { tenant, id }])
        .await
        .unwrap();
    let again = store.commit(vec![Write::AllowCertificate { tenant, id }]).await;
    assert!(matches!(again, Err(StorageError::NotFound { .. })), "{again:?}");
    assert!(store.denied_certificates(tenant).await.unwrap().is_empty());
    let told = store.changes_after(from).await.unwrap();
    let ids: Vec<_> = told
        .iter()
        .filter(|change| change.kind == ChangeKind::DeniedCertificate && change.tenant == Some(tenant))
        .map(|change| change.id.clone())
        .collect();
    assert_eq!(ids, [Some(id.to_string()), Some(id.to_string())]);
}
