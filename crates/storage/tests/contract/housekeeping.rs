use lanyard_directory::{AppId, UserId};
use lanyard_storage::{DeviceCodeRow, GrantRow, Purged, Retention, SessionRow, SignInRow, Store, Write};
use uuid::Uuid;

use crate::samples;

const DAY_US: i64 = 24 * 3600 * 1_000_000;

pub(crate) async fn what_expired_goes_and_the_rest_stays(store: Store) {
    let tenant = samples::tenant(&store).await;
    let user = UserId(Uuid::new_v4());
    let now = 100 * DAY_US;
    let mut unit = Vec::new();
    for (id, expires_us) in [(1_u8, now - 40 * DAY_US), (2, now - DAY_US), (3, now + DAY_US)] {
        unit.push(Write::OneTime {
            id: [id; 16],
            purpose: 1,
            expires_us,
        });
        unit.push(Write::Session(SessionRow {
            expires_us,
            ..samples::session(tenant, user, id)
        }));
        unit.push(Write::Grant(GrantRow {
            expires_us,
            ..samples::grant(tenant, user, id)
        }));
        unit.push(Write::DeviceCode(DeviceCodeRow {
            hash: [id; 32],
            user_code: format!("CODE-{id}"),
            tenant,
            client: AppId(Uuid::new_v4()),
            expires_us,
            state: 0,
            last_poll_us: None,
            body: "{}".to_owned(),
        }));
    }
    // More rows than one batch.
    let old: Vec<SignInRow> = (0..1_203)
        .map(|number| samples::sign_in(tenant, number))
        .collect();
    let recent = samples::sign_in(tenant, now - DAY_US);
    unit.extend(old.into_iter().map(Write::SignIn));
    unit.push(Write::SignIn(recent.clone()));
    store.commit(unit).await.unwrap();

    let purged = store.purge_expired(now, Retention::default()).await.unwrap();
    let expected = Purged {
        used_once: 2,
        device_codes: 2,
        sessions: 1,
        grants: 1,
        sign_ins: 1_203,
        audits: 0,
        deleted: 0,
        changes: 0,
    };
    assert_eq!(purged, expected);
    assert_eq!(samples::all_sign_ins(&store, tenant).await, [recent]);
    assert!(store.was_used([3; 16], 1).await.unwrap());
    assert!(store.session([2; 32]).await.unwrap().is_some());
    assert!(store.session([1; 32]).await.unwrap().is_none());
    assert!(store.device_code_by_hash([3; 32]).await.unwrap().is_some());
    assert_eq!(
        store.purge_expired(now, Retention::default()).await.unwrap(),
        Purged::default()
    );
    store.checkpoint().await.unwrap();
}
