//! The headers every page is sent with.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// Where the forms of a page may lead, as sources of the `form-action` directive.
///
/// Browsers apply the directive to every redirect that follows a submission too. A form whose answer may be the
/// redirect to an application, which may redirect again, therefore has to allow the application's scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormTargets {
    /// The page has no form.
    Nowhere,
    /// Forms stay on this host.
    SameHost,
    /// This host, any `https` address and the one redirect URI that may be of another scheme
    /// (`http://localhost:3000`, `com.example.app:`).
    Applications {
        /// The redirect URI the flow will end at, if known.
        redirect_uri: Option<String>,
        /// Hosts of the certificate page, as origins.
        certificate_origins: Vec<String>,
    },
}

impl FormTargets {
    fn sources(&self) -> String {
        match self {
            Self::Nowhere => String::from("'none'"),
            Self::SameHost => String::from("'self'"),
            Self::Applications {
                redirect_uri,
                certificate_origins,
            } => {
                let mut sources = String::from("'self' https:");
                let uris = certificate_origins.iter().chain(redirect_uri.iter());
                for source in uris.filter_map(|uri| source_of(uri)) {
                    sources.push(' ');
                    sources.push_str(&source);
                }
                sources
            }
        }
    }
}

/// A source expression for one address: nothing for `https` (always allowed), the origin for `http`, the scheme else.
/// Text that could break out of the directive gives no source at all.
fn source_of(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once(':')?;
    let scheme_ok = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !scheme_ok {
        return None;
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" | "javascript" | "data" | "blob" => None,
        "http" => {
            let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
            let authority_ok = !authority.is_empty()
                && authority
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
            authority_ok.then(|| format!("http://{authority}"))
        }
        other => Some(format!("{other}:")),
    }
}

/// What differs between the headers of two pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageHeaders {
    /// Where forms may lead.
    pub form_targets: FormTargets,
    /// Addresses the page loads in frames: the sign-out addresses of applications.
    pub frames: Vec<String>,
}

impl PageHeaders {
    /// A page without frames.
    #[must_use]
    pub const fn new(form_targets: FormTargets) -> Self {
        Self {
            form_targets,
            frames: Vec::new(),
        }
    }

    /// The value of `Content-Security-Policy`.
    ///
    /// Rule `PAGE-CSP`: a page runs no inline script or style, loads only from its own host and is never framed.
    /// Source: certificate-sign-in §1.4, design rules of the sign-in pages.
    #[must_use]
    pub fn content_security_policy(&self) -> String {
        let mut policy = String::from(
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; \
             frame-ancestors 'none'; base-uri 'none'; form-action ",
        );
        policy.push_str(&self.form_targets.sources());
        if !self.frames.is_empty() {
            policy.push_str("; frame-src https:");
            for source in self.frames.iter().filter_map(|uri| source_of(uri)) {
                policy.push(' ');
                policy.push_str(&source);
            }
        }
        policy
    }

    fn apply(&self, headers: &mut HeaderMap) {
        let policy = HeaderValue::try_from(self.content_security_policy())
            .unwrap_or(HeaderValue::from_static("default-src 'none'"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        for (name, value) in FIXED {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

const FIXED: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::PRAGMA, "no-cache"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ),
];

/// Renders a page with all its headers. A template that fails gives an empty 500, never half a page.
#[must_use]
pub fn respond(status: StatusCode, page: &impl askama::Template, headers: &PageHeaders) -> Response {
    match page.render() {
        Ok(html) => {
            let mut response = (status, Html(html)).into_response();
            headers.apply(response.headers_mut());
            response
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PAGE-CSP
    #[test]
    fn no_page_allows_inline_code_or_framing() {
        let policy = PageHeaders::new(FormTargets::SameHost).content_security_policy();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        assert!(policy.contains("frame-ancestors 'none'; base-uri 'none'; form-action 'self'"));
        assert!(!policy.contains("unsafe"));
        assert!(!policy.contains("frame-src"));
    }

    #[test]
    fn form_targets_name_the_application_and_nothing_injected() {
        let targets = |uri: &str| {
            FormTargets::Applications {
                redirect_uri: Some(uri.to_owned()),
                certificate_origins: Vec::new(),
            }
            .sources()
        };
        assert_eq!(targets("https://app.example/cb"), "'self' https:");
        assert_eq!(
            targets("http://localhost:3000/cb?x=1"),
            "'self' https: http://localhost:3000"
        );
        assert_eq!(targets("http://127.0.0.1/"), "'self' https: http://127.0.0.1");
        assert_eq!(targets("http://[::1]:8080"), "'self' https: http://[::1]:8080");
        assert_eq!(
            targets("com.example.app:/oauth"),
            "'self' https: com.example.app:"
        );
        assert_eq!(targets("http://a; script-src *"), "'self' https:");
        assert_eq!(targets("x'y:z"), "'self' https:");
        assert_eq!(targets("javascript:alert(1)"), "'self' https:");
    }
}
