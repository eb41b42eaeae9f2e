//! `/applications` with their secrets and certificates.

use std::slice;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use lanyard_engine::ObjectKind;
use serde_json::json;

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::expand::{expand, limited};
use crate::key::Key;
use crate::listing::{self, InMemory};
use crate::odata::QueryOptions;
use crate::properties::Fields;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;
use crate::{application_body, application_resource};

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/applications", get(list).post(create))
        .route("/applications/$count", get(count))
        .route(
            "/applications/{application}",
            get(one).patch(change).delete(remove),
        )
        .route("/applications/{application}/addPassword", post(add_password))
        .route("/applications/{application}/addKey", post(add_key))
        .route("/applications/{application}/removeKey", post(remove_key))
        .route(
            "/applications/{application}/removePassword",
            post(remove_password),
        )
}

/// Applications are few: all of them are read, then filtered and sorted.
async fn all(api: &Api, query: &Query, options: &QueryOptions) -> Result<InMemory, GraphError> {
    let applications = api.engine.read_applications(&query.request.caller).await?;
    let resources = applications.iter().map(application_resource::to_json).collect();
    Ok(InMemory::sorted(resources, options))
}

/// `GET /applications`
async fn list(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let schema = &application_resource::APPLICATIONS;
    let options = limited(query.of_list(schema)?);
    let sorted = all(&api, &query, &options).await?;
    let mut page = listing::page(&options, &sorted).await?;
    expand(
        &api,
        &query,
        &options,
        ObjectKind::Application,
        &mut page.resources,
    )
    .await?;
    Ok(listing::answer_page(&query, schema, &options, page))
}

/// `GET /applications/$count`
async fn count(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let sorted = all(&api, &query, &QueryOptions::default()).await?;
    listing::answer_count(&query, &application_resource::APPLICATIONS, &sorted).await
}

/// `GET /applications/{id}`, `GET /applications(appId='…')`
async fn one(State(api): State<Api>, Path(key): Path<String>, query: Query) -> Result<Response, GraphError> {
    let schema = &application_resource::APPLICATIONS;
    let options = query.of_one(schema)?;
    let key = Key::of(&key);
    let found = api
        .engine
        .read_application(&query.request.caller, &key.text, key.is_alternate)
        .await?;
    let mut resource = listing::tagged(application_resource::to_json(&found), &found);
    expand(
        &api,
        &query,
        &options,
        ObjectKind::Application,
        slice::from_mut(&mut resource),
    )
    .await?;
    Ok(listing::ok(&query, schema, &options, resource))
}

/// `POST /applications`
async fn create(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let new = application_body::read(body)?;
    let application = api.engine.add_application(&query.request.caller, &new).await?;
    Ok(listing::created(
        &query,
        &application_resource::APPLICATIONS,
        application_resource::to_json(&application),
    ))
}

/// `PATCH /applications/{id}`
async fn change(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let changes = application_body::read(body)?;
    let key = Key::of(&key);
    api.engine
        .change_application_by(&request.caller, &key.text, key.is_alternate, &changes)
        .await?;
    Ok(answer::no_content())
}

/// `DELETE /applications/{id}`
async fn remove(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let key = Key::of(&key);
    api.engine
        .remove_application(&request.caller, &key.text, key.is_alternate)
        .await?;
    Ok(answer::no_content())
}

/// `POST /applications/{id}/addPassword`
///
/// Rule `GRAPH-SECRET-ONCE`: the text of a client secret is answered once, when it is made, and never again. Source:
/// directory-policy-tokens §2.5.
async fn add_password(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let (mut name, mut start, mut end) = (None, None, None);
    if !body.is_null() {
        let mut fields = Fields::of(body)?;
        if let Some(mut credential) = fields.object("passwordCredential")? {
            name = credential.text_or_null("displayName")?.flatten();
            start = credential.moment("startDateTime")?;
            end = credential.moment("endDateTime")?;
            credential.end()?;
        }
        fields.end()?;
    }
    let new = api
        .engine
        .add_password(&request.caller, &key, name.as_deref(), start, end)
        .await?;
    let mut body = application_resource::secret_json(&new.stored);
    if let Some(members) = body.as_object_mut() {
        members.insert("secretText".to_owned(), json!(new.secret.as_str()));
        let context = json!(request.context("microsoft.graph.passwordCredential"));
        members.shift_insert(0, "@odata.context".to_owned(), context);
    }
    Ok(answer::json(StatusCode::OK, &body))
}

/// `POST /applications/{id}/removePassword`
async fn remove_password(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let key_id = fields.needed_guid("keyId")?;
    fields.end()?;
    api.engine.remove_password(&request.caller, &key, key_id).await?;
    Ok(answer::no_content())
}

fn proof_of(fields: &mut Fields) -> Result<String, GraphError> {
    fields.text("proof")?.ok_or_else(|| fields.missing("proof"))
}

/// `POST /applications/{id}/addKey`
async fn add_key(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let proof = proof_of(&mut fields)?;
    let credential = fields.object("keyCredential")?;
    let credential = credential.ok_or_else(|| fields.missing("keyCredential"))?;
    if fields
        .take("passwordCredential")
        .is_some_and(|value| !value.is_null())
    {
        let message = "Only certificates without a password are supported.";
        return Err(GraphError::at_property("passwordCredential", message));
    }
    fields.end()?;
    let new = application_body::key(credential)?;
    if new.certificate.is_none() {
        return Err(GraphError::at_property(
            "keyCredential.key",
            "'key' is the certificate as base64 of DER.",
        ));
    }
    let added = api.engine.add_key(&request.caller, &key, &new, &proof).await?;
    let mut body = application_resource::key_json(&added);
    if let Some(members) = body.as_object_mut() {
        let context = json!(request.context("microsoft.graph.keyCredential"));
        members.shift_insert(0, "@odata.context".to_owned(), context);
    }
    Ok(answer::json(StatusCode::OK, &body))
}

/// `POST /applications/{id}/removeKey`
async fn remove_key(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let proof = proof_of(&mut fields)?;
    let key_id = fields.needed_guid("keyId")?;
    fields.end()?;
    api.engine
        .remove_key(&request.caller, &key, key_id, &proof)
        .await?;
    Ok(answer::no_content())
}
