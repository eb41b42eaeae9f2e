//! The certificate host: hands what the handshake showed to the login host. Source: certificate-sign-in §1.3, §1.4.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use lanyard_engine::{Engine, PresentedCertificate};

use crate::browser_request::facts_of;
use crate::form::Form;
use crate::headers::{FormTargets, PageHeaders, Referrer, respond};
use crate::render::{self, refuse};
use crate::views::{Frame, HandOverPage, PlainPage};

/// Step c of the wire contract. The person's own page sent the form, whatever site it came from: nothing is changed here.
pub(crate) async fn hand_over(State(engine): State<Arc<Engine>>, mut parts: Parts, body: Body) -> Response {
    let facts = facts_of(&mut parts, engine.settings().login_origin.clone()).await;
    let form = match Form::read(&parts.headers, body).await {
        Ok(form) => form,
        Err(status) => return refuse(status, Some(facts.correlation_id)),
    };
    let context = form.field("ctx").unwrap_or_default();
    let flow_token = form.field("flowtoken").unwrap_or_default();
    let presented = presented(&parts);
    match engine.present_certificate(&facts, context, flow_token, presented) {
        Ok(Ok(handover)) => {
            let mut headers = PageHeaders::new(FormTargets::Applications {
                returns_to: handover.returns_to,
            });
            headers.referrer = Referrer::OriginToAll;
            let page = HandOverPage {
                frame: Frame::without_tenant(),
                action: handover.post_to,
                context: handover.context,
                flow_token: handover.flow_token,
                certificate_token: handover.certificate_token,
                certificate_received: handover.certificate_received,
            };
            respond(StatusCode::OK, &page, &headers)
        }
        Ok(Err(problem)) => render::problem(&engine, &facts, None, *problem),
        Err(error) => render::failed(&facts, &error),
    }
}

/// Somebody opened the address by hand: says what this host is and whether a certificate arrived.
pub(crate) async fn explain(parts: Parts) -> Response {
    let received = !presented(&parts).chain.is_empty();
    let page = PlainPage {
        frame: Frame::without_tenant(),
        status: StatusCode::OK.as_u16(),
        headline: String::from("Certificate page"),
        text: if received {
            String::from("Your browser sent a certificate to this page. Nothing was done with it.")
        } else {
            String::from("Your browser sent no certificate to this page.")
        },
        hint: Some(String::from("Sign-in starts at your application, not here.")),
        correlation_id: None,
    };
    respond(StatusCode::OK, &page, &PageHeaders::new(FormTargets::Nowhere))
}

fn presented(parts: &Parts) -> PresentedCertificate {
    parts
        .extensions
        .get::<PresentedCertificate>()
        .cloned()
        .unwrap_or_else(|| PresentedCertificate {
            chain: Vec::new(),
            server_name: String::new(),
            tls_version: String::new(),
            unproven: None,
        })
}
