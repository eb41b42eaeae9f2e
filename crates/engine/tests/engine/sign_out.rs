//! Sign-out ends the session and sends nobody to a strange place.

use crate::house::{House, JANE, PORTAL, PORTAL_URI, owned};

#[tokio::test]
async fn signing_out_ends_the_session_and_tells_the_applications() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let code = browser.sign_in(&house, JANE, &card).await.code();
    let tokens = house.redeem(&code).await.unwrap();
    let out = house
        .engine
        .sign_out(&browser.facts, Vec::new(), browser.session.as_deref())
        .await
        .unwrap();
    assert_eq!(out.user_name.as_deref(), Some(JANE));
    let [url] = out.front_channel_urls.as_slice() else {
        panic!("{out:?}")
    };
    assert!(url.starts_with("https://portal.example/bye?sid="), "{url}");
    assert!(url.contains("iss=https%3A%2F%2Flogin.example.test%2F"), "{url}");
    let end = browser
        .sign_in_with(&house, PORTAL, &[("prompt", "none")], JANE, None)
        .await;
    assert_eq!(end.number(), 50_058);
    house
        .refresh(&tokens)
        .await
        .expect("refresh tokens survive a sign-out");
}

#[tokio::test]
async fn nobody_is_sent_to_a_strange_place() {
    let house = House::open().await;
    let card = house.card(JANE);
    let mut browser = house.browser();
    let code = browser.sign_in(&house, JANE, &card).await.code();
    let tokens = house.redeem(&code).await.unwrap();
    let hint = tokens["id_token"].as_str().unwrap();
    let client = PORTAL.to_string();
    let target = async |pairs: &[(&str, &str)]| {
        house
            .engine
            .sign_out(&browser.facts, owned(pairs), None)
            .await
            .unwrap()
            .redirect_to
    };
    let registered = ("post_logout_redirect_uri", PORTAL_URI);
    assert_eq!(
        target(&[("id_token_hint", hint), registered, ("state", "a&b")])
            .await
            .as_deref(),
        Some("https://portal.example/cb?state=a%26b")
    );
    assert_eq!(
        target(&[("client_id", &client), registered]).await.as_deref(),
        Some(PORTAL_URI)
    );
    assert_eq!(
        target(&[registered]).await,
        None,
        "SIGN-OUT-TARGET: of no application"
    );
    assert_eq!(
        target(&[("id_token_hint", "x.y.z"), registered]).await,
        None,
        "SIGN-OUT-TARGET: forged hint"
    );
    for strange in [
        "https://evil.example/",
        "https://portal.example.evil.example/cb",
        "https://portal.example@evil.example/cb",
        "//evil.example/cb",
        "https://portal.example/cb/../../evil",
        "https://portal.example/cb?next=https://evil.example",
        "javascript:alert(1)",
        "http://portal.example/cb",
        "https://portal.example/cb#x",
        "",
    ] {
        let pairs = [("id_token_hint", hint), ("post_logout_redirect_uri", strange)];
        assert_eq!(target(&pairs).await, None, "SIGN-OUT-TARGET {strange}");
    }
}
