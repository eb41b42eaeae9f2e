//! A refusal as a page.

use axum::response::Response;
use http::StatusCode;
use http::header::RETRY_AFTER;
use lanyard_engine::{Code, Engine, Problem, RequestFacts};

use crate::config_block::ConfigBlock;
use crate::headers::{FormTargets, PageHeaders, respond};
use crate::views::{
    ComparedRow, ComparedValue, ErrorPage, Frame, NoCertificatePage, ReceivedCertificate, Recovery, Report,
};

/// Times on a page, in UTC.
const TIME: &str = "%Y-%m-%d %H:%M:%SZ";

/// The refusal page. Source: certificate-sign-in §10, last paragraph.
///
/// Rule `PAGE-REFUSAL-EXPLAINED`: every refusal shows one sentence, one thing to do, and the code, ids, time and values
/// that a help desk needs; one without a certificate names TLS inspection and the host names to exempt.
/// Source: certificate-sign-in §1.4, §10.
pub(crate) fn problem(
    engine: &Engine,
    facts: &RequestFacts,
    tenant_name: Option<String>,
    problem: Problem,
) -> Response {
    let status = StatusCode::from_u16(problem.http_status).unwrap_or(StatusCode::BAD_REQUEST);
    let frame = Frame {
        tenant_name,
        ..Frame::without_tenant()
    }
    .with_config(config(&problem));
    let report = report(&problem);
    let retry_after_secs = problem.retry_after_secs;
    let recovery = problem.retry.map(|retry| Recovery {
        another_certificate_url: retry.certauth_url,
        login_action: format!("/{}/login", facts.tenant),
        context: retry.context,
        flow_token: retry.flow_token,
        user_name: Some(retry.user_name),
    });
    let headers = PageHeaders::new(FormTargets::Applications { returns_to: None });
    if problem.code == Code::NO_CERTIFICATE_SENT {
        let page = NoCertificatePage {
            frame,
            inspection_exempt_pattern: format!("*{}", engine.settings().certauth_host),
            recovery,
            report,
        };
        return respond(status, &page, &headers);
    }
    let page = ErrorPage {
        frame,
        headline: String::from("We could not sign you in"),
        text: problem.title,
        hint: Some(problem.hint),
        recovery,
        report,
    };
    let mut response = respond(status, &page, &headers);
    if let Some(seconds) = retry_after_secs {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn config(problem: &Problem) -> ConfigBlock {
    let retry = problem.retry.as_ref();
    ConfigBlock {
        page_id: Some(String::from("ConvergedError")),
        context: retry.map(|retry| retry.context.clone()),
        flow_token: retry.map(|retry| retry.flow_token.clone()),
        main_message: Some(problem.title.clone()),
        service_exception_message: Some(format!("{}: {}", problem.code, problem.detail)),
        error_code: Some(problem.code.number().to_string()),
        correlation_id: Some(problem.correlation_id.to_string()),
        ..ConfigBlock::default()
    }
}

fn report(problem: &Problem) -> Report {
    let compared_values = !problem.compared.is_empty();
    let rule = problem.rule.as_ref().filter(|_| compared_values);
    let compared = rule.map(|rule| ComparedRow {
        rule: rule.to_string(),
        result: String::from("refused"),
        values: problem
            .compared
            .iter()
            .map(|input| ComparedValue {
                name: input.name.replace('_', " "),
                value: input.value.clone(),
            })
            .collect(),
    });
    Report {
        code: Some(problem.code.to_string()),
        code_name: problem.code.entry().map(|entry| entry.name.to_owned()),
        detail: Some(problem.detail.clone()),
        rule: problem.rule.as_ref().map(ToString::to_string),
        correlation_id: problem.correlation_id.to_string(),
        request_id: problem.request_id.to_string(),
        time: problem.timestamp.strftime(TIME).to_string(),
        certificate: problem
            .certificate
            .as_ref()
            .map(|certificate| ReceivedCertificate {
                subject: certificate.subject.clone(),
                issuer: certificate.issuer.clone(),
                not_after: certificate.not_after.strftime(TIME).to_string(),
            }),
        compared: compared.into_iter().collect(),
    }
}
