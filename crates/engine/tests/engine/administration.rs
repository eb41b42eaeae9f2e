//! What administrators change is checked, in force at once, and followed by the other nodes.

use lanyard_engine::administer::NewAuthority;
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, UserProfile, Validity};
use serde_json::json;

use crate::house::{House, JANE, actor, policy, validity};

#[tokio::test]
async fn a_stored_authority_is_checked_when_it_is_added() {
    let house = House::open().await;
    let fresh =
        |name: &str, validity| CertificateAuthority::root(&AuthorityProfile::new(name, validity)).unwrap();
    let spare = fresh("Spare Root", validity());
    let new = |certificate: &[u8]| NewAuthority {
        certificate: certificate.to_vec(),
        is_root_authority: true,
        ..NewAuthority::default()
    };
    let expired = fresh(
        "Old",
        Validity::days_from("2025-01-01T00:00:00Z".parse().unwrap(), 30),
    );
    let user = house
        .issuing
        .issue_user(&UserProfile::new("Card", validity()))
        .unwrap();
    let url = |url: &str| Some(url.to_owned());
    let rows = [
        ("not a certificate", new(b"not a certificate")),
        (
            "a person's certificate",
            NewAuthority {
                is_root_authority: false,
                ..new(user.certificate_der())
            },
        ),
        (
            "an intermediate as a root (T7)",
            new(house.issuing.certificate_der()),
        ),
        ("stored already", new(house.root.certificate_der())),
        ("expired", new(expired.certificate_der())),
        (
            "a delta without a base",
            NewAuthority {
                delta_crl_url: url("http://a.example/d.crl"),
                ..new(spare.certificate_der())
            },
        ),
        (
            "not HTTP",
            NewAuthority {
                crl_url: url("ldap://a.example/x"),
                ..new(spare.certificate_der())
            },
        ),
        (
            "not an address",
            NewAuthority {
                crl_url: url("a.example/x"),
                ..new(spare.certificate_der())
            },
        ),
    ];
    let tenant = house.tenant.id;
    for (what, authority) in rows {
        let before = house.engine.tenant_configuration(tenant).await.unwrap().0;
        let added = house.engine.add_authority(&actor(), tenant, authority).await;
        assert!(added.is_err(), "TRUST-CA-ON-ADD: {what} was stored");
        assert_eq!(
            house.engine.tenant_configuration(tenant).await.unwrap().0,
            before,
            "{what}"
        );
    }
    house
        .engine
        .add_authority(&actor(), tenant, new(spare.certificate_der()))
        .await
        .unwrap();
    // T3: an expired one blocks further additions.
    let rehearsed = NewAuthority {
        allow_expired: true,
        ..new(expired.certificate_der())
    };
    house
        .engine
        .add_authority(&actor(), tenant, rehearsed)
        .await
        .unwrap();
    let late = fresh("Late Root", validity());
    let blocked = house
        .engine
        .add_authority(&actor(), tenant, new(late.certificate_der()))
        .await;
    assert!(blocked.is_err(), "TRUST-CA-ON-ADD");
    house
        .engine
        .remove_authority(&actor(), tenant, "CN=Old")
        .await
        .unwrap();
    house
        .engine
        .add_authority(&actor(), tenant, new(late.certificate_der()))
        .await
        .unwrap();
}

#[tokio::test]
async fn another_node_follows_a_change_of_policy() {
    let house = House::open().await;
    let other = house.second_engine().await;
    let enabled = |engine: &lanyard_engine::Engine| {
        let snapshot = engine.snapshot();
        snapshot
            .tenant(house.tenant.id)
            .unwrap()
            .configuration
            .x509_policy
            .is_enabled()
    };
    assert!(enabled(&other));
    let mut off = policy();
    off["state"] = json!("disabled");
    house.set_policy(off).await;
    assert!(!enabled(&house.engine), "in force at once");
    other.reload_snapshot().await.unwrap();
    assert!(!enabled(&other));
}

#[tokio::test]
async fn a_removed_authority_signs_nobody_in() {
    let house = House::open().await;
    let card = house.card(JANE);
    house.browser().sign_in(&house, JANE, &card).await.code();
    let removed = house
        .engine
        .remove_authority(&actor(), house.tenant.id, "CN=Agency Issuing")
        .await;
    removed.unwrap();
    assert_eq!(
        house.browser().sign_in(&house, JANE, &card).await.number(),
        500_176
    );
}
