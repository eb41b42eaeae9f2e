//! Which path leads to which handler.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{StatusCode, Uri};
use lanyard_engine::Engine;

use crate::error::GraphError;
use crate::key::with_keys_as_segments;
use crate::throttle::{Throttle, ThrottleSettings};
use crate::{
    answer, app_role_assignments, applications, batch, body, classic_store, cloud, compatibility,
    deleted_items, deleted_objects, devices, groups, kept_policies, logs, members, memberships,
    method_policy, objects, organization, owners, permission_grants, pki_authority, pki_store,
    role_assignments, roles, service_principals, users, what_if,
};

/// What every handler shares.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) engine: Arc<Engine>,
    pub(crate) throttle: Arc<Throttle>,
}

/// A version of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiVersion {
    /// `v1.0`
    V1,
    /// `beta`
    Beta,
}

impl ApiVersion {
    /// The first segment of its paths.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

/// The directory API. It has no fallback outside `/v1.0` and `/beta`, so it merges with other routers.
pub fn router(engine: Arc<Engine>) -> Router {
    router_with(engine, ThrottleSettings::default())
}

/// The same with other limits.
pub fn router_with(engine: Arc<Engine>, throttle: ThrottleSettings) -> Router {
    let api = Api {
        engine,
        throttle: Arc::new(Throttle::new(throttle)),
    };
    let framed = |routes: Router<Api>, version: ApiVersion| {
        routes
            .fallback(no_such_path)
            .method_not_allowed_fallback(no_such_verb)
            .layer(DefaultBodyLimit::max(body::MAX_BODY_BYTES))
            .layer(axum::Extension(version))
            .layer(from_fn_with_state(api.clone(), answer::frame))
    };
    let version = |version: ApiVersion| {
        let inner = with_keys_as_segments(framed(resources(), version).with_state(api.clone()));
        let batch = post(batch::run).layer(axum::Extension(batch::Inner(inner)));
        let whole = framed(resources().route("/$batch", batch), version);
        with_keys_as_segments(whole.with_state(api.clone()))
    };
    let legacy = framed(
        Router::new().route(
            "/users/{user}/stsRefreshTokensValidFrom",
            post(compatibility::set_valid_from),
        ),
        ApiVersion::V1,
    );
    Router::new()
        .route("/metadata/endpoints", get(cloud::endpoints))
        .route("/subscriptions", get(cloud::subscriptions))
        .nest("/compatibility", legacy)
        .with_state(api.clone())
        .nest("/v1.0", version(ApiVersion::V1))
        .nest("/beta", version(ApiVersion::Beta))
}

/// Every resource, below the version.
fn resources() -> Router<Api> {
    Router::new()
        .merge(method_policy::routes())
        .merge(kept_policies::routes())
        .merge(what_if::routes())
        .merge(classic_store::routes())
        .merge(pki_store::routes())
        .merge(pki_authority::routes())
        .merge(users::routes())
        .merge(groups::routes())
        .merge(members::routes())
        .merge(memberships::routes())
        .merge(objects::routes())
        .merge(applications::routes())
        .merge(service_principals::routes())
        .merge(permission_grants::routes())
        .merge(app_role_assignments::routes())
        .merge(roles::routes())
        .merge(role_assignments::routes())
        .merge(owners::routes())
        .merge(organization::routes())
        .merge(devices::routes())
        .merge(logs::routes())
        .merge(deleted_objects::routes())
        .merge(deleted_items::routes())
}

/// Keeps everything but the directory API off its own host.
///
/// Rule `GRAPH-HOST`: the directory API's own host name serves nothing else; the login host serves it, too.
/// Source: directory-policy-tokens §2, real-clients §5a.
pub async fn only_on_its_host(State(engine): State<Arc<Engine>>, request: Request, next: Next) -> Response {
    let host = request
        .uri()
        .authority()
        .map(|authority| authority.host().to_owned())
        .or_else(|| {
            let text = request.headers().get(http::header::HOST)?.to_str().ok()?;
            Some(text.rsplit_once(':').map_or(text, |(host, _)| host).to_owned())
        });
    let own = engine.settings().graph_origin();
    let is_own = own != engine.settings().login_origin
        && host.is_some_and(|host| own.host_str().is_some_and(|own| own.eq_ignore_ascii_case(&host)));
    let first = request
        .uri()
        .path()
        .split('/')
        .find(|segment| !segment.is_empty());
    if is_own
        && !matches!(
            first,
            Some("v1.0" | "beta" | "metadata" | "subscriptions" | "compatibility")
        )
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}

async fn no_such_path(uri: Uri) -> GraphError {
    GraphError::no_segment(uri.path())
}

async fn no_such_verb(uri: Uri) -> GraphError {
    GraphError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "Request_BadRequest",
        format!("The verb is not supported by '{}'.", uri.path()),
    )
}
