//! The engine's answers as pages and redirects.

mod problem;
mod prompts;

use axum::response::Response;
use http::StatusCode;
use lanyard_engine::{
    AuthorizationStep, AuthorizeAnswer, Engine, EngineError, RequestFacts, SessionChange, StepOutcome,
};
use uuid::Uuid;

pub(crate) use problem::problem;

use crate::browser_request::BrowserRequest;
use crate::cookies;
use crate::headers::{FormTargets, PageHeaders, redirect, respond};
use crate::views::{FormPostField, FormPostPage, Frame, PlainPage};

/// Renders the answer of a use case and sets the cookies it asks for.
pub(crate) fn outcome(
    engine: &Engine,
    request: &BrowserRequest,
    outcome: Result<StepOutcome, EngineError>,
) -> Response {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return failed(&request.facts, &error),
    };
    let place = Place {
        facts: &request.facts,
        tenant_name: outcome.tenant_name,
        returns_to: outcome.returns_to,
    };
    let mut response = step(engine, &place, outcome.step);
    match outcome.session {
        SessionChange::Keep => {}
        SessionChange::Set { handle, max_age_secs } => {
            cookies::set(response.headers_mut(), cookies::SESSION, &handle, max_age_secs);
        }
        SessionChange::Clear => cookies::clear(response.headers_mut(), cookies::SESSION),
    }
    with_browser_cookie(request, response)
}

/// Sets the browser-binding cookie if the browser had none.
pub(crate) fn with_browser_cookie(request: &BrowserRequest, mut response: Response) -> Response {
    if let Some(value) = &request.new_browser {
        cookies::set(response.headers_mut(), cookies::BROWSER, value, None);
    }
    response
}

/// The method page without going on by itself: the person asked for another way.
pub(crate) fn without_haste(mut outcome: StepOutcome) -> StepOutcome {
    if let AuthorizationStep::ChooseMethod(prompt) = &mut outcome.step {
        prompt.straight_on = false;
    }
    outcome
}

/// The plain page of a status.
pub(crate) fn refuse(status: StatusCode, correlation_id: Option<Uuid>) -> Response {
    let mut page = PlainPage::of_status(status);
    page.correlation_id = correlation_id.map(|id| id.to_string());
    respond(status, &page, &PageHeaders::new(FormTargets::Nowhere))
}

/// A use case could not run: the person learns nothing but the id to quote.
pub(crate) fn failed(facts: &RequestFacts, error: &EngineError) -> Response {
    tracing::error!(%error, correlation_id = %facts.correlation_id, request_id = %facts.request_id, "a use case failed");
    refuse(StatusCode::INTERNAL_SERVER_ERROR, Some(facts.correlation_id))
}

/// Where a page stands: the request it answers, its tenant and the application it leads back to.
struct Place<'a> {
    facts: &'a RequestFacts,
    tenant_name: Option<String>,
    returns_to: Option<String>,
}

impl Place<'_> {
    fn frame(&self) -> Frame {
        Frame {
            tenant_name: self.tenant_name.clone(),
            ..Frame::without_tenant()
        }
    }

    /// Headers of a page whose form may end at the application.
    fn to_application(&self) -> PageHeaders {
        PageHeaders::new(FormTargets::Applications {
            returns_to: self.returns_to.clone(),
        })
    }
}

fn step(engine: &Engine, place: &Place<'_>, step: AuthorizationStep) -> Response {
    match step {
        AuthorizationStep::SignIn(prompt) => prompts::sign_in(place, prompt),
        AuthorizationStep::ChooseMethod(prompt) => prompts::choose_method(place, prompt),
        AuthorizationStep::PickAccount(prompt) => prompts::pick_account(place, prompt),
        AuthorizationStep::StaySignedIn(prompt) => prompts::stay_signed_in(place, prompt),
        AuthorizationStep::Consent(prompt) => prompts::consent(place, prompt),
        AuthorizationStep::ConfirmDevice(prompt) => prompts::confirm_device(place, prompt),
        AuthorizationStep::DeviceDone {
            accepted,
            application,
        } => prompts::device_done(place, accepted, application),
        AuthorizationStep::Reply(AuthorizeAnswer::Redirect(target)) => redirect(&target),
        AuthorizationStep::Reply(AuthorizeAnswer::FormPost { action, fields }) => {
            form_post(place, action, fields)
        }
        AuthorizationStep::Problem(problem) => {
            self::problem(engine, place.facts, place.tenant_name.clone(), *problem)
        }
    }
}

fn form_post(place: &Place<'_>, action: String, fields: Vec<(String, String)>) -> Response {
    let headers = PageHeaders::new(FormTargets::Applications {
        returns_to: Some(action.clone()),
    });
    let page = FormPostPage {
        frame: place.frame(),
        action,
        application_name: None,
        fields: fields
            .into_iter()
            .map(|(name, value)| FormPostField { name, value })
            .collect(),
    };
    respond(StatusCode::OK, &page, &headers)
}
