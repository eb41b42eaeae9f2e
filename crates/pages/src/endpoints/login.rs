//! `POST /{tenant}/login`: the user name, the certificate token, or the wish to go back.
//! Source: certificate-sign-in §1.3, step d.

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
    let form = match request
        .form(&engine, Senders::LoginAndCertificateHost, body)
        .await
    {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    let context = form.field("ctx").unwrap_or_default();
    let flow_token = form.field("flowtoken").unwrap_or_default();
    let facts = &request.facts;
    if form.field("step") == Some("other_account") {
        let outcome = engine
            .choose_account(facts, context, false, request.session())
            .await;
        return render::outcome(&engine, &request, outcome);
    }
    if let Some(certificate_token) = form.field("certificatetoken") {
        let outcome = engine
            .complete_certificate_sign_in(facts, context, flow_token, certificate_token)
            .await;
        return render::outcome(&engine, &request, outcome);
    }
    let goes_back = form.field("step") == Some("other_ways");
    match form.field("login").or_else(|| form.field("username")) {
        Some(user_name) => {
            let outcome = engine.identify_user(facts, context, flow_token, user_name).await;
            let outcome = outcome.map(|outcome| {
                if goes_back {
                    render::without_haste(outcome)
                } else {
                    outcome
                }
            });
            render::outcome(&engine, &request, outcome)
        }
        None => {
            let outcome = engine
                .choose_account(facts, context, false, request.session())
                .await;
            render::outcome(&engine, &request, outcome)
        }
    }
}
