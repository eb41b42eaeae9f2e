//! The answer to an authorize request, in any of the three response modes.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::{FailureContext, OAuthFailure};

/// How the answer reaches the redirect URI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query.
    #[default]
    Query,
    /// In the fragment.
    Fragment,
    /// In a form the browser posts.
    FormPost,
}

/// A checked place to send an answer to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseTarget {
    /// The redirect URI as the request gave it; equal to a registered one.
    pub redirect_uri: String,
    /// How.
    pub mode: ResponseMode,
    /// Returned byte for byte.
    pub state: Option<String>,
}

/// An answer ready to be sent through the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizeAnswer {
    /// Redirect (302) here.
    Redirect(String),
    /// Post these fields there.
    FormPost {
        /// The form's action.
        action: String,
        /// Hidden fields.
        fields: Vec<(String, String)>,
    },
}

impl ResponseTarget {
    /// The answer with a code: `code`, `client_info`, `state`, `session_state`.
    #[must_use]
    pub fn success(&self, code: &str, client_info: Option<&str>, session_state: &str) -> AuthorizeAnswer {
        let mut fields = vec![("code", code.to_owned())];
        fields.extend(client_info.map(|info| ("client_info", info.to_owned())));
        fields.extend(self.state.clone().map(|state| ("state", state)));
        fields.push(("session_state", session_state.to_owned()));
        self.answer(fields)
    }

    /// The answer with an error.
    #[must_use]
    pub fn failure(&self, failure: &OAuthFailure, context: &FailureContext<'_>) -> AuthorizeAnswer {
        let mut fields = failure.to_parameters(context);
        fields.extend(self.state.clone().map(|state| ("state", state)));
        self.answer(fields)
    }

    /// Rule `OAUTH-REDIRECT-SLASH`: a web redirect URI without a path is answered with a slash in `query` and `fragment`
    /// mode; one with a path, and every `form_post`, is used as it is. Source: directory-policy-tokens §1.5.
    fn answer(&self, fields: Vec<(&'static str, String)>) -> AuthorizeAnswer {
        let encoded = || {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(fields.iter().map(|(name, value)| (*name, value.as_str())));
            query.finish()
        };
        let uri = &self.redirect_uri;
        match self.mode {
            ResponseMode::FormPost => AuthorizeAnswer::FormPost {
                action: uri.clone(),
                fields: fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            },
            ResponseMode::Fragment => AuthorizeAnswer::Redirect(format!("{}#{}", with_path(uri), encoded())),
            ResponseMode::Query => {
                let separator = if uri.contains('?') { '&' } else { '?' };
                AuthorizeAnswer::Redirect(format!("{}{separator}{}", with_path(uri), encoded()))
            }
        }
    }
}

fn with_path(uri: &str) -> String {
    let authority = uri
        .strip_prefix("https://")
        .or_else(|| uri.strip_prefix("http://"));
    match authority {
        Some(authority) if !authority.contains(['/', '?']) => format!("{uri}/"),
        Some(authority) => match authority.find(['/', '?']) {
            Some(at) if authority.get(at..).is_some_and(|rest| rest.starts_with('?')) => {
                uri.replacen('?', "/?", 1)
            }
            _ => uri.to_owned(),
        },
        None => uri.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use lanyard_verdict::{Code, RuleId};

    use super::*;

    fn target(redirect_uri: &str, mode: ResponseMode) -> ResponseTarget {
        ResponseTarget {
            redirect_uri: redirect_uri.to_owned(),
            mode,
            state: Some("a b&c=\u{e9}".to_owned()),
        }
    }

    #[test]
    fn oauth_redirect_slash() {
        // OAUTH-REDIRECT-SLASH
        const TAIL: &str = "code=x&state=a+b%26c%3D%C3%A9&session_state=s";
        for (uri, mode, expected) in [
            ("https://a.test", ResponseMode::Query, "https://a.test/?"),
            ("https://a.test", ResponseMode::Fragment, "https://a.test/#"),
            ("https://a.test?x=1", ResponseMode::Query, "https://a.test/?x=1&"),
            ("https://a.test/cb", ResponseMode::Query, "https://a.test/cb?"),
            (
                "https://a.test/cb?x=1",
                ResponseMode::Query,
                "https://a.test/cb?x=1&",
            ),
            (
                "https://a.test/cb?x=1",
                ResponseMode::Fragment,
                "https://a.test/cb?x=1#",
            ),
            (
                "http://localhost:4711",
                ResponseMode::Query,
                "http://localhost:4711/?",
            ),
            ("msal12://auth", ResponseMode::Query, "msal12://auth?"),
            (
                "urn:ietf:wg:oauth:2.0:oob",
                ResponseMode::Query,
                "urn:ietf:wg:oauth:2.0:oob?",
            ),
        ] {
            let answer = target(uri, mode).success("x", None, "s");
            assert_eq!(answer, AuthorizeAnswer::Redirect(format!("{expected}{TAIL}")));
        }
    }

    #[test]
    fn form_post_keeps_uri_and_state() {
        let answer = target("https://a.test", ResponseMode::FormPost).success("x", Some("info"), "s");
        let AuthorizeAnswer::FormPost { action, fields } = answer else {
            panic!("not a form")
        };
        assert_eq!(action, "https://a.test");
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("code", "x"),
                ("client_info", "info"),
                ("state", "a b&c=\u{e9}"),
                ("session_state", "s")
            ]
        );
    }

    #[test]
    fn failure_carries_state_and_error() {
        let failure = OAuthFailure::new(Code::CONSENT_REQUIRED, RuleId::new("OAUTH-PROMPT"), "");
        let context = FailureContext {
            now: "2026-01-09T02:02:12Z".parse().unwrap(),
            trace_id: uuid::Uuid::nil(),
            correlation_id: uuid::Uuid::nil(),
            login_base: "https://login.example.test",
        };
        let AuthorizeAnswer::Redirect(location) =
            target("https://a.test/cb", ResponseMode::Fragment).failure(&failure, &context)
        else {
            panic!("not a redirect")
        };
        assert!(
            location.starts_with("https://a.test/cb#error=consent_required&error_description=AADSTS65001")
        );
        assert!(location.ends_with("&state=a+b%26c%3D%C3%A9"));
    }
}
