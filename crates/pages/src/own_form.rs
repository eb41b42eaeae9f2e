//! Whether a form was sent from one of our own pages.

use http::{HeaderMap, header};
use lanyard_engine::Settings;
use url::Url;

/// Which pages may send a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Senders {
    /// Pages of the login host.
    LoginHost,
    /// Pages of the login host and of the certificate host.
    LoginAndCertificateHost,
}

/// Rule `PAGE-FORM-FROM-OWN-PAGE`: a form that changes something is taken only from our own pages: its `Origin` is ours, or
/// the browser says `same-origin`. A request with neither header comes from no browser and is left to the sealed flow.
/// Source: design rules of the sign-in pages.
pub(crate) fn is_from_own_page(headers: &HeaderMap, settings: &Settings, senders: Senders) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text(header::ORIGIN.as_str()), text("sec-fetch-site")) {
        (None, None) => true,
        (None | Some("null"), site) => matches!(site, Some("same-origin" | "none")),
        (Some(origin), _) => {
            is_login_origin(settings, origin)
                || (senders == Senders::LoginAndCertificateHost && is_certificate_origin(settings, origin))
        }
    }
}

fn is_login_origin(settings: &Settings, origin: &str) -> bool {
    settings
        .login_origins()
        .any(|ours| ours.origin().ascii_serialization() == origin)
}

fn is_certificate_origin(settings: &Settings, origin: &str) -> bool {
    let (Ok(given), Ok(ours)) = (Url::parse(origin), Url::parse(&settings.certauth_origin(None))) else {
        return false;
    };
    let (Some(given_host), Some(our_host)) = (given.host_str(), ours.host_str()) else {
        return false;
    };
    let below = given_host
        .strip_suffix(our_host)
        .is_some_and(|labels| labels.is_empty() || labels.ends_with('.'));
    given.scheme() == "https" && given.port_or_known_default() == ours.port_or_known_default() && below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            login_origin: Url::parse("https://login.agency.example:8443").expect("url"),
            login_aliases: vec![Url::parse("https://localhost:8443").expect("url")],
            certauth_host: "certauth.login.agency.example".into(),
            public_port: Some(8443),
            fresh_origins: true,
            lifetimes: lanyard_engine::Lifetimes::default(),
            crl: lanyard_engine::CrlLimits::default(),
            attempts: lanyard_engine::AttemptLimits::default(),
        }
    }

    /// PAGE-FORM-FROM-OWN-PAGE
    #[test]
    fn only_our_own_pages_send_forms() {
        use Senders::{LoginAndCertificateHost, LoginHost};
        let table = [
            (None, None, LoginHost, true),
            (
                Some("https://login.agency.example:8443"),
                Some("same-origin"),
                LoginHost,
                true,
            ),
            (Some("https://localhost:8443"), None, LoginHost, true),
            (Some("null"), Some("same-origin"), LoginHost, true),
            (Some("null"), Some("same-site"), LoginHost, false),
            (Some("null"), None, LoginHost, false),
            (None, Some("cross-site"), LoginHost, false),
            (Some("https://evil.example"), Some("cross-site"), LoginHost, false),
            (
                Some("https://other.agency.example:8443"),
                Some("same-site"),
                LoginHost,
                false,
            ),
            (
                Some("https://login.agency.example"),
                Some("same-site"),
                LoginHost,
                false,
            ),
            (
                Some("https://t1-x.certauth.login.agency.example:8443"),
                Some("same-site"),
                LoginHost,
                false,
            ),
            (
                Some("https://t1-x.certauth.login.agency.example:8443"),
                Some("same-site"),
                LoginAndCertificateHost,
                true,
            ),
            (
                Some("https://certauth.login.agency.example:8443"),
                Some("same-site"),
                LoginAndCertificateHost,
                true,
            ),
            (
                Some("https://evilcertauth.login.agency.example:8443"),
                Some("same-site"),
                LoginAndCertificateHost,
                false,
            ),
            (
                Some("http://certauth.login.agency.example:8443"),
                Some("cross-site"),
                LoginAndCertificateHost,
                false,
            ),
            (
                Some("https://certauth.login.agency.example"),
                Some("same-site"),
                LoginAndCertificateHost,
                false,
            ),
        ];
        for (origin, site, senders, expected) in table {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert("origin", origin.parse().expect("header"));
            }
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().expect("header"));
            }
            assert_eq!(
                is_from_own_page(&headers, &settings(), senders),
                expected,
                "{origin:?} {site:?} {senders:?}"
            );
        }
    }
}
