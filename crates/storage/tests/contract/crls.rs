use lanyard_storage::{CrlHistoryRow, CrlRow, StorageError, Store};

const AUTHORITY: [u8; 32] = [3; 32];

fn crl(number: Option<&str>, der_bytes: usize, seed: u8) -> CrlRow {
    let bytes = |count: usize, seed: u8| {
        (0..count)
            .map(|place| (place % 251) as u8 ^ seed)
            .collect::<Vec<u8>>()
    };
    CrlRow {
        authority: AUTHORITY,
        kind: 0,
        url: "http://crl.example/ca.crl".to_owned(),
        number_hex: number.map(str::to_owned),
        this_update_us: 10,
        next_update_us: Some(20),
        etag: Some("\"x\"".to_owned()),
        last_modified: None,
        fetched_us: 15,
        der: bytes(der_bytes, seed),
        index: bytes(der_bytes / 3, seed.wrapping_add(1)),
    }
}

pub(crate) async fn a_large_crl_comes_back_byte_by_byte(store: Store) {
    assert_eq!(store.crl(AUTHORITY, 0).await.unwrap(), None);
    for bytes in [0, 1, 256 * 1024, 3_000_001] {
        let crl = crl(Some("0a"), bytes, 7);
        store.save_crl(&crl, None).await.unwrap();
        assert!(
            store.crl(AUTHORITY, 0).await.unwrap().as_ref() == Some(&crl),
            "{bytes}"
        );
    }
    let delta = CrlRow {
        kind: 1,
        next_update_us: None,
        ..crl(None, 10, 9)
    };
    store.save_crl(&delta, None).await.unwrap();
    let headers = store.crl_headers().await.unwrap();
    let lengths: Vec<_> = headers
        .iter()
        .map(|header| (header.kind, header.der_length, header.index_length))
        .collect();
    assert_eq!(lengths, [(0, 3_000_001, 1_000_000), (1, 10, 3)]);

    store
        .confirm_crl(AUTHORITY, 1, 99, Some("\"y\""), Some("Sat"))
        .await
        .unwrap();
    let confirmed = store.crl(AUTHORITY, 1).await.unwrap().unwrap();
    assert_eq!(
        (confirmed.fetched_us, confirmed.etag.as_deref()),
        (99, Some("\"y\""))
    );
    assert_eq!(confirmed.der, delta.der);
    let unknown = store.confirm_crl([9; 32], 0, 1, None, None).await;
    assert!(
        matches!(unknown, Err(StorageError::NotFound { .. })),
        "{unknown:?}"
    );
}

pub(crate) async fn the_highest_number_is_kept_for_ever(store: Store) {
    assert_eq!(store.highest_crl_number(AUTHORITY, 0).await.unwrap(), None);
    for (number, highest) in [
        ("09", "9"),
        ("0F", "f"),
        ("0100", "100"),
        ("ff", "100"),
        ("00", "100"),
    ] {
        store.save_crl(&crl(Some(number), 5, 1), None).await.unwrap();
        assert_eq!(
            store.highest_crl_number(AUTHORITY, 0).await.unwrap().as_deref(),
            Some(highest),
            "{number}"
        );
    }
    store.save_crl(&crl(None, 5, 1), None).await.unwrap();
    assert_eq!(
        store.highest_crl_number(AUTHORITY, 0).await.unwrap().as_deref(),
        Some("100")
    );
    assert_eq!(store.highest_crl_number(AUTHORITY, 1).await.unwrap(), None);
    let refused = store.save_crl(&crl(Some("not hex"), 5, 1), None).await;
    assert!(
        matches!(refused, Err(StorageError::Unstorable { .. })),
        "{refused:?}"
    );
}

pub(crate) async fn history_tells_what_was_known_when(store: Store) {
    for (learned_us, number, entries) in [(100, "1", 10), (200, "2", 20), (300, "3", 30)] {
        let row = CrlHistoryRow {
            authority: AUTHORITY,
            kind: 0,
            learned_us,
            number_hex: Some(number.to_owned()),
            sha256: [number.as_bytes()[0]; 32],
            entries,
        };
        store
            .save_crl(&crl(Some(number), 5, 1), Some(&row))
            .await
            .unwrap();
    }
    let known = async |until_us| {
        let rows = store.crl_history(AUTHORITY, 0, until_us, 10).await.unwrap();
        rows.iter().map(|row| row.entries).collect::<Vec<_>>()
    };
    assert_eq!(known(250).await, [20, 10]);
    assert_eq!(known(99).await, [0_i64; 0]);
    assert_eq!(known(300).await, [30, 20, 10]);
}

pub(crate) async fn a_reader_sees_the_old_list_or_the_new_one(store: Store) {
    store.save_crl(&crl(Some("00"), 600_000, 0), None).await.unwrap();
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for seed in 1..6 {
                store
                    .save_crl(&crl(Some(&format!("{seed:02x}")), 600_000, seed), None)
                    .await
                    .unwrap();
            }
        })
    };
    let mut reads = 0;
    while !writer.is_finished() || reads == 0 {
        let seen = store.crl(AUTHORITY, 0).await.unwrap().unwrap();
        let seed = u8::from_str_radix(seen.number_hex.as_deref().unwrap(), 16).unwrap();
        assert!(
            seen == crl(seen.number_hex.as_deref(), 600_000, seed),
            "a mixture of two lists"
        );
        reads += 1;
    }
    writer.await.unwrap();
}
