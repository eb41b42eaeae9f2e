//! The consent page was answered, or an application asks for an administrator's consent.
//! Source: directory-policy-tokens §2.6.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use lanyard_engine::{ConsentDecision, Engine};

use crate::browser_request::BrowserRequest;
use crate::own_form::Senders;
use crate::render;

pub(crate) async fn answer(
    State(engine): State<Arc<Engine>>,
    request: BrowserRequest,
    body: Body,
) -> Response {
    let form = match request.form(&engine, Senders::LoginHost, body).await {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    let context = form.field("ctx").unwrap_or_default();
    let decision = match (form.field("decision"), form.field("organisation")) {
        (Some("accept"), Some("yes")) => ConsentDecision::AcceptForOrganisation,
        (Some("accept"), _) => ConsentDecision::Accept,
        _ => ConsentDecision::Decline,
    };
    let outcome = engine
        .answer_consent(&request.facts, context, decision, request.session())
        .await;
    render::outcome(&engine, &request, outcome)
}

/// `GET /{tenant}/v2.0/adminconsent`: grants the scopes that the request names.
pub(crate) async fn by_scope(State(engine): State<Arc<Engine>>, request: BrowserRequest) -> Response {
    begin(&engine, &request, false).await
}

/// `GET /{tenant}/adminconsent`: grants what the application is configured to need.
pub(crate) async fn as_configured(State(engine): State<Arc<Engine>>, request: BrowserRequest) -> Response {
    begin(&engine, &request, true).await
}

async fn begin(engine: &Engine, request: &BrowserRequest, version_one: bool) -> Response {
    let Some(fields) = request.query_fields() else {
        return request.refused(StatusCode::BAD_REQUEST);
    };
    let outcome = engine
        .begin_administrator_consent(&request.facts, fields.0, version_one, request.session())
        .await;
    render::outcome(engine, request, outcome)
}
