//! Who may call the directory API, and what every answer looks like.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use axum::body::Body;
use http::{Method, Request};
use lanyard_directory::DirectoryRole;
use serde_json::json;
use server::{GRAPH, Server};

const X509: &str =
    "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate";

/// GRAPH-BEARER API-TOKEN
#[tokio::test]
async fn without_an_acceptable_token_everything_is_401() {
    let server = Server::start().await;
    let good = server.application(&["Policy.Read.All"]).await;
    let mut parts: Vec<&str> = good.split('.').collect();
    parts[2] = "AAAA";
    let forged = parts.join(".");
    let long = "a".repeat(40_000);
    for token in ["", "x", forged.as_str(), long.as_str()] {
        let answer = server.get(token, X509).await;
        assert_eq!(
            answer.failure(),
            (401, "InvalidAuthenticationToken".to_owned()),
            "{token}"
        );
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    server.get(&good, X509).await.expect(200);
    server.clock.advance(jiff::SignedDuration::from_hours(3));
    server.get(&good, X509).await.expect(401);
}

/// API-CALLER
#[tokio::test]
async fn a_token_is_worth_nothing_once_its_holder_is_gone() {
    let server = Server::start().await;
    let user = server.user("ada", &[DirectoryRole::GLOBAL_READER]).await;
    let token = server.sign_in(&user, &["Policy.Read.All"]).await;
    server.get(&token, X509).await.expect(200);
    // A role counts while it is held, whatever the token says.
    let assignment = server
        .store
        .role_assignments(server.tenant.id)
        .await
        .unwrap()
        .remove(0);
    server
        .store
        .remove_role_assignment(server.tenant.id, assignment.id)
        .await
        .unwrap();
    server.get(&token, X509).await.expect(403);
    server.store.add_role_assignment(&assignment).await.unwrap();
    server.get(&token, X509).await.expect(200);
    let disabled = lanyard_directory::User {
        account_enabled: false,
        ..user
    };
    server.store.update_user(&disabled, &[]).await.unwrap();
    server.get(&token, X509).await.expect(401);
}

/// GRAPH-RESOURCE TOKEN-APP-ROLES APP-ROLE-ASSIGN
#[tokio::test]
async fn application_permissions_are_those_assigned() {
    let server = Server::start().await;
    let nothing = server.application(&[]).await;
    let denied = server.get(&nothing, X509).await;
    assert_eq!(denied.failure(), (403, "Authorization_RequestDenied".to_owned()));
    let message = denied.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("Insufficient privileges to complete the operation."),
        "{message}"
    );
    assert!(message.contains("Policy.Read.AuthenticationMethod"), "{message}");
    let reader = server.application(&["Policy.Read.All"]).await;
    server.get(&reader, X509).await.expect(200);
    server.patch(&reader, X509, json!({})).await.expect(403);
    // Taken back, a permission is gone at once, whatever the token says.
    let everyone = server
        .store
        .app_role_assignments_to(server.tenant.id, lanyard_tokens::GRAPH_APP_ID, None, 99)
        .await
        .unwrap();
    for assignment in everyone {
        server
            .engine
            .remove_app_role_assignment(&server.operator(), assignment.id)
            .await
            .unwrap();
    }
    server.get(&reader, X509).await.expect(403);
}

/// CONSENT-FOR-ALL
#[tokio::test]
async fn a_user_needs_permission_and_role() {
    let server = Server::start().await;
    let scope: &[&str] = &["Policy.ReadWrite.AuthenticationMethod"];
    let body = json!({ "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration", "state": "disabled" });
    let role = DirectoryRole::AUTHENTICATION_POLICY_ADMINISTRATOR;
    let table = [
        ("both", scope, vec![role], 204),
        ("admin", scope, vec![DirectoryRole::GLOBAL_ADMINISTRATOR], 204),
        ("no-role", scope, vec![], 403),
        ("other-role", scope, vec![DirectoryRole::USER_ADMINISTRATOR], 403),
        ("no-scope", &["User.Read"], vec![role], 403),
    ];
    for (name, scopes, roles, expected) in table {
        let token = server.person(name, scopes, &roles).await;
        server.patch(&token, X509, body.clone()).await.expect(expected);
    }
}

/// GRAPH-ANSWER-HEADERS GRAPH-ERROR
#[tokio::test]
async fn every_answer_names_its_request() {
    let server = Server::start().await;
    let token = server.application(&["Policy.Read.All"]).await;
    let headers = [("client-request-id", "my-request 7")];
    for path in [X509, "/v1.0/nowhere", "/beta"] {
        let answer = server.send(&token, Method::GET, path, &headers, None).await;
        assert_eq!(answer.header("client-request-id"), Some("my-request 7"), "{path}");
        assert_eq!(answer.header("request-id").unwrap().len(), 36);
        assert_eq!(answer.header("cache-control"), Some("no-store, no-cache"));
        if path != X509 {
            let error = answer.json()["error"].clone();
            assert_eq!(error["code"], "Request_ResourceNotFound");
            assert_eq!(error["innerError"]["client-request-id"], "my-request 7");
            assert_eq!(
                error["innerError"]["request-id"],
                answer.header("request-id").unwrap()
            );
            assert!(
                error["innerError"]["date"]
                    .as_str()
                    .unwrap()
                    .starts_with("2026-03-01T12:00:0")
            );
        }
    }
    server.post(&token, X509, json!({})).await.expect(405);
}

/// GRAPH-BODY
#[tokio::test]
async fn bodies_are_json_of_a_sane_size() {
    let server = Server::start().await;
    let token = server
        .application(&["Policy.ReadWrite.AuthenticationMethod"])
        .await;
    let send = async |kind: &str, body: Vec<u8>| {
        let request = Request::patch(X509)
            .header("host", "graph.example.test")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", kind);
        server.send_request(request.body(Body::from(body)).unwrap()).await
    };
    send("text/plain", b"{}".to_vec()).await.expect(415);
    send("application/json", b"{".to_vec()).await.expect(400);
    send("application/json", vec![b' '; 5 << 20]).await.expect(413);
}

/// CLOUD-ENDPOINTS
#[tokio::test]
async fn command_line_tools_find_their_way() {
    let server = Server::start().await;
    let found = server
        .get("", "/metadata/endpoints?api-version=2022-09-01")
        .await
        .expect(200)
        .json();
    assert_eq!(
        found["authentication"]["loginEndpoint"],
        "https://login.example.test"
    );
    assert_eq!(found["microsoftGraphResourceId"], format!("{GRAPH}/"));
    assert_eq!(
        server.get("", "/subscriptions").await.json(),
        json!({ "value": [] })
    );
}

/// GRAPH-HOST
#[tokio::test]
async fn its_own_host_serves_nothing_else() {
    use tower::ServiceExt as _;
    let server = Server::start().await;
    let site = axum::Router::new()
        .route("/common/login", axum::routing::get(async || "a page"))
        .merge(lanyard_graph_api::router(server.engine.clone()))
        .layer(axum::middleware::from_fn_with_state(
            server.engine.clone(),
            lanyard_graph_api::only_on_its_host,
        ));
    for (host, path, expected) in [
        ("login.example.test", "/common/login", 200),
        ("graph.example.test", "/common/login", 404),
        ("Graph.example.test:443", "/common/login", 404),
        ("login.example.test", "/v1.0/nothing", 404),
        ("localhost:8443", X509, 401),
        ("login.example.test", X509, 401),
        ("graph.example.test", X509, 401),
        ("graph.example.test", "/metadata/endpoints", 200),
    ] {
        let request = Request::get(path)
            .header("host", host)
            .body(Body::empty())
            .unwrap();
        let response = site.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), expected, "{host} {path}");
    }
}
