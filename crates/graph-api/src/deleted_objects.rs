//! `/directory/deletedItems`: users, groups and applications.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use lanyard_engine::administer::DeletedObject;
use lanyard_engine::{DeletedKind, ProfileView};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer;
use crate::error::GraphError;
use crate::listing::{self, Source};
use crate::odata::{Cursor, QueryOptions, Schema};
use crate::query::Query;
use crate::routes::Api;
use crate::{application_resource, group_resource, user_resource};

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/directory/deletedItems/microsoft.graph.user", get(users))
        .route("/directory/deletedItems/microsoft.graph.group", get(groups))
        .route(
            "/directory/deletedItems/microsoft.graph.application",
            get(applications),
        )
}

fn schema_of(object: &DeletedObject) -> &'static Schema {
    match object {
        DeletedObject::User(_) => &user_resource::SCHEMA,
        DeletedObject::Group(_) => &group_resource::SCHEMA,
        DeletedObject::Application(_) => &application_resource::APPLICATIONS,
    }
}

fn to_json(object: &DeletedObject, deleted_us: Option<i64>) -> (Uuid, Value) {
    let (id, mut value, kind) = match object {
        DeletedObject::User(user) => (
            user.id.0,
            user_resource::to_json(user, ProfileView::Full),
            "#microsoft.graph.user",
        ),
        DeletedObject::Group(group) => (
            group.id.0,
            group_resource::to_json(group),
            "#microsoft.graph.group",
        ),
        DeletedObject::Application(application) => (
            application.id,
            application_resource::to_json(application),
            "#microsoft.graph.application",
        ),
    };
    if let Some(members) = value.as_object_mut() {
        members.shift_insert(0, "@odata.type".to_owned(), json!(kind));
        let moment = deleted_us.and_then(|micros| Timestamp::from_microsecond(micros).ok());
        members.insert("deletedDateTime".to_owned(), json!(moment));
    }
    (id, value)
}

struct Deleted<'a> {
    api: &'a Api,
    query: &'a Query,
    kind: DeletedKind,
}

impl Source for Deleted<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let after = after.map(|cursor| cursor.id);
        let engine = &self.api.engine;
        let rows = engine.deleted_page(&self.query.request.caller, self.kind, after, limit);
        Ok(rows
            .await?
            .iter()
            .map(|(deleted_us, object)| {
                let (id, value) = to_json(object, Some(*deleted_us));
                let key = String::new();
                (Cursor { key, id }, value)
            })
            .collect())
    }
}

async fn list(api: &Api, query: &Query, kind: DeletedKind, schema: &Schema) -> Result<Response, GraphError> {
    let options = query.of_list(schema)?;
    let deleted = Deleted { api, query, kind };
    listing::answer(query, schema, &options, &deleted).await
}

/// `GET /directory/deletedItems/microsoft.graph.user`
async fn users(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    list(&api, &query, DeletedKind::User, &user_resource::SCHEMA).await
}

/// `GET /directory/deletedItems/microsoft.graph.group`
async fn groups(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    list(&api, &query, DeletedKind::Group, &group_resource::SCHEMA).await
}

/// `GET /directory/deletedItems/microsoft.graph.application`
async fn applications(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let schema = &application_resource::APPLICATIONS;
    list(&api, &query, DeletedKind::Application, schema).await
}

/// `GET /directory/deletedItems/{id}`
pub(crate) async fn one(api: &Api, id: &str, query: &Query) -> Result<Response, GraphError> {
    let (deleted_us, object) = api.engine.read_deleted(&query.request.caller, id).await?;
    let schema = schema_of(&object);
    let options = query.of_one(schema)?;
    let (_, resource) = to_json(&object, Some(deleted_us));
    Ok(listing::ok(query, schema, &options, resource))
}

/// `DELETE /directory/deletedItems/{id}`: for good.
pub(crate) async fn remove(api: &Api, id: &str, query: &Query) -> Result<Response, GraphError> {
    api.engine.delete_for_good(&query.request.caller, id).await?;
    Ok(answer::no_content())
}

/// `POST /directory/deletedItems/{id}/restore`
pub(crate) async fn restore(api: &Api, id: &str, query: &Query) -> Result<Response, GraphError> {
    let object = api.engine.restore_deleted(&query.request.caller, id).await?;
    let (_, resource) = to_json(&object, None);
    let options = QueryOptions::default();
    Ok(listing::ok(query, schema_of(&object), &options, resource))
}

/// Whether an id is to be answered as a user, group or application: it is one, or the caller may not see any other kind.
pub(crate) async fn is_here(api: &Api, id: &str, query: &Query) -> Result<bool, GraphError> {
    let caller = &query.request.caller;
    Ok(
        api.engine.is_deleted_object(caller, id).await?
            || api.engine.deleted_pki_items(caller).await.is_err(),
    )
}
