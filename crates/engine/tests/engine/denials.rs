//! Denied certificates: refused at once, sessions and refresh tokens from them end, the log says so.

use jiff::SignedDuration;
use lanyard_engine::administer::NewDenial;
use lanyard_engine::{Engine, EngineError};
use lanyard_testkit::IssuedCertificate;

use crate::house::{House, JANE, PORTAL, SAM, actor};

const SILENT: [(&str, &str); 1] = [("prompt", "none")];

fn sha256(card: &IssuedCertificate) -> String {
    let certificate = lanyard_pki::Certificate::parse(card.certificate_der()).unwrap();
    data_encoding::HEXUPPER.encode(&certificate.facts().sha256_thumbprint)
}

fn serial(card: &IssuedCertificate) -> String {
    data_encoding::HEXLOWER.encode(card.serial())
}

/// The three ways to name a card.
fn ways(card: &IssuedCertificate) -> [NewDenial; 3] {
    let reason = "left on a train".to_owned();
    [
        NewDenial {
            certificate: Some(card.certificate_der().to_vec()),
            reason: reason.clone(),
            ..NewDenial::default()
        },
        NewDenial {
            sha256_thumbprint: Some(sha256(card)),
            reason: reason.clone(),
            ..NewDenial::default()
        },
        NewDenial {
            issuer: Some("CN=Agency Issuing".to_owned()),
            serial_number: Some(serial(card)),
            reason,
            ..NewDenial::default()
        },
    ]
}

async fn ended_rows(house: &House) -> usize {
    let rows = house.log().await;
    rows.iter()
        .filter(|row| format!("{:?}", row.status).contains("REVOKED-MEANS-OUT"))
        .count()
}

#[tokio::test]
async fn a_denied_certificate_is_out_at_once_however_it_is_named() {
    // CERTIFICATE-DENIED, REVOKED-MEANS-OUT
    for way in 0..3 {
        let house = House::open().await;
        let tenant = house.tenant.id;
        let (janes, sams) = (house.card(JANE), house.card(SAM));
        let (mut jane, mut sam) = (house.browser(), house.browser());
        let code = jane.sign_in(&house, JANE, &janes).await.code();
        let tokens = house.redeem(&code).await.unwrap();
        let unredeemed = jane
            .sign_in_with(&house, PORTAL, &SILENT, JANE, None)
            .await
            .code();
        sam.sign_in(&house, SAM, &sams).await.code();

        let new = ways(&janes)[way].clone();
        let (entry, ended) = house
            .engine
            .deny_certificate(&actor(), tenant, new.clone())
            .await
            .unwrap();
        assert_eq!(ended, 1, "way {way}");
        let end = house.browser().sign_in(&house, JANE, &janes).await;
        assert_eq!(
            (end.number(), end.rule().as_str()),
            (500_171, "CERTIFICATE-DENIED"),
            "way {way}"
        );
        let silent = jane.sign_in_with(&house, PORTAL, &SILENT, JANE, None).await;
        assert_eq!(silent.number(), 50_058, "way {way}");
        assert_eq!(house.refresh(&tokens).await.unwrap_err(), 50_173, "way {way}");
        assert_eq!(house.redeem(&unredeemed).await.unwrap_err(), 50_173, "way {way}");
        assert_eq!(ended_rows(&house).await, 1, "way {way}");
        let other = sam.sign_in_with(&house, PORTAL, &SILENT, SAM, None).await;
        assert_eq!(other.number(), 0, "nobody else is touched");
        // Jane's next card is as good as any.
        house
            .browser()
            .sign_in(&house, JANE, &house.card(JANE))
            .await
            .code();

        let twice = house.engine.deny_certificate(&actor(), tenant, new).await;
        assert!(matches!(twice, Err(EngineError::InvalidChange(_))), "{twice:?}");
        house
            .engine
            .allow_certificate(&actor(), tenant, &entry.id.to_string())
            .await
            .unwrap();
        house.browser().sign_in(&house, JANE, &janes).await.code();
        assert_eq!(
            house.refresh(&tokens).await.unwrap_err(),
            50_173,
            "what ended stays ended"
        );
        let audits = house.store.audits(tenant, None, 100).await.unwrap();
        for activity in ["Deny certificate", "Allow certificate"] {
            let row = audits.iter().find(|row| row.activity == activity).unwrap();
            assert!(row.body.contains("left on a train"), "{activity}: {}", row.body);
        }
    }
}

#[tokio::test]
async fn a_denial_names_one_certificate_that_is_no_authority() {
    // DENY-NAMES-A-CERTIFICATE
    let house = House::open().await;
    let (tenant, card) = (house.tenant.id, house.card(JANE));
    let [whole, thumbprint, values] = ways(&card);
    let authority = house.issuing.certificate_der().to_vec();
    let table = [
        (
            "no reason",
            NewDenial {
                reason: " ".to_owned(),
                ..whole.clone()
            },
        ),
        (
            "no mark",
            NewDenial {
                certificate: None,
                ..whole.clone()
            },
        ),
        (
            "no certificate",
            NewDenial {
                certificate: Some(vec![0x30, 0]),
                ..whole.clone()
            },
        ),
        (
            "an authority",
            NewDenial {
                certificate: Some(authority),
                ..whole
            },
        ),
        (
            "half a thumbprint",
            NewDenial {
                sha256_thumbprint: Some("ab".repeat(20)),
                ..thumbprint.clone()
            },
        ),
        (
            "no hex",
            NewDenial {
                sha256_thumbprint: Some("xy".repeat(32)),
                ..thumbprint
            },
        ),
        (
            "no issuer",
            NewDenial {
                issuer: None,
                ..values.clone()
            },
        ),
        (
            "no serial number",
            NewDenial {
                serial_number: None,
                ..values.clone()
            },
        ),
        (
            "no name",
            NewDenial {
                issuer: Some("Agency Issuing".to_owned()),
                ..values.clone()
            },
        ),
        (
            "no number",
            NewDenial {
                serial_number: Some("12x4".to_owned()),
                ..values
            },
        ),
    ];
    for (what, new) in table {
        let outcome = house.engine.deny_certificate(&actor(), tenant, new).await;
        assert!(
            matches!(outcome, Err(EngineError::InvalidChange(_))),
            "{what}: {outcome:?}"
        );
    }
    assert!(house.engine.denied_certificates(tenant).await.unwrap().is_empty());
    let unknown = house.engine.allow_certificate(&actor(), tenant, "0102").await;
    assert!(matches!(unknown, Err(EngineError::NotFound(_))));
}

#[tokio::test]
async fn another_node_follows_a_denial_and_a_restart_keeps_it() {
    let house = House::open().await;
    let (tenant, card) = (house.tenant.id, house.card(JANE));
    let other = house.second_engine().await;
    let follower = tokio::spawn({
        let other = other.clone();
        async move { other.follow_changes().await }
    });
    let denied = |engine: &Engine| {
        !engine
            .snapshot()
            .tenant(tenant)
            .unwrap()
            .denied
            .entries()
            .is_empty()
    };
    let mut browser = house.browser();
    browser.sign_in(&house, JANE, &card).await.code();
    let [whole, ..] = ways(&card);
    house
        .engine
        .deny_certificate(&actor(), tenant, whole)
        .await
        .unwrap();
    let begun = std::time::Instant::now();
    while !denied(&other) {
        assert!(begun.elapsed().as_secs() < 10, "CHANGE-FOLLOWED");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert!(denied(&*house.second_engine().await), "a restart keeps it");
    assert_eq!(
        ended_rows(&house).await,
        1,
        "one row, however many nodes end the session"
    );
    house.clock.advance(SignedDuration::from_mins(1));
    follower.abort();
}
