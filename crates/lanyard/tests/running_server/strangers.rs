//! What belongs to another tenant, another client or nobody: each gets a clear answer, and nothing changes.

use reqwest::Method;
use serde_json::Value;

use crate::demo::{VERIFIER, demo, number};
use crate::own_tenant::{OwnTenant, REDIRECT_URI};
use crate::scripted_browser::{ScriptedBrowser, SignInEnd};

/// Signs `pat` in and leaves the session in the browser.
async fn signed_in(tenant: &OwnTenant<'_>) -> ScriptedBrowser {
    let card = tenant.card("pat");
    let identity = (card.certificate_pem() + &card.key().pem()).into_bytes();
    let mut browser = tenant.demo.browser(&tenant.id, Some(&identity));
    let begun = tenant.begin(&mut browser).await;
    let form = [
        ("ctx", begun.context.as_str()),
        ("flowToken", begun.flow_token.as_str()),
    ];
    let page = browser.post(&begun.certauth_url.unwrap(), &form).await.unwrap();
    let page = tenant.hand_over(&mut browser, &page).await;
    let context = page.hidden_inputs()["ctx"].clone();
    let fields = [("ctx", context.as_str()), ("stay", "no")];
    let page = browser.post(&tenant.at("kmsi"), &fields).await.unwrap();
    assert!(page.location.unwrap().contains("code="));
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_another_tenant_is_none_here() {
    let demo = demo();
    let home = OwnTenant::create(&demo, "home.example");
    let here = OwnTenant::create(&demo, "here.example");
    let mut browser = signed_in(&home).await;
    let silent = here.authorize(&[("prompt", "none")]);
    let before = here.state();
    let answer = browser.get(&silent).await.unwrap();
    let location = answer.location.unwrap();
    assert!(
        location.starts_with(REDIRECT_URI) && location.contains("error=login_required"),
        "{location}"
    );
    // The pages behind a sign-in do not take the foreign session either.
    let page = browser.get(&here.authorize(&[])).await.unwrap();
    let context = page.hidden_inputs()["ctx"].clone();
    for (path, answer) in [("kmsi", ("stay", "yes")), ("consent", ("decision", "accept"))] {
        let fields = [("ctx", context.as_str()), answer];
        let page = browser.post(&here.at(path), &fields).await.unwrap();
        assert_eq!(
            (page.status, &page.location),
            (400, &None),
            "{path}: {}",
            page.body
        );
        assert!(page.body.contains("AADSTS50132"), "{path}: {}", page.body);
    }
    // Nor does the account page: it asks for a name of this tenant.
    let fields = [("ctx", context.as_str()), ("account", "session")];
    let page = browser.post(&here.at("select"), &fields).await.unwrap();
    assert!(
        page.location.is_none() && page.body.contains("name=\"login\""),
        "{}",
        page.body
    );
    assert_eq!(here.state(), before);
    // At home it still answers.
    let answer = browser.get(&home.authorize(&[("prompt", "none")])).await.unwrap();
    assert!(answer.location.unwrap().contains("code="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once_where_it_was_issued() {
    let demo = demo();
    let home = OwnTenant::create(&demo, "codes.example");
    let other = OwnTenant::create(&demo, "other-codes.example");
    let secret = |tenant: &OwnTenant<'_>| {
        tenant
            .admin(&["app", "add-secret", &tenant.client])
            .trim()
            .to_owned()
    };
    let (own_secret, other_secret) = (secret(&home), secret(&other));
    let card = home.card("pat");
    let SignInEnd::Code(code) = home.sign_in(Some(&card)).await else {
        panic!()
    };
    let browser = demo.browser(&home.id, None);
    let redeem = async |tenant: &OwnTenant<'_>, client: &str, secret: &str, uri: &str, verifier: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("client_id", client),
            ("client_secret", secret),
            ("redirect_uri", uri),
            ("code_verifier", verifier),
        ];
        let answer = browser
            .http()
            .post(tenant.at("oauth2/v2.0/token"))
            .form(&form)
            .send()
            .await
            .unwrap();
        let body: Value = answer.json().await.unwrap();
        assert!(body.get("access_token").is_none() || body.get("error").is_none());
        body["error_codes"][0].as_u64().unwrap_or(0)
    };
    let before = home.state();
    let wrong = "x".repeat(43);
    for (what, tenant, client, secret, uri, verifier, expected) in [
        (
            "another tenant",
            &other,
            other.client.as_str(),
            &other_secret,
            REDIRECT_URI,
            VERIFIER,
            700_005,
        ),
        (
            "another tenant's client",
            &home,
            other.client.as_str(),
            &other_secret,
            REDIRECT_URI,
            VERIFIER,
            700_016,
        ),
        (
            "a wrong secret",
            &home,
            home.client.as_str(),
            &other_secret,
            REDIRECT_URI,
            VERIFIER,
            7_000_215,
        ),
        (
            "another redirect URI",
            &home,
            home.client.as_str(),
            &own_secret,
            "https://evil.example/",
            VERIFIER,
            70_000,
        ),
        (
            "a wrong verifier",
            &home,
            home.client.as_str(),
            &own_secret,
            REDIRECT_URI,
            wrong.as_str(),
            501_481,
        ),
    ] {
        assert_eq!(
            redeem(tenant, client, secret, uri, verifier).await,
            expected,
            "{what}"
        );
    }
    assert_eq!(home.state(), before);
    assert_eq!(
        redeem(&home, &home.client, &own_secret, REDIRECT_URI, VERIFIER).await,
        0
    );
    let before = home.state();
    let again = redeem(&home, &home.client, &own_secret, REDIRECT_URI, VERIFIER).await;
    assert_eq!(again, 54_005, "a replayed code");
    assert_eq!(home.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "redirects.example");
    let mut browser = signed_in(&tenant).await;
    let before = tenant.state();
    for uri in [
        "https://evil.example/cb",
        "https://portal.example/cb/",
        "https://portal.example/cb?x=1",
        "https://portal.example/cb#x",
        "https://portal.example/CB",
        "https://portal.example:444/cb",
        "https://portal.example.evil.example/cb",
        "https://portal.example@evil.example/cb",
        "https://portal.example/cb/../evil",
        "https://portal.example\\@evil.example/cb",
        "http://portal.example/cb",
        "//portal.example/cb",
        "/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://portal.example/cb\r\nLocation: https://evil.example",
        "https://portal.example/cb\0",
        " https://portal.example/cb",
    ] {
        for mode in ["query", "fragment", "form_post"] {
            // A live session and prompt=none: nothing but the redirect URI stands between the code and the stranger.
            let request = [("redirect_uri", uri), ("response_mode", mode), ("prompt", "none")];
            let page = browser.get(&tenant.authorize(&request)).await.unwrap();
            assert_eq!((page.status, &page.location), (400, &None), "{uri:?} {mode}");
            assert!(page.body.contains("AADSTS50011"), "{uri:?} {mode}: {}", page.body);
            assert!(!page.body.contains("name=\"code\""), "{uri:?} {mode}");
        }
        let mut logout = url::Url::parse(&tenant.at("oauth2/v2.0/logout")).unwrap();
        logout
            .query_pairs_mut()
            .append_pair("post_logout_redirect_uri", uri)
            .append_pair("client_id", &tenant.client);
        // With a browser of its own: signing out ends the session.
        let page = demo.browser(&tenant.id, None).get(logout.as_str()).await.unwrap();
        assert_eq!((page.status, &page.location), (200, &None), "sign-out {uri:?}");
        assert!(!page.body.contains("evil.example"), "sign-out {uri:?}");
    }
    let twice = tenant.authorize(&[("prompt", "none")]) + "&redirect_uri=https%3A%2F%2Fevil.example%2F";
    let page = browser.get(&twice).await.unwrap();
    assert_eq!((page.status, &page.location), (400, &None), "the parameter twice");
    assert_eq!(tenant.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_oversize_bodies_change_nothing() {
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "malformed.example");
    let http = demo.browser(&tenant.id, None);
    let form = "application/x-www-form-urlencoded";
    let certauth = format!(
        "https://{}:{}/{}/certauth",
        demo.text("/certauth_host"),
        demo.address().port(),
        tenant.id
    );
    let pages = ["login", "select", "kmsi", "consent", "device"].map(|name| tenant.at(name));
    let endpoints =
        ["oauth2/v2.0/token", "oauth2/token", "oauth2/v2.0/devicecode"].map(|name| tenant.at(name));
    let json = tenant.at("GetCredentialType");
    let before = tenant.state();
    let big = "a=".to_owned() + &"b".repeat(3 << 20);
    let many = "a=1&".repeat(10_000);
    let bodies = [
        ("oversize", form, big.as_str(), vec![400_u16, 413]),
        ("ten thousand fields", form, &many, vec![400]),
        (
            "broken escapes",
            form,
            "ctx=%ZZ%&flowtoken=%&grant_type=%GG",
            vec![400],
        ),
        ("no UTF-8", form, "ctx=%ff%fe&client_id=%ff", vec![400]),
        (
            "zero octets",
            form,
            "ctx=%00&flowtoken=%00&client_id=%00&user_code=%00",
            vec![400],
        ),
        ("nothing", form, "", vec![400]),
        ("no form", "text/plain", "x", vec![415]),
        (
            "several parts",
            "multipart/form-data; boundary=x",
            "--x--",
            vec![415],
        ),
    ];
    for url in pages.iter().chain(&endpoints).chain([&certauth, &json]) {
        for (what, kind, body, expected) in &bodies {
            // A question in JSON takes JSON alone.
            let expected = if *url == json {
                &vec![400, 413, 415]
            } else {
                expected
            };
            let request = http
                .http()
                .request(Method::POST, url.as_str())
                .header("content-type", *kind)
                .body((*body).to_owned());
            match request.send().await {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    assert!(expected.contains(&status), "{what} at {url}: {status}");
                    assert!(answer.headers().get("location").is_none(), "{what} at {url}");
                    assert!(
                        answer
                            .headers()
                            .get("set-cookie")
                            .is_none_or(|cookie| { !cookie.to_str().unwrap().contains("session=") })
                    );
                    let text = answer.text().await.unwrap();
                    assert!(
                        text.contains("<h1") || text.contains("\"error\""),
                        "{what} at {url}: a clear answer: {text}"
                    );
                }
                // The server may close while an oversize body is still being sent.
                Err(error) => assert!(
                    *what == "oversize" && !error.is_timeout(),
                    "{what} at {url}: {error}"
                ),
            }
        }
    }
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{\"username\":1}",
        &format!("{{\"username\":\"{}\"", "x".repeat(200_000)),
    ] {
        let answer = http
            .http()
            .post(&json)
            .header("content-type", "application/json")
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        assert!([400, 413].contains(&answer.status().as_u16()), "{body:.30}");
        assert!(answer.text().await.unwrap().contains("\"error\""), "{body:.30}");
    }
    assert_eq!(tenant.state(), before);
    assert_eq!(
        number(&tenant.sign_in(Some(&tenant.card("pat"))).await),
        0,
        "and it still works"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_tenant_or_host_is_told_so() {
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "known.example");
    let before = tenant.state();
    let mut browser = demo.browser(&tenant.id, None);
    let login = demo.text("/login_url").to_owned();
    for segment in [
        "unknown.example",
        "00000000-0000-4000-8000-000000000000",
        "%00",
        "known.example.evil.example",
        "..",
    ] {
        let url = tenant
            .authorize(&[])
            .replace(&format!("/{}/", tenant.id), &format!("/{segment}/"));
        let page = browser.get(&url).await.unwrap();
        assert!([400, 404].contains(&page.status), "{segment}: {}", page.status);
        assert!(
            page.location.is_none() && page.body.contains("<h1"),
            "{segment}: {}",
            page.body
        );
        let answer = browser
            .http()
            .get(format!("{login}/{segment}/v2.0/.well-known/openid-configuration"))
            .send()
            .await
            .unwrap();
        assert!([400, 404].contains(&answer.status().as_u16()), "{segment}");
        let token = browser
            .http()
            .post(format!("{login}/{segment}/oauth2/v2.0/token"))
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", tenant.client.as_str()),
            ])
            .send()
            .await
            .unwrap();
        assert!([400, 401, 404].contains(&token.status().as_u16()), "{segment}");
    }
    let page = browser
        .get(&tenant.authorize(&[]).replace(&tenant.id, "unknown.example"))
        .await
        .unwrap();
    assert!(page.body.contains("AADSTS90002"), "{}", page.body);
    // Host names: the one of the handshake decides, and a request for another is misdirected.
    for host in ["evil.example", "login.evil.example", "known.example", ""] {
        let answer = browser
            .http()
            .get(tenant.authorize(&[]))
            .version(reqwest::Version::HTTP_11)
            .header("host", host)
            .send()
            .await;
        if let Ok(answer) = answer {
            let status = answer.status().as_u16();
            assert!([400, 421].contains(&status), "{host:?}: {status}");
        }
    }
    assert_eq!(tenant.state(), before);
}
