use lanyard_directory::{AppId, UserId};
use lanyard_storage::{AuditRow, Cursor, SignInFilter, SignInRow, StorageError, Store, Write};
use uuid::Uuid;

use crate::samples;

pub(crate) async fn sign_ins_are_filtered_and_paged_newest_first(store: Store) {
    let (tenant, other) = (samples::tenant(&store).await, samples::tenant(&store).await);
    let (user, app, visit) = (UserId(Uuid::new_v4()), AppId(Uuid::new_v4()), Uuid::new_v4());
    let mut rows: Vec<SignInRow> = (0..40)
        .map(|number| SignInRow {
            user_id: (number % 2 == 0).then_some(user),
            upn_key: (number % 2 == 0).then(|| "adele@contoso.example".to_owned()),
            app_id: (number % 3 == 0).then_some(app),
            error_code: if number % 5 == 0 { 500_172 } else { 0 },
            correlation_id: if number % 10 < 2 { visit } else { Uuid::new_v4() },
            kind: -1,
            // Several rows of the same microsecond: the id decides.
            ..samples::sign_in(tenant, i64::from(number) / 4)
        })
        .collect();
    let mut unit: Vec<Write> = rows.iter().cloned().map(Write::SignIn).collect();
    unit.push(Write::SignIn(samples::sign_in(other, 3)));
    store.commit(unit).await.unwrap();
    rows.sort_by_key(|row| std::cmp::Reverse(row.cursor()));

    let expect = async |filter: SignInFilter, keep: &dyn Fn(&SignInRow) -> bool| {
        let expected: Vec<SignInRow> = rows.iter().filter(|row| keep(row)).cloned().collect();
        assert!(!expected.is_empty());
        assert_eq!(
            store.sign_ins(tenant, &filter).await.unwrap(),
            expected,
            "{filter:?}"
        );
    };
    let all = SignInFilter::default();
    expect(all.clone(), &|_| true).await;
    expect(
        SignInFilter {
            user: Some(user),
            ..all.clone()
        },
        &|row| row.user_id == Some(user),
    )
    .await;
    expect(
        SignInFilter {
            app: Some(app),
            ..all.clone()
        },
        &|row| row.app_id == Some(app),
    )
    .await;
    expect(
        SignInFilter {
            error_code: Some(500_172),
            ..all.clone()
        },
        &|row| row.error_code == 500_172,
    )
    .await;
    expect(
        SignInFilter {
            error_code: Some(0),
            user: Some(user),
            ..all.clone()
        },
        &|row| row.error_code == 0 && row.user_id == Some(user),
    )
    .await;
    expect(
        SignInFilter {
            correlation_id: Some(visit),
            user: Some(user),
            ..all.clone()
        },
        &|row| row.correlation_id == visit && row.user_id == Some(user),
    )
    .await;
    let (before, after) = (rows[7].cursor(), rows[30].cursor());
    expect(
        SignInFilter {
            before: Some(before),
            after: Some(after),
            ..all.clone()
        },
        &|row| row.cursor() < before && row.cursor() > after,
    )
    .await;

    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let filter = SignInFilter {
            before,
            limit: Some(7),
            ..all.clone()
        };
        let page = store.sign_ins(tenant, &filter).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.cursor());
        paged.extend(page);
    }
    assert_eq!(paged, rows);
}

pub(crate) async fn a_sign_in_is_found_by_the_beginning_of_its_id(store: Store) {
    let tenant = samples::tenant(&store).await;
    let row = |id: &str| SignInRow {
        id: id.parse().unwrap(),
        ..samples::sign_in(tenant, 1)
    };
    let first = row("66ea54eb-6301-4ee5-be62-ff5a759b0100");
    let second = row("66ea54ec-0000-4000-8000-000000000000");
    let third = row("ffff54ec-0000-4000-8000-000000000000");
    store
        .commit(
            [&first, &second, &third]
                .map(|row| Write::SignIn(row.clone()))
                .into(),
        )
        .await
        .unwrap();
    let whole = first.id.to_string();
    assert_eq!(
        store.sign_in(tenant, &whole).await.unwrap().as_ref(),
        Some(&first)
    );
    assert_eq!(store.sign_in(tenant, "66EA54EB").await.unwrap(), Some(first));
    assert_eq!(store.sign_in(tenant, "66ea-54ec").await.unwrap(), Some(second));
    assert_eq!(store.sign_in(tenant, "ffff").await.unwrap(), Some(third));
    assert!(matches!(
        store.sign_in(tenant, "66ea54e").await,
        Err(StorageError::Ambiguous { .. })
    ));
    for nothing in ["66ea54ed", "zzzz", "66", ""] {
        assert_eq!(store.sign_in(tenant, nothing).await.unwrap(), None, "{nothing}");
    }
    let other = samples::tenant(&store).await;
    assert_eq!(store.sign_in(other, &whole).await.unwrap(), None);
}

pub(crate) async fn the_log_is_followed_oldest_first(store: Store) {
    let tenant = samples::tenant(&store).await;
    let rows: Vec<SignInRow> = (0..5).map(|time| samples::sign_in(tenant, time)).collect();
    store
        .commit(rows[..3].iter().cloned().map(Write::SignIn).collect())
        .await
        .unwrap();
    let seen = store.sign_ins_after(tenant, Cursor::START, 2).await.unwrap();
    assert_eq!(seen, rows[..2]);
    store
        .commit(rows[3..].iter().cloned().map(Write::SignIn).collect())
        .await
        .unwrap();
    assert_eq!(
        store.sign_ins_after(tenant, rows[1].cursor(), 10).await.unwrap(),
        rows[2..]
    );
    assert_eq!(
        store.sign_ins_after(tenant, rows[4].cursor(), 10).await.unwrap(),
        []
    );
}

pub(crate) async fn audit_rows_come_newest_first(store: Store) {
    let tenant = samples::tenant(&store).await;
    let mut rows: Vec<AuditRow> = (0..5)
        .map(|time| AuditRow {
            id: Uuid::new_v4(),
            tenant,
            created_us: time,
            activity: "user-updated".to_owned(),
            actor: "admin".to_owned(),
            target: "adele".to_owned(),
            body: "{}".to_owned(),
        })
        .collect();
    store
        .commit(rows.iter().cloned().map(Write::Audit).collect())
        .await
        .unwrap();
    rows.reverse();
    let page = store.audits(tenant, None, 3).await.unwrap();
    assert_eq!(page, rows[..3]);
    let place = Cursor {
        created_us: page[2].created_us,
        id: page[2].id,
    };
    assert_eq!(store.audits(tenant, Some(place), 3).await.unwrap(), rows[3..]);
}
