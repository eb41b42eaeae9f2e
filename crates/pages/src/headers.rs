//! The headers every page is sent with.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// Where the forms of a page may lead, as sources of the `form-action` directive.
///
/// Browsers apply the directive to every redirect that follows a submission too. A form whose answer may be the
/// redirect to an application, which may redirect again, therefore has to allow what applications use: `https`, loopback
/// addresses in clear, and the scheme of this flow's redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormTargets {
    /// The page has no form.
    Nowhere,
    /// Forms stay on this host.
    SameHost,
    /// This host, the certificate host and applications.
    Applications {
        /// The redirect URI the flow will end at, if known.
        returns_to: Option<String>,
    },
}

impl FormTargets {
    fn sources(&self) -> String {
        match self {
            Self::Nowhere => String::from("'none'"),
            Self::SameHost => String::from("'self'"),
            Self::Applications { returns_to } => {
                let mut sources = String::from("'self' https: http://localhost:* http://127.0.0.1:*");
                if let Some(source) = returns_to.as_deref().and_then(source_of) {
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
    /// What other hosts learn about where the person comes from.
    pub referrer: Referrer,
}

/// What a request that leaves the page says about the page. The address itself is never told to another host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Referrer {
    /// Nothing to other hosts. Forms to our own host carry their `Origin`, by which they are told from forged ones.
    #[default]
    OwnHostOnly,
    /// The origin to every host: the certificate host's form goes to the login host.
    OriginToAll,
}

impl PageHeaders {
    /// A page without frames.
    #[must_use]
    pub const fn new(form_targets: FormTargets) -> Self {
        Self {
            form_targets,
            frames: Vec::new(),
            referrer: Referrer::OwnHostOnly,
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
        let referrer = match self.referrer {
            Referrer::OwnHostOnly => "same-origin",
            Referrer::OriginToAll => "strict-origin",
        };
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(referrer));
        for (name, value) in FIXED {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

const FIXED: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::PRAGMA, "no-cache"),
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

/// The redirect to an application. Carries no framing header: with `prompt=none` it is followed inside a frame.
///
/// Rule `PAGE-ANSWER-NOT-KEPT`: a redirect with an answer in it is never cached and tells the application nothing about
/// where the person comes from. Source: directory-policy-tokens §1.4.
#[must_use]
pub fn redirect(target: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(target) else {
        tracing::error!("a redirect target is no header value");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
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

    /// PAGE-ANSWER-NOT-KEPT
    #[test]
    fn an_answer_is_not_kept_and_may_be_followed_in_a_frame() {
        let response = redirect("https://app.example/cb?code=x#y");
        assert_eq!(response.status(), StatusCode::FOUND);
        assert_eq!(response.headers()["location"], "https://app.example/cb?code=x#y");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("x-frame-options"));
        assert!(!response.headers().contains_key("content-security-policy"));
        assert_eq!(
            redirect("https://app.example/\nx").status(),
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }

    #[test]
    fn form_targets_name_the_application_and_nothing_injected() {
        let targets = |uri: &str| {
            FormTargets::Applications {
                returns_to: Some(uri.to_owned()),
            }
            .sources()
        };
        let own = "'self' https: http://localhost:* http://127.0.0.1:*";
        for harmless in [
            "https://app.example/cb",
            "http://a; script-src *",
            "x'y:z",
            "javascript:alert(1)",
            "data:text/html,x",
            "",
        ] {
            assert_eq!(targets(harmless), own, "{harmless}");
        }
        assert_eq!(
            targets("http://app.example:81/cb?x=1"),
            format!("{own} http://app.example:81")
        );
        assert_eq!(targets("http://[::1]:8080"), format!("{own} http://[::1]:8080"));
        assert_eq!(
            targets("com.example.app:/oauth"),
            format!("{own} com.example.app:")
        );
    }
}
