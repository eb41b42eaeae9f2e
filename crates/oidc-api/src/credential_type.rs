//! `POST /{tenant}/GetCredentialType`: what an automation client asks instead of a page.

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use lanyard_engine::CredentialTypes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{self, Cache};
use crate::body;
use crate::request::ApiRequest;
use crate::routes::Api;

/// The fields that are read; others are ignored.
#[derive(Deserialize)]
struct Question {
    #[serde(alias = "Username")]
    username: String,
    #[serde(rename = "flowToken", alias = "FlowToken", alias = "flowtoken")]
    flow_token: String,
}

/// Rule `CREDENTIAL-TYPE-SHAPE`: the question is JSON with `username` and `flowToken`; the answer holds a new `FlowToken`, and
/// `Credentials.CertAuthParams.CertAuthUrl` when certificate sign-in is on, in the same shape for every user name.
/// Source: certificate-sign-in §1.3.
pub(crate) async fn answer(
    State(api): State<Api>,
    request: ApiRequest,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // A form could be posted by any web site; JSON of this type cannot without this server's permission.
    if !body::is_type(&headers, "application/json") {
        return refused(
            &request,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The body must be of type application/json.",
        );
    }
    let Ok(bytes) = to_bytes(body, body::MAX_BODY_BYTES).await else {
        return refused(
            &request,
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is too long or broke off.",
        );
    };
    let Ok(question) = serde_json::from_slice::<Question>(&bytes) else {
        return refused(
            &request,
            StatusCode::BAD_REQUEST,
            "The body must hold the texts 'username' and 'flowToken'.",
        );
    };
    match api
        .engine
        .credential_type(&request.facts, &question.username, &question.flow_token)
        .await
    {
        Ok(Ok(types)) => answer::json(
            &request,
            StatusCode::OK,
            &types_json(&question.username, &types),
            Cache::Never,
        ),
        Ok(Err(problem)) => {
            let status = StatusCode::from_u16(problem.http_status).unwrap_or(StatusCode::BAD_REQUEST);
            let body = json!({
                "error": { "code": problem.code.number().to_string(), "message": problem.title },
                "correlationId": problem.correlation_id,
                "requestId": problem.request_id,
            });
            let mut response = answer::json(&request, status, &body, Cache::Never);
            if let Some(seconds) = problem.retry_after_secs {
                response.headers_mut().insert(RETRY_AFTER, seconds.into());
            }
            response
        }
        Err(error) => answer::unavailable(&request, &error),
    }
}

fn types_json(user_name: &str, types: &CredentialTypes) -> Value {
    let mut credentials = json!({ "PrefCredential": 1, "HasPassword": false });
    if let (Some(url), Some(members)) = (&types.certauth_url, credentials.as_object_mut()) {
        members.insert("CertAuthParams".to_owned(), json!({ "CertAuthUrl": url }));
    }
    json!({
        "Username": user_name,
        "Display": user_name,
        "IfExistsResult": 0,
        "ThrottleStatus": 0,
        "Credentials": credentials,
        "FlowToken": types.flow_token,
        "IsSignupDisallowed": true,
    })
}

fn refused(request: &ApiRequest, status: StatusCode, message: &str) -> Response {
    let body = json!({
        "error": { "code": "9002313", "message": message },
        "correlationId": request.facts.correlation_id,
        "requestId": request.facts.request_id,
    });
    answer::json(request, status, &body, Cache::Never)
}
