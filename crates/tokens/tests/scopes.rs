//! Scopes, resources and consent.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod world;

use lanyard_directory::{AppId, Application, ConsentType, OAuth2PermissionGrant};
use lanyard_tokens::consent::consent;
use lanyard_tokens::{ResourceName, ScopeRequest, granted_scope};
use lanyard_verdict::RuleId;
use proptest::prelude::*;
use uuid::Uuid;
use world::{ALICE, ARCHIVE, PORTAL, TENANT, archive, graph, portal};

#[test]
fn scope_syntax() {
    // SCOPE-SYNTAX
    let graph_name = || ResourceName::Graph;
    let named = |name: &str| ResourceName::Named(name.to_owned());
    for (asked, resource, value) in [
        ("User.Read", graph_name(), "User.Read"),
        (
            "https://graph.example.test/User.Read",
            named("https://graph.example.test"),
            "User.Read",
        ),
        (
            "https://graph.example.test:8443//.default",
            named("https://graph.example.test:8443/"),
            ".default",
        ),
        ("api://archive/Read", named("api://archive"), "Read"),
        (
            "00000000-0000-0000-0000-00000000a002/.default",
            named("00000000-0000-0000-0000-00000000a002"),
            ".default",
        ),
        (
            "00000000-0000-0000-0000-00000000a002",
            named("00000000-0000-0000-0000-00000000a002"),
            ".default",
        ),
        (".default", graph_name(), ".default"),
    ] {
        let request = ScopeRequest::parse(asked).unwrap();
        let [scope] = request.scopes.as_slice() else {
            panic!("{asked}")
        };
        assert_eq!(
            (&scope.resource, scope.value.as_str(), scope.asked.as_str()),
            (&resource, value, asked)
        );
    }
    let request = ScopeRequest::parse("openid profile email offline_access  User.Read User.Read").unwrap();
    assert!(request.openid && request.profile && request.email && request.offline_access);
    assert_eq!(request.scopes.len(), 1);
    let many: Vec<String> = (0..101).map(|number| format!("s{number}")).collect();
    for refused in ["a\"b", "a\\b", "\u{e9}", &many.join(" "), &"x".repeat(9000)] {
        assert_eq!(
            ScopeRequest::parse(refused).unwrap_err().rule,
            RuleId::new("SCOPE-SYNTAX")
        );
    }
}

#[test]
fn scope_resource_name() {
    // SCOPE-RESOURCE-NAME
    let names =
        |name: &str, application: &Application| ResourceName::Named(name.to_owned()).names(application);
    assert!(ResourceName::Graph.names(&graph()) && !ResourceName::Graph.names(&archive()));
    for (name, application, expected) in [
        ("api://archive", archive(), true),
        ("api://archive/", archive(), false),
        ("api://ARCHIVE", archive(), false),
        ("https://archive.example/", archive(), true),
        ("https://archive.example", archive(), false),
        ("00000000-0000-0000-0000-00000000A002", archive(), true),
        ("https://graph.example.test", graph(), true),
        ("https://graph.example.test/", graph(), true),
        ("https://graph.example.test//", graph(), false),
    ] {
        assert_eq!(names(name, &application), expected, "{name}");
    }
}

#[test]
fn scope_one_resource() {
    // SCOPE-ONE-RESOURCE
    let (graph, archive) = (graph(), archive());
    let known = [&graph, &archive];
    for (asked, number) in [
        ("User.Read api://archive/Read", 700_022),
        ("https://archive.example//Read User.Read", 700_022),
        ("api://unknown/Read", 500_011),
        ("https://archive.example/Read", 500_011),
        ("api://archive/Unknown", 70_011),
        ("api://archive/read", 70_011),
        ("api://archive/Old", 70_011),
        ("Nonsense", 70_011),
        ("api://archive/.default api://archive/Read", 70_011),
    ] {
        let failure = ScopeRequest::parse(asked)
            .unwrap()
            .for_one_resource(&known)
            .unwrap_err();
        assert_eq!(
            (failure.code.number(), failure.rule),
            (number, RuleId::new("SCOPE-ONE-RESOURCE")),
            "{asked}"
        );
    }
    for (asked, app_id, asked_as, everything, values) in [
        (
            "openid",
            graph.app_id,
            "https://graph.example.test",
            false,
            vec![],
        ),
        (
            "User.Read openid Mail.Read",
            graph.app_id,
            "https://graph.example.test",
            false,
            vec!["User.Read", "Mail.Read"],
        ),
        (
            "https://graph.example.test//.default",
            graph.app_id,
            "https://graph.example.test/",
            true,
            vec![],
        ),
        (
            "User.Read https://graph.example.test/User.Read",
            graph.app_id,
            "https://graph.example.test",
            false,
            vec!["User.Read"],
        ),
        (
            "api://archive/Read",
            ARCHIVE,
            "api://archive",
            false,
            vec!["Read"],
        ),
        (
            "https://archive.example//Write",
            ARCHIVE,
            "https://archive.example/",
            false,
            vec!["Write"],
        ),
        ("api://archive/.default", ARCHIVE, "api://archive", true, vec![]),
    ] {
        let found = ScopeRequest::parse(asked).unwrap();
        let found = found.for_one_resource(&known).unwrap();
        assert_eq!(found.resource.app_id, app_id, "{asked}");
        assert_eq!(found.asked_as, asked_as, "{asked}");
        assert_eq!(
            (found.everything, found.values),
            (everything, values.into_iter().map(str::to_owned).collect())
        );
    }
}

#[test]
fn scope_application_default() {
    // SCOPE-APPLICATION-DEFAULT
    for (asked, accepted) in [
        ("api://archive/.default", true),
        ("https://graph.example.test//.default", true),
        ("api://archive/Read", false),
        ("api://archive/.default User.Read", false),
        ("", false),
    ] {
        let answer = ScopeRequest::parse(asked).unwrap().require_single_default();
        assert_eq!(answer.is_ok(), accepted, "{asked}");
    }
}

#[test]
fn scope_v1_resource() {
    // SCOPE-V1-RESOURCE
    let (graph, archive) = (graph(), archive());
    let request = ScopeRequest::of_v1(Some("api://archive"), Some("openid")).unwrap();
    let found = request.for_one_resource(&[&graph, &archive]).unwrap();
    assert_eq!(
        (found.resource.app_id, found.asked_as.as_str(), found.everything),
        (ARCHIVE, "api://archive", true)
    );
    assert!(ScopeRequest::of_v1(None, None).unwrap().openid);
}

fn grant(client: AppId, resource: AppId, everybody: bool, scopes: &[&str]) -> OAuth2PermissionGrant {
    OAuth2PermissionGrant {
        id: Uuid::from_u128(3),
        tenant: TENANT,
        client,
        consent_type: if everybody {
            ConsentType::AllPrincipals
        } else {
            ConsentType::Principal
        },
        principal: (!everybody).then_some(ALICE),
        resource,
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
    }
}

#[test]
fn consent_needed() {
    // CONSENT-NEEDED
    let archive = archive();
    let bob = lanyard_directory::UserId(Uuid::from_u128(0xb0b));
    let mine = grant(PORTAL, ARCHIVE, false, &["Read"]);
    let all = grant(PORTAL, ARCHIVE, true, &["Write", "Old"]);
    let foreign = grant(ARCHIVE, ARCHIVE, true, &["Read"]);
    for (asked, user, grants, granted, missing) in [
        ("api://archive/Read", ALICE, vec![], "", "Read"),
        ("api://archive/Read", ALICE, vec![mine.clone()], "Read", ""),
        ("api://archive/Read", bob, vec![mine.clone()], "", "Read"),
        ("api://archive/Read", ALICE, vec![foreign], "", "Read"),
        (
            "api://archive/Read api://archive/Write",
            bob,
            vec![mine.clone(), all.clone()],
            "Write",
            "Read",
        ),
        (
            "api://archive/.default",
            ALICE,
            vec![mine.clone(), all.clone()],
            "Read Write",
            "",
        ),
        (
            "api://archive/.default",
            bob,
            vec![mine.clone(), all],
            "Write",
            "",
        ),
        ("api://archive/.default", bob, vec![mine], "", "Read Write"),
    ] {
        let request = ScopeRequest::parse(asked).unwrap();
        let resource = request.for_one_resource(&[&archive]).unwrap();
        let answer = consent(&portal(), &resource, user, &grants);
        let lacks: Vec<&str> = answer.missing.iter().map(|scope| scope.value.as_str()).collect();
        assert_eq!(
            (answer.granted.join(" ").as_str(), lacks.join(" ").as_str()),
            (granted, missing),
            "{asked}"
        );
        assert_eq!(answer.require_complete().is_ok(), missing.is_empty());
    }
    let mut vouched = portal();
    vouched.consent_not_needed = true;
    let request = ScopeRequest::parse("api://archive/Purge").unwrap();
    let resource = request.for_one_resource(&[&archive]).unwrap();
    assert_eq!(consent(&vouched, &resource, ALICE, &[]).missing.len(), 0);
}

#[test]
fn consent_administrator_and_silent() {
    let archive = archive();
    let request = ScopeRequest::parse("api://archive/Purge").unwrap();
    let resource = request.for_one_resource(&[&archive]).unwrap();
    let answer = consent(&portal(), &resource, ALICE, &[]);
    let refused = answer.check_user_may_grant(false).unwrap_err();
    assert_eq!(
        (refused.code.number(), refused.rule),
        (90_094, RuleId::new("CONSENT-ADMINISTRATOR"))
    );
    assert!(answer.check_user_may_grant(true).is_ok());
    let silent = answer.require_complete().unwrap_err();
    assert_eq!(
        (silent.code.number(), silent.rule),
        (65_001, RuleId::new("CONSENT-SILENT"))
    );
    assert_eq!(silent.error.as_str(), "consent_required");
}

#[test]
fn token_scope_echo() {
    // TOKEN-SCOPE-ECHO
    let (graph, archive) = (graph(), archive());
    for (asked, granted, expected) in [
        (
            "User.Read openid profile",
            vec!["User.Read"],
            "User.Read openid profile",
        ),
        ("openid", vec![], "openid"),
        (
            "https://graph.example.test/User.Read",
            vec!["User.Read"],
            "https://graph.example.test/User.Read",
        ),
        (
            "https://graph.example.test//.default offline_access",
            vec!["User.Read"],
            "https://graph.example.test//.default User.Read offline_access",
        ),
        (
            "api://archive/.default",
            vec!["Read", "Write"],
            "api://archive/.default api://archive/Read api://archive/Write",
        ),
        (
            "api://archive/Read api://archive/Write",
            vec!["Write"],
            "api://archive/Write",
        ),
    ] {
        let request = ScopeRequest::parse(asked).unwrap();
        let resource = request.for_one_resource(&[&graph, &archive]).unwrap();
        let granted: Vec<String> = granted.into_iter().map(str::to_owned).collect();
        assert_eq!(granted_scope(&request, &resource, &granted), expected);
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,120}|[a-z:/. ]{0,120}") {
        let (graph, archive) = (graph(), archive());
        if let Ok(request) = ScopeRequest::parse(&text) {
            let _ = request.for_one_resource(&[&graph, &archive]);
            let _ = request.require_single_default();
        }
    }
}
