//! Sign-out. Source: directory-policy-tokens §1.14.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use lanyard_engine::Engine;

use crate::browser_request::BrowserRequest;
use crate::cookies;
use crate::form::Form;
use crate::headers::{FormTargets, PageHeaders, redirect, respond};
use crate::render;
use crate::views::{Frame, SignedOutPage};

pub(crate) async fn by_query(State(engine): State<Arc<Engine>>, request: BrowserRequest) -> Response {
    match request.query_fields() {
        Some(fields) => sign_out(&engine, &request, fields).await,
        None => request.refused(StatusCode::BAD_REQUEST),
    }
}

/// Applications may post their request from their own site, so the sender is not looked at.
pub(crate) async fn by_form(
    State(engine): State<Arc<Engine>>,
    request: BrowserRequest,
    body: Body,
) -> Response {
    match request.any_form(body).await {
        Ok(fields) => sign_out(&engine, &request, fields).await,
        Err(refusal) => refusal,
    }
}

/// Ends the session, tells its applications in frames, and goes on: at once when there is nobody to tell.
async fn sign_out(engine: &Engine, request: &BrowserRequest, fields: Form) -> Response {
    let done = match engine.sign_out(&request.facts, fields.0, request.session()).await {
        Ok(done) => done,
        Err(error) => return render::failed(&request.facts, &error),
    };
    let mut response = match &done.redirect_to {
        Some(target) if done.front_channel_urls.is_empty() => redirect(target),
        _ => {
            let front_channel_urls: Vec<String> = done
                .front_channel_urls
                .into_iter()
                .filter(|url| is_web_address(url))
                .collect();
            let headers = PageHeaders {
                frames: front_channel_urls.clone(),
                ..PageHeaders::new(FormTargets::Nowhere)
            };
            let page = SignedOutPage {
                frame: Frame::without_tenant(),
                user_name: done.user_name,
                front_channel_urls,
                continue_to: done.redirect_to,
            };
            respond(StatusCode::OK, &page, &headers)
        }
    };
    cookies::clear(response.headers_mut(), cookies::SESSION);
    response.into_response()
}

fn is_web_address(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
