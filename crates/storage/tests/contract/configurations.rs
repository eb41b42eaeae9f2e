use lanyard_storage::{AuditRow, StorageError, Store};
use serde_json::json;
use uuid::Uuid;

use crate::samples;

pub(crate) async fn two_savers_of_one_version_do_not_both_win(store: Store) {
    let tenant = samples::tenant(&store).await;
    assert_eq!(store.tenant_configuration(tenant).await.unwrap(), None);
    let document = |number| json!({ "number": number, "z": 1, "a": [1.5, null] });
    assert_eq!(
        store
            .save_tenant_configuration(tenant, None, &document(1), vec![])
            .await
            .unwrap(),
        1
    );
    let again = store
        .save_tenant_configuration(tenant, None, &document(9), vec![])
        .await;
    assert!(matches!(again, Err(StorageError::VersionConflict)), "{again:?}");

    let savers: Vec<_> = (0..8)
        .map(|number| {
            let store = store.clone();
            let document = document(number);
            tokio::spawn(async move {
                store
                    .save_tenant_configuration(tenant, Some(1), &document, vec![])
                    .await
            })
        })
        .collect();
    let mut won = Vec::new();
    for (number, saver) in savers.into_iter().enumerate() {
        match saver.await.unwrap() {
            Ok(version) => won.push((version, number)),
            Err(error) => assert!(matches!(error, StorageError::VersionConflict), "{error:?}"),
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(
        store.tenant_configuration(tenant).await.unwrap(),
        Some((2, document(won[0].1)))
    );
}

pub(crate) async fn a_configuration_and_its_audit_rows_are_one_unit(store: Store) {
    let tenant = samples::tenant(&store).await;
    let row = AuditRow {
        id: Uuid::new_v4(),
        tenant,
        created_us: 5,
        activity: "policy-changed".to_owned(),
        actor: "adele".to_owned(),
        target: "policy".to_owned(),
        body: "{}".to_owned(),
    };
    store
        .save_tenant_configuration(tenant, None, &json!({}), vec![row.clone()])
        .await
        .unwrap();
    assert_eq!(store.audits(tenant, None, 9).await.unwrap(), [row.clone()]);
    // The id of the audit row is taken: the configuration must not be saved either.
    let refused = store
        .save_tenant_configuration(tenant, Some(1), &json!({ "x": 1 }), vec![row])
        .await;
    assert!(
        matches!(refused, Err(StorageError::Duplicate { .. })),
        "{refused:?}"
    );
    assert_eq!(
        store.tenant_configuration(tenant).await.unwrap(),
        Some((1, json!({})))
    );
    let late = AuditRow {
        id: Uuid::new_v4(),
        ..store.audits(tenant, None, 1).await.unwrap().remove(0)
    };
    let conflict = store
        .save_tenant_configuration(tenant, Some(7), &json!({}), vec![late])
        .await;
    assert!(
        matches!(conflict, Err(StorageError::VersionConflict)),
        "{conflict:?}"
    );
    assert_eq!(store.audits(tenant, None, 9).await.unwrap().len(), 1);
}
