use lanyard_directory::AppId;
use lanyard_storage::{DeviceCodeRow, StorageError, Store, Write};
use uuid::Uuid;

use crate::samples;

pub(crate) async fn a_device_code_goes_its_way_and_is_taken_once(store: Store) {
    let tenant = samples::tenant(&store).await;
    let code = DeviceCodeRow {
        hash: [1; 32],
        user_code: "BCDF-GHJK".to_owned(),
        tenant,
        client: AppId(Uuid::new_v4()),
        expires_us: 900,
        state: 0,
        last_poll_us: None,
        body: "{}".to_owned(),
    };
    store.commit(vec![Write::DeviceCode(code.clone())]).await.unwrap();
    let rival = DeviceCodeRow {
        hash: [2; 32],
        ..code.clone()
    };
    let taken = store.commit(vec![Write::DeviceCode(rival)]).await;
    assert!(
        matches!(taken, Err(StorageError::Duplicate { what: "user code" })),
        "{taken:?}"
    );

    store
        .commit(vec![Write::PolledDeviceCode {
            hash: [1; 32],
            last_poll_us: 5,
        }])
        .await
        .unwrap();
    let polled = DeviceCodeRow {
        last_poll_us: Some(5),
        ..code
    };
    assert_eq!(
        store.device_code_by_user_code("BCDF-GHJK").await.unwrap(),
        Some(polled.clone())
    );
    assert_eq!(store.device_code_by_user_code("bcdf-ghjk").await.unwrap(), None);
    let approved = DeviceCodeRow {
        state: 1,
        body: r#"{"user":1}"#.to_owned(),
        ..polled
    };
    store
        .commit(vec![Write::DeviceCode(approved.clone())])
        .await
        .unwrap();
    assert_eq!(store.device_code_by_hash([1; 32]).await.unwrap(), Some(approved));

    store
        .commit(vec![Write::TakeDeviceCode { hash: [1; 32] }])
        .await
        .unwrap();
    let again = store.commit(vec![Write::TakeDeviceCode { hash: [1; 32] }]).await;
    assert!(matches!(again, Err(StorageError::AlreadyUsed)), "{again:?}");
    assert_eq!(store.device_code_by_hash([1; 32]).await.unwrap(), None);
}
