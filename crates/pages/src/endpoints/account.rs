//! The account list was answered.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use lanyard_engine::Engine;

use crate::browser_request::BrowserRequest;
use crate::own_form::Senders;
use crate::render;

/// What the form sends for the account of the session.
pub(crate) const SESSION_ACCOUNT: &str = "session";

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
    let use_session = form.field("account") == Some(SESSION_ACCOUNT);
    let outcome = engine
        .choose_account(&request.facts, context, use_session, request.session())
        .await;
    render::outcome(&engine, &request, outcome)
}
