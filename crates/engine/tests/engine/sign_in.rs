//! Signing in with a certificate: who gets in, who does not and why, and what the log says.

use lanyard_engine::administer::NewTenant;
use lanyard_engine::{AuthorizationStep, Code};
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, UserProfile, Validity};
use serde_json::json;

use crate::browser::End;
use crate::house::{House, JANE, PORTAL, RITA, SAM, actor, policy, validity};

#[tokio::test]
async fn jane_signs_in_and_the_log_has_two_rows() {
    let house = House::open().await;
    let mut browser = house.browser();
    let card = house.strong_card(JANE);
    browser.sign_in(&house, JANE, &card).await.code();
    assert_eq!(browser.pages, ["sign-in", "method", "stay"], "SIGN-IN-INTERRUPTS");
    let log = house.log().await;
    assert_eq!(log.len(), 2, "LOG-TWO-ROWS");
    let [outcome, interrupted] = [&log[0], &log[1]];
    assert_eq!(outcome.status.error_code(), 0);
    assert_eq!(
        interrupted.status.error_code(),
        Code::NO_SESSION.number(),
        "LOG-TWO-ROWS"
    );
    assert_eq!(outcome.correlation_id, interrupted.correlation_id);
    for row in [outcome, interrupted] {
        let certificate = row.certificate.as_ref().expect("both rows name the certificate");
        assert!(certificate.subject.contains("Card"));
    }
    // The next time the browser goes straight on to the certificate.
    assert!(house.browser().go_to_method(&house, JANE).await.straight_on);
}

#[tokio::test]
async fn a_refused_attempt_has_two_rows_as_well() {
    let house = House::open().await;
    let card = house.card(SAM);
    let end = house.browser().sign_in(&house, JANE, &card).await;
    let log = house.log().await;
    assert_eq!(log.len(), 2, "LOG-TWO-ROWS");
    assert_eq!(log[0].status.error_code(), end.number());
    assert_eq!(log[1].status.error_code(), Code::NO_SESSION.number());
}

#[tokio::test]
async fn every_wrong_certificate_has_its_number() {
    let house = House::open().await;
    let card = |validity, name: &str| {
        house
            .issuing
            .issue_user(&UserProfile::new("Card", validity).user_principal_name(name))
            .unwrap()
    };
    let past = Validity::days_from("2026-01-02T00:00:00Z".parse().unwrap(), 10);
    let coming = Validity::days_from("2026-03-02T00:00:00Z".parse().unwrap(), 10);
    let stranger = CertificateAuthority::root(&AuthorityProfile::new("Stranger", validity())).unwrap();
    let foreign = stranger
        .issue_user(&UserProfile::new("Card", validity()).user_principal_name(JANE))
        .unwrap();
    let revoked = house.card(RITA);
    house.publish(2, &[&revoked]);
    let good = house.card(JANE);
    let rows = [
        ("no certificate", JANE, None, 50_192),
        (
            "not a certificate",
            JANE,
            Some(b"0\x03\x02\x01\x05".to_vec()),
            50_017,
        ),
        (
            "expired",
            JANE,
            Some(card(past, JANE).certificate_der().to_vec()),
            500_172,
        ),
        (
            "not yet valid",
            JANE,
            Some(card(coming, JANE).certificate_der().to_vec()),
            500_172,
        ),
        (
            "of a strange authority",
            JANE,
            Some(foreign.certificate_der().to_vec()),
            500_176,
        ),
        ("revoked", RITA, Some(revoked.certificate_der().to_vec()), 500_171),
        (
            "with a broken signature",
            JANE,
            Some(good.with_broken_signature()),
            0,
        ),
        (
            "somebody else's",
            SAM,
            Some(good.certificate_der().to_vec()),
            1_001_009,
        ),
    ];
    for (what, name, leaf, number) in rows {
        let mut browser = house.browser();
        let end = browser
            .sign_in_with(&house, PORTAL, &[], name, leaf.as_deref())
            .await;
        let End::Page(problem) = &end else {
            panic!("a certificate that is {what} signed in")
        };
        if number != 0 {
            assert_eq!(problem.code.number(), number, "{what}: {}", problem.detail);
        }
        if number == 50_192 || number == 50_017 {
            assert_eq!(end.rule(), "CERTIFICATE-PRESENT", "{what}");
        }
        assert_eq!(problem.http_status, 200, "{what}: the page explains");
        assert!(browser.session.is_none(), "{what}");
        let retry = problem.retry.as_ref().expect("another try is offered");
        assert!(
            retry
                .certauth_url
                .starts_with(&format!("https://t{}-", house.tenant.id)),
            "CERTAUTH-HOST-NAME: a retry goes to a name the browser has made no choice for: {}",
            retry.certauth_url
        );
    }
}

#[tokio::test]
async fn a_chain_is_judged_before_anything_is_said_about_the_account() {
    let house = House::open().await;
    let tenant = house.tenant.id;
    house
        .engine
        .set_account_enabled(&actor(), tenant, JANE, false)
        .await
        .unwrap();
    let stranger = CertificateAuthority::root(&AuthorityProfile::new("Stranger", validity())).unwrap();
    let foreign = stranger
        .issue_user(&UserProfile::new("Card", validity()).user_principal_name(JANE))
        .unwrap();
    assert_eq!(
        house.browser().sign_in(&house, JANE, &foreign).await.number(),
        500_176,
        "SIGN-IN-ORDER"
    );
    let card = house.card(JANE);
    let end = house.browser().sign_in(&house, JANE, &card).await;
    assert_eq!((end.number(), end.rule().as_str()), (50_057, "SIGN-IN-ORDER"));
    house
        .engine
        .set_account_enabled(&actor(), tenant, JANE, true)
        .await
        .unwrap();
    house.browser().sign_in(&house, JANE, &card).await.code();
}

/// The node that signs a person in may have read the account before an administrator disabled it elsewhere.
#[tokio::test]
async fn a_sign_in_never_undoes_a_change_made_elsewhere() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let prompt = browser.go_to_method(&house, JANE).await;
    let elsewhere = house.second_engine().await;
    elsewhere
        .set_account_enabled(&actor(), house.tenant.id, JANE, false)
        .await
        .unwrap();
    let handover = browser
        .present(&house, &prompt, Some(card.certificate_der()))
        .unwrap();
    let _ = browser.hand_over(&house, &handover).await;
    let jane = house.engine.user_named(house.tenant.id, JANE).await.unwrap();
    assert!(!jane.account_enabled, "the disabled account came back to life");
}

#[tokio::test]
async fn a_name_picks_the_account_of_its_tenant_only() {
    let house = House::open().await;
    let new = NewTenant {
        id: None,
        display_name: "Bureau".to_owned(),
        domain: "bureau.example".to_owned(),
    };
    let bureau = house.engine.create_tenant(&actor(), new).await.unwrap();
    house.add_user(bureau.id, "bob@bureau.example", "Bob").await;
    let card = house.card(JANE);
    for (name, number) in [
        ("nobody@agency.example", 50_034),
        ("", 50_034),
        ("bob@bureau.example", 50_020),
        (&"x".repeat(600), 50_034),
    ] {
        let end = house.browser().sign_in(&house, name, &card).await;
        assert_eq!(
            (end.number(), end.rule().as_str()),
            (number, "IDENTIFY-UPN"),
            "{name:.20}"
        );
    }
    house
        .browser()
        .sign_in(&house, " JANE@Agency.Example ", &card)
        .await
        .code();
}

#[tokio::test]
async fn the_certificate_host_follows_the_policy() {
    let house = House::open().await;
    let url = async || house.browser().go_to_method(&house, JANE).await.certauth_url;
    let id = house.tenant.id;
    assert_eq!(
        url().await.unwrap(),
        format!("https://certauth.example.test/{id}/certauth"),
        "CERTAUTH-HOST-NAME"
    );
    let mut hints = policy();
    hints["issuerHintsConfiguration"]["state"] = json!("enabled");
    house.set_policy(hints).await;
    assert_eq!(
        url().await.unwrap(),
        format!("https://t{id}.certauth.example.test/{id}/certauth"),
        "CERTAUTH-HOST-NAME"
    );
    let mut off = policy();
    off["state"] = json!("disabled");
    house.set_policy(off).await;
    assert_eq!(url().await, None, "F2: no link while the method is off");
}

#[tokio::test]
async fn a_person_out_of_scope_is_refused_after_the_certificate() {
    let house = House::open().await;
    let group = house
        .engine
        .create_group(&actor(), house.tenant.id, "Card holders")
        .await
        .unwrap();
    house
        .engine
        .add_group_member(&actor(), &group, SAM)
        .await
        .unwrap();
    let mut scoped = policy();
    scoped["includeTargets"] =
        json!([{ "targetType": "group", "id": group.id, "isRegistrationRequired": false }]);
    house.set_policy(scoped).await;
    let (jane, sam) = (house.card(JANE), house.card(SAM));
    assert!(
        house
            .browser()
            .go_to_method(&house, JANE)
            .await
            .certauth_url
            .is_some(),
        "F1: the link is shown"
    );
    assert_eq!(
        house.browser().sign_in(&house, JANE, &jane).await.number(),
        130_501,
        "F1"
    );
    house.browser().sign_in(&house, SAM, &sam).await.code();
    house
        .engine
        .remove_group_member(&actor(), &group, SAM)
        .await
        .unwrap();
    assert_eq!(house.browser().sign_in(&house, SAM, &sam).await.number(), 130_501);
}

#[tokio::test]
async fn an_application_is_used_where_it_is_registered() {
    let house = House::open().await;
    let new = NewTenant {
        id: None,
        display_name: "Bureau".to_owned(),
        domain: "bureau.example".to_owned(),
    };
    let bureau = house.engine.create_tenant(&actor(), new).await.unwrap();
    for (segment, number) in [
        ("nowhere.example", 90_002),
        ("common", 50_194),
        (&bureau.id.to_string(), 700_016),
    ] {
        let mut browser = crate::browser::Browser::new(&house, segment);
        let outcome = browser.authorize(&house, PORTAL, &[]).await;
        let AuthorizationStep::Problem(problem) = outcome.step else {
            panic!("AUTHORIZE-TENANT {segment}")
        };
        assert_eq!(problem.code.number(), number, "{segment}");
        assert_eq!(problem.rule.unwrap().to_string(), "AUTHORIZE-TENANT");
    }
}

/// Who holds some trusted certificate learns nothing of the values that bind others.
#[tokio::test]
async fn a_page_tells_what_the_certificate_offered_and_nothing_of_the_account() {
    // PAGE-COMPARED-OWN-VALUES
    let house = House::open().await;
    let mut bindings = policy();
    bindings["certificateUserBindings"] = json!([
        { "x509CertificateField": "SubjectKeyIdentifier", "userProperty": "certificateUserIds", "priority": 1 },
        { "x509CertificateField": "RFC822Name", "userProperty": "certificateUserIds", "priority": 2 },
        { "x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 3 }
    ]);
    house.set_policy(bindings).await;
    let secret = "AB".repeat(20);
    let ids = vec![
        format!("X509:<SKI>{secret}"),
        "X509:<RFC822>secret@agency.example".to_owned(),
    ];
    house
        .engine
        .set_certificate_user_ids(&actor(), house.tenant.id, JANE, ids)
        .await
        .unwrap();
    let card = house.card(SAM);
    let End::Page(problem) = house.browser().sign_in(&house, JANE, &card).await else {
        panic!()
    };
    assert_eq!(problem.code.number(), 1_001_009);
    let told: Vec<(&str, &str)> = problem
        .compared
        .iter()
        .map(|input| (input.name.as_ref(), input.value.as_str()))
        .collect();
    let identifier = lanyard_pki::Certificate::parse(card.certificate_der()).unwrap();
    let identifier = identifier
        .facts()
        .subject_key_identifier
        .clone()
        .unwrap()
        .to_string();
    let [key, mail, name] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(key.0, "SubjectKeyIdentifier");
    assert!(
        key.1.contains(&identifier) && key.1.ends_with("none of the account's values"),
        "{key:?}"
    );
    assert_eq!(*mail, ("RFC822Name", "not in the certificate"));
    assert!(name.0 == "PrincipalName" && name.1.starts_with(SAM), "{name:?}");
    let all = format!("{problem:?}");
    assert!(!all.contains(&secret) && !all.contains("secret@"), "{all}");
    // The log has them, for administrators.
    assert!(format!("{:?}", house.log().await[0].trace).contains(&secret));
    // Without a trusted certificate not even that is told.
    let stranger = CertificateAuthority::root(&AuthorityProfile::new("Stranger", validity())).unwrap();
    let foreign = stranger
        .issue_user(&UserProfile::new("Card", validity()).user_principal_name(SAM))
        .unwrap();
    let End::Page(problem) = house.browser().sign_in(&house, JANE, &foreign).await else {
        panic!()
    };
    let all = format!("{:?}", problem.compared);
    assert!(!all.contains("account") && !all.contains(&secret), "{all}");
}

/// Wrong names and certificates of nobody's authority cannot fill the log; people are never locked out by them.
#[tokio::test]
async fn attempts_that_prove_nothing_are_limited_by_address() {
    // ATTEMPT-LIMIT
    let house = House::open().await;
    let stranger = CertificateAuthority::root(&AuthorityProfile::new("Stranger", validity())).unwrap();
    let foreign = stranger
        .issue_user(&UserProfile::new("Card", validity()).user_principal_name(JANE))
        .unwrap();
    let (janes, sams) = (house.card(JANE), house.card(SAM));
    for number in 0..10 {
        let name = format!("nobody{number}@agency.example");
        assert_eq!(
            house.browser().sign_in(&house, &name, &janes).await.number(),
            50_034
        );
        assert_eq!(
            house.browser().sign_in(&house, JANE, &foreign).await.number(),
            500_176
        );
    }
    let rows = house.log().await.len();
    for name in ["nobody@agency.example", JANE] {
        let End::Page(problem) = house.browser().sign_in(&house, name, &foreign).await else {
            panic!()
        };
        assert_eq!(
            (
                problem.code.number(),
                problem.http_status,
                problem.retry_after_secs
            ),
            (50_053, 429, Some(1)),
            "{name}"
        );
    }
    assert_eq!(house.log().await.len(), rows, "no more rows");
    // A certificate of a trusted authority is always judged, and its row written; a good one signs in.
    assert_eq!(
        house.browser().sign_in(&house, JANE, &sams).await.number(),
        1_001_009
    );
    house.browser().sign_in(&house, JANE, &janes).await.code();
    // Another address is another matter, and so is another time.
    let mut elsewhere = house.browser();
    elsewhere.facts.ip_address = "192.0.2.8".parse().unwrap();
    assert_eq!(
        elsewhere
            .sign_in(&house, "nobody@agency.example", &janes)
            .await
            .number(),
        50_034
    );
    house.clock.advance(jiff::SignedDuration::from_secs(5));
    assert_eq!(
        house
            .browser()
            .sign_in(&house, "nobody@agency.example", &janes)
            .await
            .number(),
        50_034
    );
}
