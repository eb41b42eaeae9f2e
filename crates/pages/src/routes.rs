//! Which address is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use lanyard_engine::Engine;

use crate::assets;
use crate::endpoints::{
    account, authorize, certificate, consent, device, error_code, login, sign_out, stay_signed_in,
};
use crate::render::refuse;

/// The pages of the login host. Has no fallback, so that it can be merged with other routes of that host; give the whole
/// [`not_found`] and [`method_not_allowed`].
pub fn login_router(engine: Arc<Engine>) -> Router {
    Router::new()
        .route(
            "/{tenant}/oauth2/v2.0/authorize",
            get(authorize::by_query_v2).post(authorize::by_form_v2),
        )
        .route(
            "/{tenant}/oauth2/authorize",
            get(authorize::by_query_v1).post(authorize::by_form_v1),
        )
        .route("/{tenant}/login", post(login::answer))
        .route("/{tenant}/select", post(account::answer))
        .route("/{tenant}/kmsi", post(stay_signed_in::answer))
        .route("/{tenant}/consent", post(consent::answer))
        .route("/{tenant}/adminconsent", get(consent::as_configured))
        .route("/{tenant}/v2.0/adminconsent", get(consent::by_scope))
        .route(
            "/{tenant}/oauth2/v2.0/logout",
            get(sign_out::by_query).post(sign_out::by_form),
        )
        .route(
            "/{tenant}/oauth2/logout",
            get(sign_out::by_query).post(sign_out::by_form),
        )
        .route("/device", get(device::ask).post(device::enter))
        .route("/{tenant}/device", post(device::answer))
        .route("/error", get(error_code::explain))
        .route(assets::ROUTE, get(assets::serve))
        .with_state(engine)
}

/// Everything the certificate host serves.
///
/// Requests carry two extensions: `ConnectInfo<SocketAddr>`, and [`lanyard_engine::PresentedCertificate`] with the chain of
/// the TLS connection.
pub fn certauth_router(engine: Arc<Engine>) -> Router {
    Router::new()
        .route(
            "/{tenant}/certauth",
            get(certificate::explain).post(certificate::hand_over),
        )
        .route(assets::ROUTE, get(assets::serve))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(engine)
}

/// The page for an address without content.
pub async fn not_found() -> Response {
    refuse(StatusCode::NOT_FOUND, None)
}

/// The page for an address that is used differently.
pub async fn method_not_allowed() -> Response {
    refuse(StatusCode::METHOD_NOT_ALLOWED, None)
}
