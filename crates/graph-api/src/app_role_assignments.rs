//! Who was given which role of an application: `appRoleAssignments` of users, groups and service principals, and
//! `appRoleAssignedTo` of resources.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{delete, get};
use lanyard_engine::{AppId, AppRoleAssignment, PrincipalType};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::ids;
use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::key::Key;
use crate::listing::{self, InMemory, Source};
use crate::odata::{Cursor, Kind, Operators, Property, Schema};
use crate::properties::Fields;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;
use crate::users::{named, own_id};

/// Source: directory-policy-tokens §2.5.
static ASSIGNMENTS: Schema = Schema {
    type_name: "appRoleAssignment",
    set_name: "appRoleAssignments",
    properties: &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("appRoleId", Kind::Text, Operators::SWITCH),
        Property::shown("createdDateTime", Kind::Moment, Operators::MOMENT),
        Property::shown("principalDisplayName", Kind::Text, Operators::WORDS),
        Property::shown("principalId", Kind::Text, Operators::SWITCH),
        Property::shown("principalType", Kind::Text, Operators::SWITCH),
        Property::shown("resourceDisplayName", Kind::Text, Operators::WORDS),
        Property::shown("resourceId", Kind::Text, Operators::SWITCH),
    ],
    has_advanced_mode: false,
    max_page: 999,
    default_page: 100,
    searchable: &[],
    expandable: &[],
};

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route(
            "/servicePrincipals/{key}/appRoleAssignedTo",
            get(assigned_to).post(assign),
        )
        .route("/servicePrincipals/{key}/appRoleAssignedTo/{id}", delete(remove))
        .route(
            "/servicePrincipals/{key}/appRoleAssignments",
            get(of_principal).post(assign),
        )
        .route("/servicePrincipals/{key}/appRoleAssignments/{id}", delete(remove))
        .route("/users/{key}/appRoleAssignments", get(of_user).post(assign))
        .route("/users/{key}/appRoleAssignments/{id}", delete(remove))
        .route("/groups/{key}/appRoleAssignments", get(of_group).post(assign))
        .route("/groups/{key}/appRoleAssignments/{id}", delete(remove))
        .route("/me/appRoleAssignments", get(own))
}

async fn to_json(api: &Api, request: &GraphRequest, assignment: &AppRoleAssignment) -> Value {
    let engine = &api.engine;
    let caller = &request.caller;
    let resource = assignment.resource.to_string();
    let found = engine.read_service_principal(caller, &resource, true).await.ok();
    let principal = engine
        .object_name(caller, assignment.principal)
        .await
        .ok()
        .flatten();
    json!({
        "id": assignment.id,
        "deletedDateTime": null,
        "appRoleId": assignment.app_role,
        "createdDateTime": assignment.created,
        "principalDisplayName": principal,
        "principalId": assignment.principal,
        "principalType": assignment.principal_type,
        "resourceDisplayName": found.as_ref().map(|(_, application)| &application.display_name),
        "resourceId": found.as_ref().map(|(principal, _)| principal.id),
    })
}

async fn list(api: &Api, query: &Query, assignments: Vec<AppRoleAssignment>) -> Result<Response, GraphError> {
    let options = query.of_list(&ASSIGNMENTS)?;
    let mut resources = Vec::new();
    for assignment in &assignments {
        resources.push(to_json(api, &query.request, assignment).await);
    }
    let sorted = InMemory::sorted(resources, &options);
    listing::answer(query, &ASSIGNMENTS, &options, &sorted).await
}

/// Who was given roles of a resource: it may be everybody in the tenant.
struct AssignedTo<'a> {
    api: &'a Api,
    query: &'a Query,
    resource: AppId,
}

impl Source for AssignedTo<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let request = &self.query.request;
        let after = after.map(|cursor| cursor.id);
        let engine = &self.api.engine;
        let page = engine.app_role_assigned_to(&request.caller, self.resource, after, limit);
        let mut rows = Vec::new();
        for assignment in page.await? {
            let place = Cursor {
                key: String::new(),
                id: assignment.id,
            };
            rows.push((place, to_json(self.api, request, &assignment).await));
        }
        Ok(rows)
    }
}

/// `GET /servicePrincipals/{id}/appRoleAssignedTo`
async fn assigned_to(
    State(api): State<Api>,
    Path(key): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let key = Key::of(&key);
    let caller = &query.request.caller;
    let (resource, _) = api
        .engine
        .read_service_principal(caller, &key.text, key.is_alternate)
        .await?;
    let options = query.of_list(&ASSIGNMENTS)?;
    let pinned = options
        .filter
        .as_ref()
        .and_then(|filter| ids(filter, "principalId"));
    if let Some([principal]) = pinned.as_deref() {
        let mut found = api.engine.app_role_assignments_of(caller, *principal).await?;
        found.retain(|assignment| assignment.resource == resource.app_id);
        return list(&api, &query, found).await;
    }
    let assigned = AssignedTo {
        api: &api,
        query: &query,
        resource: resource.app_id,
    };
    if options.order.is_some() {
        let sorted = InMemory::gathered(&options, &assigned).await?;
        return listing::answer(&query, &ASSIGNMENTS, &options, &sorted).await;
    }
    listing::answer(&query, &ASSIGNMENTS, &options, &assigned).await
}

/// `GET /servicePrincipals/{id}/appRoleAssignments`
async fn of_principal(
    State(api): State<Api>,
    Path(key): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let key = Key::of(&key);
    let caller = &query.request.caller;
    let (principal, _) = api
        .engine
        .read_service_principal(caller, &key.text, key.is_alternate)
        .await?;
    let found = api.engine.app_role_assignments_of(caller, principal.id).await?;
    list(&api, &query, found).await
}

/// `GET /users/{id}/appRoleAssignments`
async fn of_user(
    State(api): State<Api>,
    Path(key): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let key = named(&query.request, key)?;
    let (user, _) = api.engine.read_user(&query.request.caller, &key).await?;
    let found = api
        .engine
        .app_role_assignments_of(&query.request.caller, user.id.0);
    list(&api, &query, found.await?).await
}

/// `GET /groups/{id}/appRoleAssignments`
async fn of_group(
    State(api): State<Api>,
    Path(key): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let group = api.engine.read_group(&query.request.caller, &key).await?;
    let found = api
        .engine
        .app_role_assignments_of(&query.request.caller, group.id.0);
    list(&api, &query, found.await?).await
}

/// `GET /me/appRoleAssignments`
async fn own(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let own = own_id(&query.request)?;
    let id = Uuid::try_parse(&own).unwrap_or_default();
    let found = api
        .engine
        .app_role_assignments_of(&query.request.caller, id)
        .await?;
    list(&api, &query, found).await
}

/// `POST …/appRoleAssignments`, `POST …/appRoleAssignedTo`: all three ids stand in the body.
async fn assign(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let caller = &query.request.caller;
    let mut fields = Fields::of(body)?;
    let principal = fields.needed_guid("principalId")?;
    let resource = fields.needed_guid("resourceId")?;
    let role = fields.needed_guid("appRoleId")?;
    fields.pass_over(&["principalType", "principalDisplayName", "resourceDisplayName"]);
    fields.end()?;
    let (resource, _) = api
        .engine
        .read_service_principal(caller, &resource.to_string(), false)
        .await?;
    let kind: PrincipalType = api.engine.principal_type(caller, principal).await?;
    let made = api
        .engine
        .assign_app_role(caller, (kind, principal), resource.app_id, role)
        .await?;
    let resource = to_json(&api, &query.request, &made).await;
    Ok(listing::created(&query, &ASSIGNMENTS, resource))
}

/// `DELETE …/appRoleAssignments/{id}`, `DELETE …/appRoleAssignedTo/{id}`
async fn remove(
    State(api): State<Api>,
    Path((_, id)): Path<(String, String)>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let id = Uuid::try_parse(&id).map_err(|_| GraphError::no_resource(&crate::odata::shown(&id)))?;
    api.engine.remove_app_role_assignment(&request.caller, id).await?;
    Ok(answer::no_content())
}
