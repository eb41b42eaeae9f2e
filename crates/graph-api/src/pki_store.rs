//! `/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations`: the PKI store.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use lanyard_engine::administer::PkiUpload;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::fields::{members, text};
use crate::listing;
use crate::pki_resource::{CONTAINERS, PATH, resource};
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

pub(crate) fn routes() -> Router<Api> {
    let path = |rest: &str| format!("/{PATH}{rest}");
    Router::new()
        .route(&path(""), get(list).post(create))
        .route(&path("/{pki}"), get(one).patch(rename).delete(delete))
        .route(&path("/{pki}/upload"), post(upload))
        .route(&path("/{pki}/microsoft.graph.upload"), post(upload))
}

async fn list(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let (_, containers) = api.engine.read_pki_containers(&query.request.caller).await?;
    let now = api.engine.now();
    let value: Vec<Value> = containers
        .iter()
        .map(|container| resource(container, now))
        .collect();
    listing::answer_all(&query, &CONTAINERS, value).await
}

async fn create(
    State(api): State<Api>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let name = display_name(&body)?;
    let container = api.engine.create_pki_container(&request.caller, &name).await?;
    let context = request.context(&format!("{PATH}/$entity"));
    let body = with_context(context, resource(&container, api.engine.now()));
    Ok(answer::json(StatusCode::CREATED, &body))
}

async fn one(State(api): State<Api>, Path(pki): Path<String>, query: Query) -> Result<Response, GraphError> {
    let id = object_id(&pki)?;
    let (version, container) = api.engine.read_pki_container(&query.request.caller, id).await?;
    let answer = listing::found(&query, &CONTAINERS, resource(&container, api.engine.now()))?;
    Ok(answer::with_version(answer, version))
}

async fn rename(
    State(api): State<Api>,
    Path(pki): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let id = object_id(&pki)?;
    let expected = request.expected_version()?;
    let name = display_name(&body)?;
    api.engine
        .rename_pki_container(&request.caller, id, &name, expected)
        .await?;
    answer_one(&api, &request, id).await
}

async fn delete(
    State(api): State<Api>,
    Path(pki): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let expected = request.expected_version()?;
    api.engine
        .delete_pki_container(&request.caller, object_id(&pki)?, expected)
        .await?;
    Ok(answer::no_content())
}

/// Rule `GRAPH-PKI-UPLOAD`: `upload` answers 204 at once; the container's `status` and `statusDetails` tell the rest.
/// Source: certificate-sign-in §2.3 PK-4.
async fn upload(
    State(api): State<Api>,
    Path(pki): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let members = members(&body, "", &["uploadUrl", "sha256FileHash"])?;
    let required = |name: &str| {
        text(members.get(name), name)?
            .ok_or_else(|| GraphError::bad_property(name, "The property is required."))
    };
    let upload = PkiUpload {
        url: required("uploadUrl")?,
        sha256: required("sha256FileHash")?,
    };
    api.engine
        .start_pki_upload(&request.caller, object_id(&pki)?, &upload)
        .await?;
    Ok(answer::no_content())
}

async fn answer_one(api: &Api, request: &GraphRequest, id: Uuid) -> Result<Response, GraphError> {
    let (version, container) = api.engine.read_pki_container(&request.caller, id).await?;
    let context = request.context(&format!("{PATH}/$entity"));
    let body = with_context(context, resource(&container, api.engine.now()));
    Ok(answer::with_version(answer::json(StatusCode::OK, &body), version))
}

/// The id of a path; anything else is no object.
pub(crate) fn object_id(text: &str) -> Result<Uuid, GraphError> {
    Uuid::try_parse(text).map_err(|_| GraphError::no_resource(text))
}

fn display_name(body: &Value) -> Result<String, GraphError> {
    let members = members(body, "", &["displayName"])?;
    text(members.get("displayName"), "displayName")?
        .ok_or_else(|| GraphError::bad_property("displayName", "The property is required."))
}

/// Puts `@odata.context` before everything else.
pub(crate) fn with_context(context: String, resource: Value) -> Value {
    let mut whole = Map::new();
    whole.insert("@odata.context".to_owned(), Value::String(context));
    if let Value::Object(members) = resource {
        whole.extend(members);
    }
    Value::Object(whole)
}
