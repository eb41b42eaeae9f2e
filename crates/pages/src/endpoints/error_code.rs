//! `GET /error?code=`: what an error number means. Clients point people here by `error_uri`.
//! Source: directory-policy-tokens §1.4.

use axum::extract::RawQuery;
use axum::response::Response;
use http::StatusCode;
use lanyard_engine::Code;

use crate::form::Form;
use crate::headers::{FormTargets, PageHeaders, respond};
use crate::render::refuse;
use crate::views::{Frame, PlainPage};

pub(crate) async fn explain(RawQuery(query): RawQuery) -> Response {
    let number = Form::of_query(query.as_deref()).and_then(|fields| {
        let text = fields.field("code")?.trim_start_matches("AADSTS");
        text.parse::<u32>().ok()
    });
    let entry = number.and_then(|number| Code::catalogue().find(|entry| entry.code.number() == number));
    let Some(entry) = entry else {
        return refuse(StatusCode::NOT_FOUND, None);
    };
    let page = PlainPage {
        frame: Frame::without_tenant(),
        status: StatusCode::OK.as_u16(),
        headline: format!("{} {}", entry.code, entry.name),
        text: entry.text.to_owned(),
        hint: Some(entry.hint.to_owned()),
        correlation_id: None,
    };
    respond(StatusCode::OK, &page, &PageHeaders::new(FormTargets::Nowhere))
}
