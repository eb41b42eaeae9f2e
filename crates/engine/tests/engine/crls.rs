//! Revocation lists under way: one download for many, slow servers, big lists, rollbacks, outages.

use std::sync::Arc;

use jiff::SignedDuration;
use lanyard_engine::CrlLimits;
use lanyard_pki::CrlKind;
use tokio::sync::watch;

use crate::crl_server::Script;
use crate::house::{CRL_URL, House, JANE};

#[tokio::test]
async fn a_hundred_sign_ins_share_one_download() {
    let house = Arc::new(House::open().await);
    let card = Arc::new(house.card(JANE));
    let (open, gate) = watch::channel(false);
    house.crls.put(
        CRL_URL,
        Script::Slow {
            received: 1,
            gate,
            list: house.list(1, &[]),
        },
    );
    let arrived = Arc::new(tokio::sync::Barrier::new(101));
    let sign_ins: Vec<_> = (0..100)
        .map(|_| {
            let (house, card, arrived) = (house.clone(), card.clone(), arrived.clone());
            tokio::spawn(async move {
                let mut browser = house.browser();
                let prompt = browser.go_to_method(&house, JANE).await;
                let handover = browser
                    .present(&house, &prompt, Some(card.certificate_der()))
                    .unwrap();
                arrived.wait().await;
                let outcome = browser.hand_over(&house, &handover).await;
                browser.follow(&house, outcome, JANE, None).await.code()
            })
        })
        .collect();
    arrived.wait().await;
    while house.crls.asked() == 0 {
        tokio::task::yield_now().await;
    }
    open.send_replace(true);
    for sign_in in sign_ins {
        sign_in.await.unwrap();
    }
    assert_eq!(house.crls.asked(), 1, "C8: CRL-SINGLE-FLIGHT");
}

/// The refusal of a sign-in that waits for the list.
async fn wait(house: &House) -> Option<u32> {
    let wanted = house.wanted();
    let id = wanted.authority.id();
    let view = house
        .engine
        .crls()
        .obtain(&house.engine.revocation(), vec![wanted])
        .await;
    match view.slot(&id, CrlKind::Base) {
        lanyard_pki::CrlSlot::Failed(refusal) => Some(refusal.code.number()),
        _ => None,
    }
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for_and_not_given_up() {
    let house = House::open().await;
    let (open, gate) = watch::channel(false);
    let list = house.list(1, &[]);
    house.crls.put(
        CRL_URL,
        Script::Slow {
            received: 10,
            gate,
            list,
        },
    );
    tokio::time::pause();
    let (first, second) = tokio::join!(wait(&house), wait(&house));
    assert_eq!(first, Some(2_205_012), "C10: CRL-SINGLE-FLIGHT, who started it");
    assert_eq!(second, Some(2_205_013), "CRL-SINGLE-FLIGHT: who joined");
    assert_eq!(wait(&house).await, Some(2_205_013), "it still goes on");
    tokio::time::resume();
    open.send_replace(true);
    house.engine.crls().refresh(house.wanted()).await.unwrap();
    assert_eq!(house.crls.asked(), 1);
    let card = house.card(JANE);
    house.browser().sign_in(&house, JANE, &card).await.code();
}

#[tokio::test]
async fn a_big_list_comes_in_the_background() {
    let house = House::with_limits(CrlLimits::default()).await;
    let (open, gate) = watch::channel(false);
    let list = house.list(1, &[]);
    let received = (20 << 20) + 1;
    house.crls.put(CRL_URL, Script::Slow { received, gate, list });
    let card = house.card(JANE);
    assert_eq!(
        house.browser().sign_in(&house, JANE, &card).await.number(),
        2_205_014,
        "C9"
    );
    open.send_replace(true);
    house.engine.crls().refresh(house.wanted()).await.unwrap();
    house.browser().sign_in(&house, JANE, &card).await.code();
    assert_eq!(house.crls.asked(), 1, "CRL-SINGLE-FLIGHT");
}

#[tokio::test]
async fn an_older_list_is_refused_and_the_newer_one_stays() {
    let house = House::open().await;
    let card = house.card(JANE);
    house.publish(5, &[&card]);
    assert_eq!(
        house.browser().sign_in(&house, JANE, &card).await.number(),
        500_171
    );
    house.clock.advance(SignedDuration::from_mins(1));
    house.publish(4, &[]);
    house
        .engine
        .crls()
        .refresh(house.wanted())
        .await
        .expect_err("C1: a rollback");
    assert_eq!(
        house.browser().sign_in(&house, JANE, &card).await.number(),
        500_171
    );
    // A restart does not forget the number.
    let restarted = house.second_engine().await;
    restarted
        .crls()
        .refresh(house.wanted())
        .await
        .expect_err("C1: a rollback after a restart");
    house.clock.advance(SignedDuration::from_mins(1));
    house.publish(6, &[]);
    house.engine.crls().refresh(house.wanted()).await.unwrap();
    house.browser().sign_in(&house, JANE, &card).await.code();
}

#[tokio::test]
async fn an_outage_bites_when_the_copy_runs_out_and_is_over_when_the_server_is_back() {
    let house = House::open().await;
    let card = house.card(JANE);
    house.browser().sign_in(&house, JANE, &card).await.code();
    house.crls.put(CRL_URL, Script::Down);
    house.clock.advance(SignedDuration::from_hours(160));
    house.browser().sign_in(&house, JANE, &card).await.code();
    house.clock.advance(SignedDuration::from_hours(9));
    let end = house.browser().sign_in(&house, JANE, &card).await;
    assert_ne!(end.number(), 0, "C3: an expired copy and a dead server");
    let asked = house.crls.asked();
    house.browser().sign_in(&house, JANE, &card).await;
    assert_eq!(
        house.crls.asked(),
        asked,
        "a failure is remembered for some seconds"
    );
    house.clock.advance(SignedDuration::from_secs(6));
    house.publish(2, &[]);
    house.browser().sign_in(&house, JANE, &card).await.code();
}

#[tokio::test]
async fn a_restart_keeps_the_lists() {
    let house = House::open().await;
    let card = house.card(JANE);
    house.browser().sign_in(&house, JANE, &card).await.code();
    house.crls.put(CRL_URL, Script::Down);
    let asked = house.crls.asked();
    let restarted = house.second_engine().await;
    let id = house.wanted().authority.id();
    assert!(restarted.revocation().index(&id, CrlKind::Base).is_some());
    assert_eq!(house.crls.asked(), asked);
}

#[tokio::test]
async fn a_server_that_calls_an_expired_list_current_is_asked_once() {
    // CRL-ASKED-ONCE
    let house = House::open().await;
    let card = house.card(JANE);
    house.browser().sign_in(&house, JANE, &card).await.code();
    house.crls.put(CRL_URL, Script::Unchanged);
    house.clock.advance(SignedDuration::from_hours(200));
    let asked = house.crls.asked();
    let end = house.browser().sign_in(&house, JANE, &card).await;
    assert_eq!(
        end.number(),
        500_172,
        "the list has run out, whatever its server says"
    );
    assert_eq!(house.crls.asked(), asked + 1);
}
