//! The pages of the device grant. Source: directory-policy-tokens §1.9.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use lanyard_engine::{AuthorizationStep, Engine};

use crate::browser_request::BrowserRequest;
use crate::headers::{FormTargets, PageHeaders, respond};
use crate::own_form::Senders;
use crate::render;
use crate::views::{DeviceCodePage, Frame, Problem};

/// Asks for the code. A code in the address is not taken: a link must not fill it in.
pub(crate) async fn ask(request: BrowserRequest) -> Response {
    render::with_browser_cookie(&request, code_page(String::new(), None))
}

/// A code was typed: the person signs in and is then asked to confirm.
pub(crate) async fn enter(
    State(engine): State<Arc<Engine>>,
    request: BrowserRequest,
    body: Body,
) -> Response {
    let form = match request.form(&engine, Senders::LoginHost, body).await {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    let typed = form.field("user_code").unwrap_or_default();
    match engine
        .begin_device_sign_in(&request.facts, typed, request.session())
        .await
    {
        Ok(outcome) => match outcome.step {
            AuthorizationStep::Problem(problem) => {
                let problem = Problem {
                    text: problem.title,
                    hint: Some(problem.hint),
                };
                let shown = typed.chars().take(32).collect();
                render::with_browser_cookie(&request, code_page(shown, Some(problem)))
            }
            _ => render::outcome(&engine, &request, Ok(outcome)),
        },
        error => render::outcome(&engine, &request, error),
    }
}

/// The confirmation page was answered.
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
    let accept = form.field("answer") == Some("continue");
    let outcome = engine
        .answer_device(&request.facts, context, accept, request.session())
        .await;
    render::outcome(&engine, &request, outcome)
}

fn code_page(user_code: String, problem: Option<Problem>) -> Response {
    let page = DeviceCodePage {
        frame: Frame::without_tenant(),
        action: String::from("/device"),
        user_code,
        problem,
    };
    respond(StatusCode::OK, &page, &PageHeaders::new(FormTargets::SameHost))
}
