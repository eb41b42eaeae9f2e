//! "Stay signed in?" was answered.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use lanyard_engine::Engine;

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
    let stay = form.field("stay") == Some("yes");
    let outcome = engine
        .answer_stay_signed_in(&request.facts, context, stay, request.session())
        .await;
    render::outcome(&engine, &request, outcome)
}
