//! `/servicePrincipals`.

use std::slice;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use lanyard_engine::ObjectKind;

use crate::answer;
use crate::application_resource::{SERVICE_PRINCIPALS, principal_json};
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

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/servicePrincipals", get(list).post(create))
        .route("/servicePrincipals/$count", get(count))
        .route(
            "/servicePrincipals/{principal}",
            get(one).patch(change).delete(remove),
        )
}

async fn all(api: &Api, query: &Query, options: &QueryOptions) -> Result<InMemory, GraphError> {
    let found = api.engine.read_service_principals(&query.request.caller).await?;
    let resources = found
        .iter()
        .map(|(principal, application)| principal_json(principal, application))
        .collect();
    Ok(InMemory::sorted(resources, options))
}

/// `GET /servicePrincipals`
async fn list(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let options = limited(query.of_list(&SERVICE_PRINCIPALS)?);
    let sorted = all(&api, &query, &options).await?;
    let mut page = listing::page(&options, &sorted).await?;
    let kind = ObjectKind::ServicePrincipal;
    expand(&api, &query, &options, kind, &mut page.resources).await?;
    Ok(listing::answer_page(&query, &SERVICE_PRINCIPALS, &options, page))
}

/// `GET /servicePrincipals/$count`
async fn count(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let sorted = all(&api, &query, &QueryOptions::default()).await?;
    listing::answer_count(&query, &SERVICE_PRINCIPALS, &sorted).await
}

/// `GET /servicePrincipals/{id}`, `GET /servicePrincipals(appId='…')`
async fn one(State(api): State<Api>, Path(key): Path<String>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_one(&SERVICE_PRINCIPALS)?;
    let key = Key::of(&key);
    let (principal, application) = api
        .engine
        .read_service_principal(&query.request.caller, &key.text, key.is_alternate)
        .await?;
    let mut resource = listing::tagged(principal_json(&principal, &application), &principal);
    let kind = ObjectKind::ServicePrincipal;
    expand(&api, &query, &options, kind, slice::from_mut(&mut resource)).await?;
    Ok(listing::ok(&query, &SERVICE_PRINCIPALS, &options, resource))
}

/// `POST /servicePrincipals`
async fn create(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let app_id = fields.needed_text("appId")?;
    fields.pass_over(&["displayName", "accountEnabled", "tags", "servicePrincipalType"]);
    fields.end()?;
    let (principal, application) = api
        .engine
        .add_service_principal(&query.request.caller, &app_id)
        .await?;
    let resource = principal_json(&principal, &application);
    Ok(listing::created(&query, &SERVICE_PRINCIPALS, resource))
}

/// `PATCH /servicePrincipals/{id}`
async fn change(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let enabled = fields.switch("accountEnabled")?;
    let required = fields.switch("appRoleAssignmentRequired")?;
    fields.end()?;
    let key = Key::of(&key);
    api.engine
        .change_service_principal(&request.caller, &key.text, key.is_alternate, enabled, required)
        .await?;
    Ok(answer::no_content())
}

/// `DELETE /servicePrincipals/{id}`
async fn remove(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let key = Key::of(&key);
    api.engine
        .remove_service_principal(&request.caller, &key.text, key.is_alternate)
        .await?;
    Ok(answer::no_content())
}
