//! How many durable units a second. Not part of the tests:
//! `cargo test --release -p lanyard-storage --test throughput -- --ignored --nocapture`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::time::Instant;

use lanyard_directory::{AppId, Tenant, TenantId, User, UserId, UserType};
use lanyard_storage::{DatabaseUrl, GrantRow, SessionRow, SignInRow, Store, Write};
use uuid::Uuid;

#[path = "throwaway_postgres/mod.rs"]
#[allow(clippy::indexing_slicing, clippy::print_stderr, reason = "tests")]
mod throwaway_postgres;

const PRODUCERS: usize = 64;

fn sign_in(tenant: TenantId) -> SignInRow {
    SignInRow {
        id: Uuid::now_v7(),
        tenant,
        created_us: 1_700_000_000_000_000,
        correlation_id: Uuid::new_v4(),
        user_id: Some(UserId(Uuid::new_v4())),
        upn_key: Some("adele@contoso.example".to_owned()),
        app_id: Some(AppId(Uuid::new_v4())),
        error_code: 0,
        kind: 1,
        body: "x".repeat(1_500),
    }
}

/// All that one sign-in writes: log row, used code, session, grant.
fn whole_sign_in(tenant: TenantId) -> Vec<Write> {
    let user = UserId(Uuid::new_v4());
    let (one, two) = (Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes());
    let mut id_hash = [0; 32];
    id_hash[..16].copy_from_slice(&one);
    id_hash[16..].copy_from_slice(&two);
    let session = SessionRow {
        id_hash,
        tenant,
        user,
        created_us: 1,
        last_seen_us: 1,
        expires_us: 1,
        ended_us: None,
        ended_reason: None,
        certificate_issuer: Some([7; 32]),
        certificate_serial: Some("0a".repeat(16)),
        certificate_sha256: Some([8; 32]),
        body: "x".repeat(300),
    };
    let grant = GrantRow {
        id: two,
        tenant,
        user,
        client: AppId(Uuid::new_v4()),
        session: Some(id_hash),
        created_us: 1,
        last_used_us: 1,
        expires_us: 1,
        revoked_us: None,
        revoked_reason: None,
        certificate_issuer: Some([7; 32]),
        certificate_serial: Some("0a".repeat(16)),
        certificate_sha256: Some([8; 32]),
        body: "x".repeat(300),
    };
    vec![
        Write::SignIn(sign_in(tenant)),
        Write::OneTime {
            id: one,
            purpose: 1,
            expires_us: 1,
        },
        Write::Session(session),
        Write::Grant(grant),
    ]
}

async fn measure(
    store: &Store,
    name: &str,
    units: usize,
    unit: fn(TenantId) -> Vec<Write>,
    tenant: TenantId,
) {
    let started = Instant::now();
    let producers: Vec<_> = (0..PRODUCERS)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for _ in 0..units / PRODUCERS {
                    let started = Instant::now();
                    store.commit(unit(tenant)).await.unwrap();
                    waits.push(started.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for producer in producers {
        waits.extend(producer.await.unwrap());
    }
    let seconds = started.elapsed().as_secs_f64();
    waits.sort();
    let p99 = waits.get(waits.len() * 99 / 100).copied().unwrap_or_default();
    println!(
        "{name}: {:.0} units/s, p99 {:.1} ms",
        waits.len() as f64 / seconds,
        p99.as_secs_f64() * 1e3
    );
}

async fn all(store: Store, name: &str, users: usize) {
    let tenant = TenantId(Uuid::new_v4());
    let created = jiff::Timestamp::UNIX_EPOCH;
    let domains = vec!["x.example".to_owned()];
    store
        .insert_tenant(&Tenant {
            id: tenant,
            display_name: "t".to_owned(),
            domains,
            created,
        })
        .await
        .unwrap();
    let log_row = |tenant| vec![Write::SignIn(sign_in(tenant))];
    measure(&store, &format!("{name}, log row"), 12_800, log_row, tenant).await;
    measure(
        &store,
        &format!("{name}, whole sign-in of 4 rows"),
        6_400,
        whole_sign_in,
        tenant,
    )
    .await;

    let started = Instant::now();
    for bundle in 0..users / 1_000 {
        let people: Vec<(User, Vec<String>)> = (0..1_000)
            .map(|number| {
                let user = User {
                    id: UserId(Uuid::new_v4()),
                    tenant,
                    user_principal_name: format!("user{bundle}-{number}@x.example"),
                    display_name: "Adele Vance".to_owned(),
                    given_name: None,
                    surname: None,
                    mail: None,
                    on_premises_user_principal_name: None,
                    account_enabled: true,
                    user_type: UserType::Member,
                    certificate_user_ids: vec![],
                    sign_in_sessions_valid_from: created,
                    certificate_used_last: false,
                    profile: Default::default(),
                    created,
                };
                (user, vec![format!("x509:<pn>{bundle}-{number}@mil")])
            })
            .collect();
        store.insert_users(&people, None).await.unwrap();
    }
    println!(
        "{name}, import: {:.0} users/s",
        users as f64 / started.elapsed().as_secs_f64()
    );
    let started = Instant::now();
    for number in 0..1_000 {
        let upn = format!("USER{}-{number}@x.example", number % (users / 1_000));
        assert!(store.user_by_upn(tenant, &upn).await.unwrap().is_some());
    }
    println!(
        "{name}, user by name: {:.0} µs each",
        started.elapsed().as_secs_f64() * 1e3
    );
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn units_per_second() {
    let folder = tempfile::Builder::new()
        .prefix("throughput")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("lanyard.db"));
    all(Store::open(&url).await.unwrap(), "SQLite", 20_000).await;
    if let Some(url) = throwaway_postgres::database().await {
        let store = Store::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
        all(store, "PostgreSQL without fsync", 20_000).await;
    }
}
