//! Paths as clients write them, brought into the form the routes have.

use axum::Router;
use axum::extract::Request;
use http::Uri;
use http::uri::PathAndQuery;
use tower::ServiceExt;

/// Wraps a router so that it sees plain paths.
///
/// Rule `HTTP-PLAIN-PATH`: duplicate slashes count as one and a trailing slash does not count; the query is left alone.
/// Source: real-clients, rule 8.
pub fn with_plain_paths(router: Router) -> Router {
    let service = router
        .into_service::<axum::body::Body>()
        .map_request(|mut request: Request| {
            if let Some(plain) = plain(request.uri()) {
                *request.uri_mut() = plain;
            }
            request
        });
    Router::new().fallback_service(service)
}

/// The plain form of a URI, when it differs.
fn plain(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.contains("//") && (path.len() <= 1 || !path.ends_with('/')) {
        return None;
    }
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut plain = format!("/{}", segments.join("/"));
    if let Some(query) = uri.query() {
        plain.push('?');
        plain.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(plain).ok();
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn http_plain_path() {
        // HTTP-PLAIN-PATH
        for (given, expected) in [
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b"),
            ("//a///b//", "/a/b"),
            ("//", "/"),
            ("/a/?x=//y/", "/a?x=//y/"),
            ("//a?", "/a?"),
            ("/a%2F%2Fb/", "/a%2F%2Fb"),
        ] {
            let uri: Uri = given.parse().unwrap();
            let got = plain(&uri).unwrap_or(uri);
            assert_eq!(got.to_string(), expected, "{given}");
        }
        let absolute: Uri = "https://login.example.test//t/x/".parse().unwrap();
        assert_eq!(
            plain(&absolute).unwrap().to_string(),
            "https://login.example.test/t/x"
        );
    }

    proptest! {
        #[test]
        fn is_idempotent_and_never_panics(path in "/[a-z/%2F.]{0,30}(\\?[a-z/=]{0,10})?") {
            if let Ok(uri) = path.parse::<Uri>() {
                let once = plain(&uri).unwrap_or(uri);
                prop_assert_eq!(plain(&once), None);
                prop_assert!(!once.path().contains("//"));
            }
        }
    }
}
