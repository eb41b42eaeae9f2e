//! CRL servers that lie or are gone: each ends with its number, an alarm in the audit log, and no harm; and deltas.

use jiff::SignedDuration;
use lanyard_engine::administer::NewAuthority;
use lanyard_pki::CrlKind;
use lanyard_testkit::{CrlProfile, IssuedCertificate};

use crate::crl_server::Script;
use crate::house::{CRL_URL, House, JANE, actor};

const DELTA_URL: &str = "http://crl.agency.example/issuing-delta.crl";

async fn audits(house: &House, activity: &str) -> usize {
    let rows = house.store.audits(house.tenant.id, None, 1000).await.unwrap();
    rows.iter().filter(|row| row.activity == activity).count()
}

/// Waits until the audit log has caught up.
async fn until_audited(house: &House, activity: &str, rows: usize) {
    let begun = std::time::Instant::now();
    loop {
        let found = audits(house, activity).await;
        if found == rows {
            return;
        }
        assert!(begun.elapsed().as_secs() < 20, "{activity}: {found} of {rows}");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn each_lie_has_its_number_and_its_alarm() {
    // CRL-TROUBLE-AUDITED
    const FAILED: &str = "Certificate revocation list failed";
    const ROLLED_BACK: &str = "Certificate revocation list number rolled back";
    const MISMATCH: &str = "Certificate revocation list signature mismatch";
    const RECOVERED: &str = "Certificate revocation list recovered";
    let house = House::open().await;
    let engine = house.engine.clone();
    let teller = tokio::spawn(async move { engine.tell_of_lists().await });
    let card = house.card(JANE);
    house.publish(10, &[]);
    house.browser().sign_in(&house, JANE, &card).await.code();
    let good = house.list(11, &[]);
    let cut = good[..good.len() / 2].to_vec();
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 1;
    let now = house.clock.now();
    let week = CrlProfile::new(
        12,
        now - SignedDuration::from_mins(1),
        now + SignedDuration::from_hours(168),
    );
    let of_another = house.root.crl(&week).unwrap();
    let in_the_past = CrlProfile::new(
        12,
        now - SignedDuration::from_hours(48),
        now - SignedDuration::from_hours(1),
    );
    let ended = house.issuing.crl(&in_the_past).unwrap();
    let other_bytes = house.list(10, &[&card]);
    let pem = b"-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n".to_vec();
    let gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0];
    let serve = Script::Serve;
    let rows = [
        ("gone", Script::Down, 2_205_012, FAILED),
        ("truncated", serve(cut), 500_174, FAILED),
        ("empty", serve(Vec::new()), 500_174, FAILED),
        ("C11: PEM", serve(pem), 2_205_011, FAILED),
        ("HTML", serve(b"<html>Sign in</html>".to_vec()), 2_205_011, FAILED),
        ("a compressed bomb", serve(gzip), 2_205_011, FAILED),
        ("expired", serve(ended), 500_172, FAILED),
        (
            "C1: an old number",
            serve(house.list(9, &[])),
            500_174,
            ROLLED_BACK,
        ),
        (
            "its number, other contents",
            serve(other_bytes),
            500_174,
            ROLLED_BACK,
        ),
        ("a wrong signature", serve(forged), 2_205_015, MISMATCH),
        (
            "C12: of another authority",
            serve(of_another),
            2_205_015,
            MISMATCH,
        ),
    ];
    for (what, script, code, alarm) in rows {
        let before = (audits(&house, alarm).await, audits(&house, RECOVERED).await);
        house.crls.put(CRL_URL, script);
        for _ in 0..2 {
            let refusal = house.engine.crls().refresh(house.wanted()).await.unwrap_err();
            assert_eq!(refusal.code.number(), code, "{what}: {refusal:?}");
        }
        until_audited(&house, alarm, before.0 + 1).await;
        // The copy at hand is good for a week, whatever its server says.
        house.browser().sign_in(&house, JANE, &card).await.code();
        house.publish(10, &[]);
        house.crls.put(CRL_URL, Script::Unchanged);
        house.engine.crls().refresh(house.wanted()).await.unwrap();
        until_audited(&house, RECOVERED, before.1 + 1).await;
    }
    // One kind of trouble after the other.
    house.crls.put(CRL_URL, Script::Down);
    house.engine.crls().refresh(house.wanted()).await.unwrap_err();
    let (failed, rolled_back) = (audits(&house, FAILED).await, audits(&house, ROLLED_BACK).await);
    house.crls.put(CRL_URL, Script::Serve(house.list(3, &[])));
    house.engine.crls().refresh(house.wanted()).await.unwrap_err();
    until_audited(&house, ROLLED_BACK, rolled_back + 1).await;
    assert!(audits(&house, FAILED).await >= failed);
    teller.abort();
}

/// The issuing authority publishes deltas as well.
async fn with_delta() -> House {
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
        delta_crl_url: Some(DELTA_URL.to_owned()),
        ..NewAuthority::default()
    };
    house.engine.add_authority(&actor(), tenant, new).await.unwrap();
    house
}

fn delta(house: &House, number: u64, base: u64, hours: i64) -> CrlProfile {
    let now = house.clock.now();
    CrlProfile::new(
        number,
        now - SignedDuration::from_mins(1),
        now + SignedDuration::from_hours(hours),
    )
    .delta_of(base)
}

async fn renew(house: &House) {
    for wanted in house.engine.wanted_crls() {
        let _ = house.engine.crls().refresh(wanted).await;
    }
}

#[tokio::test]
async fn a_delta_adds_and_removes_and_is_never_optional() {
    let house = with_delta().await;
    let card = house.card(JANE);
    let number = async |card: &IssuedCertificate| house.browser().sign_in(&house, JANE, card).await.number();
    let put = |profile: &CrlProfile| {
        let der = house.issuing.crl(profile).unwrap();
        house.crls.put(DELTA_URL, Script::Serve(der));
    };
    assert_ne!(number(&card).await, 0, "C5: a delta that cannot be had");
    house.clock.advance(SignedDuration::from_secs(6));
    put(&delta(&house, 2, 1, 24));
    assert_eq!(number(&card).await, 0);
    house.clock.advance(SignedDuration::from_mins(1));
    put(&delta(&house, 3, 1, 24).revoke(card.serial()));
    renew(&house).await;
    assert_eq!(number(&card).await, 500_171, "C4: the delta adds");
    // The next base holds it, the delta after that releases it.
    house.clock.advance(SignedDuration::from_mins(1));
    house.publish(4, &[&card]);
    let release = delta(&house, 5, 4, 24).revoke_because(
        card.serial(),
        house.clock.now(),
        lanyard_testkit::RevocationReason::RemoveFromCrl,
    );
    put(&release);
    renew(&house).await;
    let id = house.wanted().authority.id();
    assert!(house.engine.revocation().index(&id, CrlKind::Delta).is_some());
    assert_eq!(number(&card).await, 0, "C4: the delta removes");
    house.clock.advance(SignedDuration::from_hours(25));
    house.crls.put(DELTA_URL, Script::Down);
    assert_ne!(number(&card).await, 0, "C5: the delta expired, the base is valid");
    // A grace period holds for deltas too, and only then.
    house
        .engine
        .set_crl_grace(&actor(), house.tenant.id, None, Some(12))
        .await
        .unwrap();
    assert_eq!(number(&card).await, 0);
}

#[tokio::test]
async fn a_fresh_list_is_fetched_from_its_next_publish_on_while_the_old_one_is_good() {
    // C2
    let house = House::open().await;
    let now = house.clock.now();
    let week = CrlProfile::new(
        1,
        now - SignedDuration::from_mins(1),
        now + SignedDuration::from_hours(168),
    )
    .next_publish(now + SignedDuration::from_hours(24));
    house
        .crls
        .put(CRL_URL, Script::Serve(house.issuing.crl(&week).unwrap()));
    let card = house.card(JANE);
    house.browser().sign_in(&house, JANE, &card).await.code();
    let id = house.wanted().authority.id();
    let view = house.engine.revocation();
    let index = view.index(&id, CrlKind::Base).unwrap();
    assert_eq!(index.next_publish(), Some(now + SignedDuration::from_hours(24)));
    house.clock.advance(SignedDuration::from_hours(25));
    // The renewal that the schedule begins then: its failure is harmless, its success counts at once.
    house.crls.put(CRL_URL, Script::Down);
    house.engine.crls().refresh(house.wanted()).await.unwrap_err();
    house.browser().sign_in(&house, JANE, &card).await.code();
    house.publish(2, &[&card]);
    house.engine.crls().refresh(house.wanted()).await.unwrap();
    assert_eq!(
        house.browser().sign_in(&house, JANE, &card).await.number(),
        500_171
    );
}
