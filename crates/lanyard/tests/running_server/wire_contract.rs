//! The steps of a sign-in as clients and browsers see them, on every TLS and HTTP version.

use serde_json::Value;

use crate::demo::{Demo, VERIFIER, demo, number};
use crate::scripted_browser::SignInEnd;

#[tokio::test]
async fn every_card_ends_as_announced() {
    let demo = demo();
    for (user, expected) in [
        ("multifactor", 0),
        ("single-factor", 0),
        ("revoked", 500_171),
        ("expired", 500_172),
        ("foreign", 0xFFFF),
        ("expired-ca", 500_176),
    ] {
        let end = demo.sign_in(user).await;
        match expected {
            0xFFFF => assert_ne!(number(&end), 0, "{user}"),
            expected => assert_eq!(number(&end), expected, "{user}: {end:?}"),
        }
    }
}

#[tokio::test]
async fn without_a_certificate_a_page_explains() {
    let demo = demo();
    let end = demo.sign_in_as("jane@agency.example", None).await;
    assert_eq!(number(&end), 50_192, "F3: {end:?}");
}

async fn token(demo: &Demo, pairs: &[(&str, &str)]) -> (u16, Value) {
    let url = format!(
        "{}/{}/oauth2/v2.0/token",
        demo.text("/login_url"),
        demo.text("/tenant_id")
    );
    let mut all = vec![
        ("client_id", demo.text("/applications/web/client_id")),
        ("client_secret", demo.text("/applications/web/client_secret")),
    ];
    all.extend(pairs);
    let browser = demo.browser(demo.text("/tenant_id"), None);
    let answer = browser.http().post(url).form(&all).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_code_is_worth_one_set_of_tokens() {
    let demo = demo();
    let SignInEnd::Code(code) = demo.sign_in("multifactor").await else {
        panic!()
    };
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", demo.text("/applications/web/redirect_uri")),
        ("code_verifier", VERIFIER),
    ];
    let (status, tokens) = token(&demo, &redeem).await;
    assert_eq!(status, 200, "{tokens}");
    let (status, again) = token(&demo, &redeem).await;
    assert_eq!((status, &again["error_codes"][0]), (400, &54_005.into()));
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    let (status, ended) = token(&demo, &refresh).await;
    assert_eq!((status, &ended["error_codes"][0]), (400, &50_173.into()));
}

/// F5: the certificate is in the first handshake of step c on every version.
#[tokio::test]
async fn every_tls_and_http_version_presents_the_certificate() {
    use reqwest::tls::Version;
    let demo = demo();
    let tenant = demo.text("/tenant_id").to_owned();
    let login = demo.text("/login_url").to_owned();
    let identity = demo.identity("multifactor");
    for (tls, http2) in [
        (Version::TLS_1_2, false),
        (Version::TLS_1_2, true),
        (Version::TLS_1_3, false),
        (Version::TLS_1_3, true),
    ] {
        let mut browser = demo.browser(&tenant, None);
        let url = format!(
            "{login}/{tenant}/oauth2/v2.0/authorize?client_id={}&response_type=code&scope=openid&redirect_uri={}&code_challenge={}&code_challenge_method=S256",
            demo.text("/applications/web/client_id"),
            demo.text("/applications/web/redirect_uri"),
            crate::demo::CHALLENGE,
        );
        let config = browser.get(&url).await.unwrap().config().unwrap();
        let body = serde_json::json!({ "username": "jane@agency.example", "flowToken": config["sFT"] });
        let answer = browser
            .http()
            .post(format!("{login}/{tenant}/GetCredentialType"))
            .json(&body);
        let answer: Value = answer.send().await.unwrap().json().await.unwrap();
        let certauth = answer["Credentials"]["CertAuthParams"]["CertAuthUrl"]
            .as_str()
            .unwrap();
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([reqwest::Certificate::from_pem(&demo.tls_root()).unwrap()])
            .tls_version_min(tls)
            .tls_version_max(tls)
            .identity(reqwest::Identity::from_pem(&identity).unwrap());
        if !http2 {
            builder = builder.http1_only();
        }
        for host in demo.hosts(&tenant) {
            builder = builder.resolve(&host, demo.address());
        }
        let client = builder.build().unwrap();
        let form = [
            ("ctx", config["sCtx"].as_str().unwrap()),
            ("flowToken", answer["FlowToken"].as_str().unwrap()),
        ];
        let answer = client.post(certauth).form(&form).send().await.unwrap();
        // The certificate host itself offers HTTP/1.1 only, so that no connection is ever reused for another host.
        assert_eq!(
            (answer.version(), answer.status().as_u16()),
            (reqwest::Version::HTTP_11, 200),
            "{tls:?}"
        );
        let keys = client
            .get(format!("{login}/{tenant}/discovery/v2.0/keys"))
            .send()
            .await
            .unwrap();
        let version = if http2 {
            reqwest::Version::HTTP_2
        } else {
            reqwest::Version::HTTP_11
        };
        assert_eq!(
            (keys.version(), keys.status().as_u16()),
            (version, 200),
            "{tls:?}"
        );
        let page = crate::scripted_browser::Page {
            status: 200,
            location: None,
            body: answer.text().await.unwrap(),
        };
        let inputs = page.hidden_inputs();
        let pairs: Vec<(&str, &str)> = inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let end = browser
            .post(&format!("{login}/{tenant}/login"), &pairs)
            .await
            .unwrap();
        let location = end
            .location
            .unwrap_or_else(|| panic!("{tls:?} {version:?}: {}", end.body));
        assert!(location.contains("code="), "{location}");
        // F4: the same certificate token again.
        let replay = browser
            .post(&format!("{login}/{tenant}/login"), &pairs)
            .await
            .unwrap();
        assert_eq!(replay.location, None);
        assert!(replay.body.contains("AADSTS90100"), "{}", replay.body);
    }
}
