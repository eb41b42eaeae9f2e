//! Whatever is in a file, it is read or refused with a sentence.
#![allow(clippy::unwrap_used, reason = "test data")]

use std::path::Path;

use lanyard_exchange::{Found, read_csv, read_document};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Names that mean something, so that arbitrary values land where they hurt.
const NAMES: &[&str] = &[
    "@odata.type",
    "@odata.context",
    "@odata.nextLink",
    "value",
    "id",
    "displayName",
    "userPrincipalName",
    "accountEnabled",
    "authorizationInfo",
    "certificateUserIds",
    "businessPhones",
    "onPremisesSyncEnabled",
    "groupTypes",
    "members",
    "securityEnabled",
    "certificateAuthorities",
    "certificate",
    "certificateAuthorityType",
    "@lanyard.crlGraceHours",
    "authenticationMethodConfigurations",
    "conditions",
    "state",
    "allowedCombinations",
    "reason",
];
const TEXTS: &[&str] = &[
    "#microsoft.graph.certificateBasedAuthPki",
    "#microsoft.graph.certificateAuthorityDetail",
    "#microsoft.graph.ipNamedLocation",
    "#lanyard.tenantSettings",
    "#lanyard.deniedCertificate",
    "x#directoryObjects",
    "00000000-0000-0000-0000-000000000001",
    "X509Certificate",
    "AAAA",
    "root",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(TEXTS).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(NAMES), inner), 0..6).prop_map(|members| {
                let members: Map<String, Value> = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect();
                Value::Object(members)
            }),
        ]
    })
}

fn read(bytes: &[u8]) -> (bool, String, usize) {
    let mut found = Found::default();
    let outcome = read_document(&mut found, Path::new("a.json"), bytes);
    if let Err(error) = &outcome {
        assert!(!error.to_string().is_empty());
    }
    let list = found.untranslated.list();
    for one in &list {
        assert!(!one.reason.is_empty() && !one.object.chars().any(char::is_control));
    }
    (outcome.is_ok(), found.summary(), list.len())
}

proptest! {
    /// IMPORT-NAMED
    #[test]
    fn any_document_is_read_or_refused(document in value()) {
        let text = document.to_string();
        let once = read(text.as_bytes());
        prop_assert_eq!(&once, &read(text.as_bytes()));
        // As one of a list it is understood alike: no object is lost without a word.
        if document.is_object() && document.get("value").is_none() && document.get("@odata.context").is_none() {
            let list = json!({ "value": [document] }).to_string();
            let mut alike = read(list.as_bytes());
            alike.2 = once.2;
            prop_assert_eq!(once, alike);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&bytes);
        let _ = read_csv(Path::new("a.csv"), bytes.as_slice()).map_err(|error| error.to_string());
    }

    #[test]
    fn any_rows_are_read_or_refused(rows in prop::collection::vec("[a-z@.,\\\"| \n]{0,30}", 0..6)) {
        let text = format!("userPrincipalName,displayName,certificateUserIds\n{}", rows.join("\n"));
        if let Ok(users) = read_csv(Path::new("a.csv"), text.as_bytes()) {
            prop_assert!(users.windows(2).all(|pair| matches!(pair, [a, b] if a.0 < b.0)));
        }
    }
}
