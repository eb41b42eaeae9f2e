//! Metadata, keys and instance discovery.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use lanyard_engine::{Code, OAuthFailure, RuleId};
use serde_json::Value;

use crate::answer::{self, Cache};
use crate::request::ApiRequest;
use crate::routes::Api;

/// Metadata changes only with the configuration of the server.
const METADATA_SECS: u32 = 24 * 3600;
/// Shorter than the time between the publication of a key and its first use.
const KEYS_SECS: u32 = 3600;

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(crate) async fn metadata_v2(State(api): State<Api>, request: ApiRequest) -> Response {
    document(
        &api,
        &request,
        api.engine.metadata(&request.facts, false),
        METADATA_SECS,
    )
}

/// `GET /{tenant}/.well-known/openid-configuration`
pub(crate) async fn metadata_v1(State(api): State<Api>, request: ApiRequest) -> Response {
    document(
        &api,
        &request,
        api.engine.metadata(&request.facts, true),
        METADATA_SECS,
    )
}

/// `GET /{tenant}/discovery/v2.0/keys`
pub(crate) async fn keys(State(api): State<Api>, request: ApiRequest) -> Response {
    document(
        &api,
        &request,
        api.engine.json_web_key_set(&request.facts),
        KEYS_SECS,
    )
}

/// `GET /common/discovery/instance`
///
/// Rule `DISCOVERY-INSTANCE-REQUEST`: instance discovery needs `authorization_endpoint` (50050 without) and answers for
/// `api-version` 1.0 and 1.1. Source: directory-policy-tokens §1.3.
pub(crate) async fn instance(State(api): State<Api>, request: ApiRequest) -> Response {
    let Some(endpoint) = request.query_value("authorization_endpoint") else {
        let missing = OAuthFailure::new(
            Code::DISCOVERY_REQUEST_MALFORMED,
            RuleId::new("DISCOVERY-INSTANCE-REQUEST"),
            "The request must contain the parameter 'authorization_endpoint'.",
        );
        return answer::failure(&api.engine, &request, &missing);
    };
    let api_version = match request.query_value("api-version") {
        Some("1.0") => "1.0",
        _ => "1.1",
    };
    let outcome = api
        .engine
        .instance_discovery(&request.facts, endpoint, api_version);
    document(&api, &request, outcome, METADATA_SECS)
}

fn document(api: &Api, request: &ApiRequest, outcome: Result<Value, OAuthFailure>, seconds: u32) -> Response {
    match outcome {
        Ok(body) => answer::json(request, StatusCode::OK, &body, Cache::Seconds(seconds)),
        Err(failure) => answer::failure(&api.engine, request, &failure),
    }
}
