//! What the engine asks the person, as pages.

use axum::response::Response;
use http::StatusCode;
use lanyard_engine::{
    AccountChoice, Code, ConsentPrompt, DevicePrompt, MethodPrompt, RequestFacts, SignInPrompt,
    StaySignedInPrompt,
};
use url::Url;

use super::Place;
use crate::config_block::ConfigBlock;
use crate::endpoints::account::SESSION_ACCOUNT;
use crate::headers::{FormTargets, PageHeaders, respond};
use crate::views::{
    Account, AccountPickerPage, AdministratorNeeded, ConsentPage, DeviceConfirmPage, DeviceDonePage,
    FlowFields, MethodChoicePage, Permission, Problem, Publisher, StaySignedInPage, UserNamePage,
};

pub(super) fn sign_in(place: &Place<'_>, prompt: SignInPrompt) -> Response {
    let flow = flow(prompt.context, Some(prompt.flow_token));
    let action = format!("/{}/login", prompt.tenant);
    let config = ConfigBlock {
        credential_type_url: Some(format!("/{}/GetCredentialType", prompt.tenant)),
        ..config("ConvergedSignIn", place.facts, &flow, &action)
    };
    let page = UserNamePage {
        frame: place.frame().with_config(config),
        action,
        flow,
        application_name: Some(prompt.application),
        user_name: prompt.user_name.unwrap_or_default(),
        problem: prompt.error.map(|problem| Problem {
            text: problem.title,
            hint: Some(problem.hint),
        }),
    };
    respond(StatusCode::OK, &page, &same_host())
}

pub(super) fn choose_method(place: &Place<'_>, prompt: MethodPrompt) -> Response {
    let flow = flow(prompt.context, Some(prompt.flow_token));
    let action = format!("/{}/login", prompt.tenant);
    let page = MethodChoicePage {
        frame: place
            .frame()
            .with_config(config("ConvergedSignIn", place.facts, &flow, &action)),
        action,
        flow,
        application_name: Some(prompt.application).filter(|name| !name.is_empty()),
        user_name: prompt.user_name,
        certificate_url: prompt.certauth_url,
        straight_on: prompt.straight_on,
    };
    respond(StatusCode::OK, &page, &place.to_application())
}

pub(super) fn pick_account(place: &Place<'_>, prompt: AccountChoice) -> Response {
    let flow = flow(prompt.context, Some(prompt.flow_token));
    let action = format!("/{}/select", prompt.tenant);
    let page = AccountPickerPage {
        frame: place
            .frame()
            .with_config(config("ConvergedSignIn", place.facts, &flow, &action)),
        action,
        flow,
        application_name: Some(prompt.application).filter(|name| !name.is_empty()),
        accounts: vec![Account {
            handle: SESSION_ACCOUNT.to_owned(),
            display_name: prompt.display_name,
            user_name: prompt.user_name,
            signed_in: true,
        }],
    };
    respond(StatusCode::OK, &page, &place.to_application())
}

pub(super) fn stay_signed_in(place: &Place<'_>, prompt: StaySignedInPrompt) -> Response {
    let flow = flow(prompt.context, None);
    let action = format!("/{}/kmsi", prompt.tenant);
    let page = StaySignedInPage {
        frame: place
            .frame()
            .with_config(config("KmsiInterrupt", place.facts, &flow, &action)),
        action,
        flow,
        user_name: prompt.user_name,
    };
    respond(StatusCode::OK, &page, &place.to_application())
}

pub(super) fn consent(place: &Place<'_>, prompt: ConsentPrompt) -> Response {
    let flow = flow(prompt.context, None);
    let action = format!("/{}/consent", prompt.tenant);
    let returns_to = place.returns_to.as_deref().and_then(|uri| Url::parse(uri).ok());
    let page = ConsentPage {
        frame: place
            .frame()
            .with_config(config("ConvergedConsent", place.facts, &flow, &action)),
        action,
        flow,
        user_name: prompt.user_name,
        application_name: prompt.application,
        publisher: Publisher::Unverified,
        permissions: prompt
            .permissions
            .into_iter()
            .map(|text| Permission { text, resource: None })
            .collect(),
        may_consent_for_organisation: prompt.may_consent_for_organisation,
        for_organisation_only: prompt.for_organisation_only,
        administrator_needed: prompt.administrator_needed.then(|| AdministratorNeeded {
            code: Code::ADMINISTRATOR_CONSENT_REQUIRED.to_string(),
            correlation_id: place.facts.correlation_id.to_string(),
        }),
        returns_to: returns_to.and_then(|uri| uri.host_str().map(str::to_owned)),
    };
    respond(StatusCode::OK, &page, &place.to_application())
}

pub(super) fn confirm_device(place: &Place<'_>, prompt: DevicePrompt) -> Response {
    let flow = flow(prompt.context, None);
    let action = format!("/{}/device", prompt.tenant);
    let page = DeviceConfirmPage {
        frame: place
            .frame()
            .with_config(config("CmsiInterrupt", place.facts, &flow, &action)),
        action,
        flow,
        application_name: prompt.application,
        user_name: prompt.user_name,
    };
    respond(StatusCode::OK, &page, &same_host())
}

pub(super) fn device_done(place: &Place<'_>, approved: bool, application_name: String) -> Response {
    let page = DeviceDonePage {
        frame: place.frame(),
        application_name,
        approved,
    };
    respond(StatusCode::OK, &page, &same_host())
}

fn same_host() -> PageHeaders {
    PageHeaders::new(FormTargets::SameHost)
}

fn flow(context: String, flow_token: Option<String>) -> FlowFields {
    FlowFields { context, flow_token }
}

fn config(page_id: &str, facts: &RequestFacts, flow: &FlowFields, action: &str) -> ConfigBlock {
    ConfigBlock {
        context: Some(flow.context.clone()),
        flow_token: flow.flow_token.clone(),
        post_url: Some(action.to_owned()),
        page_id: Some(page_id.to_owned()),
        correlation_id: Some(facts.correlation_id.to_string()),
        ..ConfigBlock::default()
    }
}
