//! Conditional access policies, named locations and authentication strengths that came from another directory: read only.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use lanyard_engine::KeptKind;
use lanyard_engine::administer::KeptPolicy;
use serde_json::{Value, json};

use crate::answer;
use crate::error::GraphError;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

const ACCESS: &str = "identity/conditionalAccess/policies";
const LOCATIONS: &str = "identity/conditionalAccess/namedLocations";
const STRENGTHS: &str = "policies/authenticationStrengthPolicies";

pub(crate) fn routes() -> Router<Api> {
    let paths = [
        (
            "/identity/conditionalAccess/policies",
            ACCESS,
            KeptKind::ConditionalAccessPolicy,
        ),
        (
            "/policies/conditionalAccessPolicies",
            ACCESS,
            KeptKind::ConditionalAccessPolicy,
        ),
        (
            "/identity/conditionalAccess/namedLocations",
            LOCATIONS,
            KeptKind::NamedLocation,
        ),
        (
            "/policies/authenticationStrengthPolicies",
            STRENGTHS,
            KeptKind::AuthenticationStrengthPolicy,
        ),
        (
            "/identity/conditionalAccess/authenticationStrength/policies",
            STRENGTHS,
            KeptKind::AuthenticationStrengthPolicy,
        ),
    ];
    paths
        .into_iter()
        .fold(Router::new(), |router, (path, context, kind)| {
            let list = move |api: State<Api>, query: Query| list(api, query, context, kind);
            let one = move |api: State<Api>, id: Path<String>, request: GraphRequest| {
                one(api, id, request, context, kind)
            };
            router
                .route(path, get(list))
                .route(&format!("{path}/{{id}}"), get(one))
        })
}

/// Rule `GRAPH-KEPT-POLICIES`: kept objects are read as they came, all of a kind in one answer; what would choose among them
/// or order them is refused, not passed over, and so is every change. Source: directory-policy-tokens §3.1, §4.1.
async fn list(
    State(api): State<Api>,
    query: Query,
    context: &'static str,
    kind: KeptKind,
) -> Result<Response, GraphError> {
    if let Some(option) = query.first_of(&["$filter", "$search", "$orderby", "$skip"]) {
        let message = format!("The query option '{option}' is not supported here.");
        return Err(GraphError::bad_request(message));
    }
    let kept = api.engine.read_kept_policies(&query.request.caller, kind).await?;
    let value: Vec<Value> = kept.into_iter().map(|policy| policy.body).collect();
    let body = json!({ "@odata.context": query.request.context(context), "value": value });
    Ok(answer::json(StatusCode::OK, &body))
}

async fn one(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: GraphRequest,
    context: &'static str,
    kind: KeptKind,
) -> Result<Response, GraphError> {
    let KeptPolicy { mut body, .. } = api.engine.read_kept_policy(&request.caller, kind, &id).await?;
    if let Value::Object(members) = &mut body {
        let context = json!(request.context(&format!("{context}/$entity")));
        members.shift_insert(0, "@odata.context".to_owned(), context);
    }
    Ok(answer::json(StatusCode::OK, &body))
}
