//! Realm discovery: does this server sign in the users of a domain?

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use lanyard_engine::Realm;
use serde_json::Value;

use crate::answer::{self, Cache};
use crate::request::ApiRequest;
use crate::routes::Api;

const MAX_USER_NAME_BYTES: usize = 1024;

/// `GET /common/userrealm/{user}?api-version=`
pub(crate) async fn user_realm(
    State(api): State<Api>,
    request: ApiRequest,
    Path((_, user)): Path<(String, String)>,
) -> Response {
    let user = bounded(&user);
    let (domain, realm) = realm_of(&api, user);
    let authority = api.engine.settings().authority(&request.facts.origin);
    let body = match request.query_value("api-version") {
        None | Some("1.0") => lanyard_engine::user_realm(&authority, domain, realm),
        Some(_) => lanyard_engine::user_realm_v2(&authority, user, domain, realm),
    };
    found(&request, &body)
}

/// `GET /common/GetUserRealm.srf?login=`
pub(crate) async fn user_realm_srf(State(api): State<Api>, request: ApiRequest) -> Response {
    let user = bounded(request.query_value("login").unwrap_or_default());
    let (domain, realm) = realm_of(&api, user);
    let authority = api.engine.settings().authority(&request.facts.origin);
    found(
        &request,
        &lanyard_engine::user_realm_srf(&authority, user, domain, realm),
    )
}

fn realm_of<'a>(api: &Api, user: &'a str) -> (&'a str, Realm) {
    let domain = user.rsplit_once('@').map_or("", |(_, domain)| domain);
    let realm = if api.engine.owns_domain_of(user) {
        Realm::Managed
    } else {
        Realm::Unknown
    };
    (domain, realm)
}

fn bounded(user: &str) -> &str {
    if user.len() > MAX_USER_NAME_BYTES {
        ""
    } else {
        user.trim()
    }
}

fn found(request: &ApiRequest, body: &Value) -> Response {
    answer::json(request, StatusCode::OK, body, Cache::Never)
}
