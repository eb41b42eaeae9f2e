//! Grace periods, and lists with several addresses.

use jiff::SignedDuration;
use lanyard_engine::administer::NewAuthority;
use lanyard_engine::{CrlLimits, EngineError, TenantSettings};
use lanyard_pki::CrlKind;
use tokio::sync::watch;

use crate::crl_server::Script;
use crate::house::{CRL_URL, House, JANE, actor};

const SECOND_URL: &str = "http://mirror.agency.example/issuing.crl";
const THIRD_URL: &str = "http://third.agency.example/issuing.crl";

#[tokio::test]
async fn an_expired_list_counts_in_its_grace_period_only() {
    // CRL-GRACE, CRL-GRACE-EXPLICIT
    let house = House::open().await;
    let (tenant, card) = (house.tenant.id, house.card(JANE));
    house.publish(5, &[]);
    house.browser().sign_in(&house, JANE, &card).await.code();
    house.crls.put(CRL_URL, Script::Down);
    house.clock.advance(SignedDuration::from_hours(169));
    let number = async || house.browser().sign_in(&house, JANE, &card).await.number();
    assert_ne!(number().await, 0, "C3: off by default");
    let grace = async |authority: Option<&str>, hours| {
        house
            .engine
            .set_crl_grace(&actor(), tenant, authority, hours)
            .await
    };
    assert!(matches!(
        grace(None, Some(721)).await,
        Err(EngineError::InvalidChange(_))
    ));
    assert!(matches!(
        grace(Some("CN=Nobody"), Some(1)).await,
        Err(EngineError::NotFound(_))
    ));
    let too_long = TenantSettings {
        crl_grace_hours: 721,
        ..TenantSettings::default()
    };
    let refused = house.engine.set_tenant_settings(&actor(), tenant, too_long).await;
    assert!(matches!(refused, Err(EngineError::InvalidChange(_))));

    grace(None, Some(24)).await.unwrap();
    house.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(number().await, 0, "in grace");
    let log = house.log().await;
    let told = log.iter().find(|row| format!("{row:?}").contains("in use until"));
    assert!(told.is_some(), "the verdict says so");
    let asked = house.crls.asked();
    house.clock.advance(SignedDuration::from_secs(50));
    assert_eq!(number().await, 0);
    assert_eq!(
        house.crls.asked(),
        asked,
        "nobody waits for a server that is away"
    );
    // An authority's own setting comes first.
    grace(Some("CN=Agency Issuing"), Some(0)).await.unwrap();
    assert_ne!(number().await, 0);
    grace(Some("CN=Agency Issuing"), Some(48)).await.unwrap();
    house.clock.advance(SignedDuration::from_hours(30));
    assert_eq!(number().await, 0);
    grace(Some("CN=Agency Issuing"), None).await.unwrap();
    assert_ne!(number().await, 0, "24 hours are over");
    grace(None, Some(720)).await.unwrap();
    house.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(number().await, 0);
    // A list that fell behind is worse than none.
    house.crls.put(CRL_URL, Script::Serve(house.list(4, &[])));
    house.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(
        number().await,
        500_174,
        "C1: a fallen number is no reason for grace"
    );
    house.publish(6, &[&card]);
    house.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(number().await, 500_171);

    let audits = house.store.audits(tenant, None, 100).await.unwrap();
    let changes = audits.iter().filter(|row| row.activity == "Set CRL grace period");
    assert_eq!(changes.count(), 5);
}

/// A house whose issuing authority publishes at three addresses.
async fn three_addresses() -> House {
    let house = House::open().await;
    let tenant = house.tenant.id;
    house
        .engine
        .remove_authority(&actor(), tenant, "CN=Agency Issuing")
        .await
        .unwrap();
    let new = NewAuthority {
        certificate: house.issuing.certificate_der().to_vec(),
        crl_url: Some(CRL_URL.to_owned()),
        further_crl_urls: vec![SECOND_URL.to_owned(), THIRD_URL.to_owned()],
        ..NewAuthority::default()
    };
    house.engine.add_authority(&actor(), tenant, new).await.unwrap();
    house
}

#[tokio::test]
async fn the_first_address_that_gives_the_list_counts() {
    // CRL-ADDRESSES-IN-ORDER
    let house = three_addresses().await;
    let list = house.list(1, &[]);
    let forged = {
        let mut forged = list.clone();
        *forged.last_mut().unwrap() ^= 1;
        forged
    };
    house.crls.put(CRL_URL, Script::Down);
    let page = b"<html>Sign in to the network</html>".to_vec();
    house.crls.put(SECOND_URL, Script::Serve(page));
    house.crls.put(THIRD_URL, Script::Serve(list));
    house
        .browser()
        .sign_in(&house, JANE, &house.card(JANE))
        .await
        .code();
    assert_eq!(house.crls.asked(), 3);
    let id = house.wanted().authority.id();
    let copy = house.engine.crls().copy(id, CrlKind::Base).unwrap();
    assert_eq!(copy.url, THIRD_URL);
    let faults = house.engine.crls().address_faults(id, CrlKind::Base);
    let told: Vec<_> = faults
        .iter()
        .map(|fault| (fault.address.as_str(), fault.refusal.code.number()))
        .collect();
    assert_eq!(told, [(CRL_URL, 2_205_012), (SECOND_URL, 2_205_011)]);

    // The first one is back: nobody asks the others.
    house.clock.advance(SignedDuration::from_mins(5));
    house.publish(2, &[]);
    house.engine.crls().refresh(house.wanted()).await.unwrap();
    assert_eq!(house.crls.asked(), 4);
    assert!(house.engine.crls().address_faults(id, CrlKind::Base).is_empty());

    // None gives it: each is named, and what is suspicious comes first.
    house.crls.put(CRL_URL, Script::Down);
    house.crls.put(SECOND_URL, Script::Serve(forged));
    house.crls.put(THIRD_URL, Script::Serve(Vec::new()));
    let refusal = house.engine.crls().refresh(house.wanted()).await.unwrap_err();
    assert_eq!(refusal.code.number(), 2_205_015);
    for address in [CRL_URL, SECOND_URL, THIRD_URL] {
        assert!(refusal.detail.contains(address), "{}", refusal.detail);
    }

    // A server that calls an expired list current is no help; the next one is.
    house.clock.advance(SignedDuration::from_hours(200));
    house.crls.put(CRL_URL, Script::Unchanged);
    house.crls.put(SECOND_URL, Script::Serve(house.list(3, &[])));
    house
        .browser()
        .sign_in(&house, JANE, &house.card(JANE))
        .await
        .code();
}

#[tokio::test]
async fn an_address_that_sends_nothing_is_passed_over_in_time() {
    let house = three_addresses().await;
    let (_open, gate) = watch::channel(false);
    let silent = Script::Slow {
        received: 0,
        gate,
        list: Vec::new(),
    };
    house.crls.put(CRL_URL, silent.clone());
    house.crls.put(SECOND_URL, silent);
    house.crls.put(THIRD_URL, Script::Serve(house.list(1, &[])));
    let begun = std::time::Instant::now();
    let wanted = house.wanted();
    let id = wanted.authority.id();
    let view = house
        .engine
        .crls()
        .obtain(&house.engine.revocation(), vec![wanted])
        .await;
    assert!(view.index(&id, CrlKind::Base).is_some(), "CRL-ADDRESSES-IN-ORDER");
    assert!(begun.elapsed() < CrlLimits::default().interactive_wait);
}

#[tokio::test]
async fn addresses_are_checked_when_they_are_stored() {
    let house = House::open().await;
    let tenant = house.tenant.id;
    house
        .engine
        .remove_authority(&actor(), tenant, "CN=Agency Issuing")
        .await
        .unwrap();
    let new = |first: Option<&str>, further: &[&str]| NewAuthority {
        certificate: house.issuing.certificate_der().to_vec(),
        crl_url: first.map(str::to_owned),
        further_crl_urls: further.iter().map(|&url| url.to_owned()).collect(),
        ..NewAuthority::default()
    };
    for (first, further) in [
        (None, vec![SECOND_URL]),
        (Some(CRL_URL), vec!["ldap://directory.agency.example/cn=ca"]),
        (Some(CRL_URL), vec![SECOND_URL; 8]),
    ] {
        let outcome = house
            .engine
            .add_authority(&actor(), tenant, new(first, &further))
            .await;
        assert!(
            matches!(outcome, Err(EngineError::InvalidChange(_))),
            "{further:?}"
        );
    }
    house
        .engine
        .add_authority(&actor(), tenant, new(Some(CRL_URL), &[SECOND_URL]))
        .await
        .unwrap();
    // What was stored before there were further addresses still reads.
    let stored = serde_json::json!({
        "displayName": "CN=A", "isRootAuthority": true, "certificate": "", "added": "2026-01-01T00:00:00Z"
    });
    let read: lanyard_engine::ConfiguredAuthority = serde_json::from_value(stored).unwrap();
    assert!(read.further_certificate_revocation_list_urls.is_empty() && read.crl_grace_hours.is_none());
}
