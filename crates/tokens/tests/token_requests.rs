//! Token requests, the grants behind them and the answers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod world;

use jiff::SignedDuration;
use lanyard_directory::RedirectUriKind::{PublicClient, Spa, Web};
use lanyard_directory::{AppId, User};
use lanyard_tokens::grant::{check_origin, check_refresh, check_user, code_used_again, grant_not_opened};
use lanyard_tokens::{
    AuthorizationCode, CodeChallenge, DeviceAuthorizationRequest, EndpointVersion, RefreshToken,
    ScopeRequest, SealError, SealKind, TokenGrant, TokenLifetimes, TokenRequest, TokenResponse,
};
use lanyard_verdict::RuleId;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;
use world::{ALICE, PORTAL, alice, hours, now, parameters, sign_in};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn read(pairs: &[(&str, &str)]) -> Result<TokenRequest, lanyard_tokens::OAuthFailure> {
    TokenRequest::read(&parameters(pairs), EndpointVersion::V2)
}

#[test]
fn token_grant_type() {
    // TOKEN-GRANT-TYPE
    let request = read(&[
        ("grant_type", "authorization_code"),
        ("code", "C"),
        ("redirect_uri", "https://portal.example/cb"),
        ("code_verifier", VERIFIER),
        ("client_info", "1"),
        ("scope", "openid User.Read"),
        ("x-client-SKU", "a"),
        ("x-client-SKU", "b"),
    ])
    .unwrap();
    assert!(request.client_info && request.scope.unwrap().openid);
    let TokenGrant::AuthorizationCode {
        code,
        redirect_uri,
        code_verifier,
    } = request.grant
    else {
        panic!("grant")
    };
    assert_eq!(code.expose_secret(), "C");
    assert_eq!(redirect_uri.as_deref(), Some("https://portal.example/cb"));
    assert_eq!(code_verifier.unwrap().expose_secret(), VERIFIER);

    let request = read(&[("grant_type", "refresh_token"), ("refresh_token", "R")]).unwrap();
    assert!(matches!(request.grant, TokenGrant::RefreshToken { .. }) && request.scope.is_none());
    for name in ["urn:ietf:params:oauth:grant-type:device_code", "device_code"] {
        let request = read(&[("grant_type", name), ("device_code", "D"), ("code", "D")]).unwrap();
        assert!(
            matches!(request.grant, TokenGrant::DeviceCode { device_code } if device_code.expose_secret() == "D")
        );
    }
    let request = read(&[
        ("grant_type", "client_credentials"),
        ("scope", "api://x/.default"),
    ])
    .unwrap();
    assert!(matches!(request.grant, TokenGrant::ClientCredentials));

    for (pairs, number, error) in [
        (vec![("grant_type", "password")], 70_003, "unsupported_grant_type"),
        (vec![("grant_type", "implicit")], 70_003, "unsupported_grant_type"),
        (
            vec![("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")],
            70_003,
            "unsupported_grant_type",
        ),
        (vec![], 900_144, "invalid_request"),
        (
            vec![("grant_type", "authorization_code")],
            900_144,
            "invalid_request",
        ),
        (vec![("grant_type", "refresh_token")], 900_144, "invalid_request"),
        (vec![("grant_type", "device_code")], 900_144, "invalid_request"),
        (
            vec![("grant_type", "client_credentials"), ("resource", "x")],
            901_002,
            "invalid_request",
        ),
        (
            vec![("grant_type", "client_credentials"), ("scope", "a\\b")],
            70_011,
            "invalid_scope",
        ),
        (
            vec![("grant_type", "client_credentials"), ("claims", "{")],
            9_002_313,
            "invalid_request",
        ),
    ] {
        let failure = read(&pairs).unwrap_err();
        assert_eq!(
            (failure.code.number(), failure.error.as_str()),
            (number, error),
            "{pairs:?}"
        );
    }
}

#[test]
fn version_one_takes_a_resource() {
    // OAUTH-RESOURCE-PARAMETER
    let pairs = [
        ("grant_type", "client_credentials"),
        ("resource", "api://archive"),
    ];
    let request = TokenRequest::read(&parameters(&pairs), EndpointVersion::V1).unwrap();
    assert_eq!(request.scope.unwrap().scopes[0].asked, "api://archive/.default");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "R")];
    assert!(
        TokenRequest::read(&parameters(&refresh), EndpointVersion::V1)
            .unwrap()
            .scope
            .is_none()
    );
    let device =
        DeviceAuthorizationRequest::read(&parameters(&[("scope", "openid")]), EndpointVersion::V2).unwrap();
    assert!(device.scope.openid);
}

fn code() -> AuthorizationCode {
    AuthorizationCode {
        client: PORTAL,
        redirect_uri: "https://portal.example/cb".to_owned(),
        redirect_uri_given: true,
        redirect_kind: Web,
        code_challenge: CodeChallenge::read(Some(CHALLENGE), Some("S256"), false).unwrap(),
        user: ALICE,
        sign_in: sign_in(),
        scope: ScopeRequest::parse("openid").unwrap(),
        nonce: None,
        auth_time_asked: false,
        handles_challenges: false,
    }
}

#[test]
fn code_redeem() {
    // CODE-REDEEM
    let code = code();
    let uri = Some("https://portal.example/cb");
    code.check_redemption(PORTAL, uri, Some(VERIFIER)).unwrap();
    for (client, redirect_uri, verifier, number) in [
        (AppId(Uuid::nil()), uri, Some(VERIFIER), 70_000),
        (PORTAL, Some("https://portal.example/cb/"), Some(VERIFIER), 70_000),
        (PORTAL, None, Some(VERIFIER), 70_000),
        (PORTAL, uri, None, 501_481),
        (PORTAL, uri, Some(CHALLENGE), 501_481),
    ] {
        let failure = code.check_redemption(client, redirect_uri, verifier).unwrap_err();
        assert_eq!(
            (failure.code.number(), failure.error.as_str()),
            (number, "invalid_grant")
        );
    }
    let without = AuthorizationCode {
        redirect_uri_given: false,
        code_challenge: None,
        ..code
    };
    without.check_redemption(PORTAL, None, None).unwrap();
    assert_eq!(
        without
            .check_redemption(PORTAL, None, Some(VERIFIER))
            .unwrap_err()
            .code
            .number(),
        501_481
    );
}

#[test]
fn code_single_use_and_grants_that_do_not_open() {
    let again = code_used_again();
    assert_eq!(
        (again.code.number(), again.rule),
        (54_005, RuleId::new("CODE-SINGLE-USE"))
    );
    for (kind, error, number) in [
        (SealKind::AuthorizationCode, SealError::Expired, 70_008),
        (SealKind::RefreshToken, SealError::Expired, 700_082),
        (SealKind::DeviceCode, SealError::Expired, 70_019),
        (SealKind::AuthorizationCode, SealError::OtherTenant, 700_005),
        (SealKind::RefreshToken, SealError::NotAuthentic, 70_000),
        (SealKind::DeviceCode, SealError::Malformed, 70_018),
    ] {
        let failure = grant_not_opened(kind, error);
        assert_eq!(failure.code.number(), number, "{kind:?} {error:?}");
        assert_eq!(failure.rule, RuleId::new("GRANT-NOT-OPENED"));
    }
}

#[test]
fn code_spa_origin() {
    // CODE-SPA-ORIGIN
    let origin = Some("https://spa.example");
    for (kind, origin, number) in [
        (Spa, origin, None),
        (Web, None, None),
        (PublicClient, None, None),
        (Spa, None, Some(9_002_327)),
        (Web, origin, Some(9_002_326)),
        (PublicClient, origin, Some(9_002_326)),
    ] {
        assert_eq!(
            check_origin(kind, origin)
                .err()
                .map(|failure| failure.code.number()),
            number,
            "{kind:?}"
        );
    }
}

#[test]
fn refresh_check() {
    // REFRESH-CHECK, GRANT-USER
    let token = RefreshToken {
        client: PORTAL,
        redirect_kind: Web,
        user: ALICE,
        sign_in: sign_in(),
        scope: ScopeRequest::default(),
        first_issued: now(),
        line: Uuid::from_u128(6),
        handles_challenges: false,
    };
    let disabled = User {
        account_enabled: false,
        ..alice()
    };
    let revoked = User {
        sign_in_sessions_valid_from: now() - hours(1) + SignedDuration::from_nanos(1),
        ..alice()
    };
    let at_the_same_time = User {
        sign_in_sessions_valid_from: now() - hours(1),
        ..alice()
    };
    for (client, user, expected) in [
        (PORTAL, Some(alice()), None),
        (PORTAL, Some(at_the_same_time), None),
        (PORTAL, Some(revoked.clone()), Some((50_173, "bad_token"))),
        (PORTAL, Some(disabled), Some((50_057, "bad_token"))),
        (PORTAL, None, Some((50_057, "bad_token"))),
        (
            AppId(Uuid::nil()),
            Some(alice()),
            Some((70_000, "client_mismatch")),
        ),
    ] {
        let answer = check_refresh(&token, client, user.as_ref());
        let told = answer
            .err()
            .map(|failure| (failure.code.number(), failure.suberror.unwrap().as_str()));
        assert_eq!(told, expected);
    }
    assert_eq!(
        check_user(Some(&revoked), now() - hours(1)).unwrap_err().rule,
        RuleId::new("GRANT-USER")
    );
}

#[test]
fn lives_of_tokens() {
    // TOKEN-REFRESH-LIFE, TOKEN-ACCESS-LIFE
    let lifetimes = TokenLifetimes::default();
    let day = 24;
    assert_eq!(
        lifetimes.code_expires(now()),
        now() + SignedDuration::from_mins(10)
    );
    assert_eq!(
        lifetimes.refresh_expires(Web, now() - hours(50), now()),
        now() + hours(90 * day)
    );
    assert_eq!(
        lifetimes.refresh_expires(Spa, now() - hours(20), now()),
        now() + hours(4)
    );
    let seen: Vec<u32> = (0..1801)
        .map(|random| lifetimes.access_token_secs(random))
        .collect();
    assert_eq!((seen.iter().min(), seen.iter().max()), (Some(&3600), Some(&5400)));
    let fixed = TokenLifetimes {
        access_token_min_secs: 900,
        access_token_max_secs: 900,
        ..lifetimes
    };
    assert_eq!(fixed.access_token_secs(u32::MAX), 900);
}

#[test]
fn bodies_of_both_versions() {
    let response = TokenResponse {
        access_token: "A".to_owned(),
        expires_in_secs: 4211,
        scope: "User.Read".to_owned(),
        refresh_token: None,
        refresh_token_expires_in_secs: None,
        id_token: Some("I".to_owned()),
        client_info: None,
    };
    assert_eq!(
        response.to_json(EndpointVersion::V2, "x", now()),
        json!({"token_type": "Bearer", "scope": "User.Read", "expires_in": 4211, "ext_expires_in": 4211,
               "access_token": "A", "id_token": "I"})
    );
    let v1 = response.to_json(EndpointVersion::V1, "api://archive", now());
    assert_eq!(
        (v1["expires_in"].as_str(), v1["resource"].as_str()),
        (Some("4211"), Some("api://archive"))
    );
    assert_eq!(v1["expires_on"], (now().as_second() + 4211).to_string());
    assert!(!format!("{response:?}").contains("\"A\""));
}

proptest! {
    #[test]
    fn reading_never_panics(pairs in prop::collection::vec(("grant_type|code|scope|claims|resource|\\PC{0,9}", "authorization_code|\\PC{0,30}"), 0..8)) {
        let parameters = lanyard_tokens::Parameters::from_pairs(pairs);
        for version in [EndpointVersion::V1, EndpointVersion::V2] {
            let _ = TokenRequest::read(&parameters, version);
            let _ = DeviceAuthorizationRequest::read(&parameters, version);
        }
    }
}
