//! Applications that are only for whom they were assigned to.

use jiff::SignedDuration;
use lanyard_directory::{AppId, PrincipalType};
use lanyard_engine::Caller;
use lanyard_engine::administer::NewApplication;
use serde_json::Value;
use uuid::Uuid;

use crate::browser::End;
use crate::house::{BOARD, House, JANE, PORTAL, SAM, TOOL, actor, owned};

const API: AppId = AppId(Uuid::from_u128(0xa009));
const RULE: &str = "APPLICATION-ASSIGNMENT";

async fn require(house: &House, application: AppId, required: bool) {
    let caller = Caller::local_operator(house.tenant.id);
    let id = application.to_string();
    let changed = house
        .engine
        .change_service_principal(&caller, &id, true, None, Some(required));
    changed.await.unwrap();
}

async fn assign(house: &House, holder: (PrincipalType, Uuid), application: AppId) -> Uuid {
    let caller = Caller::local_operator(house.tenant.id);
    let assigned = house
        .engine
        .assign_app_role(&caller, holder, application, Uuid::nil());
    assigned.await.unwrap().id
}

async fn take_back(house: &House, assignment: Uuid) {
    let caller = Caller::local_operator(house.tenant.id);
    let taken = house.engine.remove_app_role_assignment(&caller, assignment);
    taken.await.unwrap();
}

async fn jane(house: &House) -> Uuid {
    house.engine.user_named(house.tenant.id, JANE).await.unwrap().id.0
}

/// Numbers of the newest rows of the log, newest first.
async fn newest(house: &House, count: usize) -> Vec<u32> {
    let log = house.log().await;
    log.iter()
        .take(count)
        .map(|row| row.status.error_code())
        .collect()
}

async fn token_row(house: &House) -> (u32, Option<String>, String) {
    let log = house.log().await;
    let step = log[0].trace.steps().last().unwrap();
    (
        log[0].status.error_code(),
        log[0].incoming_token_type.clone(),
        step.rule.to_string(),
    )
}

#[tokio::test]
async fn only_who_is_assigned_signs_in() {
    // APPLICATION-ASSIGNMENT
    let house = House::open().await;
    require(&house, PORTAL, true).await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let end = browser.sign_in(&house, JANE, &card).await;
    assert_eq!((end.number(), end.rule().as_str()), (50_105, RULE));
    let End::Page(problem) = end else { panic!("a page") };
    assert!(problem.detail.contains("Portal"), "{}", problem.detail);
    assert!(problem.retry.is_none(), "no other certificate helps");
    assert_eq!(newest(&house, 2).await, [50_105, 50_058]);
    let row = &house.log().await[0];
    assert_eq!(row.trace.steps().last().unwrap().rule.as_str(), RULE);
    assert!(browser.session.is_none());

    // By a group, of which she is a direct member; nested ones do not count.
    let tenant = house.tenant.id;
    let staff = house
        .engine
        .create_group(&actor(), tenant, "Staff")
        .await
        .unwrap();
    let all = house.engine.create_group(&actor(), tenant, "All").await.unwrap();
    house
        .engine
        .add_group_member(&actor(), &staff, JANE)
        .await
        .unwrap();
    let caller = Caller::local_operator(tenant);
    house
        .engine
        .add_member_by(&caller, &all.id.to_string(), staff.id.0)
        .await
        .unwrap();
    let outer = assign(&house, (PrincipalType::Group, all.id.0), PORTAL).await;
    assert_eq!(browser.sign_in(&house, JANE, &card).await.number(), 50_105);
    take_back(&house, outer).await;
    assign(&house, (PrincipalType::Group, staff.id.0), PORTAL).await;
    browser.sign_in(&house, JANE, &card).await.code();
    let sam = house.card(SAM);
    assert_eq!(house.browser().sign_in(&house, SAM, &sam).await.number(), 50_105);
    // An assignment to another application is none to this one.
    require(&house, BOARD, true).await;
    let end = browser.sign_in_with(&house, BOARD, &[], JANE, None).await;
    assert_eq!(end.number(), 50_105);
    require(&house, PORTAL, false).await;
    house.browser().sign_in(&house, SAM, &sam).await.code();
}

#[tokio::test]
async fn a_session_does_not_replace_an_assignment() {
    // APPLICATION-ASSIGNMENT
    let house = House::open().await;
    let mut browser = house.browser();
    let card = house.card(JANE);
    browser.sign_in(&house, JANE, &card).await.code();
    require(&house, BOARD, true).await;
    house.clock.advance(SignedDuration::from_secs(1));
    let end = browser.sign_in_with(&house, BOARD, &[], JANE, None).await;
    assert_eq!((end.number(), end.rule().as_str()), (50_105, RULE));
    assert_eq!(newest(&house, 1).await, [50_105]);
    let silent = browser
        .sign_in_with(&house, BOARD, &[("prompt", "none")], JANE, None)
        .await;
    let End::Told { error, number } = silent else {
        panic!("{silent:?}")
    };
    assert_eq!((error.as_str(), number), ("access_denied", 50_105));
    // The session itself is as good as before.
    browser
        .sign_in_with(&house, PORTAL, &[("prompt", "none")], JANE, None)
        .await
        .code();
    let jane = jane(&house).await;
    assign(&house, (PrincipalType::User, jane), BOARD).await;
    browser.sign_in_with(&house, BOARD, &[], JANE, None).await.code();
}

#[tokio::test]
async fn tokens_end_with_the_assignment() {
    // APPLICATION-ASSIGNMENT
    let house = House::open().await;
    require(&house, PORTAL, true).await;
    let jane = jane(&house).await;
    let card = house.card(JANE);
    let assigned = assign(&house, (PrincipalType::User, jane), PORTAL).await;
    let mut browser = house.browser();
    let code = browser.sign_in(&house, JANE, &card).await.code();
    let tokens = house.redeem(&code).await.unwrap();
    let tokens = house.refresh(&tokens).await.unwrap();
    let late = browser.sign_in(&house, JANE, &card).await.code();
    take_back(&house, assigned).await;
    house.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(house.refresh(&tokens).await.unwrap_err(), 50_105);
    assert_eq!(
        token_row(&house).await,
        (50_105, Some("refreshToken".to_owned()), RULE.to_owned())
    );
    house.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(house.redeem(&late).await.unwrap_err(), 50_105);
    assert_eq!(
        token_row(&house).await,
        (50_105, Some("none".to_owned()), RULE.to_owned())
    );
    // The grant is not lost: assigned again, it goes on.
    assign(&house, (PrincipalType::User, jane), PORTAL).await;
    house.refresh(&tokens).await.unwrap();
}

async fn poll(house: &House, device_code: &str) -> Result<Value, u32> {
    house.clock.advance(SignedDuration::from_secs(6));
    let id = TOOL.to_string();
    let pairs = [
        ("client_id", id.as_str()),
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", device_code),
    ];
    house.token_at(&house.tenant.id.to_string(), &pairs).await
}

#[tokio::test]
async fn a_device_asks_for_somebody_who_is_assigned() {
    // APPLICATION-ASSIGNMENT
    let house = House::open().await;
    require(&house, TOOL, true).await;
    let jane = jane(&house).await;
    let card = house.card(JANE);
    let codes = async || {
        let id = TOOL.to_string();
        let pairs = owned(&[("client_id", &id), ("scope", "openid offline_access")]);
        let facts = house.browser().facts;
        let answer = house.engine.authorize_device(&facts, pairs, false).await;
        let answer = answer.unwrap().unwrap();
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        (text("user_code"), text("device_code"))
    };
    let enter = async |typed: &str| {
        let mut browser = house.browser();
        let begun = house.engine.begin_device_sign_in(&browser.facts, typed, None);
        let outcome = begun.await.unwrap();
        browser
            .follow(&house, outcome, JANE, Some(card.certificate_der()))
            .await
    };
    let (user_code, device_code) = codes().await;
    let end = enter(&user_code).await;
    assert_eq!((end.number(), end.rule().as_str()), (50_105, RULE));
    assert_eq!(
        poll(&house, &device_code).await.unwrap_err(),
        70_016,
        "still pending"
    );

    let assigned = assign(&house, (PrincipalType::User, jane), TOOL).await;
    assert!(matches!(enter(&user_code).await, End::DeviceDone(true)));
    take_back(&house, assigned).await;
    assert_eq!(poll(&house, &device_code).await.unwrap_err(), 50_105);
    assert_eq!(token_row(&house).await.0, 50_105);
}

#[tokio::test]
async fn an_application_is_assigned_to_a_resource_too() {
    // APPLICATION-ASSIGNMENT
    let house = House::open().await;
    let tenant = house.tenant.id;
    let api = NewApplication {
        app_id: Some(API),
        display_name: "Service".to_owned(),
        ..NewApplication::default()
    };
    house
        .engine
        .create_application(&actor(), tenant, api)
        .await
        .unwrap();
    let scope = format!("{API}/.default");
    let ask = async || {
        house
            .token(&[("grant_type", "client_credentials"), ("scope", &scope)])
            .await
    };
    ask().await.unwrap();
    require(&house, API, true).await;
    house.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(ask().await.unwrap_err(), 50_105);
    assert_eq!(token_row(&house).await.0, 50_105);
    let principal = house
        .store
        .service_principal(tenant, PORTAL)
        .await
        .unwrap()
        .unwrap();
    assign(&house, (PrincipalType::ServicePrincipal, principal.id), API).await;
    ask().await.unwrap();
    // A person asks for the resource through a client that asks for no assignment.
    let end = house
        .browser()
        .sign_in_with(
            &house,
            PORTAL,
            &[("scope", &format!("openid {scope}"))],
            JANE,
            Some(house.card(JANE).certificate_der()),
        )
        .await;
    assert_eq!(end.number(), 50_105);
}
