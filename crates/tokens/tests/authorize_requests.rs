//! Authorize requests: every parameter, and where a refusal is told.

mod world;

use lanyard_directory::RedirectUriKind::{PublicClient, Spa, Web};
use lanyard_tokens::authorize_request::client_id;
use lanyard_tokens::{
    AuthorizeRefusal, AuthorizeRequest, AuthorizeSettings, EndpointVersion, Parameters, Prompt, ResponseMode,
};
use lanyard_verdict::RuleId;
use proptest::prelude::*;
use world::{PORTAL, application, parameters, portal};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn read(pairs: &[(&str, &str)]) -> Result<AuthorizeRequest, AuthorizeRefusal> {
    read_as(pairs, EndpointVersion::V2)
}

fn read_as(pairs: &[(&str, &str)], version: EndpointVersion) -> Result<AuthorizeRequest, AuthorizeRefusal> {
    AuthorizeRequest::read(
        &parameters(pairs),
        &portal(),
        version,
        &AuthorizeSettings::default(),
    )
}

/// The least a request needs, and then `extra`.
fn with(extra: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut pairs = vec![
        ("redirect_uri", "https://portal.example/cb"),
        ("state", "s t&a=t\u{e9}"),
    ];
    if !extra.iter().any(|(name, _)| *name == "response_type") {
        pairs.push(("response_type", "code"));
    }
    pairs.extend(extra);
    pairs
}

#[test]
fn oauth_client_id() {
    // OAUTH-CLIENT-ID
    let id = PORTAL.to_string();
    assert_eq!(client_id(&parameters(&[("client_id", &id)])).unwrap(), PORTAL);
    assert_eq!(
        client_id(&parameters(&[("client_id", "portal")]))
            .unwrap_err()
            .code
            .number(),
        700_016
    );
    assert_eq!(client_id(&parameters(&[])).unwrap_err().code.number(), 900_144);
}

#[test]
fn a_request_as_msal_sends_it() {
    let request = read(&with(&[
        ("client_id", "ignored here"),
        ("scope", "User.Read offline_access openid profile"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("nonce", "7a5f"),
        ("client_info", "1"),
        ("response_mode", "form_post"),
        ("prompt", "login"),
        ("login_hint", "alice@contoso.example"),
        ("max_age", "3600"),
        (
            "claims",
            r#"{"id_token":{"signin_state":null,"login_hint":null}}"#,
        ),
        ("client-request-id", "11111111-2222-3333-4444-555555555555"),
        ("x-client-SKU", "msal.js.node"),
        ("clidata", "1"),
    ]))
    .unwrap();
    assert_eq!(request.client_id, PORTAL);
    assert_eq!(request.target.redirect_uri, "https://portal.example/cb");
    assert_eq!(request.target.state.as_deref(), Some("s t&a=t\u{e9}"));
    assert_eq!(request.target.mode, ResponseMode::FormPost);
    assert_eq!(request.redirect_kind, Web);
    assert_eq!(request.nonce.as_deref(), Some("7a5f"));
    assert_eq!(request.prompt, Some(Prompt::Login));
    assert_eq!(request.max_age_secs, Some(3600));
    assert_eq!(request.login_hint.as_deref(), Some("alice@contoso.example"));
    assert!(
        request.client_info
            && request.redirect_uri_given
            && request.scope.openid
            && request.scope.offline_access
    );
    assert_eq!(
        request.correlation_id.unwrap().to_string(),
        "11111111-2222-3333-4444-555555555555"
    );

    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizeRequest>(&text).unwrap(), request);
}

#[test]
fn refusals_and_where_they_are_told() {
    // OAUTH-ERROR-PAGE-OR-REDIRECT
    let long_state: &'static str = Box::leak("s".repeat(20_000).into_boxed_str());
    for (extra, number, error, rule) in [
        (
            vec![("response_type", "token")],
            700_054,
            "unsupported_response_type",
            "OAUTH-RESPONSE-TYPE",
        ),
        (
            vec![("response_type", "id_token")],
            700_054,
            "unsupported_response_type",
            "OAUTH-RESPONSE-TYPE",
        ),
        (
            vec![("response_type", "code id_token")],
            700_054,
            "unsupported_response_type",
            "OAUTH-RESPONSE-TYPE",
        ),
        (
            vec![("response_type", "none")],
            70_005,
            "unsupported_response_type",
            "OAUTH-RESPONSE-TYPE",
        ),
        (
            vec![("response_type", "")],
            900_144,
            "invalid_request",
            "OAUTH-PARAMETER-REQUIRED",
        ),
        (
            vec![("response_mode", "cookie")],
            9_002_313,
            "invalid_request",
            "OAUTH-RESPONSE-MODE",
        ),
        (
            vec![("prompt", "create")],
            9_002_313,
            "invalid_request",
            "OAUTH-PROMPT",
        ),
        (
            vec![("prompt", "login none")],
            9_002_313,
            "invalid_request",
            "OAUTH-PROMPT",
        ),
        (
            vec![("code_challenge", CHALLENGE)],
            50_147,
            "invalid_request",
            "OAUTH-PKCE-CHALLENGE",
        ),
        (
            vec![("max_age", "-1")],
            9_002_313,
            "invalid_request",
            "OAUTH-PARAMETERS-BOUNDED",
        ),
        (
            vec![("claims", "[]")],
            9_002_313,
            "invalid_request",
            "OAUTH-CLAIMS-REQUEST",
        ),
        (
            vec![("resource", "https://x")],
            901_002,
            "invalid_request",
            "OAUTH-RESOURCE-PARAMETER",
        ),
        (vec![("scope", "a\"b")], 70_011, "invalid_scope", "SCOPE-SYNTAX"),
        (
            vec![("nonce", "1"), ("nonce", "2")],
            9_002_313,
            "invalid_request",
            "OAUTH-PARAMETERS-BOUNDED",
        ),
    ] {
        let refusal = read(&with(&extra)).unwrap_err();
        assert_eq!(refusal.failure.code.number(), number, "{extra:?}");
        assert_eq!(refusal.failure.error.as_str(), error, "{extra:?}");
        assert_eq!(refusal.failure.rule, RuleId::new(rule), "{extra:?}");
        let target = refusal.target.unwrap();
        assert_eq!(target.redirect_uri, "https://portal.example/cb");
        assert_eq!(target.state.as_deref(), Some("s t&a=t\u{e9}"));
    }
    let refusal = read(&[
        ("redirect_uri", "https://portal.example/cb"),
        ("state", long_state),
        ("response_type", "code"),
    ]);
    assert_eq!(refusal.unwrap_err().target.unwrap().state, None);

    for own_page in [
        vec![("redirect_uri", "https://evil.test/"), ("response_type", "code")],
        vec![
            ("redirect_uri", "https://portal.example/cb"),
            ("redirect_uri", "https://portal.example/cb"),
        ],
    ] {
        assert_eq!(read(&own_page).unwrap_err().target, None, "{own_page:?}");
    }
}

#[test]
fn oauth_response_mode() {
    // OAUTH-RESPONSE-MODE
    for (mode, expected) in [
        ("", ResponseMode::Query),
        ("query", ResponseMode::Query),
        ("fragment", ResponseMode::Fragment),
        ("form_post", ResponseMode::FormPost),
    ] {
        let pairs = [
            ("redirect_uri", "https://portal.example/cb"),
            ("response_type", "code"),
            ("response_mode", mode),
        ];
        assert_eq!(read(&pairs).unwrap().target.mode, expected);
    }
}

#[test]
fn oauth_pkce_required() {
    // OAUTH-PKCE-REQUIRED
    let app = application(
        PORTAL,
        &[("http://localhost", PublicClient), ("https://spa.example/", Spa)],
    );
    let read = |uri: &str, challenge: bool, settings: AuthorizeSettings| {
        let mut pairs = vec![("redirect_uri", uri), ("response_type", "code")];
        if challenge {
            pairs.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
        }
        AuthorizeRequest::read(&parameters(&pairs), &app, EndpointVersion::V2, &settings)
    };
    let strict = AuthorizeSettings::default();
    let legacy = AuthorizeSettings {
        allow_public_without_pkce: true,
        ..strict
    };
    for (uri, challenge, settings, accepted) in [
        ("http://localhost:1", true, strict, true),
        ("http://localhost:1", false, strict, false),
        ("http://localhost:1", false, legacy, true),
        ("https://spa.example/", true, strict, true),
        ("https://spa.example/", false, strict, false),
        ("https://spa.example/", false, legacy, false),
    ] {
        let answer = read(uri, challenge, settings);
        assert_eq!(answer.is_ok(), accepted, "{uri} {challenge}");
        if let Err(refusal) = answer {
            assert_eq!(refusal.failure.rule, RuleId::new("OAUTH-PKCE-REQUIRED"));
        }
    }
}

#[test]
fn account_list_beats_login_hint() {
    let request = read(&with(&[("prompt", "select_account"), ("login_hint", "alice")])).unwrap();
    assert_eq!(
        (request.prompt, request.login_hint),
        (Some(Prompt::SelectAccount), None)
    );
}

#[test]
fn version_one_names_a_resource() {
    // SCOPE-V1-RESOURCE
    let request = read_as(
        &with(&[("resource", "https://graph.example.test/")]),
        EndpointVersion::V1,
    )
    .unwrap();
    assert_eq!(request.scope.scopes.len(), 1);
    assert_eq!(request.scope.scopes[0].value, ".default");
    assert!(request.scope.openid);
}

proptest! {
    #[test]
    fn reading_never_panics_and_never_leaves_the_registered_uri(
        pairs in prop::collection::vec(
            (
                prop::sample::select(vec![
                    "redirect_uri", "state", "response_type", "response_mode", "scope", "nonce", "prompt", "claims",
                    "max_age", "code_challenge", "code_challenge_method", "login_hint", "resource", "sid",
                ]),
                prop_oneof![
                    "\\PC{0,40}",
                    prop::sample::select(vec![
                        "https://portal.example/cb", "code", "form_post", "openid api://x/y", "login", "{}", "S256",
                    ]).prop_map(str::to_owned),
                ],
            ),
            0..12,
        ),
    ) {
        let parameters = Parameters::from_pairs(pairs);
        for version in [EndpointVersion::V1, EndpointVersion::V2] {
            let answer = AuthorizeRequest::read(&parameters, &portal(), version, &AuthorizeSettings::default());
            let target = match answer {
                Ok(request) => Some(request.target),
                Err(refusal) => refusal.target.map(|target| *target),
            };
            prop_assert!(target.is_none_or(|target| target.redirect_uri == "https://portal.example/cb"));
        }
    }
}
