//! `/directory/deletedItems`: what can still be restored.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use lanyard_engine::administer::DeletedPkiItem;
use serde_json::Value;

use crate::answer;
use crate::deleted_objects;
use crate::error::GraphError;
use crate::listing;
use crate::odata::Schema;
use crate::pki_resource::{AUTHORITIES, CONTAINERS, deleted_resource};
use crate::pki_store::{object_id, with_context};
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route(
            "/directory/deletedItems/microsoft.graph.certificateBasedAuthPki",
            get(containers),
        )
        .route(
            "/directory/deletedItems/microsoft.graph.certificateAuthorityDetail",
            get(authorities),
        )
        .route("/directory/deletedItems/{id}", get(one).delete(purge))
        .route("/directory/deletedItems/{id}/restore", post(restore))
}

async fn containers(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    list(&api, query, &CONTAINERS, |item| {
        matches!(item, DeletedPkiItem::Container(_))
    })
    .await
}

async fn authorities(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    list(&api, query, &AUTHORITIES, |item| {
        matches!(item, DeletedPkiItem::Authority(_))
    })
    .await
}

async fn list(
    api: &Api,
    query: Query,
    schema: &Schema,
    wanted: impl Fn(&DeletedPkiItem) -> bool,
) -> Result<Response, GraphError> {
    let items = api.engine.deleted_pki_items(&query.request.caller).await?;
    let now = api.engine.now();
    let value: Vec<Value> = items
        .iter()
        .filter(|item| wanted(item))
        .map(|item| deleted_resource(item, now))
        .collect();
    listing::answer_all(&query.within("directory/deletedItems".to_owned()), schema, value).await
}

async fn one(State(api): State<Api>, Path(id): Path<String>, query: Query) -> Result<Response, GraphError> {
    if deleted_objects::is_here(&api, &id, &query).await? {
        return deleted_objects::one(&api, &id, &query).await;
    }
    let request = &query.request;
    let items = api.engine.deleted_pki_items(&request.caller).await?;
    let wanted = object_id(&id)?;
    let item = items
        .iter()
        .find(|item| item.id() == wanted)
        .ok_or_else(|| GraphError::no_resource(&id))?;
    Ok(answer_item(&api, request, item))
}

/// Rule `GRAPH-RESTORE`: `restore` answers 200 with what came back; deleting a deleted item is for good.
/// Source: certificate-sign-in §2.3.
async fn restore(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    if deleted_objects::is_here(&api, &id, &query).await? {
        return deleted_objects::restore(&api, &id, &query).await;
    }
    let request = &query.request;
    let item = api
        .engine
        .restore_pki_item(&request.caller, object_id(&id)?)
        .await?;
    Ok(answer_item(&api, request, &item))
}

async fn purge(State(api): State<Api>, Path(id): Path<String>, query: Query) -> Result<Response, GraphError> {
    if deleted_objects::is_here(&api, &id, &query).await? {
        return deleted_objects::remove(&api, &id, &query).await;
    }
    let request = &query.request;
    api.engine
        .purge_pki_item(&request.caller, object_id(&id)?)
        .await?;
    Ok(answer::no_content())
}

fn answer_item(api: &Api, request: &GraphRequest, item: &DeletedPkiItem) -> Response {
    let context = request.context("directory/deletedItems/$entity");
    let body = with_context(context, deleted_resource(item, api.engine.now()));
    answer::json(StatusCode::OK, &body)
}
