//! Discovery, keys, realm: by every name of the tenant, in every spelling of the path.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod server;

use axum::body::Body;
use http::{Method, StatusCode};
use server::Server;

#[tokio::test]
async fn metadata_by_every_name() {
    let server = Server::start().await;
    let id = server.tenant.id.to_string();
    for (tenant, issuer_tenant) in [
        (id.as_str(), id.as_str()),
        ("contoso.example", &id),
        ("Contoso.Example", &id),
        ("common", "{tenantid}"),
        ("organizations", "{tenantid}"),
    ] {
        let answer = server
            .get(&format!("/{tenant}/v2.0/.well-known/openid-configuration"))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{tenant}");
        let body = answer.json();
        assert_eq!(
            body["issuer"],
            format!("https://login.example.test/{issuer_tenant}/v2.0")
        );
        for needed in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "device_authorization_endpoint",
            "userinfo_endpoint",
            "end_session_endpoint",
        ] {
            assert!(
                body[needed]
                    .as_str()
                    .unwrap()
                    .starts_with("https://login.example.test/"),
                "{needed}"
            );
        }
        let v1 = server
            .get(&format!("/{tenant}/.well-known/openid-configuration"))
            .await
            .json();
        assert_eq!(
            v1["issuer"],
            format!("https://login.example.test/{issuer_tenant}/")
        );
    }
    for unknown in [
        "fabrikam.example",
        "00000000-0000-0000-0000-000000000001",
        "%ff",
        "a%20b",
    ] {
        let answer = server
            .get(&format!("/{unknown}/v2.0/.well-known/openid-configuration"))
            .await;
        assert_eq!(
            answer.failure(),
            (400, "invalid_tenant".to_owned(), 90_002),
            "{unknown}"
        );
    }
    // TENANT-CONSUMERS
    for personal in ["consumers", "Consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"] {
        let answer = server
            .get(&format!("/{personal}/v2.0/.well-known/openid-configuration"))
            .await;
        let expected = (400, "invalid_request".to_owned(), 50_059);
        assert_eq!(answer.failure(), expected, "{personal}");
        let pairs = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_id", "a001"),
        ];
        let pairs = pairs.map(|(name, value)| {
            (
                name,
                if name == "client_id" {
                    "00000000-0000-0000-0000-00000000a001"
                } else {
                    value
                },
            )
        });
        let answer = server
            .post(&format!("/{personal}/oauth2/v2.0/token"), &pairs)
            .await;
        assert_eq!(answer.failure(), expected, "{personal}");
    }
}

#[tokio::test]
async fn the_issuer_is_on_the_origin_the_client_uses() {
    let server = Server::start().await;
    let path = server.at("v2.0/.well-known/openid-configuration");
    let headers = [("host", "localhost:8443")];
    let request = http::Request::builder()
        .uri(&path)
        .header(headers[0].0, headers[0].1)
        .body(Body::empty())
        .unwrap();
    let answer = server.send_request(request).await;
    assert_eq!(
        answer.json()["issuer"],
        format!("https://localhost:8443/{}/v2.0", server.tenant.id)
    );
}

#[tokio::test]
async fn keys_hold_both_algorithms() {
    let server = Server::start().await;
    for path in ["discovery/v2.0/keys", "discovery/keys"] {
        let answer = server.get(&server.at(path)).await;
        let keys = answer.json()["keys"].as_array().unwrap().clone();
        let kinds: Vec<&str> = keys.iter().map(|key| key["kty"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["RSA", "EC"]);
        assert_eq!(answer.header("cache-control"), Some("max-age=3600, private"));
        assert!(!answer.text.contains("\"d\""));
    }
}

#[tokio::test]
async fn discovery_instance_request() {
    // DISCOVERY-INSTANCE-REQUEST
    let server = Server::start().await;
    let ours = "https%3A%2F%2Flogin.example.test%2Fcommon%2Foauth2%2Fv2.0%2Fauthorize";
    let answer = server
        .get(&format!(
            "/common/discovery/instance?api%2Dversion=1.1&authorization_endpoint={ours}"
        ))
        .await;
    assert_eq!(answer.json()["metadata"][0]["aliases"][0], "login.example.test");
    assert_eq!(answer.json()["api-version"], "1.1");
    let other = "https%3A%2F%2Flogin.evil.test%2Fcommon%2Foauth2%2Fv2.0%2Fauthorize";
    let answer = server
        .get(&format!(
            "/common/discovery/instance?api-version=1.0&authorization_endpoint={other}"
        ))
        .await;
    assert_eq!(answer.failure(), (400, "invalid_instance".to_owned(), 50_049));
    assert_eq!(
        server.get("/common/discovery/instance").await.failure(),
        (400, "invalid_instance".to_owned(), 50_050)
    );
}

#[tokio::test]
async fn realms() {
    let server = Server::start().await;
    for (user, expected) in [
        ("alice@contoso.example", "Managed"),
        ("nobody%40contoso.example", "Managed"),
        ("a@b.test", "Unknown"),
        ("x", "Unknown"),
    ] {
        let answer = server
            .get(&format!("/common/userrealm/{user}?api-version=1.0"))
            .await
            .json();
        assert_eq!(answer["account_type"], expected, "{user}");
        let answer = server
            .get(&format!("/common/userrealm/{user}?api-version=2.1"))
            .await
            .json();
        assert_eq!(answer["NameSpaceType"], expected, "{user}");
        let answer = server
            .get(&format!("/common/GetUserRealm.srf?login={user}"))
            .await
            .json();
        assert_eq!(answer["NameSpaceType"], expected, "{user}");
    }
}

#[tokio::test]
async fn http_plain_path() {
    // HTTP-PLAIN-PATH
    let server = Server::start().await;
    for path in [
        "//contoso.example/v2.0/.well-known/openid-configuration",
        "/contoso.example//v2.0//.well-known/openid-configuration/",
        "/contoso.example/v2.0/.well-known/openid-configuration/?appid=x",
    ] {
        assert_eq!(server.get(path).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(
        server.get("/contoso.example/nothing/here").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn http_verb() {
    // HTTP-VERB
    let server = Server::start().await;
    for (method, path, number, allow) in [
        (Method::GET, "oauth2/v2.0/token", 900_561, "POST, OPTIONS"),
        (Method::PUT, "oauth2/token", 900_561, "POST, OPTIONS"),
        (Method::GET, "oauth2/v2.0/devicecode", 900_561, "POST, OPTIONS"),
        (Method::GET, "GetCredentialType", 900_561, "POST, OPTIONS"),
        (
            Method::POST,
            "v2.0/.well-known/openid-configuration",
            90_056,
            "GET, HEAD, OPTIONS",
        ),
        (
            Method::DELETE,
            "discovery/v2.0/keys",
            90_056,
            "GET, HEAD, OPTIONS",
        ),
    ] {
        let answer = server.send(method, &server.at(path), &[], Body::empty()).await;
        assert_eq!(
            answer.failure(),
            (405, "invalid_request".to_owned(), number),
            "{path}"
        );
        assert_eq!(answer.header("allow"), Some(allow));
    }
    let head = server
        .send(
            Method::HEAD,
            &server.at("discovery/v2.0/keys"),
            &[],
            Body::empty(),
        )
        .await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn http_correlation_id_and_answer_headers() {
    // HTTP-CORRELATION-ID, HTTP-ANSWER-HEADERS
    let server = Server::start().await;
    let id = "11111111-2222-3333-4444-555555555555";
    let path = server.at("oauth2/v2.0/token");
    let answer = server.post_with(&path, &[("client-request-id", id)], &[]).await;
    assert_eq!(answer.json()["correlation_id"], id);
    assert_eq!(answer.header("client-request-id"), Some(id));
    assert_eq!(
        answer.header("x-ms-request-id"),
        answer.json()["trace_id"].as_str()
    );
    assert_eq!(answer.header("cache-control"), Some("no-store, no-cache"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let answer = server.post(&format!("{path}?client-request-id={id}"), &[]).await;
    assert_eq!(answer.json()["correlation_id"], id);
    let answer = server
        .post_with(&path, &[("client-request-id", "not a guid")], &[])
        .await;
    assert_eq!(answer.header("client-request-id"), None);
}
