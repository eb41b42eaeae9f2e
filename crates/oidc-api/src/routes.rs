//! Which path leads to which handler.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use lanyard_engine::Engine;

use crate::{
    body, credential_type, cross_origin, device_authorization, discovery, realm, token, user_info, verbs,
};

/// What every handler shares.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) engine: Arc<Engine>,
}

/// The client-facing endpoints of the login host. It has no fallback, so it merges with other routers.
pub fn router(engine: Arc<Engine>) -> Router {
    let api = Api { engine };
    let readable_across_origins = Router::new()
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            get(discovery::metadata_v2).fallback(verbs::needs_get),
        )
        .route(
            "/{tenant}/.well-known/openid-configuration",
            get(discovery::metadata_v1).fallback(verbs::needs_get),
        )
        .route(
            "/{tenant}/discovery/v2.0/keys",
            get(discovery::keys).fallback(verbs::needs_get),
        )
        .route(
            "/{tenant}/discovery/keys",
            get(discovery::keys).fallback(verbs::needs_get),
        )
        .route(
            "/{tenant}/discovery/instance",
            get(discovery::instance).fallback(verbs::needs_get),
        )
        .route(
            "/{tenant}/oauth2/v2.0/token",
            post(token::v2).fallback(verbs::needs_post),
        )
        .route(
            "/{tenant}/oauth2/token",
            post(token::v1).fallback(verbs::needs_post),
        )
        .route(
            "/{tenant}/oauth2/v2.0/devicecode",
            post(device_authorization::v2).fallback(verbs::needs_post),
        )
        .route(
            "/{tenant}/oauth2/devicecode",
            post(device_authorization::v1).fallback(verbs::needs_post),
        )
        .route(
            "/oidc/userinfo",
            get(user_info::by_get)
                .post(user_info::by_post)
                .fallback(verbs::needs_get),
        )
        .layer(from_fn_with_state(api.clone(), cross_origin::answer));
    Router::new()
        .route(
            "/{tenant}/userrealm/{user}",
            get(realm::user_realm).fallback(verbs::needs_get),
        )
        .route(
            "/{tenant}/GetUserRealm.srf",
            get(realm::user_realm_srf).fallback(verbs::needs_get),
        )
        .route(
            "/{tenant}/GetCredentialType",
            post(credential_type::answer).fallback(verbs::needs_post),
        )
        .merge(readable_across_origins)
        .layer(DefaultBodyLimit::max(body::MAX_BODY_BYTES))
        .with_state(api)
}
