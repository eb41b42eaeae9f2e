//! The token and device endpoints, without a person.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod server;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::{Method, StatusCode};
use lanyard_directory::TokenAlgorithm;
use lanyard_tokens::{LocalSigner, Signer, jws};
use server::{NATIVE, PORTAL, SPA, Server};

#[tokio::test]
async fn client_credentials_by_secret() {
    let server = Server::start().await;
    let path = server.at("oauth2/v2.0/token");
    let id = PORTAL.to_string();
    let secret = server.secret.clone();
    let pairs = [
        ("client_id", id.as_str()),
        ("client_secret", &secret),
        ("grant_type", "client_credentials"),
        ("scope", "api://archive/.default"),
        ("client_info", "1"),
        ("x-client-sku", "MSAL.Python"),
    ];
    let answer = server.post(&format!("{path}?client-request-id=x"), &pairs).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    assert_eq!(
        (body["token_type"].as_str(), body["scope"].as_str()),
        (Some("Bearer"), Some("api://archive/.default"))
    );
    assert!((3600..=5400).contains(&body["expires_in"].as_u64().unwrap()));
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none());
    assert_eq!(answer.header("cache-control"), Some("no-store, no-cache"));

    let basic = format!("Basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes()));
    let pairs = [
        ("grant_type", "client_credentials"),
        ("scope", "api://archive/.default"),
    ];
    let answer = server
        .post_with(&path, &[("authorization", &basic)], &pairs)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);

    let wrong = format!("Basic {}", BASE64.encode(format!("{id}:wrong").as_bytes()));
    let answer = server
        .post_with(&path, &[("authorization", &wrong)], &pairs)
        .await;
    assert_eq!(answer.failure(), (401, "invalid_client".to_owned(), 7_000_215));
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"token\""));

    let v1 = [
        ("client_id", id.as_str()),
        ("client_secret", &secret),
        ("grant_type", "client_credentials"),
        ("resource", "api://archive"),
    ];
    let answer = server.post(&server.at("oauth2/token"), &v1).await;
    assert_eq!(answer.json()["resource"], "api://archive", "{}", answer.text);
}

#[tokio::test]
async fn refusals() {
    let server = Server::start().await;
    let path = server.at("oauth2/v2.0/token");
    let (portal, native, secret) = (PORTAL.to_string(), NATIVE.to_string(), server.secret.clone());
    let unknown = "00000000-0000-0000-0000-00000000ffff";
    for (pairs, expected) in [
        (vec![], (400, "invalid_request", 900_144)),
        (
            vec![("grant_type", "password"), ("client_id", &portal)],
            (400, "unsupported_grant_type", 70_003),
        ),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_id", unknown),
                ("client_secret", "x"),
            ],
            (400, "unauthorized_client", 700_016),
        ),
        (
            vec![("grant_type", "client_credentials"), ("client_id", &portal)],
            (401, "invalid_client", 7_000_218),
        ),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_id", &portal),
                ("client_secret", "x"),
            ],
            (401, "invalid_client", 7_000_215),
        ),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_id", &portal),
                ("client_secret", &secret),
                ("scope", "User.Read"),
            ],
            (400, "invalid_scope", 70_011),
        ),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_id", &portal),
                ("client_secret", &secret),
                ("scope", "api://x/.default"),
            ],
            (400, "invalid_resource", 500_011),
        ),
        (
            vec![
                ("grant_type", "authorization_code"),
                ("client_id", &portal),
                ("client_secret", &secret),
                ("code", "made-up"),
            ],
            (400, "invalid_grant", 70_000),
        ),
        (
            vec![
                ("grant_type", "refresh_token"),
                ("client_id", &native),
                ("refresh_token", "made-up"),
            ],
            (400, "invalid_grant", 70_000),
        ),
        (
            vec![
                ("grant_type", "device_code"),
                ("client_id", &native),
                ("device_code", "made-up"),
            ],
            (400, "bad_verification_code", 70_018),
        ),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("grant_type", "client_credentials"),
            ],
            (400, "invalid_request", 9_002_313),
        ),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_id", &portal),
                ("resource", "x"),
            ],
            (400, "invalid_request", 901_002),
        ),
    ] {
        let answer = server.post(&path, &pairs).await;
        let (status, error, number) = answer.failure();
        assert_eq!((status, error.as_str(), number), expected, "{pairs:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store, no-cache"));
    }
}

#[tokio::test]
async fn http_form_body() {
    // HTTP-FORM-BODY
    let server = Server::start().await;
    for path in [
        server.at("oauth2/v2.0/token"),
        server.at("oauth2/v2.0/devicecode"),
    ] {
        let json = server
            .send(Method::POST, &path, &[("content-type", "application/json")], "{}")
            .await;
        assert_eq!(json.failure(), (415, "invalid_request".to_owned(), 9_002_313));
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let large = server.send(Method::POST, &path, &form, "a".repeat(200_000)).await;
        assert_eq!(large.failure(), (413, "invalid_request".to_owned(), 9_002_313));
        let not_text = server.send(Method::POST, &path, &form, "grant_type=%ff").await;
        assert_eq!(not_text.failure(), (400, "invalid_request".to_owned(), 9_002_313));
    }
}

#[tokio::test]
async fn a_device_waits() {
    let server = Server::start().await;
    let id = NATIVE.to_string();
    let answer = server
        .post(
            &server.at("oauth2/v2.0/devicecode"),
            &[("client_id", &id), ("scope", "openid User.Read")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["verification_uri"], "https://login.example.test/device");
    assert_eq!(body["user_code"].as_str().unwrap().len(), 9);
    assert!(body.get("verification_uri_complete").is_none());
    let code = body["device_code"].as_str().unwrap();
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", &id),
        ("device_code", code),
        ("code", code),
    ];
    let answer = server.post(&server.at("oauth2/v2.0/token"), &poll).await;
    assert_eq!(
        answer.failure(),
        (400, "authorization_pending".to_owned(), 70_016)
    );
    let answer = server.post(&server.at("oauth2/v2.0/token"), &poll).await;
    assert_eq!(answer.failure().1, "slow_down");
    let other = [
        ("grant_type", "device_code"),
        ("client_id", &SPA.to_string()),
        ("device_code", code),
    ];
    assert!(
        server
            .post(&server.at("oauth2/v2.0/token"), &other)
            .await
            .status
            .is_client_error()
    );
    let unknown = [
        ("client_id", "00000000-0000-0000-0000-00000000ffff"),
        ("scope", "openid"),
    ];
    let answer = server.post(&server.at("oauth2/v2.0/devicecode"), &unknown).await;
    assert_eq!(answer.failure(), (400, "unauthorized_client".to_owned(), 700_016));
}

#[tokio::test]
async fn http_cors() {
    // HTTP-CORS
    let server = Server::start().await;
    let token = server.at("oauth2/v2.0/token");
    let metadata = server.at("v2.0/.well-known/openid-configuration");
    let allowed = "access-control-allow-origin";
    for (origin, readable) in [
        ("https://spa.example", true),
        ("https://portal.example", false),
        ("https://evil.test", false),
        ("http://localhost", false),
        ("null", false),
    ] {
        let expected = readable.then_some(origin);
        let failure = server
            .post_with(&token, &[("origin", origin)], &[("grant_type", "x")])
            .await;
        assert_eq!(failure.status, StatusCode::BAD_REQUEST);
        assert_eq!(failure.header(allowed), expected, "failure for {origin}");
        let document = server
            .send(Method::GET, &metadata, &[("origin", origin)], "")
            .await;
        assert_eq!(
            (document.status, document.header(allowed)),
            (StatusCode::OK, expected)
        );
        let verb = server.send(Method::GET, &token, &[("origin", origin)], "").await;
        assert_eq!(verb.header(allowed), expected);
        let preflight = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,x-client-sku"),
        ];
        let preflight = server.send(Method::OPTIONS, &token, &preflight, "").await;
        assert_eq!(
            (preflight.status, preflight.header(allowed)),
            (StatusCode::NO_CONTENT, expected)
        );
        assert_eq!(
            preflight.header("access-control-allow-methods").is_some(),
            readable
        );
        for answer in [failure, document, preflight] {
            assert!(
                answer
                    .headers
                    .get_all("vary")
                    .iter()
                    .any(|value| value == "Origin")
            );
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
    let none = server.get(&metadata).await;
    assert_eq!(none.header(allowed), None);
}

#[tokio::test]
async fn userinfo_bearer() {
    // USERINFO-BEARER
    let server = Server::start().await;
    let none = server.get("/oidc/userinfo").await;
    assert_eq!(
        (none.status, none.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, Some("Bearer"))
    );
    let bad = [("authorization", "Bearer made.up.token")];
    let bad = server.send(Method::GET, "/oidc/userinfo", &bad, "").await;
    assert_eq!(bad.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        bad.header("www-authenticate"),
        Some("Bearer error=\"invalid_token\"")
    );
    let form = server
        .post("/oidc/userinfo", &[("access_token", "made.up.token")])
        .await;
    assert_eq!(form.status, StatusCode::UNAUTHORIZED);
    let twice = server
        .post_with(
            "/oidc/userinfo",
            &[("authorization", "Bearer a.b.c")],
            &[("access_token", "a.b.c")],
        )
        .await;
    assert_eq!(twice.failure(), (400, "invalid_request".to_owned(), 9_002_313));
    let long = server
        .post("/oidc/userinfo", &[("access_token", &"a".repeat(40_000))])
        .await;
    assert_eq!(long.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn credential_type_shape() {
    // CREDENTIAL-TYPE-SHAPE
    let server = Server::start().await;
    let path = server.at("GetCredentialType?mkt=en-US");
    let json = [("content-type", "application/json; charset=UTF-8")];
    let question = r#"{"username":"alice@contoso.example","flowToken":"made-up"}"#;
    let answer = server.send(Method::POST, &path, &json, question).await;
    assert!(answer.status.is_client_error());
    assert!(answer.json()["error"]["code"].is_string());
    for body in ["", "[]", "{}", r#"{"username":1}"#] {
        assert_eq!(
            server.send(Method::POST, &path, &json, body).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    let form = [("content-type", "text/plain")];
    assert_eq!(
        server.send(Method::POST, &path, &form, question).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

#[tokio::test]
async fn questions_for_the_ways_to_sign_in_are_limited_by_address() {
    // ATTEMPT-LIMIT
    let server = Server::start().await;
    let path = server.at("GetCredentialType");
    let json = [("content-type", "application/json")];
    let flow_token = server.flow_token().await;
    let ask = async |name: &str| {
        let question = serde_json::json!({ "username": name, "flowToken": flow_token }).to_string();
        server.send(Method::POST, &path, &json, question).await
    };
    for number in 0..20 {
        let answer = ask(&format!("user{number}@contoso.example")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let limited = ask("one.more@contoso.example").await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.header("retry-after"), Some("1"));
    assert_eq!(limited.json()["error"]["code"], "50053");
    server.clock.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(ask("one.more@contoso.example").await.status, StatusCode::OK);
}

#[tokio::test]
async fn applications_and_tenants_that_are_not_known() {
    // TOKEN-CLIENT-KNOWN, APPLICATION-TOKEN-TENANT
    let server = Server::start().await;
    let (portal, secret) = (PORTAL.to_string(), server.secret.clone());
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", portal.as_str()),
        ("client_secret", secret.as_str()),
        ("scope", "api://archive/.default"),
    ];
    for (tenant, expected) in [
        ("common", (400, "invalid_request", 50_194)),
        ("fabrikam.example", (400, "invalid_tenant", 90_002)),
        ("consumers", (400, "invalid_request", 50_059)),
    ] {
        let answer = server.post(&format!("/{tenant}/oauth2/v2.0/token"), &pairs).await;
        let (status, error, number) = answer.failure();
        assert_eq!((status, error.as_str(), number), expected, "{tenant}");
    }
    assert_eq!(
        server
            .post("/contoso.example/oauth2/v2.0/token", &pairs)
            .await
            .status,
        StatusCode::OK
    );

    let actor = lanyard_engine::administer::Actor("test".to_owned());
    let other = lanyard_engine::administer::NewTenant {
        id: None,
        display_name: "Fabrikam".to_owned(),
        domain: "fabrikam.example".to_owned(),
    };
    server.engine.create_tenant(&actor, other).await.unwrap();
    let foreign = server.post("/fabrikam.example/oauth2/v2.0/token", &pairs).await;
    assert_eq!(
        foreign.failure(),
        (400, "unauthorized_client".to_owned(), 700_016)
    );
}

#[tokio::test]
async fn client_assertion_once() {
    // CLIENT-ASSERTION-ONCE
    let server = Server::start().await;
    let now = server.engine.now();
    let validity = lanyard_testkit::Validity::years_from("2026-01-01T00:00:00Z".parse().unwrap(), 2);
    let profile = lanyard_testkit::AuthorityProfile::new("Portal client", validity);
    let client = lanyard_testkit::CertificateAuthority::root(&profile).unwrap();
    let actor = lanyard_engine::administer::Actor("test".to_owned());
    let credential = server
        .engine
        .add_key_credential(&actor, PORTAL, client.certificate_der())
        .await
        .unwrap();

    let key = LocalSigner::from_pkcs8(TokenAlgorithm::ES256, client.key().pkcs8_der(), None).unwrap();
    let assertion = |jti: &str| {
        let header = serde_json::json!({ "alg": "ES256", "kid": credential.key_id });
        let claims = serde_json::json!({
            "iss": PORTAL, "sub": PORTAL, "aud": format!("https://login.example.test/{}/v2.0", server.tenant.id),
            "exp": now.as_second() + 60, "jti": jti,
        });
        let input = jws::signing_input(&header, claims.as_object().unwrap());
        let signature = key.sign(input.as_bytes()).unwrap();
        jws::join(input, &signature)
    };
    let post = async |assertion: &str| {
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_assertion", assertion),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("scope", "api://archive/.default"),
        ];
        server.post(&server.at("oauth2/v2.0/token"), &pairs).await
    };
    let first = assertion("one");
    let answer = post(&first).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let claims = BASE64URL_NOPAD
        .decode(token.split('.').nth(1).unwrap().as_bytes())
        .unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        claims.get("azpacr").or_else(|| claims.get("appidacr")).unwrap(),
        "2"
    );
    assert_eq!(
        post(&first).await.failure(),
        (401, "invalid_client".to_owned(), 700_027)
    );
    assert_eq!(post(&assertion("one")).await.failure().2, 700_027);
    assert_eq!(post(&assertion("two")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn http_unavailable() {
    // HTTP-UNAVAILABLE
    let server = Server::start().await;
    server.store.close().await;
    let (portal, secret) = (SPA.to_string(), server.secret.clone());
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", portal.as_str()),
        ("client_secret", &secret),
    ];
    let answer = server.post(&server.at("oauth2/v2.0/token"), &pairs).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text);
    assert_eq!(answer.header("retry-after"), Some("1"));
    let body = answer.json();
    assert_eq!(body["error"], "temporarily_unavailable");
    assert!(
        !answer.text.to_lowercase().contains("sql") && !answer.text.contains("storage"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn resource_of_tenant() {
    // RESOURCE-OF-TENANT
    let server = Server::start().await;
    let actor = lanyard_engine::administer::Actor("test".to_owned());
    let tenant = lanyard_engine::administer::NewTenant {
        id: None,
        display_name: "Fabrikam".to_owned(),
        domain: "fabrikam.example".to_owned(),
    };
    let fabrikam = server.engine.create_tenant(&actor, tenant).await.unwrap();
    let mut foreign = Vec::new();
    for uri in ["api://archive", "api://fabrikam"] {
        let new = lanyard_engine::administer::NewApplication {
            display_name: uri.to_owned(),
            identifier_uris: vec![uri.to_owned()],
            ..Default::default()
        };
        foreign.push(
            server
                .engine
                .create_application(&actor, fabrikam.id, new)
                .await
                .unwrap(),
        );
    }
    let (portal, secret) = (PORTAL.to_string(), server.secret.clone());
    let ask = async |scope: &str| {
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_id", portal.as_str()),
            ("client_secret", secret.as_str()),
            ("scope", scope),
        ];
        server.post(&server.at("oauth2/v2.0/token"), &pairs).await
    };
    for scope in [
        "api://fabrikam/.default".to_owned(),
        format!("{}/.default", foreign[0].app_id),
    ] {
        let answer = ask(&scope).await;
        assert_eq!(
            answer.failure(),
            (400, "invalid_resource".to_owned(), 500_011),
            "{scope}"
        );
    }
    assert_eq!(ask("api://archive/.default").await.status, StatusCode::OK);
}
