//! The endpoints in front of a real engine, without a network.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod world;

use axum::body::Body;
use http::{Request, StatusCode, header};
use world::{Answer, Browser, LOGIN, REDIRECT_URI, World};

const LOGIN_PATH: &str = "/agency.example/login";

#[tokio::test]
async fn a_certificate_signs_in_and_sign_out_ends_it() {
    let world = World::new().await;
    let mut browser = Browser::with_certificate(&world.certificate);
    let page = browser.sign_in_with_certificate(&world).await;
    assert!(page.body.contains("Stay signed in?"), "{}", page.body);
    assert!(browser.cookies.contains_key("__Host-lanyard-session"));
    let fields = [("ctx", page.hidden("ctx")), ("stay", "no".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = browser.post(&world.login, "/agency.example/kmsi", &fields).await;
    assert!(
        page.body.contains("Permissions requested") && page.body.contains("Portal"),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("portal.agency.example"),
        "where it leads is named"
    );
    let declined = browser
        .post(
            &world.login,
            "/agency.example/consent",
            &[("ctx", &page.hidden("ctx")), ("decision", "decline")],
        )
        .await;
    assert!(
        declined.location().contains("error=access_denied"),
        "{}",
        declined.location()
    );
    let answer = browser
        .post(
            &world.login,
            "/agency.example/consent",
            &[("ctx", &page.hidden("ctx")), ("decision", "accept")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert!(
        answer.location().starts_with(&format!("{REDIRECT_URI}?code=")),
        "{}",
        answer.location()
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(!answer.headers.contains_key("x-frame-options"));

    // The session now answers without a page, also silently.
    let again = browser
        .open(&world.login, &world.authorize(&[("prompt", "none")]))
        .await;
    assert!(again.location().contains("code="), "{}", again.location());

    let stolen = browser.cookies["__Host-lanyard-session"].clone();
    let page = browser
        .open(&world.login, "/agency.example/oauth2/v2.0/logout")
        .await;
    assert!(page.body.contains("You are signed out"));
    assert!(!browser.cookies.contains_key("__Host-lanyard-session"));
    browser.cookies.insert("__Host-lanyard-session".into(), stolen);
    let answer = browser
        .open(&world.login, &world.authorize(&[("prompt", "none")]))
        .await;
    assert!(
        answer.location().contains("error=login_required"),
        "{}",
        answer.location()
    );
}

/// PAGE-REFUSAL-EXPLAINED
#[tokio::test]
async fn a_refusal_shows_what_was_received_and_a_fresh_way_to_try_again() {
    let world = World::new().await;
    let mut browser = Browser::with_certificate(&world.strange_certificate);
    let page = browser.sign_in_with_certificate(&world).await;
    for expected in [
        "AADSTS1001009",
        "Mallory Grey",
        "Agency CA",
        "Correlation id",
        "Request id",
        "Time",
        "<title>Error: ",
    ] {
        assert!(page.body.contains(expected), "{expected} in {}", page.body);
    }
    assert!(!browser.cookies.contains_key("__Host-lanyard-session"));
    let fresh = page.action_before("Try another certificate");
    assert!(
        fresh.contains("-") && fresh.contains(".certauth.login.agency.example/"),
        "{fresh}"
    );
    browser.chain = vec![world.certificate.clone()];
    let page = browser
        .post(
            &world.certauth,
            &fresh,
            &[
                ("ctx", &page.hidden("ctx")),
                ("flowtoken", &page.hidden("flowToken")),
            ],
        )
        .await;
    let fields = ["ctx", "flowtoken", "certificatetoken"].map(|name| (name, page.hidden(name)));
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = browser.post(&world.login, LOGIN_PATH, &fields).await;
    assert!(page.body.contains("Stay signed in?"), "{}", page.body);

    let replay = browser.post(&world.login, LOGIN_PATH, &fields).await;
    assert!(
        replay.body.contains("AADSTS90100"),
        "a certificate token is used once: {}",
        replay.body
    );
}

#[tokio::test]
async fn without_a_certificate_the_page_names_inspection_and_the_names_to_exempt() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let page = browser.sign_in_with_certificate(&world).await;
    assert!(page.body.contains("No certificate received"), "{}", page.body);
    assert!(page.body.contains("*certauth.login.agency.example"));
    let other = [
        ("ctx", page.hidden("ctx")),
        ("flowtoken", page.hidden("flowtoken")),
        ("login", page.hidden("login")),
        ("step", "other_ways".to_owned()),
    ];
    let other = other.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = browser.post(&world.login, LOGIN_PATH, &other).await;
    assert!(page.body.contains("Choose how to sign in"), "{}", page.body);
}

#[tokio::test]
async fn a_sign_in_stays_in_the_browser_it_was_started_in() {
    let world = World::new().await;
    let mut victim = Browser::default();
    let mut attacker = Browser::with_certificate(&world.certificate);
    let page = attacker.open(&world.login, &world.authorize(&[])).await;
    victim.open(&world.login, &world.authorize(&[])).await;
    let fields = [
        ("ctx", page.hidden("ctx")),
        ("flowtoken", page.hidden("flowtoken")),
        ("login", "jane@agency.example".to_owned()),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = victim.post(&world.login, LOGIN_PATH, &fields).await;
    assert!(answer.body.contains("AADSTS90100"), "{}", answer.body);
    let answer = attacker.post(&world.login, LOGIN_PATH, &fields).await;
    assert!(answer.body.contains("Choose how to sign in"), "{}", answer.body);
    assert!(
        answer.body.contains("to continue to <strong>Portal</strong>"),
        "the application is named: {}",
        answer.body
    );
}

#[tokio::test]
async fn an_unknown_user_is_told_on_the_same_page() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let page = browser.open(&world.login, &world.authorize(&[])).await;
    let fields = [
        ("ctx", page.hidden("ctx")),
        ("flowtoken", page.hidden("flowtoken")),
        ("login", "no<b>body@agency.example".to_owned()),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = browser.post(&world.login, LOGIN_PATH, &fields).await;
    assert!(
        page.body.contains("aria-invalid=\"true\"") && page.body.contains("role=\"alert\""),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<b>body"));
}

/// CONSENT-ADMINISTRATOR-ENDPOINT, CONSENT-PAGE
#[tokio::test]
async fn an_administrator_is_needed_where_a_user_follows_the_link_for_administrators() {
    let world = World::new().await;
    let mut browser = Browser::with_certificate(&world.certificate);
    browser.sign_in_with_certificate(&world).await;
    let link = format!(
        "/agency.example/adminconsent?client_id={}&state=s&redirect_uri={}",
        world.client_id,
        url::form_urlencoded::byte_serialize(REDIRECT_URI.as_bytes()).collect::<String>()
    );
    let page = browser.open(&world.login, &link).await;
    assert!(
        page.body.contains("Approval needed") && page.body.contains("AADSTS90094"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("value=\"accept\""), "{}", page.body);
    let context = page.hidden("ctx");
    let forged = [
        ("ctx", context.as_str()),
        ("decision", "accept"),
        ("organisation", "yes"),
    ];
    let answer = browser
        .post(&world.login, "/agency.example/consent", &forged)
        .await;
    assert!(
        answer.location().is_empty() && answer.body.contains("AADSTS90094"),
        "{}",
        answer.body
    );
    let back = [("ctx", context.as_str()), ("decision", "decline")];
    let answer = browser.post(&world.login, "/agency.example/consent", &back).await;
    assert!(
        answer
            .location()
            .starts_with(&format!("{REDIRECT_URI}?error=permission_denied")),
        "{}",
        answer.location()
    );
    let strange = link.replace("portal.agency", "portal.evil");
    let answer = browser.open(&world.login, &strange).await;
    assert!(
        answer.location().is_empty() && answer.body.contains("AADSTS50011"),
        "{}",
        answer.body
    );
}

/// ATTEMPT-LIMIT
#[tokio::test]
async fn too_many_wrong_names_are_told_to_wait_and_a_certificate_still_signs_in() {
    let world = World::new().await;
    let mut stranger = Browser::default();
    let page = stranger.open(&world.login, &world.authorize(&[])).await;
    let name = |number: u32| {
        [
            ("ctx", page.hidden("ctx")),
            ("flowtoken", page.hidden("flowtoken")),
            ("login", format!("nobody{number}@agency.example")),
        ]
    };
    for number in 0..20 {
        let fields = name(number);
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = stranger.post(&world.login, LOGIN_PATH, &fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    let fields = name(20);
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = stranger.post(&world.login, LOGIN_PATH, &fields).await;
    assert_page(&answer, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(
        answer.body.contains("AADSTS50053") && answer.body.contains("Wait 1 seconds"),
        "{}",
        answer.body
    );
    // From the same address, with a certificate: nothing holds Jane up.
    let mut browser = Browser::with_certificate(&world.certificate);
    let page = browser.sign_in_with_certificate(&world).await;
    assert!(page.body.contains("Stay signed in?"), "{}", page.body);
}

#[tokio::test]
async fn what_cannot_be_trusted_never_leaves_our_own_page() {
    let world = World::new().await;
    let mut browser = Browser::default();
    for (more, code) in [
        (vec![("redirect_uri", "https://evil.example/cb")], "AADSTS50011"),
        (
            vec![("client_id", "00000000-0000-4000-8000-000000000000")],
            "AADSTS700016",
        ),
        (vec![("client_id", "")], "AADSTS900144"),
    ] {
        let page = browser.open(&world.login, &world.authorize(&more)).await;
        assert_eq!(page.location(), "", "{more:?}");
        assert!(page.body.contains(code), "{more:?}: {}", page.body);
    }
    let path = world
        .authorize(&[])
        .replace("/agency.example/", "/unknown.example/");
    let page = browser.open(&world.login, &path).await;
    assert!(page.body.contains("AADSTS90002"), "{}", page.body);
}

/// PAGE-HOST-KNOWN
#[tokio::test]
async fn a_host_name_that_is_not_ours_gets_421() {
    let world = World::new().await;
    let request = Request::get(world.authorize(&[])).header(header::HOST, "login.evil.example");
    let answer = Browser::default()
        .send(&world.login, request, Body::empty())
        .await;
    assert_page(&answer, StatusCode::MISDIRECTED_REQUEST);
}

/// PAGE-FORM-FROM-OWN-PAGE
#[tokio::test]
async fn every_malformed_request_gets_a_page_of_its_own() {
    let world = World::new().await;
    let form = "application/x-www-form-urlencoded";
    let post = |path: &str, media_type: &str, origin: &str| {
        Request::post(path)
            .header(header::HOST, "login.agency.example")
            .header(header::CONTENT_TYPE, media_type)
            .header(header::ORIGIN, origin)
    };
    let forms =
        ["login", "select", "kmsi", "consent", "device"].map(|name| format!("/agency.example/{name}"));
    for path in forms.iter().map(String::as_str).chain(["/device"]) {
        let mut browser = Browser::default();
        let mut send =
            async |request, body: String| browser.send(&world.login, request, Body::from(body)).await;
        assert_page(
            &send(post(path, form, "https://evil.example"), String::new()).await,
            StatusCode::FORBIDDEN,
        );
        assert_page(
            &send(post(path, "text/plain", LOGIN), String::new()).await,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        );
        assert_page(
            &send(post(path, form, LOGIN), "a".repeat(200_000)).await,
            StatusCode::PAYLOAD_TOO_LARGE,
        );
        assert_page(
            &send(post(path, form, LOGIN), "a&".repeat(500)).await,
            StatusCode::BAD_REQUEST,
        );
        let garbage = send(
            post(path, form, LOGIN),
            "ctx=%00%ff&flowtoken=x&certificatetoken=y&login=z&user_code=%ff".into(),
        )
        .await;
        assert!(
            garbage.status.is_client_error() || path == "/device",
            "{path}: {} {}",
            garbage.status,
            garbage.body
        );
        assert!(garbage.body.contains("<h1"), "{path}");
        if path != "/device" {
            let mut browser = Browser::default();
            assert_page(
                &browser.open(&world.login, path).await,
                StatusCode::METHOD_NOT_ALLOWED,
            );
        }
    }
    let mut browser = Browser::default();
    assert_page(
        &browser.open(&world.login, "/nothing").await,
        StatusCode::NOT_FOUND,
    );
    let answer = browser
        .post(
            &world.certauth,
            "https://certauth.login.agency.example/agency.example/certauth",
            &[("ctx", "x")],
        )
        .await;
    assert!(
        answer.status.is_client_error() && answer.body.contains("AADSTS90100"),
        "{}",
        answer.body
    );
    let answer = browser.open(&world.certauth, "/agency.example/certauth").await;
    assert!(answer.body.contains("sent no certificate"), "{}", answer.body);
}

#[tokio::test]
async fn an_error_number_has_a_page() {
    let world = World::new().await;
    let mut browser = Browser::default();
    for address in ["/error?code=500171", "/error?code=AADSTS500171"] {
        let page = browser.open(&world.login, address).await;
        assert!(page.body.contains("CertificateRevoked"), "{}", page.body);
    }
    assert_page(
        &browser.open(&world.login, "/error?code=1").await,
        StatusCode::NOT_FOUND,
    );
}

fn assert_page(answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains("<h1"), "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.headers.contains_key("content-security-policy"));
}
