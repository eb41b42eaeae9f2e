//! Tokens: codes, lines of refresh tokens, applications, devices, UserInfo, keys.

use jiff::SignedDuration;
use lanyard_directory::{
    AppId, DirectoryRole, GroupMembershipClaims, RedirectUri, RedirectUriKind, RoleAssignment, TokenAlgorithm,
};
use lanyard_engine::AuthorizationStep;
use lanyard_engine::administer::NewApplication;

use crate::browser::{Browser, End};
use crate::house::{House, JANE, PORTAL, TOOL, actor, owned};

#[tokio::test]
async fn a_code_used_twice_ends_its_tokens() {
    let house = House::open().await;
    let card = house.card(JANE);
    let code = house.browser().sign_in(&house, JANE, &card).await.code();
    let tokens = house.redeem(&code).await.unwrap();
    let renewed = house.refresh(&tokens).await.expect("a refresh token goes on");
    assert_ne!(renewed["refresh_token"], tokens["refresh_token"]);
    house.refresh(&tokens).await.expect("rotation keeps the old one");
    assert_eq!(house.redeem(&code).await.unwrap_err(), 54_005);
    for line in [&tokens, &renewed] {
        assert_eq!(
            house.refresh(line).await.unwrap_err(),
            50_173,
            "REFRESH-LINE-ALIVE"
        );
    }
}

#[tokio::test]
async fn a_client_must_be_known_where_it_asks() {
    let house = House::open().await;
    let (portal, secret) = (PORTAL.to_string(), house.secret.clone());
    let unknown = uuid::Uuid::from_u128(9).to_string();
    let tenant = house.tenant.id.to_string();
    let ask = async |segment: &str, client: &str| {
        let pairs = [
            ("client_id", client),
            ("client_secret", secret.as_str()),
            ("grant_type", "client_credentials"),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        house.token_at(segment, &pairs).await
    };
    assert_eq!(
        ask(&tenant, &unknown).await.unwrap_err(),
        700_016,
        "TOKEN-CLIENT-KNOWN"
    );
    assert_eq!(
        ask("nowhere.example", &portal).await.unwrap_err(),
        90_002,
        "TOKEN-CLIENT-KNOWN"
    );
    let refused = ask("common", &portal).await.unwrap_err();
    assert_ne!(
        refused, 0,
        "APPLICATION-TOKEN-TENANT: never for a tenant nobody named"
    );
    ask(&tenant, &portal).await.expect("in its own tenant");
}

#[tokio::test]
async fn user_info_wants_a_token_of_here_that_is_not_over() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let scope = [("scope", "openid profile User.Read")];
    let code = browser
        .sign_in_with(&house, PORTAL, &scope, JANE, Some(card.certificate_der()))
        .await
        .code();
    let tokens = house.redeem(&code).await.unwrap();
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let info = house
        .engine
        .user_info(&token("access_token"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(info["name"], "Jane Doe");
    let foreign = token("access_token").replace('.', "_");
    for wrong in [token("id_token"), foreign, String::new()] {
        let failure = house.engine.user_info(&wrong).await.unwrap().unwrap_err();
        assert!(failure.rule.to_string().starts_with("USERINFO-"), "{failure:?}");
    }
    house.clock.advance(SignedDuration::from_hours(2));
    assert!(
        house
            .engine
            .user_info(&token("access_token"))
            .await
            .unwrap()
            .is_err(),
        "USERINFO-USER"
    );
}

async fn device_codes(house: &House) -> (String, String) {
    let id = TOOL.to_string();
    let pairs = owned(&[("client_id", &id), ("scope", "openid offline_access")]);
    let answer = house
        .engine
        .authorize_device(&house.browser().facts, pairs, false)
        .await
        .unwrap()
        .unwrap();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("user_code"), text("device_code"))
}

async fn poll(house: &House, device_code: &str) -> Result<serde_json::Value, u32> {
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
async fn a_device_signs_in_when_jane_says_so() {
    let house = House::open().await;
    let card = house.card(JANE);
    let enter = async |browser: &mut Browser, typed: &str| {
        let outcome = house
            .engine
            .begin_device_sign_in(&browser.facts, typed, browser.session.as_deref())
            .await
            .unwrap();
        browser
            .follow(&house, outcome, JANE, Some(card.certificate_der()))
            .await
    };
    let mut browser = house.browser();
    let (user_code, device_code) = device_codes(&house).await;
    assert_eq!(poll(&house, &device_code).await.unwrap_err(), 70_016, "pending");
    for wrong in ["", "ABC", "BCDFGHJKL", "<script>"] {
        let end = enter(&mut browser, wrong).await;
        assert_eq!(
            (end.number(), end.rule().as_str()),
            (70_018, "DEVICE-CODE-ENTRY"),
            "{wrong}"
        );
    }
    assert!(matches!(
        enter(&mut browser, &user_code.to_lowercase()).await,
        End::DeviceDone(true)
    ));
    let end = enter(&mut browser, &user_code).await;
    assert_eq!(end.rule(), "DEVICE-CODE-ENTRY", "it was decided already");
    poll(&house, &device_code).await.expect("tokens");
    assert_ne!(
        poll(&house, &device_code).await.unwrap_err(),
        70_016,
        "redeemed once"
    );

    let (user_code, device_code) = device_codes(&house).await;
    browser.accept = false;
    assert!(matches!(
        enter(&mut browser, &user_code).await,
        End::DeviceDone(false)
    ));
    assert_ne!(poll(&house, &device_code).await.unwrap_err(), 70_016, "declined");

    let (user_code, _) = device_codes(&house).await;
    house.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(
        enter(&mut browser, &user_code).await.rule(),
        "DEVICE-CODE-ENTRY",
        "it is over"
    );
}

#[tokio::test]
async fn a_device_page_is_no_page_of_an_application() {
    let house = House::open().await;
    let mut browser = house.browser();
    let outcome = browser.authorize(&house, PORTAL, &[]).await;
    let AuthorizationStep::SignIn(page) = outcome.step else {
        panic!()
    };
    let outcome = house
        .engine
        .answer_device(&browser.facts, &page.context, true, None)
        .await
        .unwrap();
    assert!(matches!(outcome.step, AuthorizationStep::Problem(_)));
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let first = browser.sign_in(&house, JANE, &card).await.code();
    let first = house.redeem(&first).await.unwrap();
    let key_of = |tokens: &serde_json::Value| {
        let header = tokens["id_token"]
            .as_str()
            .unwrap()
            .split('.')
            .next()
            .unwrap()
            .to_owned();
        let header = data_encoding::BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        header["kid"].as_str().unwrap().to_owned()
    };
    let published = || {
        let set = house.engine.json_web_key_set(&house.browser().facts).unwrap();
        let keys = set["keys"].as_array().unwrap().clone();
        keys.into_iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let before = published().len();
    let from = house
        .engine
        .rotate_signing_key(TokenAlgorithm::RS256, false)
        .await
        .unwrap();
    assert_eq!(published().len(), before + 1, "KEY-ROTATION-OVERLAP");
    let same = house.refresh(&first).await.unwrap();
    assert_eq!(key_of(&same), key_of(&first), "KEY-ROTATION-OVERLAP: not yet");
    house.clock.set(from);
    house.engine.reload_keys().await.unwrap();
    let after = house.refresh(&first).await.unwrap();
    assert_ne!(
        key_of(&after),
        key_of(&first),
        "KEY-ROTATION-OVERLAP: its time has come"
    );
    assert!(
        published().contains(&key_of(&first)),
        "the replaced key still verifies"
    );
    house.clock.advance(SignedDuration::from_hours(49));
    house.engine.reload_keys().await.unwrap();
    assert!(
        !published().contains(&key_of(&first)),
        "KEY-ROTATION-OVERLAP: it goes"
    );
}

#[tokio::test]
async fn tokens_tell_groups_and_roles_to_whom_asked_for_them() {
    // TOKEN-MEMBERSHIPS
    let house = House::open().await;
    let group = house
        .engine
        .create_group(&actor(), house.tenant.id, "Card holders")
        .await
        .unwrap();
    house
        .engine
        .add_group_member(&actor(), &group, JANE)
        .await
        .unwrap();
    let jane = house.engine.user_named(house.tenant.id, JANE).await.unwrap();
    let assignment = RoleAssignment {
        id: uuid::Uuid::new_v4(),
        tenant: house.tenant.id,
        principal: jane.id,
        role: DirectoryRole::GLOBAL_READER,
    };
    house
        .store()
        .await
        .add_role_assignment(&assignment)
        .await
        .unwrap();
    let directory = AppId(uuid::Uuid::from_u128(0xd1));
    let new = NewApplication {
        app_id: Some(directory),
        display_name: "Members".to_owned(),
        redirect_uris: vec![RedirectUri {
            uri: crate::house::PORTAL_URI.to_owned(),
            kind: RedirectUriKind::Web,
        }],
        consent_not_needed: true,
        group_membership_claims: GroupMembershipClaims::All,
        ..NewApplication::default()
    };
    house
        .engine
        .create_application(&actor(), house.tenant.id, new)
        .await
        .unwrap();
    let made = house
        .engine
        .add_client_secret(&actor(), directory, "test", 30)
        .await
        .unwrap();
    let card = house.card(JANE);
    let claims = |token: &serde_json::Value| -> serde_json::Value {
        let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
        serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
    };
    let plain = house.browser().sign_in(&house, JANE, &card).await.code();
    let plain = house.redeem(&plain).await.unwrap();
    assert!(claims(&plain["id_token"]).get("groups").is_none());
    assert!(claims(&plain["id_token"]).get("wids").is_none());
    // The directory API is always told the roles.
    let reader = serde_json::json!([DirectoryRole::GLOBAL_READER]);
    assert_eq!(claims(&plain["access_token"])["wids"], reader);

    let code = house
        .browser()
        .sign_in_with(&house, directory, &[], JANE, Some(card.certificate_der()))
        .await
        .code();
    let (id, secret) = (directory.to_string(), made.secret.to_string());
    let pairs = [
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", crate::house::PORTAL_URI),
        ("code_verifier", crate::house::VERIFIER),
    ];
    let tokens = house
        .token_at(&house.tenant.id.to_string(), &pairs)
        .await
        .unwrap();
    let id_token = claims(&tokens["id_token"]);
    assert_eq!(id_token["groups"], serde_json::json!([group.id]));
    assert_eq!(id_token["wids"], reader);
}

#[tokio::test]
async fn application_roles_come_to_the_person_and_to_the_group() {
    // TOKEN-APP-ROLES
    use lanyard_directory::{AppRole, AppRoleAssignment, PrincipalType};
    let house = House::open().await;
    let store = house.store().await;
    let mut portal = house.engine.application_named(PORTAL).await.unwrap();
    portal.app_roles = [(1, "Reader", true), (2, "Writer", true), (3, "Gone", false)]
        .map(|(id, value, enabled)| AppRole {
            id: uuid::Uuid::from_u128(id),
            value: value.to_owned(),
            enabled,
        })
        .to_vec();
    store.update_application(&portal).await.unwrap();
    let group = house
        .engine
        .create_group(&actor(), house.tenant.id, "Writers")
        .await
        .unwrap();
    house
        .engine
        .add_group_member(&actor(), &group, JANE)
        .await
        .unwrap();
    let jane = house.engine.user_named(house.tenant.id, JANE).await.unwrap();
    let assign = async |principal_type, principal, role: u128| {
        let assignment = AppRoleAssignment {
            id: uuid::Uuid::new_v4(),
            tenant: house.tenant.id,
            principal,
            principal_type,
            resource: PORTAL,
            app_role: uuid::Uuid::from_u128(role),
            created: house.clock.now(),
        };
        store
            .commit(vec![lanyard_storage::Write::AddAppRoleAssignment(assignment)])
            .await
            .unwrap();
    };
    assign(PrincipalType::User, jane.id.0, 1).await;
    assign(PrincipalType::User, jane.id.0, 3).await;
    assign(PrincipalType::Group, group.id.0, 1).await;
    assign(PrincipalType::Group, group.id.0, 2).await;
    let roles = async |name: &str| {
        let card = house.card(name);
        let code = house.browser().sign_in(&house, name, &card).await.code();
        let tokens = house.redeem(&code).await.unwrap();
        let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap())
                .unwrap();
        claims["roles"].clone()
    };
    assert_eq!(roles(JANE).await, serde_json::json!(["Reader", "Writer"]));
    assert_eq!(roles(crate::house::SAM).await, serde_json::Value::Null);
}

#[tokio::test]
async fn guessing_user_codes_is_limited_by_address() {
    // ATTEMPT-LIMIT
    let house = House::open().await;
    let browser = house.browser();
    let number = async |code: &str| {
        let outcome = house
            .engine
            .begin_device_sign_in(&browser.facts, code, None)
            .await
            .unwrap();
        match outcome.step {
            AuthorizationStep::Problem(problem) => problem.code.number(),
            other => panic!("{other:?}"),
        }
    };
    for _ in 0..20 {
        assert_eq!(number("BCDFGHJKL").await, 70_018);
    }
    assert_eq!(number("BCDFGHJKL").await, 50_053);
    house.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(number("BCDFGHJKL").await, 70_018);
}
