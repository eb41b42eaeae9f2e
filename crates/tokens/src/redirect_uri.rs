//! Redirect URIs: what may be registered and what equals a registered one.

use lanyard_directory::{Application, RedirectUri, RedirectUriKind};
use lanyard_verdict::{Code, RuleId};
use url::Url;

use crate::OAuthFailure;

/// Longest redirect URI that can be registered, in bytes.
pub const MAX_REGISTERED_BYTES: usize = 256;
/// Longest redirect URI that is looked at: the longest registered one with a port.
pub const MAX_REQUESTED_BYTES: usize = MAX_REGISTERED_BYTES + 6;

const LOOPBACK_PREFIXES: [&str; 2] = ["http://localhost", "http://127.0.0.1"];
const SCHEMES_THAT_RUN_OR_READ: [&str; 10] = [
    "javascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "filesystem",
    "view-source",
    "ws",
    "wss",
];

/// Rule `OAUTH-REDIRECT-MATCH`: an answer goes only to a redirect URI that equals a registered one character for
/// character; for `http://localhost` and `http://127.0.0.1` alone the port is ignored and an empty path equals `/`.
/// Anything else is 50011 on our own page. Source: directory-policy-tokens §1.5.
///
/// Without `requested` the only registered URI is used.
pub fn registered_match<'a>(
    application: &'a Application,
    requested: Option<&str>,
) -> Result<(String, &'a RedirectUri), OAuthFailure> {
    let registered = &application.redirect_uris;
    let Some(requested) = requested else {
        return match registered.as_slice() {
            [only] => Ok((only.uri.clone(), only)),
            _ => Err(OAuthFailure::new(
                Code::PARAMETER_MISSING,
                RuleId::new("OAUTH-REDIRECT-MATCH"),
                "The request must contain the parameter 'redirect_uri'.",
            )),
        };
    };
    registered
        .iter()
        .find(|candidate| candidate.uri == requested)
        .or_else(|| {
            registered
                .iter()
                .find(|candidate| same_loopback_uri(&candidate.uri, requested))
        })
        .filter(|_| is_plain(requested))
        .map(|found| (requested.to_owned(), found))
        .ok_or_else(|| {
            OAuthFailure::new(
                Code::REDIRECT_URI_MISMATCH,
                RuleId::new("OAUTH-REDIRECT-MATCH"),
                "The redirect URI of the request is not one of those registered for the application.",
            )
        })
}

/// Rule `OAUTH-REDIRECT-EXTENDED`: the answer to an administrator's consent goes to a registered `https` or loopback redirect
/// URI, or to one with further plain path segments behind it; anything else is 50011 on our own page.
/// Source: directory-policy-tokens §2.6.
pub fn extended_match(application: &Application, requested: Option<&str>) -> Result<String, OAuthFailure> {
    let extends = |registered: &RedirectUri, requested: &str| {
        let base = registered.uri.trim_end_matches('/');
        let plain = |segment: &str| {
            !segment.is_empty()
                && segment != "."
                && segment != ".."
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        };
        registered.kind != RedirectUriKind::PublicClient
            && !registered.uri.contains('?')
            && requested
                .strip_prefix(base)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|rest| rest.split('/').all(plain))
    };
    match registered_match(application, requested) {
        Ok((uri, _)) => Ok(uri),
        Err(failure) => match requested {
            Some(requested)
                if is_plain(requested)
                    && application
                        .redirect_uris
                        .iter()
                        .any(|registered| extends(registered, requested)) =>
            {
                Ok(requested.to_owned())
            }
            _ => Err(OAuthFailure {
                rule: RuleId::new("OAUTH-REDIRECT-EXTENDED"),
                ..failure
            }),
        },
    }
}

/// No control characters, blanks or fragment, which no registered URI has either.
fn is_plain(uri: &str) -> bool {
    uri.len() <= MAX_REQUESTED_BYTES && uri.chars().all(|c| c.is_ascii_graphic() && c != '#' && c != '\\')
}

fn same_loopback_uri(registered: &str, requested: &str) -> bool {
    LOOPBACK_PREFIXES.iter().any(|prefix| {
        match (after_port(registered, prefix), after_port(requested, prefix)) {
            (Some(registered), Some(requested)) => with_path(registered) == with_path(requested),
            _ => false,
        }
    })
}

/// What follows `prefix` and an optional port; `None` when `uri` names another authority.
fn after_port<'a>(uri: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = uri.strip_prefix(prefix)?;
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(port) => {
            let end = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
            let (digits, rest) = port.split_at(end);
            digits.parse::<u16>().ok()?;
            rest
        }
    };
    (rest.is_empty() || rest.starts_with('/') || rest.starts_with('?')).then_some(rest)
}

fn with_path(rest: &str) -> (&str, &str) {
    let (path, query) = rest.find('?').map_or((rest, ""), |at| rest.split_at(at));
    (if path.is_empty() { "/" } else { path }, query)
}

/// Why a redirect URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationRefused {
    /// Over the length limit.
    #[error("a redirect URI has at most {MAX_REGISTERED_BYTES} characters")]
    TooLong,
    /// Not an absolute URI, or not in plain ASCII.
    #[error("this is not an absolute URI in plain ASCII; percent-encode other characters")]
    NotAbsolute,
    /// Holds one of ``! $ ' ( ) , ; * #``, a blank or a backslash.
    #[error("a redirect URI must not contain ! $ ' ( ) , ; * # blanks or backslashes")]
    ForbiddenCharacter,
    /// Plain `http` to a host other than localhost.
    #[error("use https; http is accepted for localhost and 127.0.0.1 only")]
    NotHttps,
    /// A custom scheme for a kind of client that has none.
    #[error("only public clients may use a scheme of their own")]
    CustomScheme,
    /// A scheme that runs script or reads files.
    #[error("this scheme is not accepted")]
    DangerousScheme,
    /// A user name or password inside the URI.
    #[error("a redirect URI must not contain a user name or password")]
    UserInformation,
    /// A wildcard or the unsupported `[::1]`.
    #[error("this host is not accepted")]
    Host,
}

/// Rule `OAUTH-REDIRECT-REGISTER`: `https` everywhere; `http` only for localhost and 127.0.0.1; custom schemes only for
/// public clients; no wildcard, fragment, user name or any of ``! $ ' ( ) , ;``; at most 256 characters.
/// Source: directory-policy-tokens §1.5.
pub fn check_registration(uri: &str, kind: RedirectUriKind) -> Result<(), RegistrationRefused> {
    if uri.len() > MAX_REGISTERED_BYTES {
        return Err(RegistrationRefused::TooLong);
    }
    if uri.chars().any(|c| "!$'(),;*#\\ \t\r\n".contains(c)) {
        return Err(RegistrationRefused::ForbiddenCharacter);
    }
    if !uri.chars().all(|c| c.is_ascii_graphic()) {
        return Err(RegistrationRefused::NotAbsolute);
    }
    let parsed = Url::parse(uri).map_err(|_| RegistrationRefused::NotAbsolute)?;
    let scheme = parsed.scheme();
    if !uri.starts_with(scheme) {
        // The scheme was given in upper case: matching is by character, so only the canonical form is kept.
        return Err(RegistrationRefused::NotAbsolute);
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(RegistrationRefused::UserInformation);
    }
    match scheme {
        "https" | "http"
            if !uri
                .get(scheme.len()..)
                .is_some_and(|rest| rest.starts_with("://")) =>
        {
            Err(RegistrationRefused::NotAbsolute)
        }
        "https" => match parsed.host_str() {
            Some(host) if !host.starts_with('[') => Ok(()),
            _ => Err(RegistrationRefused::Host),
        },
        "http" => {
            let loopback = LOOPBACK_PREFIXES
                .iter()
                .any(|prefix| after_port(uri, prefix).is_some());
            if loopback {
                Ok(())
            } else {
                Err(RegistrationRefused::NotHttps)
            }
        }
        scheme if SCHEMES_THAT_RUN_OR_READ.contains(&scheme) => Err(RegistrationRefused::DangerousScheme),
        _ if kind == RedirectUriKind::PublicClient => Ok(()),
        _ => Err(RegistrationRefused::CustomScheme),
    }
}

/// Rule `OAUTH-CORS-ORIGIN`: a browser origin may read answers of the client endpoints when it is the origin of a redirect
/// URI registered as `spa`; for localhost any port. Source: directory-policy-tokens §1.5, real-clients §2.3.
#[must_use]
pub fn is_spa_origin(application: &Application, origin: &str) -> bool {
    origin.len() <= MAX_REQUESTED_BYTES
        && application
            .redirect_uris
            .iter()
            .filter(|registered| registered.kind == RedirectUriKind::Spa)
            .any(|registered| {
                let same_origin = Url::parse(&registered.uri).is_ok_and(|parsed| {
                    parsed.origin().is_tuple() && parsed.origin().ascii_serialization() == origin
                });
                let same_loopback = LOOPBACK_PREFIXES.iter().any(|prefix| {
                    after_port(&registered.uri, prefix).is_some() && after_port(origin, prefix) == Some("")
                });
                same_origin || same_loopback
            })
}
