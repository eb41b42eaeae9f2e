//! Style sheets, fonts, icons and scripts, embedded in the binary and served under a content hash.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use rust_embed::RustEmbed;

/// The files under `crates/pages/assets`.
#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// One hash over names and contents of all files: an asset's address changes when any asset changes, and the relative
/// addresses inside the style sheets stay right.
static BASE: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for name in names {
        let content = Files::get(&name)
            .map(|file| file.metadata.sha256_hash())
            .unwrap_or_default();
        for octet in name.bytes().chain(content) {
            hash = (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let mut base = String::from("/assets/");
    let _ = write!(base, "{hash:016x}");
    base
});

/// The path under which every asset is served, without a closing slash: `/assets/<content hash>`.
#[must_use]
pub fn base() -> &'static str {
    &BASE
}

/// The route pattern of [`serve`].
pub const ROUTE: &str = "/assets/{version}/{*file}";

/// Answers one asset; it may be kept for a year, because its address holds the content hash.
///
/// An address with another version's hash gets today's file with `no-store`, so that a page made by another node of a
/// rolling upgrade still looks right. The style sheet is sent gzipped to browsers that accept that.
pub async fn serve(Path((version, name)): Path<(String, String)>, request: HeaderMap) -> Response {
    let Some(media_type) = media_type(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let compressed = accepts_gzip(&request)
        .then(|| Files::get(&format!("{name}.gz")))
        .flatten();
    let encoded = compressed.is_some();
    let Some(file) = compressed.or_else(|| Files::get(&name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let current = base().strip_prefix("/assets/") == Some(version.as_str());
    let caching = if current {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    let mut response = (
        [
            (header::CONTENT_TYPE, media_type),
            (header::CACHE_CONTROL, caching),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::VARY, "accept-encoding"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; frame-ancestors 'none'",
            ),
        ],
        file.data.into_owned(),
    )
        .into_response();
    if encoded {
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
    }
    response
}

fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "woff2" => Some("font/woff2"),
        "md" | "txt" => Some("text/plain; charset=utf-8"),
        _ => None,
    }
}

fn accepts_gzip(request: &HeaderMap) -> bool {
    request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("gzip")
                && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_files_are_the_published_ones() {
        let sums = include_str!("../uswds.sha256");
        let mut seen = 0;
        for line in sums.lines() {
            let (expected, name) = line.split_once("  ./").expect("sha256sum form");
            let file =
                Files::get(&format!("uswds/{name}")).unwrap_or_else(|| panic!("{name} is not embedded"));
            let actual: String = file
                .metadata
                .sha256_hash()
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect();
            assert_eq!(actual, expected, "{name}");
            seen += 1;
        }
        let embedded = Files::iter().filter(|name| name.starts_with("uswds/")).count();
        assert_eq!(seen, embedded, "every vendored file has its sum");
    }

    #[test]
    fn gzip_is_sent_only_when_accepted() {
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().expect("header"));
            headers
        };
        assert!(accepts_gzip(&with("br, gzip")));
        assert!(accepts_gzip(&with("gzip;q=0.5")));
        assert!(!accepts_gzip(&with("br")));
        assert!(!accepts_gzip(&with("gzip;q=0")));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn an_asset_is_kept_for_ever_under_its_hash_and_not_under_another() {
        let hash = base().strip_prefix("/assets/").expect("prefix").to_owned();
        let answer = serve(Path((hash, "own/lanyard.css".into())), HeaderMap::new()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(
            answer.headers()[header::CACHE_CONTROL]
                .to_str()
                .expect("text")
                .contains("immutable")
        );
        let answer = serve(Path(("old".into(), "own/lanyard.css".into())), HeaderMap::new()).await;
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        let answer = serve(Path(("old".into(), "../Cargo.toml".into())), HeaderMap::new()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}
