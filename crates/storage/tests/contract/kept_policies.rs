use lanyard_storage::{KeptKind, KeptPolicyRow, Store, Write};
use uuid::Uuid;

use crate::samples;

pub(crate) async fn a_kept_policy_comes_back_as_it_came(store: Store) {
    let tenant = samples::tenant(&store).await;
    let other = samples::tenant(&store).await;
    let row = |tenant, kind, id: u128, body: &str| KeptPolicyRow {
        tenant,
        kind,
        id: Uuid::from_u128(id),
        body: body.to_owned(),
    };
    let (access, strength) = (
        KeptKind::ConditionalAccessPolicy,
        KeptKind::AuthenticationStrengthPolicy,
    );
    let second = row(tenant, access, 2, r#"{ "z": 1,  "a": "ä" }"#);
    let first = row(tenant, access, 1, "{}");
    let strong = row(tenant, strength, 2, r#"{"displayName":"Strong"}"#);
    let theirs = row(other, access, 2, "{}");
    let unit = [&second, &first, &strong, &theirs].map(|row| Write::KeepPolicy(row.clone()));
    store.commit(unit.into()).await.unwrap();
    assert_eq!(
        store.kept_policies(tenant, access).await.unwrap(),
        [first.clone(), second]
    );
    assert_eq!(store.kept_policies(tenant, strength).await.unwrap(), [strong]);
    assert_eq!(
        store
            .kept_policies(tenant, KeptKind::NamedLocation)
            .await
            .unwrap(),
        []
    );

    let changed = row(tenant, access, 2, r#"{"state":"disabled"}"#);
    store
        .commit(vec![Write::KeepPolicy(changed.clone())])
        .await
        .unwrap();
    let found = store.kept_policy(tenant, access, changed.id).await.unwrap();
    assert_eq!(found, Some(changed.clone()));
    assert_eq!(store.kept_policies(tenant, access).await.unwrap().len(), 2);
    assert_eq!(store.kept_policies(other, access).await.unwrap(), [theirs]);
    let missing = store.kept_policy(tenant, access, Uuid::from_u128(9)).await;
    assert_eq!(missing.unwrap(), None);
}
