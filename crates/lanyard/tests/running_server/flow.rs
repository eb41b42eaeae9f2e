//! The way through a sign-in over real TLS (certificate-sign-in §12.2, F1 to F4 and F7): what is offered to whom, and what
//! travels through the browser is good for one sign-in.

use crate::demo::{demo, number, until};
use crate::own_tenant::OwnTenant;

/// F1: the link is there for everybody, the sign-in only for those in scope. F2: switched off, neither is there.
#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_is_offered_by_policy() {
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "offered.example");
    let card = tenant.card("pat");
    tenant.admin(&["group", "create", "Holders"]);
    let groups: serde_json::Value =
        serde_json::from_str(&tenant.admin(&["group", "list", "--output", "json"])).unwrap();
    let members = groups[0].as_object().unwrap();
    let id = members
        .values()
        .filter_map(|value| value.as_str())
        .find(|text| text.len() == 36)
        .unwrap()
        .to_owned();
    tenant.change_policy(|policy| {
        policy["includeTargets"] =
            serde_json::json!([{ "targetType": "group", "id": id, "isRegistrationRequired": false }]);
    });
    let wait = async |expected: u32| {
        let begun = std::time::Instant::now();
        loop {
            let end = tenant.sign_in(Some(&card)).await;
            if number(&end) == expected {
                return;
            }
            assert!(begun.elapsed().as_secs() < 20, "expected {expected}: {end:?}");
        }
    };
    // F1: `sign_in` fails where no CertAuthUrl is given, so the link was there.
    wait(130_501).await;
    tenant.admin(&["group", "add", "Holders", &tenant.user("pat")]);
    wait(0).await;

    // F2
    let mut browser = demo.browser(&tenant.id, None);
    let before = tenant.begin(&mut browser).await;
    let certauth = before.certauth_url.unwrap();
    tenant.admin(&["policy", "disable"]);
    let begun = std::time::Instant::now();
    let off = loop {
        let begun_flow = tenant.begin(&mut browser).await;
        if begun_flow.certauth_url.is_none() {
            break begun_flow;
        }
        assert!(begun.elapsed().as_secs() < 20, "still offered");
    };
    let page = browser.get(&tenant.authorize(&[])).await.unwrap();
    let inputs = page.hidden_inputs();
    let fields = [
        ("ctx", inputs["ctx"].as_str()),
        ("flowtoken", inputs["flowtoken"].as_str()),
        ("login", &tenant.user("pat")),
    ];
    let page = browser.post(&tenant.at("login"), &fields).await.unwrap();
    assert!(
        page.body.contains("no way to sign in") && !page.body.contains("certauth"),
        "F2: {}",
        page.body
    );
    // A direct post to the certificate host is told so.
    let form = [
        ("ctx", off.context.as_str()),
        ("flowToken", off.flow_token.as_str()),
    ];
    let page = browser.post(&certauth, &form).await.unwrap();
    assert!(page.body.contains("AADSTS1001000"), "F2: {}", page.body);
    assert!(!page.body.contains("certificatetoken"), "F2");
}

/// F3 and F4: no certificate is an explained page; a certificate token is good once, in its sign-in, in its tenant.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_token_is_worth_one_sign_in() {
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "tokens.example");
    let other = OwnTenant::create(&demo, "other-tokens.example");
    let card = tenant.card("pat");
    let identity = (card.certificate_pem() + &card.key().pem()).into_bytes();

    // F3
    let mut bare = demo.browser(&tenant.id, None);
    let begun = tenant.begin(&mut bare).await;
    let form = [
        ("ctx", begun.context.as_str()),
        ("flowToken", begun.flow_token.as_str()),
    ];
    let page = bare.post(&begun.certauth_url.unwrap(), &form).await.unwrap();
    assert_eq!(page.status, 200, "F3: no TLS alert: {}", page.body);
    let page = tenant.hand_over(&mut bare, &page).await;
    assert_eq!(page.status, 200, "F3");
    assert!(
        page.body.contains("AADSTS50192") && page.body.contains("inspects secure connections"),
        "F3: {}",
        page.body
    );

    // F4, cross-context: the token of one sign-in in another of the same browser.
    let mut browser = demo.browser(&tenant.id, Some(&identity));
    let one = tenant.begin(&mut browser).await;
    let two = tenant.begin(&mut browser).await;
    let certauth = one.certauth_url.clone().unwrap();
    let handed = |page: &crate::scripted_browser::Page, name: &str| page.hidden_inputs()[name].clone();
    let first = browser
        .post(
            &certauth,
            &[("ctx", &one.context), ("flowToken", &one.flow_token)],
        )
        .await
        .unwrap();
    let second = browser
        .post(
            &certauth,
            &[("ctx", &two.context), ("flowToken", &two.flow_token)],
        )
        .await
        .unwrap();
    let before = tenant.state();
    for (what, context, flow_token, token, path) in [
        (
            "the token of another sign-in",
            &second,
            &second,
            &first,
            tenant.at("login"),
        ),
        (
            "the flow token of another sign-in",
            &second,
            &first,
            &second,
            tenant.at("login"),
        ),
        (
            "the context of another sign-in",
            &first,
            &second,
            &second,
            tenant.at("login"),
        ),
        (
            "all of it at another tenant",
            &second,
            &second,
            &second,
            other.at("login"),
        ),
    ] {
        let fields = [
            ("ctx", handed(context, "ctx")),
            ("flowtoken", handed(flow_token, "flowtoken")),
            ("certificatetoken", handed(token, "certificatetoken")),
        ];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let page = browser.post(&path, &fields).await.unwrap();
        assert_eq!(
            (page.status, &page.location),
            (400, &None),
            "F4, {what}: {}",
            page.body
        );
        assert!(page.body.contains("AADSTS90100"), "F4, {what}: {}", page.body);
    }
    // F4, cross-tenant: the other tenant's address makes no token for this tenant's person.
    let elsewhere = certauth.replace(&tenant.id, &other.id);
    let form = [
        ("ctx", two.context.as_str()),
        ("flowToken", two.flow_token.as_str()),
    ];
    let page = browser.post(&elsewhere, &form).await.unwrap();
    assert!(
        page.body.contains("AADSTS90100") && !page.body.contains("certificatetoken"),
        "F4: {}",
        page.body
    );
    // And another browser has no part in it.
    let mut stranger = demo.browser(&tenant.id, None);
    let page = tenant.hand_over(&mut stranger, &second).await;
    assert!(page.body.contains("AADSTS90100"), "F4: {}", page.body);
    assert_eq!(tenant.state(), before, "F4: nothing of this changed anything");

    // Untouched by all that, the sign-in itself goes through, once.
    let page = tenant.hand_over(&mut browser, &second).await;
    assert!(page.body.contains("Stay signed in?"), "{}", page.body);
    let before = tenant.state();
    let replay = tenant.hand_over(&mut browser, &second).await;
    assert_eq!((replay.status, &replay.location), (400, &None));
    assert!(replay.body.contains("AADSTS90100"), "F4, replay: {}", replay.body);
    assert_eq!(tenant.state(), before, "F4: a replay changes nothing");
}

/// F7: whoever used a certificate last goes straight on to it, in every browser; nobody else does.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_used_way_is_taken_at_once() {
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "last-used.example");
    let method_page = async || {
        let mut browser = demo.browser(&tenant.id, None);
        let page = browser.get(&tenant.authorize(&[])).await.unwrap();
        let inputs = page.hidden_inputs();
        let fields = [
            ("ctx", inputs["ctx"].as_str()),
            ("flowtoken", inputs["flowtoken"].as_str()),
            ("login", &tenant.user("pat")),
        ];
        browser.post(&tenant.at("login"), &fields).await.unwrap().body
    };
    let first = method_page().await;
    assert!(first.contains("certauth") && !first.contains("data-submit-at-once"));
    assert_eq!(number(&tenant.sign_in(Some(&tenant.card("pat"))).await), 0);
    let again = method_page().await;
    assert!(again.contains("data-submit-at-once"), "F7: {again}");
}

/// F6: with hints on the acceptable authorities are the store's subjects, off none; beyond 16 KiB they are cut and it is logged.
#[tokio::test(flavor = "multi_thread")]
async fn hints_are_the_subjects_of_the_store_up_to_the_limit() {
    use lanyard_testkit::{AuthorityProfile, CertificateAuthority, DnType};
    let demo = demo();
    let tenant = OwnTenant::create(&demo, "long-hints.example");
    let host = format!("t{}.{}", tenant.id, demo.text("/certauth_host"));
    let asked = || crate::raw_handshake::asked_for(&demo, &host).unwrap();
    assert!(asked().is_empty(), "F6: off");
    tenant.change_policy(|policy| policy["issuerHintsConfiguration"]["state"] = "enabled".into());
    let own = vec![tenant.root.subject_der().to_vec()];
    until("F6: on", || asked() == own);
    // Each name takes some 450 octets: 45 of them are more than 16 KiB.
    let key = lanyard_testkit::Keypair::generate(lanyard_testkit::KeyAlgorithm::P256).unwrap();
    let long = |letter: &str| letter.repeat(64);
    for number in 0..45 {
        let profile = AuthorityProfile::new(
            &format!("{number:03}{}", "n".repeat(60)),
            crate::own_tenant::validity(),
        )
        .subject_attribute(DnType::OrganizationName, &long("o"))
        .subject_attribute(DnType::OrganizationalUnitName, &long("u"))
        .subject_attribute(DnType::LocalityName, &long("l"))
        .subject_attribute(DnType::StateOrProvinceName, &long("s"))
        .key(&key);
        let authority = CertificateAuthority::root(&profile).unwrap();
        tenant.trust(&authority, &number.to_string(), &["--root"]);
    }
    let size = |subjects: &[Vec<u8>]| subjects.iter().map(|subject| subject.len() + 2).sum::<usize>();
    // The server makes the list at the next handshake after it has followed the change.
    until("F6: cut, and logged", || {
        let _ = asked();
        demo.said().contains("issuer hints exceed the limit")
    });
    let sent = asked();
    assert!(
        sent.len() < 46 && (15 * 1024..=16 * 1024).contains(&size(&sent)),
        "F6: {} names, {} octets",
        sent.len(),
        size(&sent)
    );
}
