//! A tenant goes out as files and comes back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test data"
)]

mod house;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use house::{House, actor, folder, policies};
use lanyard_exchange::{ExchangeError, Found, bring, read_document, read_files};
use serde_json::{Value, json};
use uuid::Uuid;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn contents(folder: &Path) -> Vec<(String, String)> {
    files(folder)
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn what_was_exported_comes_back_octet_by_octet() {
    // EXPORT-COMES-BACK, EXPORT-NO-SECRETS, IMPORT-GROUPS, IMPORT-PKI, POLICY-KEPT
    let first = House::open().await;
    first.fill().await;
    let out = folder();
    let written = first.export(out.path(), false).await.unwrap();
    assert_eq!(written.len(), 10);
    let before = contents(out.path());
    for path in files(out.path()) {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let second = House::open().await;
    let found = read_files(&files(out.path())).unwrap();
    let brought = bring(&second.engine, &second.operator(), &actor(), found, |_, _| {})
        .await
        .unwrap();
    assert_eq!((brought.users_created, brought.groups_created), (1_203, 3));
    assert_eq!((brought.pki_containers, brought.pki_authorities), (2, 2));
    assert_eq!((brought.kept, brought.denied_certificates), (3, 1));
    assert!(brought.policy_in_force && brought.settings_in_force);
    let reasons: Vec<&str> = brought
        .not_translated
        .iter()
        .map(|one| one.reason.as_str())
        .collect();
    assert!(
        reasons.iter().all(|reason| reason.starts_with("kept as it came")),
        "{reasons:?}"
    );

    let again = folder();
    second.export(again.path(), false).await.unwrap();
    for ((name, was), (_, is)) in before.iter().zip(contents(again.path())) {
        assert_eq!(*was, is, "{name}");
    }
    let everything: String = before.iter().map(|(_, text)| text.as_str()).collect();
    for word in ["secret", "Secret", "PRIVATE", "password", "sha256\"", "refresh"] {
        assert!(!everything.contains(word), "{word}");
    }
    // Bringing it once more changes nothing.
    let found = read_files(&files(out.path())).unwrap();
    let brought = bring(&second.engine, &second.operator(), &actor(), found, |_, _| {})
        .await
        .unwrap();
    assert_eq!((brought.users_created, brought.users_present), (0, 1_203));
    assert_eq!((brought.groups_created, brought.members_added), (0, 0));
    assert_eq!(
        (brought.pki_containers, brought.pki_authorities, brought.kept),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn an_export_replaces_files_only_when_asked_and_only_whole() {
    // EXPORT-WHOLE
    let house = House::open().await;
    let out = folder();
    house.export(out.path(), false).await.unwrap();
    let refused = house.export(out.path(), false).await.unwrap_err();
    assert!(matches!(refused, ExchangeError::Exists(_)), "{refused}");
    house.add_user("newcomer").await;
    house.export(out.path(), true).await.unwrap();
    let users = fs::read_to_string(out.path().join("users.json")).unwrap();
    assert!(users.contains("newcomer@agency.example"));
    assert_eq!(files(out.path()).len(), 10, "no part is left");

    // A folder in the way of the last file: nothing else has changed.
    house.add_user("latecomer").await;
    let before = contents(out.path());
    fs::create_dir(out.path().join(".users.json.part")).unwrap();
    let failed = house.export(out.path(), true).await.unwrap_err();
    assert!(matches!(failed, ExchangeError::File { .. }), "{failed}");
    fs::remove_dir(out.path().join(".users.json.part")).unwrap();
    assert_eq!(contents(out.path()), before);
}

#[tokio::test]
async fn what_does_not_translate_is_named_with_the_reason() {
    // IMPORT-NAMED
    let group = Uuid::from_u128(7);
    let read = |name: &str, document: Value| {
        let mut found = Found::default();
        read_document(&mut found, Path::new(name), document.to_string().as_bytes()).unwrap();
        found
    };
    let cases = [
        (
            json!({ "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration", "id": "Fido2" }),
            "Fido2",
            "certificates only",
        ),
        (
            json!({ "value": [{ "id": Uuid::from_u128(1), "appId": Uuid::from_u128(2), "displayName": "Portal" }] }),
            "Portal",
            "lanyard admin app create",
        ),
        (
            json!({ "id": "x", "displayName": "Thing" }),
            "Thing",
            "nothing of this kind",
        ),
        (
            json!({ "id": group, "displayName": "Staff", "groupTypes": ["DynamicMembership"], "membershipRule": "all" }),
            "Staff",
            "follows a rule",
        ),
        (
            json!({ "id": group, "displayName": "Staff", "groupTypes": [], "members@odata.nextLink": "next" }),
            "Staff",
            "not all members",
        ),
        (
            json!({ "userPrincipalName": "a@agency.example", "passwordProfile": { "password": "x" }, "assignedLicenses": [] }),
            "passwordProfile",
            "1 object has no place",
        ),
        (
            json!({ "@odata.nextLink": "next", "value": [] }),
            "",
            "another page",
        ),
        (
            json!({ "@odata.context": "https://g/v1.0/$metadata#directoryObjects", "value": [{ "id": group }] }),
            "00000000-0000-0000-0000-000000000007",
            "whose member",
        ),
        (
            json!({ "displayName": "No id", "conditions": {}, "state": "enabled" }),
            "No id",
            "no object id",
        ),
        (policies()[0].clone(), "Card for all", "kept as it came"),
    ];
    for (document, object, reason) in cases {
        let list = read("export.json", document.clone()).untranslated.list();
        assert!(
            list.iter()
                .any(|one| one.object == object && one.reason.contains(reason)),
            "{document}: {list:?}"
        );
        assert!(list.iter().all(|one| one.file == "export.json"), "{list:?}");
    }
    let found = read(
        "members-00000000-0000-0000-0000-000000000007.json",
        json!({ "@odata.context": "https://g/v1.0/$metadata#directoryObjects",
                "value": [{ "@odata.type": "#microsoft.graph.user", "id": Uuid::from_u128(1), "userPrincipalName": "a@b" }] }),
    );
    assert_eq!(found.members[&group], [Uuid::from_u128(1)]);
    assert!(found.users.is_empty());
}

#[tokio::test]
async fn foreign_documents_are_refused_with_a_sentence() {
    let cases: [(&str, &str); 10] = [
        ("", "EOF"),
        ("{", "EOF"),
        ("7", "an object or a list"),
        ("[7]", "nothing"),
        ("{\"value\":[7]}", "no object"),
        ("{\"value\":7}", "a list of objects"),
        ("{} {}", "trailing"),
        (
            r#"{"certificateAuthorities":[{"certificate":"?"}]}"#,
            "not base64",
        ),
        (
            r#"{"userPrincipalName":"a@b","accountEnabled":"no"}"#,
            "accountEnabled",
        ),
        (r#"{"userPrincipalName":"a@b","id":"7"}"#, "GUID"),
    ];
    for (text, expected) in cases {
        let mut found = Found::default();
        let outcome = read_document(&mut found, Path::new("f"), text.as_bytes());
        if expected == "nothing" {
            assert_eq!(found.untranslated.list().len(), 1);
            continue;
        }
        let sentence = outcome.unwrap_err().to_string();
        assert!(sentence.contains(expected), "{text}: {sentence}");
    }
    let deep = "[".repeat(100_000);
    assert!(read_document(&mut Found::default(), Path::new("f"), deep.as_bytes()).is_err());
}

#[tokio::test]
async fn rows_that_are_wrong_are_named_and_nothing_is_created() {
    let house = House::open().await;
    let mut found = Found::default();
    let users = json!({ "value": [
        { "userPrincipalName": "good@agency.example", "displayName": "Good" },
        { "userPrincipalName": "bad@elsewhere.example", "displayName": "Bad" }
    ]});
    read_document(&mut found, Path::new("users.json"), users.to_string().as_bytes()).unwrap();
    let refused = bring(&house.engine, &house.operator(), &actor(), found, |_, _| {})
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("bad@elsewhere.example"), "{refused}");
    let good = house
        .engine
        .user_named(house.tenant.id, "good@agency.example")
        .await;
    assert!(good.is_err());
}

#[tokio::test]
async fn who_is_there_keeps_the_object_id_and_belongs_to_the_groups_of_the_files() {
    let house = House::open().await;
    let own = house.add_user("jane").await;
    let (theirs, group) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut found = Found::default();
    let document = json!({ "value": [
        { "id": theirs, "userPrincipalName": "jane@agency.example", "displayName": "Jane" },
        { "id": group, "displayName": "Staff", "securityEnabled": true, "members": [{ "id": theirs }] }
    ]});
    read_document(&mut found, Path::new("all.json"), document.to_string().as_bytes()).unwrap();
    let brought = bring(&house.engine, &house.operator(), &actor(), found, |_, _| {})
        .await
        .unwrap();
    assert_eq!(
        (
            brought.users_created,
            brought.users_present,
            brought.members_added
        ),
        (0, 1, 1)
    );
    let told = &brought.not_translated[0];
    assert_eq!(told.object, theirs.to_string());
    assert!(told.reason.contains(&own.to_string()), "{}", told.reason);
}
