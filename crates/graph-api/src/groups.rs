//! `/groups`.

use std::slice;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use lanyard_engine::{Group, KeyPlace, KeyRange, ObjectKind, User};
use serde_json::Value;

use crate::access::ids;
use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::expand::{expand, limited};
use crate::group_plan::plan;
use crate::listing::{self, InMemory, Source};
use crate::odata::Cursor;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;
use crate::{group_body, group_resource, objects};

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/groups", get(list).post(create))
        .route("/groups/$count", get(count))
        .route("/groups/{group}", get(one).patch(change).delete(remove))
}

struct Groups<'a> {
    api: &'a Api,
    query: &'a Query,
    range: KeyRange,
}

impl Source for Groups<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let after = after.map(|cursor| KeyPlace {
            key: cursor.key.clone(),
            id: cursor.id,
        });
        let engine = &self.api.engine;
        let groups = engine.group_page(&self.query.request.caller, &self.range, after.as_ref(), limit);
        let place = |group: &Group| Cursor {
            key: User::name_key(&group.display_name),
            id: group.id.0,
        };
        Ok(groups
            .await?
            .iter()
            .map(|group| (place(group), group_resource::to_json(group)))
            .collect())
    }

    async fn total(&self) -> Result<Option<u64>, GraphError> {
        Ok(Some(
            self.api.engine.count_groups(&self.query.request.caller).await?,
        ))
    }
}

/// `GET /groups`
async fn list(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let schema = &group_resource::SCHEMA;
    let options = limited(query.of_list(schema)?);
    if let Some(wanted) = options.filter.as_ref().and_then(|filter| ids(filter, "id")) {
        let caller = &query.request.caller;
        let found = api.engine.read_objects(caller, &wanted, &[ObjectKind::Group]);
        let resources = found.await?.iter().map(objects::object_plain).collect();
        let sorted = InMemory::sorted(resources, &options);
        let mut page = listing::page(&options, &sorted).await?;
        expand(&api, &query, &options, ObjectKind::Group, &mut page.resources).await?;
        return Ok(listing::answer_page(&query, schema, &options, page));
    }
    let plan = plan(&options);
    let groups = Groups {
        api: &api,
        query: &query,
        range: plan.range,
    };
    let mut page = if plan.sort_in_memory {
        let sorted = InMemory::gathered(&options, &groups).await?;
        listing::page(&options, &sorted).await?
    } else {
        listing::page(&options, &groups).await?
    };
    expand(&api, &query, &options, ObjectKind::Group, &mut page.resources).await?;
    Ok(listing::answer_page(&query, schema, &options, page))
}

/// `GET /groups/$count`
async fn count(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let groups = Groups {
        api: &api,
        query: &query,
        range: KeyRange::all(),
    };
    listing::answer_count(&query, &group_resource::SCHEMA, &groups).await
}

/// `GET /groups/{id}`
async fn one(
    State(api): State<Api>,
    Path(group): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let schema = &group_resource::SCHEMA;
    let options = query.of_one(schema)?;
    let group = api.engine.read_group(&query.request.caller, &group).await?;
    let mut resource = listing::tagged(group_resource::to_json(&group), &group);
    expand(
        &api,
        &query,
        &options,
        ObjectKind::Group,
        slice::from_mut(&mut resource),
    )
    .await?;
    Ok(listing::ok(&query, schema, &options, resource))
}

/// `POST /groups`
async fn create(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let new = group_body::read_new(body)?;
    let group = api.engine.add_group(&query.request.caller, &new).await?;
    Ok(listing::created(
        &query,
        &group_resource::SCHEMA,
        group_resource::to_json(&group),
    ))
}

/// `PATCH /groups/{id}`
async fn change(
    State(api): State<Api>,
    Path(group): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let changes = group_body::read(body)?;
    api.engine
        .change_group_by(&request.caller, &group, &changes)
        .await?;
    Ok(answer::no_content())
}

/// `DELETE /groups/{id}`
async fn remove(
    State(api): State<Api>,
    Path(group): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    api.engine.remove_group(&request.caller, &group).await?;
    Ok(answer::no_content())
}
