//! The two cookies of the login host.

use axum_extra::extract::CookieJar;
use http::{HeaderMap, HeaderValue, header};

/// The browser session: an opaque handle. Source: directory-policy-tokens §1.14.
pub(crate) const SESSION: &str = "__Host-lanyard-session";
/// Ties a sign-in to the browser it was started in.
pub(crate) const BROWSER: &str = "__Host-lanyard-browser";

/// No cookie of ours is longer.
const MAX_VALUE_BYTES: usize = 128;

/// The value of one of our cookies; a value we cannot have set is no value.
pub(crate) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let value = jar.get(name)?.value();
    let ours = !value.is_empty()
        && value.len() <= MAX_VALUE_BYTES
        && value
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'));
    ours.then(|| value.to_owned())
}

/// Adds a `Set-Cookie`.
///
/// Rule `SESSION-COOKIE`: our cookies belong to this host alone (`__Host-`, `Secure`, `Path=/`), are hidden from scripts and
/// are sent in cross-site requests, because answers come back as cross-site forms. Source: directory-policy-tokens §1.14.
pub(crate) fn set(headers: &mut HeaderMap, name: &str, value: &str, max_age_secs: Option<u64>) {
    let life = max_age_secs
        .map(|secs| format!("; Max-Age={secs}"))
        .unwrap_or_default();
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=None{life}");
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.append(header::SET_COOKIE, value);
    }
}

/// Removes a cookie from the browser.
pub(crate) fn clear(headers: &mut HeaderMap, name: &str) {
    set(headers, name, "", Some(0));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().expect("header"));
        headers
    }

    /// SESSION-COOKIE
    #[test]
    fn a_cookie_is_for_this_host_only_and_hidden_from_scripts() {
        let mut headers = HeaderMap::new();
        set(&mut headers, SESSION, "abc", None);
        clear(&mut headers, BROWSER);
        let texts: Vec<_> = headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|v| v.to_str().expect("text"))
            .collect();
        assert_eq!(
            texts,
            [
                "__Host-lanyard-session=abc; Path=/; Secure; HttpOnly; SameSite=None",
                "__Host-lanyard-browser=; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=0",
            ]
        );
    }

    #[test]
    fn a_value_that_we_cannot_have_set_is_no_value() {
        assert_eq!(
            read(&with("x=1; __Host-lanyard-session=ab_c-9"), SESSION).as_deref(),
            Some("ab_c-9")
        );
        assert_eq!(read(&with("__Host-lanyard-session=a b"), SESSION), None);
        assert_eq!(read(&with("__Host-lanyard-session="), SESSION), None);
        assert_eq!(
            read(
                &with(&format!("__Host-lanyard-session={}", "a".repeat(129))),
                SESSION
            ),
            None
        );
        assert_eq!(read(&with("__host-lanyard-session=a"), SESSION), None);
    }
}
