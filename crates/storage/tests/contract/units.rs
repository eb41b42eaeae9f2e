use std::sync::atomic::{AtomicU64, Ordering};

use lanyard_storage::{StorageError, Store, Write};

use crate::samples;

fn once(id: u8) -> Write {
    Write::OneTime {
        id: [id; 16],
        purpose: 1,
        expires_us: 10,
    }
}

pub(crate) async fn a_unit_happens_whole_or_not_at_all(store: Store) {
    let tenant = samples::tenant(&store).await;
    let row = samples::sign_in(tenant, 1);
    store
        .commit(vec![once(1), Write::SignIn(row.clone())])
        .await
        .unwrap();
    let late = samples::sign_in(tenant, 2);
    let user = samples::user(tenant, "a@x.example");
    let unit = vec![
        Write::SignIn(late),
        once(2),
        Write::InsertUser {
            user: Box::new(user.clone()),
            canonical_certificate_user_ids: vec![],
        },
        once(1),
    ];
    let before = store.last_change().await.unwrap();
    let replayed = store.commit(unit).await;
    assert!(matches!(replayed, Err(StorageError::AlreadyUsed)), "{replayed:?}");
    assert_eq!(samples::all_sign_ins(&store, tenant).await, [row]);
    assert_eq!(store.user(tenant, user.id).await.unwrap(), None);
    assert!(!store.was_used([2; 16], 1).await.unwrap());
    assert_eq!(store.last_change().await.unwrap(), before);
    // The same value for another purpose is another value.
    store
        .commit(vec![Write::OneTime {
            id: [1; 16],
            purpose: 2,
            expires_us: 10,
        }])
        .await
        .unwrap();
    store.commit(vec![]).await.unwrap();
}

pub(crate) async fn a_failing_unit_does_not_spoil_the_others(store: Store) {
    let tenant = samples::tenant(&store).await;
    let taken = samples::sign_in(tenant, -1);
    store
        .commit(vec![Write::SignIn(taken.clone()), once(0)])
        .await
        .unwrap();
    let tasks: Vec<_> = (1..=200_u8)
        .map(|number| {
            let (store, taken) = (store.clone(), taken.clone());
            let mut unit = vec![
                once(number),
                Write::SignIn(samples::sign_in(tenant, i64::from(number))),
            ];
            match number % 4 {
                // Fails by what it expects, by the database, and at its end.
                1 => unit.insert(1, once(0)),
                2 => unit.insert(1, Write::SignIn(taken)),
                3 => unit.push(once(number)),
                _ => {}
            }
            tokio::spawn(async move { (number, store.commit(unit).await) })
        })
        .collect();
    for task in tasks {
        let (number, result) = task.await.unwrap();
        match number % 4 {
            0 => result.unwrap(),
            2 => assert!(
                matches!(result, Err(StorageError::Duplicate { .. })),
                "{result:?}"
            ),
            _ => assert!(matches!(result, Err(StorageError::AlreadyUsed)), "{result:?}"),
        }
        assert_eq!(
            store.was_used([number; 16], 1).await.unwrap(),
            number % 4 == 0,
            "{number}"
        );
    }
    let times: Vec<i64> = samples::all_sign_ins(&store, tenant)
        .await
        .iter()
        .map(|row| row.created_us)
        .collect();
    let expected: Vec<i64> = std::iter::once(-1).chain((4..=200).step_by(4)).collect();
    assert_eq!(times, expected);
}

pub(crate) async fn of_many_users_of_a_single_use_value_one_wins(store: Store) {
    let tenant = samples::tenant(&store).await;
    let wins = std::sync::Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let (store, wins) = (store.clone(), wins.clone());
            tokio::spawn(async move {
                let unit = vec![Write::SignIn(samples::sign_in(tenant, number)), once(9)];
                match store.commit(unit).await {
                    Ok(()) => wins.fetch_add(1, Ordering::Relaxed),
                    Err(StorageError::AlreadyUsed) => 0,
                    Err(error) => panic!("{error}"),
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(wins.load(Ordering::Relaxed), 1);
    assert_eq!(samples::all_sign_ins(&store, tenant).await.len(), 1);
}

pub(crate) async fn a_closed_store_says_so(store: Store) {
    let tenant = samples::tenant(&store).await;
    store.health().await.unwrap();
    store.close().await;
    assert!(store.health().await.is_err());
    let late = store
        .commit(vec![Write::SignIn(samples::sign_in(tenant, 1))])
        .await;
    assert!(matches!(late, Err(StorageError::Closed)), "{late:?}");
}
