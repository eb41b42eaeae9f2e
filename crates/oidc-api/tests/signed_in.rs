//! What a client gets for a person who signed in: codes, refresh tokens, UserInfo, devices.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod server;

use axum::body::Body;
use data_encoding::BASE64URL_NOPAD;
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::Value;
use server::person::{ALICE, Alice, VERIFIER};
use server::{Answer, NATIVE, PORTAL, SPA, Server};

const PORTAL_URI: &str = "https://portal.example/cb";
const SPA_URI: &str = "https://spa.example/";
const ORIGIN: [(&str, &str); 1] = [("origin", "https://spa.example")];

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

async fn redeem(server: &Server, code: &str, extra: &[(&str, &str)]) -> Answer {
    let (id, secret) = (PORTAL.to_string(), server.secret.clone());
    let given = |name: &str| extra.iter().any(|(extra, _)| *extra == name);
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_info", "1"),
    ];
    for (name, value) in [
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("redirect_uri", PORTAL_URI),
        ("code_verifier", VERIFIER),
    ] {
        if !given(name) {
            pairs.push((name, value));
        }
    }
    pairs.extend(extra);
    server.post(&server.at("oauth2/v2.0/token"), &pairs).await
}

#[tokio::test]
async fn a_code_becomes_tokens_once() {
    let server = Server::start().await;
    let mut alice = Alice::arrive(&server).await;
    let code = alice
        .code(
            &server,
            PORTAL,
            PORTAL_URI,
            "openid profile email offline_access User.Read",
        )
        .await;
    let answer = redeem(&server, &code, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    let id_token = claims(&body["id_token"]);
    assert_eq!(
        id_token["iss"],
        format!("https://login.example.test/{}/v2.0", server.tenant.id)
    );
    assert_eq!(id_token["aud"], PORTAL.to_string());
    assert_eq!(
        (&id_token["nonce"], &id_token["preferred_username"]),
        (&"n".into(), &ALICE.into())
    );
    let access = claims(&body["access_token"]);
    assert_eq!(
        (access["appid"].as_str(), access["appidacr"].as_str()),
        (Some(PORTAL.to_string().as_str()), Some("1"))
    );
    assert!(
        body["scope"].as_str().unwrap().contains("User.Read"),
        "{}",
        body["scope"]
    );
    let info = BASE64URL_NOPAD
        .decode(body["client_info"].as_str().unwrap().as_bytes())
        .unwrap();
    let info: Value = serde_json::from_slice(&info).unwrap();
    assert_eq!(
        (&info["uid"], &info["utid"]),
        (&id_token["oid"], &id_token["tid"])
    );

    let again = redeem(&server, &code, &[]).await;
    assert_eq!(again.failure(), (400, "invalid_grant".to_owned(), 54_005));

    // USERINFO-AUDIENCE, USERINFO-USER: by header and by form; `sub` is that of the id token.
    let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
    let info = server
        .send(
            Method::GET,
            "/oidc/userinfo",
            &[("authorization", &bearer)],
            Body::empty(),
        )
        .await;
    assert_eq!(
        (info.status, &info.json()["sub"]),
        (StatusCode::OK, &id_token["sub"])
    );
    assert_eq!(info.header("cache-control"), Some("no-store, no-cache"));
    let form = server
        .post(
            "/oidc/userinfo",
            &[("access_token", body["access_token"].as_str().unwrap())],
        )
        .await;
    assert_eq!(form.json(), info.json());
    let id_as_access = server
        .post(
            "/oidc/userinfo",
            &[("access_token", body["id_token"].as_str().unwrap())],
        )
        .await;
    assert_eq!(id_as_access.status, StatusCode::UNAUTHORIZED);
    server.clock.advance(SignedDuration::from_secs(5401));
    let late = server
        .send(
            Method::GET,
            "/oidc/userinfo",
            &[("authorization", &bearer)],
            Body::empty(),
        )
        .await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_is_bound() {
    let server = Server::start().await;
    let mut alice = Alice::arrive(&server).await;
    let native = NATIVE.to_string();
    for (extra, number) in [
        (vec![("redirect_uri", "https://portal.example/other")], 70_000),
        (
            vec![("code_verifier", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")],
            501_481,
        ),
        (vec![("code_verifier", "")], 501_481),
        (vec![("client_secret", "wrong")], 7_000_215),
        (vec![("client_secret", "")], 7_000_218),
        (
            vec![("client_id", native.as_str()), ("client_secret", "")],
            70_000,
        ),
    ] {
        let code = alice.code(&server, PORTAL, PORTAL_URI, "openid").await;
        let refused = redeem(&server, &code, &extra).await;
        assert!(refused.status.is_client_error(), "{extra:?}: {}", refused.text);
        let got = refused.failure().2;
        // Whether another client is told of its missing credential or of the foreign code does not matter.
        assert!(
            got == number || (extra.len() == 2 && got == 7_000_218),
            "{extra:?}: {got}"
        );
    }
    let code = alice.code(&server, PORTAL, PORTAL_URI, "openid").await;
    server.clock.advance(SignedDuration::from_secs(600));
    assert_eq!(
        redeem(&server, &code, &[]).await.failure(),
        (400, "invalid_grant".to_owned(), 70_008)
    );
}

#[tokio::test]
async fn refresh_tokens_go_on_until_they_are_revoked() {
    let server = Server::start().await;
    let mut alice = Alice::arrive(&server).await;
    let code = alice
        .code(&server, PORTAL, PORTAL_URI, "openid offline_access User.Read")
        .await;
    let first = redeem(&server, &code, &[]).await.json();
    let (id, secret) = (PORTAL.to_string(), server.secret.clone());
    let refresh = async |token: &Value, id: &str, secret: &str| {
        let mut pairs = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str().unwrap()),
            ("client_id", id),
            ("scope", "User.Read openid offline_access"),
        ];
        if !secret.is_empty() {
            pairs.push(("client_secret", secret));
        }
        server.post(&server.at("oauth2/v2.0/token"), &pairs).await
    };
    server.clock.advance(SignedDuration::from_hours(2));
    let second = refresh(&first["refresh_token"], &id, &secret).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.text);
    let second = second.json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(
        claims(&second["id_token"])["sub"],
        claims(&first["id_token"])["sub"]
    );
    assert_eq!(
        refresh(&first["refresh_token"], &id, &secret).await.status,
        StatusCode::OK
    );
    assert_eq!(
        refresh(&second["refresh_token"], &id, "").await.failure().2,
        7_000_218
    );
    let stranger = refresh(&second["refresh_token"], &NATIVE.to_string(), "").await;
    assert!(stranger.status.is_client_error(), "{}", stranger.text);
    // Rotation at the token endpoint never widens what was granted.
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", second["refresh_token"].as_str().unwrap()),
        ("client_id", &id),
        ("client_secret", &secret),
        ("scope", "api://unknown/.default"),
    ];
    assert_eq!(
        server
            .post(&server.at("oauth2/v2.0/token"), &pairs)
            .await
            .failure()
            .2,
        500_011
    );

    let actor = lanyard_engine::administer::Actor("test".to_owned());
    server
        .engine
        .revoke_sign_in_sessions(&actor, server.tenant.id, ALICE)
        .await
        .unwrap();
    let refused = refresh(&second["refresh_token"], &id, &secret).await;
    assert_eq!(refused.failure(), (400, "invalid_grant".to_owned(), 50_173));
}

#[tokio::test]
async fn a_single_page_client_redeems_across_origins() {
    let server = Server::start().await;
    let mut alice = Alice::arrive(&server).await;
    let id = SPA.to_string();
    let pairs = |code: &str| {
        [
            ("grant_type", "authorization_code"),
            ("client_id", id.as_str()),
            ("code", code),
            ("redirect_uri", SPA_URI),
            ("code_verifier", VERIFIER),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let post = async |headers: &[(&str, &str)], code: &str| {
        let pairs = pairs(code);
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        server
            .post_with(
                &format!("{}?client-request-id=x", server.at("oauth2/v2.0/token")),
                headers,
                &pairs,
            )
            .await
    };
    let code = alice.code(&server, SPA, SPA_URI, "openid offline_access").await;
    assert_eq!(post(&[], &code).await.failure().2, 9_002_327);
    let answer = post(&ORIGIN, &code).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://spa.example")
    );
    let body = answer.json();
    assert_eq!(body["refresh_token_expires_in"], 86_400);

    server.clock.advance(SignedDuration::from_hours(20));
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("refresh_token", body["refresh_token"].as_str().unwrap()),
    ];
    let path = server.at("oauth2/v2.0/token");
    let renewed = server.post_with(&path, &ORIGIN, &refresh).await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);
    // The fixed life is not extended by use.
    assert_eq!(renewed.json()["refresh_token_expires_in"], 4 * 3600);
    server.clock.advance(SignedDuration::from_hours(4));
    let renewed = renewed.json();
    let refresh = [
        refresh[0],
        refresh[1],
        ("refresh_token", renewed["refresh_token"].as_str().unwrap()),
    ];
    let over = server.post_with(&path, &ORIGIN, &refresh).await;
    // TOKEN-SPA-LIFE-ENDED
    assert_eq!(over.failure(), (400, "invalid_grant".to_owned(), 700_084));

    let web = alice.code(&server, PORTAL, PORTAL_URI, "openid").await;
    let (portal, secret) = (PORTAL.to_string(), server.secret.clone());
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", portal.as_str()),
        ("client_secret", secret.as_str()),
        ("code", web.as_str()),
        ("redirect_uri", PORTAL_URI),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(
        server.post_with(&path, &ORIGIN, &pairs).await.failure().2,
        9_002_326
    );
}

#[tokio::test]
async fn a_confirmed_device_gets_tokens_once() {
    let server = Server::start().await;
    let mut alice = Alice::arrive(&server).await;
    let id = NATIVE.to_string();
    let asked = server
        .post(
            &server.at("oauth2/v2.0/devicecode"),
            &[("client_id", &id), ("scope", "openid profile offline_access")],
        )
        .await
        .json();
    // DEVICE-CODE-ENTRY
    assert_eq!(alice.enter_device_code(&server, "BCDFGHJKL").await, Some(70_018));
    let user_code = asked["user_code"].as_str().unwrap();
    alice.confirm_device(&server, user_code).await;
    assert_eq!(alice.enter_device_code(&server, user_code).await, Some(70_018));
    let poll = [
        ("grant_type", "device_code"),
        ("client_id", id.as_str()),
        ("device_code", asked["device_code"].as_str().unwrap()),
        ("client_info", "1"),
    ];
    let path = server.at("oauth2/v2.0/token");
    let answer = server.post(&path, &poll).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(claims(&answer.json()["id_token"])["preferred_username"], ALICE);
    let again = server.post(&path, &poll).await;
    assert_eq!(again.failure().1, "invalid_grant");
    let token = answer.json()["refresh_token"].as_str().unwrap().to_owned();
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("refresh_token", token.as_str()),
    ];
    assert_eq!(server.post(&path, &refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn userinfo_says_what_was_granted_to_whom_may_still_ask() {
    // USERINFO-USER
    let server = Server::start().await;
    let mut alice = Alice::arrive(&server).await;
    let code = alice.code(&server, PORTAL, PORTAL_URI, "openid").await;
    let least = redeem(&server, &code, &[]).await.json();
    let code = alice.code(&server, PORTAL, PORTAL_URI, "openid email").await;
    let with_mail = redeem(&server, &code, &[]).await.json();
    let ask = async |body: &Value| {
        server
            .post(
                "/oidc/userinfo",
                &[("access_token", body["access_token"].as_str().unwrap())],
            )
            .await
    };
    let members: Vec<String> = ask(&least)
        .await
        .json()
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(members, ["sub"]);
    assert_eq!(ask(&with_mail).await.json()["email"], "alice@mail.example");
    let actor = lanyard_engine::administer::Actor("test".to_owned());
    server
        .engine
        .set_account_enabled(&actor, server.tenant.id, ALICE, false)
        .await
        .unwrap();
    assert_eq!(ask(&least).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_used_twice_ends_the_line_of_the_first() {
    // REFRESH-LINE-ALIVE, CODE-SINGLE-USE
    let server = Server::start().await;
    let mut alice = Alice::arrive(&server).await;
    let code = alice
        .code(&server, PORTAL, PORTAL_URI, "openid offline_access")
        .await;
    let first = redeem(&server, &code, &[]).await.json();
    assert_eq!(redeem(&server, &code, &[]).await.failure().2, 54_005);
    let (id, secret) = (PORTAL.to_string(), server.secret.clone());
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("refresh_token", first["refresh_token"].as_str().unwrap()),
    ];
    let refused = server.post(&server.at("oauth2/v2.0/token"), &refresh).await;
    assert_eq!(refused.failure(), (400, "invalid_grant".to_owned(), 50_173));
}
