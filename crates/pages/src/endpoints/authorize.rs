//! An application sends a browser here to sign in. Source: directory-policy-tokens §1.4.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use lanyard_engine::Engine;

use crate::browser_request::BrowserRequest;
use crate::form::Form;
use crate::render;

pub(crate) async fn by_query_v2(State(engine): State<Arc<Engine>>, request: BrowserRequest) -> Response {
    match request.query_fields() {
        Some(fields) => begin(&engine, &request, fields, false).await,
        None => request.refused(StatusCode::BAD_REQUEST),
    }
}

pub(crate) async fn by_query_v1(State(engine): State<Arc<Engine>>, request: BrowserRequest) -> Response {
    match request.query_fields() {
        Some(fields) => begin(&engine, &request, fields, true).await,
        None => request.refused(StatusCode::BAD_REQUEST),
    }
}

/// Applications may post their request from their own site, so the sender is not looked at.
pub(crate) async fn by_form_v2(
    State(engine): State<Arc<Engine>>,
    request: BrowserRequest,
    body: Body,
) -> Response {
    match request.any_form(body).await {
        Ok(fields) => begin(&engine, &request, fields, false).await,
        Err(refusal) => refusal,
    }
}

pub(crate) async fn by_form_v1(
    State(engine): State<Arc<Engine>>,
    request: BrowserRequest,
    body: Body,
) -> Response {
    match request.any_form(body).await {
        Ok(fields) => begin(&engine, &request, fields, true).await,
        Err(refusal) => refusal,
    }
}

async fn begin(engine: &Engine, request: &BrowserRequest, fields: Form, version_one: bool) -> Response {
    let outcome = engine
        .begin_authorization(&request.facts, fields.0, version_one, request.session())
        .await;
    render::outcome(engine, request, outcome)
}
