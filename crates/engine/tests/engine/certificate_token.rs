//! What travels through the browser is used once, in its own sign-in, in its own tenant, in its own browser.

use jiff::SignedDuration;
use lanyard_engine::administer::{NewAuthority, NewTenant};
use lanyard_engine::{AuthorizationStep, StepOutcome};

use crate::house::{House, JANE, SAM, actor, policy};

fn refused(outcome: &StepOutcome) -> (u32, String) {
    match &outcome.step {
        AuthorizationStep::Problem(problem) => {
            (problem.code.number(), problem.rule.as_ref().unwrap().to_string())
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_certificate_token_is_used_once() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let prompt = browser.go_to_method(&house, JANE).await;
    let handover = browser
        .present(&house, &prompt, Some(card.certificate_der()))
        .unwrap();
    let first = browser.hand_over(&house, &handover).await;
    assert!(matches!(first.step, AuthorizationStep::StaySignedIn(_)));
    let rows = house.log().await.len();
    let again = browser.hand_over(&house, &handover).await;
    assert_eq!(refused(&again), (90_100, "CERTIFICATE-TOKEN-ONCE".to_owned()));
    assert_eq!(again.session, lanyard_engine::SessionChange::Keep);
    assert_eq!(house.log().await.len(), rows, "a replay changes nothing");
}

#[tokio::test]
async fn a_refused_certificate_token_is_used_up_as_well() {
    let house = House::open().await;
    let card = house.card(SAM);
    let mut browser = house.browser();
    let prompt = browser.go_to_method(&house, JANE).await;
    let handover = browser
        .present(&house, &prompt, Some(card.certificate_der()))
        .unwrap();
    assert_eq!(refused(&browser.hand_over(&house, &handover).await).0, 1_001_009);
    assert_eq!(
        refused(&browser.hand_over(&house, &handover).await).1,
        "CERTIFICATE-TOKEN-ONCE"
    );
}

#[tokio::test]
async fn values_of_two_sign_ins_never_mix() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let one = browser.go_to_method(&house, JANE).await;
    let two = browser.go_to_method(&house, JANE).await;
    let first = browser
        .present(&house, &one, Some(card.certificate_der()))
        .unwrap();
    let second = browser
        .present(&house, &two, Some(card.certificate_der()))
        .unwrap();
    // F4 cross-context: each value of the first sign-in in the second.
    for part in 0..3 {
        let mut mixed = second.clone();
        match part {
            0 => mixed.context.clone_from(&first.context),
            1 => mixed.flow_token.clone_from(&first.flow_token),
            _ => mixed.certificate_token.clone_from(&first.certificate_token),
        }
        let outcome = browser.hand_over(&house, &mixed).await;
        assert_eq!(
            refused(&outcome),
            (90_100, "FLOW-BOUND-TO-BROWSER".to_owned()),
            "part {part}"
        );
    }
    // One kind of value never passes for another, and a changed octet breaks any.
    for part in 0..3 {
        let mut wrong = second.clone();
        let field = match part {
            0 => &mut wrong.context,
            1 => &mut wrong.flow_token,
            _ => &mut wrong.certificate_token,
        };
        let last = if field.ends_with('A') { 'B' } else { 'A' };
        field.pop();
        field.push(last);
        assert_eq!(
            refused(&browser.hand_over(&house, &wrong).await).0,
            90_100,
            "part {part}"
        );
    }
    let mut swapped = second.clone();
    std::mem::swap(&mut swapped.flow_token, &mut swapped.certificate_token);
    assert_eq!(refused(&browser.hand_over(&house, &swapped).await).0, 90_100);
    // Nothing of this used anything up.
    assert!(house.log().await.is_empty());
    let outcome = browser.hand_over(&house, &second).await;
    assert!(matches!(outcome.step, AuthorizationStep::StaySignedIn(_)));
}

#[tokio::test]
async fn another_browser_cannot_finish_a_sign_in() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut janes = house.browser();
    let prompt = janes.go_to_method(&house, JANE).await;
    let handover = janes
        .present(&house, &prompt, Some(card.certificate_der()))
        .unwrap();
    let mallorys = house.browser();
    let outcome = mallorys.hand_over(&house, &handover).await;
    assert_eq!(refused(&outcome), (90_100, "FLOW-BOUND-TO-BROWSER".to_owned()));
    assert_eq!(outcome.session, lanyard_engine::SessionChange::Keep);
}

#[tokio::test]
async fn values_run_out() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let prompt = browser.go_to_method(&house, JANE).await;
    let handover = browser
        .present(&house, &prompt, Some(card.certificate_der()))
        .unwrap();
    house.clock.advance(SignedDuration::from_secs(301));
    assert_eq!(
        refused(&browser.hand_over(&house, &handover).await).0,
        90_100,
        "five minutes"
    );
    let handover = browser
        .present(&house, &prompt, Some(card.certificate_der()))
        .unwrap();
    house.clock.advance(SignedDuration::from_mins(61));
    assert_eq!(
        refused(&browser.hand_over(&house, &handover).await).0,
        90_100,
        "the sign-in is over"
    );
}

#[tokio::test]
async fn the_certificate_host_hands_over_only_what_belongs_together() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let prompt = browser.go_to_method(&house, JANE).await;
    // A second tenant that trusts the same authorities and has the method on.
    let new = NewTenant {
        id: None,
        display_name: "Bureau".to_owned(),
        domain: "bureau.example".to_owned(),
    };
    let bureau = house.engine.create_tenant(&actor(), new).await.unwrap();
    let authority = NewAuthority {
        certificate: house.root.certificate_der().to_vec(),
        is_root_authority: true,
        ..NewAuthority::default()
    };
    house
        .engine
        .add_authority(&actor(), bureau.id, authority)
        .await
        .unwrap();
    let there = crate::browser::Browser::new(&house, &bureau.id.to_string());
    let problem = there
        .present(&house, &prompt, Some(card.certificate_der()))
        .unwrap_err();
    assert_eq!(
        problem.rule.unwrap().to_string(),
        "CERTAUTH-FORWARDS-ONLY",
        "the method is off there"
    );
    let on = serde_json::from_value(policy()).unwrap();
    house
        .engine
        .set_method_policy(&actor(), bureau.id, on)
        .await
        .unwrap();
    // F4 cross-tenant: a token that the other tenant's address made is worth nothing here.
    if let Ok(handover) = there.present(&house, &prompt, Some(card.certificate_der())) {
        assert_eq!(refused(&browser.hand_over(&house, &handover).await).0, 90_100);
    }
    // Before a name was typed there is nothing to present for.
    let outcome = browser.authorize(&house, crate::house::PORTAL, &[]).await;
    let AuthorizationStep::SignIn(page) = outcome.step else {
        panic!()
    };
    let mut early = prompt.clone();
    early.context = page.context;
    early.flow_token = page.flow_token;
    assert!(
        browser
            .present(&house, &early, Some(card.certificate_der()))
            .is_err()
    );
}
