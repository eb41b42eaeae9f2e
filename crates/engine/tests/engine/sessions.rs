//! Sessions: what they are good for, how long, and what ends them.

use jiff::SignedDuration;
use lanyard_engine::{AuthorizationStep, ConsentDecision, TenantSettings};
use serde_json::json;

use crate::browser::{Browser, End};
use crate::house::{BOARD, House, JANE, PORTAL, SAM, actor};

const SILENT: [(&str, &str); 1] = [("prompt", "none")];

async fn silent(house: &House, browser: &mut Browser) -> u32 {
    browser
        .sign_in_with(house, PORTAL, &SILENT, JANE, None)
        .await
        .number()
}

#[tokio::test]
async fn a_session_answers_in_silence_until_it_is_over() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    assert_eq!(silent(&house, &mut browser).await, 50_058);
    browser.sign_in(&house, JANE, &card).await.code();
    for _ in 0..3 {
        house.clock.advance(SignedDuration::from_hours(23));
        assert_eq!(silent(&house, &mut browser).await, 0, "SESSION-LIVE: it slides");
    }
    house.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(silent(&house, &mut browser).await, 50_058, "SESSION-LIVE");
}

#[tokio::test]
async fn staying_signed_in_makes_the_session_last() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    browser.stay_signed_in = true;
    browser.sign_in(&house, JANE, &card).await.code();
    assert_eq!(browser.session_max_age, Some(90 * 86_400));
    house.clock.advance(SignedDuration::from_hours(24 * 89));
    assert_eq!(silent(&house, &mut browser).await, 0);
    // The tenant may switch the question off.
    let settings = TenantSettings {
        ask_to_stay_signed_in: false,
        ..TenantSettings::default()
    };
    house
        .engine
        .set_tenant_settings(&actor(), house.tenant.id, settings)
        .await
        .unwrap();
    house.publish(2, &[]);
    let mut other = house.browser();
    other.sign_in(&house, JANE, &card).await.code();
    assert_eq!(other.pages, ["sign-in", "method"], "SIGN-IN-INTERRUPTS");
}

#[tokio::test]
async fn an_administrator_ends_sessions() {
    let house = House::open().await;
    let (tenant, card) = (house.tenant.id, house.card(JANE));
    let mut browser = house.browser();
    let code = browser.sign_in(&house, JANE, &card).await.code();
    let tokens = house.redeem(&code).await.unwrap();
    house
        .engine
        .set_account_enabled(&actor(), tenant, JANE, false)
        .await
        .unwrap();
    assert_eq!(
        silent(&house, &mut browser).await,
        50_058,
        "SESSION-LIVE: disabled"
    );
    assert_eq!(
        house.refresh(&tokens).await.unwrap_err(),
        50_057,
        "REFRESH-LINE-ALIVE: disabled"
    );
    house
        .engine
        .set_account_enabled(&actor(), tenant, JANE, true)
        .await
        .unwrap();
    house.clock.advance(SignedDuration::from_secs(1));
    house
        .engine
        .revoke_sign_in_sessions(&actor(), tenant, JANE)
        .await
        .unwrap();
    assert_eq!(
        silent(&house, &mut browser).await,
        50_058,
        "SESSION-LIVE: revoked"
    );
    assert_eq!(
        house.refresh(&tokens).await.unwrap_err(),
        50_173,
        "REFRESH-LINE-ALIVE: revoked"
    );
    house.clock.advance(SignedDuration::from_secs(1));
    browser.sign_in(&house, JANE, &card).await.code();
    assert_eq!(silent(&house, &mut browser).await, 0);
}

#[tokio::test]
async fn a_revoked_certificate_ends_sessions_and_refresh_tokens() {
    let house = House::open().await;
    let (janes, sams) = (house.card(JANE), house.card(SAM));
    let (mut jane, mut sam) = (house.browser(), house.browser());
    let code = jane.sign_in(&house, JANE, &janes).await.code();
    let tokens = house.redeem(&code).await.unwrap();
    sam.sign_in(&house, SAM, &sams).await.code();
    let unredeemed = jane
        .sign_in_with(&house, PORTAL, &SILENT, JANE, None)
        .await
        .code();
    house.clock.advance(SignedDuration::from_mins(5));
    house.publish(2, &[&janes]);
    house.engine.crls().refresh(house.wanted()).await.unwrap();
    assert_eq!(silent(&house, &mut jane).await, 50_058, "REVOKED-MEANS-OUT");
    assert_eq!(
        house.refresh(&tokens).await.unwrap_err(),
        50_173,
        "REVOKED-MEANS-OUT"
    );
    assert_eq!(
        house.redeem(&unredeemed).await.unwrap_err(),
        50_173,
        "REVOKED-MEANS-OUT"
    );
    assert_eq!(
        sam.sign_in_with(&house, PORTAL, &SILENT, SAM, None)
            .await
            .number(),
        0
    );
}

#[tokio::test]
async fn a_chosen_session_must_meet_what_the_application_demands() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    browser.sign_in(&house, JANE, &card).await.code();
    house.clock.advance(SignedDuration::from_mins(10));
    // Too old for max_age: the account page leads to a fresh sign-in.
    browser.pages.clear();
    let extra = [("prompt", "select_account"), ("max_age", "60")];
    browser
        .sign_in_with(&house, PORTAL, &extra, JANE, Some(card.certificate_der()))
        .await
        .code();
    assert_eq!(
        browser.pages[..3],
        ["account", "sign-in", "method"],
        "FLOW-NEEDS-ITS-SESSION"
    );
    // Too weak: neither the session nor a fresh single-factor sign-in will do, a multifactor card will.
    let claims = json!({ "access_token": { "amr": { "essential": true, "values": ["mfa"] } } }).to_string();
    let extra = [("prompt", "select_account"), ("claims", claims.as_str())];
    let end = browser
        .sign_in_with(&house, PORTAL, &extra, JANE, Some(card.certificate_der()))
        .await;
    assert_eq!(end.number(), 50_076, "AUTHORIZE-SESSION-USE");
    let strong = house.strong_card(JANE);
    browser
        .sign_in_with(&house, PORTAL, &extra, JANE, Some(strong.certificate_der()))
        .await
        .code();
}

#[tokio::test]
async fn a_page_goes_on_only_with_the_session_of_its_sign_in() {
    let house = House::open().await;
    let (janes, sams) = (house.card(JANE), house.card(SAM));
    let mut browser = house.browser();
    let prompt = browser.go_to_method(&house, JANE).await;
    let handover = browser
        .present(&house, &prompt, Some(janes.certificate_der()))
        .unwrap();
    let outcome = browser.hand_over(&house, &handover).await;
    let AuthorizationStep::StaySignedIn(question) = outcome.step else {
        panic!()
    };
    // Sam signs in in another tab of the same browser.
    browser.sign_in(&house, SAM, &sams).await.code();
    for session in [browser.session.as_deref(), None, Some("made-up")] {
        let outcome = house
            .engine
            .answer_stay_signed_in(&browser.facts, &question.context, true, session)
            .await
            .unwrap();
        let AuthorizationStep::Problem(problem) = outcome.step else {
            panic!("{session:?}")
        };
        assert_eq!(problem.rule.unwrap().to_string(), "FLOW-NEEDS-ITS-SESSION");
    }
    // prompt=login cannot be answered by posting to a later page.
    let fresh = browser.authorize(&house, PORTAL, &[("prompt", "login")]).await;
    let AuthorizationStep::SignIn(page) = fresh.step else {
        panic!()
    };
    let outcome = house
        .engine
        .answer_consent(
            &browser.facts,
            &page.context,
            ConsentDecision::Accept,
            browser.session.as_deref(),
        )
        .await
        .unwrap();
    assert!(
        matches!(outcome.step, AuthorizationStep::Problem(_)),
        "FLOW-NEEDS-ITS-SESSION"
    );
}

#[tokio::test]
async fn consent_is_asked_once() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    browser.accept = false;
    let leaf = Some(card.certificate_der());
    let end = browser.sign_in_with(&house, BOARD, &[], JANE, leaf).await;
    assert!(
        matches!(&end, End::Told { error, number: 65_004 } if error == "access_denied"),
        "SIGN-IN-INTERRUPTS {end:?}"
    );
    let end = browser.sign_in_with(&house, BOARD, &SILENT, JANE, None).await;
    assert_eq!(end.number(), 65_001, "SIGN-IN-INTERRUPTS");
    browser.accept = true;
    browser.sign_in_with(&house, BOARD, &[], JANE, None).await.code();
    browser.pages.clear();
    browser
        .sign_in_with(&house, BOARD, &SILENT, JANE, None)
        .await
        .code();
    assert!(browser.pages.is_empty());
    browser
        .sign_in_with(&house, BOARD, &[("prompt", "consent")], JANE, None)
        .await
        .code();
    assert_eq!(browser.pages, ["consent"]);
    // Another person is asked anew.
    let (mut sam, sams) = (house.browser(), house.card(SAM));
    sam.sign_in_with(&house, BOARD, &[], SAM, Some(sams.certificate_der()))
        .await
        .code();
    assert!(sam.pages.contains(&"consent"));
}
