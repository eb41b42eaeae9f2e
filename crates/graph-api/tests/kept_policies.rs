//! Conditional access policies and authentication strengths that are only kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use http::Method;
use lanyard_directory::DirectoryRole;
use lanyard_engine::KeptKind;
use lanyard_engine::administer::KeptPolicy;
use serde_json::json;
use server::{GRAPH, Server, actor};
use uuid::Uuid;

const ACCESS: &str = "/v1.0/identity/conditionalAccess/policies";
const STRENGTHS: &str = "/v1.0/policies/authenticationStrengthPolicies";

/// GRAPH-KEPT-POLICIES POLICY-KEPT
#[tokio::test]
async fn kept_policies_are_read_as_they_came() {
    let server = Server::start().await;
    let id = Uuid::from_u128(7);
    let policy =
        json!({ "id": id, "z": 1.5, "displayName": "Card for all", "conditions": { "b": null, "a": ["x"] } });
    let strength = json!({ "id": id, "displayName": "Strong", "allowedCombinations": ["fido2"] });
    let kept = [
        (KeptKind::ConditionalAccessPolicy, &policy),
        (KeptKind::AuthenticationStrengthPolicy, &strength),
    ]
    .map(|(kind, body)| KeptPolicy {
        kind,
        id,
        body: body.clone(),
    });
    let tenant = server.tenant.id;
    assert_eq!(
        server
            .engine
            .keep_policies(&actor(), tenant, &kept)
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        server
            .engine
            .keep_policies(&actor(), tenant, &kept)
            .await
            .unwrap(),
        0
    );

    let token = server.application(&["Policy.Read.All"]).await;
    let list = server.get(&token, ACCESS).await.expect(200);
    let context = format!("{GRAPH}/v1.0/$metadata#identity/conditionalAccess/policies");
    assert_eq!(
        list.text,
        json!({ "@odata.context": context, "value": [policy] }).to_string()
    );
    let alias = server
        .get(&token, "/beta/policies/conditionalAccessPolicies")
        .await
        .expect(200);
    assert_eq!(alias.json()["value"], json!([policy]));
    let one = server
        .get(&token, &format!("{STRENGTHS}/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(one["displayName"], "Strong");
    assert_eq!(
        one["@odata.context"],
        format!("{GRAPH}/v1.0/$metadata#policies/authenticationStrengthPolicies/$entity")
    );
    let locations = server
        .get(&token, "/v1.0/identity/conditionalAccess/namedLocations")
        .await
        .expect(200);
    assert_eq!(locations.json()["value"], json!([]));
    for (path, status) in [
        (format!("{ACCESS}/{}", Uuid::nil()), 404),
        (format!("{ACCESS}/x"), 404),
        (format!("{ACCESS}?$filter=state%20eq%20'enabled'"), 400),
        (format!("{ACCESS}?$top=5&$select=id"), 200),
    ] {
        server.get(&token, &path).await.expect(status);
    }
    for method in [Method::POST, Method::PATCH, Method::DELETE] {
        let path = format!("{ACCESS}/{id}");
        let answer = server.send(&token, method, &path, &[], Some(json!({}))).await;
        answer.expect(405);
    }
    let audits = server.audits().await;
    let added = audits
        .iter()
        .filter(|(activity, ..)| activity.starts_with("Add "));
    assert!(added.count() >= 2);
    assert!(
        audits
            .iter()
            .any(|(activity, ..)| activity == "Add conditional access policy")
    );
}

#[tokio::test]
async fn who_may_read_them() {
    let server = Server::start().await;
    let cases: [(&str, &[DirectoryRole], u16, u16); 4] = [
        (
            "Policy.Read.All",
            &[DirectoryRole::CONDITIONAL_ACCESS_ADMINISTRATOR],
            200,
            200,
        ),
        (
            "Policy.Read.AuthenticationMethod",
            &[DirectoryRole::GLOBAL_READER],
            403,
            200,
        ),
        ("Policy.Read.All", &[], 403, 403),
        ("User.Read", &[DirectoryRole::GLOBAL_ADMINISTRATOR], 403, 403),
    ];
    for (number, (scope, roles, access, strengths)) in cases.into_iter().enumerate() {
        let token = server.person(&format!("p{number}"), &[scope], roles).await;
        server.get(&token, ACCESS).await.expect(access);
        server.get(&token, STRENGTHS).await.expect(strengths);
    }
}
