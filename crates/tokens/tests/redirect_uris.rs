//! Redirect URIs: nothing but a registered URI is ever answered.

mod world;

use lanyard_directory::RedirectUriKind::{PublicClient, Spa, Web};
use lanyard_tokens::redirect_uri::{
    RegistrationRefused, check_registration, is_spa_origin, registered_match,
};
use lanyard_verdict::RuleId;
use proptest::prelude::*;
use world::{PORTAL, application};

const REGISTERED: [(&str, lanyard_directory::RedirectUriKind); 7] = [
    ("https://portal.example/cb", Web),
    ("https://portal.example", Web),
    ("https://portal.example/q?a=1", Web),
    ("http://localhost", PublicClient),
    ("http://localhost:3000/spa", Spa),
    ("http://127.0.0.1/native", PublicClient),
    ("msal4711://auth", PublicClient),
];

#[test]
fn oauth_redirect_match() {
    // OAUTH-REDIRECT-MATCH
    let portal = application(PORTAL, &REGISTERED);
    for (requested, kind) in [
        ("https://portal.example/cb", Web),
        ("https://portal.example", Web),
        ("https://portal.example/q?a=1", Web),
        ("http://localhost", PublicClient),
        ("http://localhost/", PublicClient),
        ("http://localhost:1", PublicClient),
        ("http://localhost:65535/", PublicClient),
        ("http://localhost:8400/spa", Spa),
        ("http://localhost/spa", Spa),
        ("http://127.0.0.1:9/native", PublicClient),
        ("msal4711://auth", PublicClient),
    ] {
        let (uri, registered) = registered_match(&portal, Some(requested)).unwrap();
        assert_eq!((uri.as_str(), registered.kind), (requested, kind));
    }
    for requested in [
        "https://portal.example/cb/",
        "https://portal.example/CB",
        "https://portal.example/cb?x=1",
        "https://portal.example/cb#x",
        "https://portal.example/",
        "https://portal.example:443/cb",
        "https://portal.example:8443/cb",
        "https://PORTAL.example/cb",
        "http://portal.example/cb",
        "https://portal.example/q",
        "https://portal.example/q?a=1&b=2",
        "https://portal.example.evil.test/cb",
        "https://portal.example@evil.test/cb",
        "https://evil.test/https://portal.example/cb",
        "//portal.example/cb",
        "/cb",
        "https://portal.example/cb/../evil",
        "https://portal.example\\@evil.test/cb",
        " https://portal.example/cb",
        "https://portal.example/cb\n",
        "https://localhost/",
        "http://localhost:0x50/",
        "http://localhost:65536/",
        "http://localhost:80@evil.test/",
        "http://localhost:80.evil.test/",
        "http://localhost:/evil",
        "http://localhost.evil.test/",
        "http://localhost@evil.test/",
        "http://localhost\\.evil.test/",
        "http://localhostevil.test/",
        "http://localhost/other",
        "http://localhost?x",
        "http://localhost#x",
        "http://[::1]/",
        "http://127.0.0.1/",
        "http://127.0.0.1.evil.test/native",
        "http://127.0.0.2/native",
        "http://LOCALHOST/",
        "msal4711://auth/",
        "msal4711://auth2",
        "MSAL4711://auth",
        "javascript:alert(1)",
    ] {
        let refused = registered_match(&portal, Some(requested)).unwrap_err();
        assert_eq!(refused.rule, RuleId::new("OAUTH-REDIRECT-MATCH"), "{requested}");
        assert_eq!(refused.code.number(), 50_011, "{requested}");
    }
}

#[test]
fn an_absent_redirect_uri_means_the_only_one() {
    let one = application(PORTAL, &[("https://portal.example/cb", Web)]);
    assert_eq!(
        registered_match(&one, None).unwrap().0,
        "https://portal.example/cb"
    );
    assert_eq!(
        registered_match(&application(PORTAL, &REGISTERED), None)
            .unwrap_err()
            .code
            .number(),
        900_144
    );
    assert_eq!(
        registered_match(&application(PORTAL, &[]), None)
            .unwrap_err()
            .code
            .number(),
        900_144
    );
}

#[test]
fn oauth_redirect_register() {
    // OAUTH-REDIRECT-REGISTER
    for (uri, kind) in REGISTERED {
        assert_eq!(check_registration(uri, kind), Ok(()), "{uri}");
    }
    assert_eq!(
        check_registration("urn:ietf:wg:oauth:2.0:oob", PublicClient),
        Ok(())
    );
    let long = format!("https://portal.example/{}", "a".repeat(240));
    for (uri, kind, expected) in [
        ("http://portal.example/cb", Web, RegistrationRefused::NotHttps),
        ("http://localhost.evil.test/", Web, RegistrationRefused::NotHttps),
        ("http://[::1]/", PublicClient, RegistrationRefused::NotHttps),
        ("https://[2001:db8::1]/", Web, RegistrationRefused::Host),
        (
            "https://*.portal.example/",
            Web,
            RegistrationRefused::ForbiddenCharacter,
        ),
        (
            "https://portal.example/a;b",
            Web,
            RegistrationRefused::ForbiddenCharacter,
        ),
        (
            "https://portal.example/#x",
            Web,
            RegistrationRefused::ForbiddenCharacter,
        ),
        (
            "https://portal.example/ x",
            Web,
            RegistrationRefused::ForbiddenCharacter,
        ),
        (
            "https://portal.example/\u{e9}",
            Web,
            RegistrationRefused::NotAbsolute,
        ),
        ("https:portal.example/", Web, RegistrationRefused::NotAbsolute),
        ("HTTPS://portal.example/", Web, RegistrationRefused::NotAbsolute),
        ("/cb", Web, RegistrationRefused::NotAbsolute),
        ("", Web, RegistrationRefused::NotAbsolute),
        (
            "https://alice:x@portal.example/",
            Web,
            RegistrationRefused::UserInformation,
        ),
        ("msal4711://auth", Web, RegistrationRefused::CustomScheme),
        ("msal4711://auth", Spa, RegistrationRefused::CustomScheme),
        (
            "javascript:alert",
            PublicClient,
            RegistrationRefused::DangerousScheme,
        ),
        (
            "data:text/html",
            PublicClient,
            RegistrationRefused::DangerousScheme,
        ),
        (
            "file:///etc/passwd",
            PublicClient,
            RegistrationRefused::DangerousScheme,
        ),
        (long.as_str(), Web, RegistrationRefused::TooLong),
    ] {
        assert_eq!(check_registration(uri, kind), Err(expected), "{uri}");
    }
}

#[test]
fn oauth_cors_origin() {
    // OAUTH-CORS-ORIGIN
    let app = application(
        PORTAL,
        &[
            ("https://spa.example/app", Spa),
            ("https://web.example/cb", Web),
            ("http://localhost:3000/", Spa),
        ],
    );
    for origin in [
        "https://spa.example",
        "http://localhost:3000",
        "http://localhost:5173",
        "http://localhost",
    ] {
        assert!(is_spa_origin(&app, origin), "{origin}");
    }
    for origin in [
        "",
        "null",
        "https://web.example",
        "https://spa.example/",
        "https://spa.example:444",
        "http://spa.example",
        "https://spa.example.evil.test",
        "http://localhost/",
        "http://localhost.evil.test",
        "http://127.0.0.1:3000",
        "https://localhost:3000",
    ] {
        assert!(!is_spa_origin(&app, origin), "{origin}");
    }
}

proptest! {
    /// Whatever is asked, an accepted URI leads to the host of a registered one.
    #[test]
    fn an_accepted_uri_is_a_registered_place(
        prefix in prop::sample::select(vec!["http://localhost", "http://127.0.0.1", "https://portal.example", "msal4711:"]),
        rest in "[:/@?#.a-z0-9\\\\%]{0,24}",
    ) {
        let portal = application(PORTAL, &REGISTERED);
        let requested = format!("{prefix}{rest}");
        if let Ok((uri, registered)) = registered_match(&portal, Some(&requested)) {
            prop_assert_eq!(&uri, &requested);
            let (asked, known) = (url::Url::parse(&uri).unwrap(), url::Url::parse(&registered.uri).unwrap());
            prop_assert_eq!(asked.scheme(), known.scheme());
            prop_assert_eq!(asked.host_str(), known.host_str());
            prop_assert_eq!(asked.path(), known.path());
            prop_assert_eq!(asked.query(), known.query());
            prop_assert!(asked.username().is_empty() && asked.fragment().is_none());
        }
    }

    #[test]
    fn matching_and_registration_never_panic(text in "\\PC{0,80}") {
        let portal = application(PORTAL, &REGISTERED);
        let _ = registered_match(&portal, Some(&text));
        let _ = is_spa_origin(&portal, &text);
        for kind in [Web, Spa, PublicClient] {
            let _ = check_registration(&text, kind);
        }
    }

    /// What may be registered can also be matched and parsed.
    #[test]
    fn a_registered_uri_matches_itself(text in "(https://|http://localhost|app[a-z]{1,3}:)[a-z0-9:/.?=-]{0,30}") {
        if check_registration(&text, PublicClient).is_ok() {
            let app = application(PORTAL, &[(text.as_str(), PublicClient)]);
            prop_assert!(registered_match(&app, Some(&text)).is_ok(), "{}", text);
        }
    }
}
