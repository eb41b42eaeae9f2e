//! `GET` and `POST /oidc/userinfo`.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use lanyard_engine::{Code, OAuthFailure, RuleId};
use serde_json::json;

use crate::answer::{self, Cache};
use crate::body;
use crate::request::ApiRequest;
use crate::routes::Api;

const MAX_TOKEN_BYTES: usize = 32 * 1024;

/// UserInfo with the token in the Authorization header.
pub(crate) async fn by_get(State(api): State<Api>, request: ApiRequest, headers: HeaderMap) -> Response {
    user_info(&api, &request, &headers, None).await
}

/// UserInfo with the token in the Authorization header or in a form.
pub(crate) async fn by_post(
    State(api): State<Api>,
    request: ApiRequest,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if !body::is_type(&headers, "application/x-www-form-urlencoded") {
        return user_info(&api, &request, &headers, None).await;
    }
    match body::read_form(&headers, body).await {
        Ok(pairs) => {
            let token = pairs
                .into_iter()
                .find(|(name, _)| name == "access_token")
                .map(|(_, value)| value);
            user_info(&api, &request, &headers, token).await
        }
        Err((status, failure)) => answer::failure_with_status(&api.engine, &request, &failure, status),
    }
}

/// Rule `USERINFO-BEARER`: the access token comes in the Authorization header or, by POST, as the form field `access_token`,
/// never both; without one the answer is 401 with a bare challenge, with an unacceptable one 401 `invalid_token`.
/// Source: directory-policy-tokens §1.12, real-clients §6.
async fn user_info(
    api: &Api,
    request: &ApiRequest,
    headers: &HeaderMap,
    in_form: Option<String>,
) -> Response {
    let in_header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| token.trim().to_owned())
        });
    let token = match (in_header, in_form) {
        (Some(_), Some(_)) => {
            let twice = OAuthFailure::new(
                Code::REQUEST_MALFORMED,
                RuleId::new("USERINFO-BEARER"),
                "The access token is given twice.",
            );
            return answer::failure(&api.engine, request, &twice);
        }
        (Some(token), None) | (None, Some(token)) => token,
        (None, None) => return challenge(request, "Bearer", "The request has no access token."),
    };
    if token.len() > MAX_TOKEN_BYTES {
        return challenge(
            request,
            "Bearer error=\"invalid_token\"",
            "The access token is too long.",
        );
    }
    match api.engine.user_info(&token).await {
        Ok(Ok(claims)) => answer::json(request, StatusCode::OK, &claims, Cache::Never),
        Ok(Err(failure)) => {
            tracing::info!(request_id = %request.facts.request_id, rule = %failure.rule, detail = failure.detail, "refused");
            challenge(
                request,
                "Bearer error=\"invalid_token\"",
                "The access token is not accepted.",
            )
        }
        Err(error) => answer::unavailable(request, &error),
    }
}

fn challenge(request: &ApiRequest, scheme: &'static str, description: &str) -> Response {
    let body = json!({
        "error": "invalid_token",
        "error_description": description,
        "trace_id": request.facts.request_id,
        "correlation_id": request.facts.correlation_id,
    });
    let mut response = answer::json(request, StatusCode::UNAUTHORIZED, &body, Cache::Never);
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    response
}
