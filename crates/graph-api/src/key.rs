//! Objects named by another key than their object id.

use axum::Router;
use axum::extract::Request;
use http::Uri;
use http::uri::PathAndQuery;
use tower::ServiceExt;

/// A segment of a path that names an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) text: String,
    /// It is not the object id, but what stands in front of it is its name: `appId=…`.
    pub(crate) is_alternate: bool,
}

impl Key {
    /// Rule `GRAPH-ALTERNATE-KEY`: an object is named by its id, or by another key written `(appId='…')` behind its
    /// collection. Source: directory-policy-tokens §2.4.
    pub(crate) fn of(segment: &str) -> Self {
        match segment.split_once('=') {
            Some((_, value)) => Self {
                text: value.trim_matches('\'').to_owned(),
                is_alternate: true,
            },
            None => Self {
                text: segment.to_owned(),
                is_alternate: false,
            },
        }
    }
}

/// A path with alternate keys as segments of their own: `/applications(appId='x')/owners` becomes
/// `/applications/appId=x/owners`.
pub(crate) fn plain(path: &str) -> Option<String> {
    const COLLECTIONS: [&str; 6] = [
        "/applications(",
        "/servicePrincipals(",
        "/devices(",
        "/users(",
        "/groups(",
        "/directoryObjects(",
    ];
    let (start, collection) = COLLECTIONS
        .iter()
        .find_map(|collection| path.find(collection).map(|start| (start, collection)))?;
    let before = path.get(..start)?;
    let after = path.get(start + collection.len()..)?;
    let (key, rest) = after.split_once(')')?;
    let key = key.replace("%27", "").replace('\'', "");
    let name = collection.trim_end_matches('(');
    Some(format!("{before}{name}/{key}{rest}"))
}

/// Wraps a router so that it sees alternate keys as segments.
pub(crate) fn with_keys_as_segments(router: Router) -> Router {
    let service = router
        .into_service::<axum::body::Body>()
        .map_request(|mut request: Request| {
            if let Some(uri) = plain_uri(request.uri()) {
                *request.uri_mut() = uri;
            }
            request
        });
    Router::new().fallback_service(service)
}

fn plain_uri(uri: &Uri) -> Option<Uri> {
    let mut path = plain(uri.path())?;
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GRAPH-ALTERNATE-KEY
    #[test]
    fn keys_become_segments() {
        for (written, expected) in [
            (
                "/v1.0/applications(appId='a')",
                Some("/v1.0/applications/appId=a"),
            ),
            (
                "/v1.0/devices(deviceId=%27a%27)/x",
                Some("/v1.0/devices/deviceId=a/x"),
            ),
            ("/users('a@b')/memberOf", Some("/users/a@b/memberOf")),
            ("/users/a@b", None),
            ("/users(", None),
        ] {
            assert_eq!(plain(written).as_deref(), expected, "{written}");
        }
        assert_eq!(Key::of("appId=a").text, "a");
        assert!(!Key::of("87d349ed").is_alternate);
    }
}
