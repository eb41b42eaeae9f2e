//! Secrets, Basic authentication, and which client needs what.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod world;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64, HEXLOWER};
use lanyard_directory::{Application, ClientSecret, RedirectUriKind};
use lanyard_tokens::client_authentication::{PresentedCredential, may_be_public};
use lanyard_tokens::{AssertionContext, ClientProof, ExpectedClient, OAuthFailure, PresentedClient};
use lanyard_verdict::RuleId;
use secrecy::ExposeSecret;
use uuid::Uuid;
use world::{PORTAL, application, authority, hours, now, parameters, portal};

const ID: &str = "00000000-0000-0000-0000-00000000a001";

fn with_secrets() -> Application {
    let secret = |text: &str, start: i64, end: i64| ClientSecret {
        key_id: Uuid::nil(),
        display_name: text.to_owned(),
        hint: text.chars().take(3).collect(),
        sha256: HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref()),
        start: now() + hours(start),
        end: now() + hours(end),
    };
    let mut application = portal();
    application.client_secrets = vec![
        secret("expired", -48, 0),
        secret("good +%:", -1, 1),
        secret("future", 1, 2),
        secret("renewed", -9, -1),
    ];
    application.client_secrets.push(secret("renewed", -1, 1));
    application
}

fn authenticate(
    secret: Option<&str>,
    app: &Application,
    expected: ExpectedClient,
) -> Result<ClientProof, OAuthFailure> {
    let mut pairs = vec![("client_id", ID)];
    pairs.extend(secret.map(|secret| ("client_secret", secret)));
    let presented = PresentedClient::read(None, &parameters(&pairs)).unwrap();
    let authority = authority();
    let context = AssertionContext {
        authority: &authority,
        tenant_names: &[],
        now: now(),
    };
    presented
        .authenticate(app, expected, &context)
        .map(|client| client.proof)
}

#[test]
fn client_secret() {
    // CLIENT-SECRET
    let app = with_secrets();
    for (secret, expected) in [
        ("good +%:", Ok(ClientProof::Secret)),
        ("renewed", Ok(ClientProof::Secret)),
        ("expired", Err(7_000_222)),
        ("future", Err(7_000_222)),
        ("good", Err(7_000_215)),
        ("Good +%:", Err(7_000_215)),
    ] {
        let answer = authenticate(Some(secret), &app, ExpectedClient::Confidential);
        if let Err(failure) = &answer {
            assert_eq!(
                (failure.http_status(), &failure.rule),
                (401, &RuleId::new("CLIENT-SECRET"))
            );
            assert!(!failure.detail.contains(secret));
        }
        assert_eq!(
            answer.map_err(|failure| failure.code.number()),
            expected,
            "{secret}"
        );
    }
    let mut damaged = portal();
    damaged.client_secrets = app.client_secrets.clone();
    for secret in &mut damaged.client_secrets {
        secret.sha256.clear();
    }
    assert!(authenticate(Some("x"), &damaged, ExpectedClient::Confidential).is_err());
}

#[test]
fn client_credential_expected() {
    // CLIENT-CREDENTIAL-EXPECTED
    use ExpectedClient::{AsRegistered, Confidential, Public};
    let web = with_secrets();
    let native = application(PORTAL, &[("http://localhost", RedirectUriKind::PublicClient)]);
    let good = Some("good +%:");
    for (app, expected, secret, answer) in [
        (&web, Confidential, None, Err(7_000_218)),
        (&web, Public, good, Err(700_025)),
        (&web, Public, None, Ok(ClientProof::Public)),
        (&web, AsRegistered, None, Err(7_000_218)),
        (&web, AsRegistered, good, Ok(ClientProof::Secret)),
        (&native, AsRegistered, None, Ok(ClientProof::Public)),
        (&native, AsRegistered, good, Err(7_000_215)),
        (&native, Confidential, None, Err(7_000_218)),
    ] {
        let got = authenticate(secret, app, expected).map_err(|failure| failure.code.number());
        assert_eq!(got, answer, "{expected:?} {secret:?}");
    }
    assert_eq!(ExpectedClient::for_redirect(RedirectUriKind::Web), Confidential);
    assert_eq!(ExpectedClient::for_redirect(RedirectUriKind::Spa), Public);
    assert_eq!(
        ExpectedClient::for_redirect(RedirectUriKind::PublicClient),
        Public
    );
}

#[test]
fn client_may_be_public() {
    // CLIENT-MAY-BE-PUBLIC
    let mut app = portal();
    assert!(!may_be_public(&app));
    app.is_fallback_public_client = true;
    assert!(may_be_public(&app));
}

#[test]
fn client_one_credential() {
    // CLIENT-ONE-CREDENTIAL
    let basic =
        |user: &str, secret: &str| format!("Basic {}", BASE64.encode(format!("{user}:{secret}").as_bytes()));
    let assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    let read = PresentedClient::read(Some(&basic(ID, "good+%2B%25%3A")), &parameters(&[])).unwrap();
    assert_eq!(read.client_id, PORTAL);
    let PresentedCredential::Secret(secret) = read.credential else {
        panic!("no secret")
    };
    assert_eq!(secret.expose_secret(), "good +%:");

    let read = PresentedClient::read(Some(&basic(ID, "")), &parameters(&[("client_id", ID)])).unwrap();
    assert!(matches!(read.credential, PresentedCredential::None));
    let read = PresentedClient::read(Some("Bearer x"), &parameters(&[("client_id", ID)])).unwrap();
    assert!(matches!(read.credential, PresentedCredential::None));
    let pairs = [
        ("client_id", ID),
        ("client_assertion", "a.b.c"),
        ("client_assertion_type", assertion_type),
    ];
    let read = PresentedClient::read(None, &parameters(&pairs)).unwrap();
    assert!(matches!(read.credential, PresentedCredential::Assertion(_)));

    for (authorization, pairs, number) in [
        (Some(basic(ID, "x")), vec![("client_secret", "x")], 9_002_313),
        (
            Some(basic(ID, "x")),
            vec![("client_assertion", "a.b.c")],
            9_002_313,
        ),
        (
            None,
            vec![
                ("client_id", ID),
                ("client_secret", "x"),
                ("client_assertion", "a.b.c"),
            ],
            9_002_313,
        ),
        (
            Some(basic(ID, "x")),
            vec![("client_id", "00000000-0000-0000-0000-00000000a002")],
            9_002_313,
        ),
        (
            None,
            vec![
                ("client_id", ID),
                ("client_assertion", "a.b.c"),
                ("client_assertion_type", "saml"),
            ],
            9_002_313,
        ),
        (
            None,
            vec![("client_id", ID), ("client_assertion", "a.b.c")],
            900_144,
        ),
        (Some("Basic !!!".to_owned()), vec![], 50_012),
        (Some("Basic QUFB".to_owned()), vec![], 50_012),
        (Some(basic(ID, "%ff")), vec![], 50_012),
        (None, vec![], 900_144),
        (None, vec![("client_id", "portal")], 700_016),
        (None, vec![("client_assertion", "a.b.c")], 900_144),
    ] {
        let failure = PresentedClient::read(authorization.as_deref(), &parameters(&pairs)).unwrap_err();
        assert_eq!(failure.code.number(), number, "{authorization:?} {pairs:?}");
    }
}
