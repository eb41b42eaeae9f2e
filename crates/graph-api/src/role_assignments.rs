//! `/roleManagement/directory/roleAssignments`: who holds which directory role.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use lanyard_engine::RoleAssignment;
use serde_json::{Value, json};

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::listing::{self, InMemory};
use crate::odata::{Kind, Operators, Property, QueryOptions, Schema};
use crate::properties::Fields;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::roles::{definition_json, named_role, plain};
use crate::routes::Api;
use crate::{objects, user_resource};

static ASSIGNMENTS: Schema = plain(
    "unifiedRoleAssignment",
    "roleManagement/directory/roleAssignments",
    &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("principalId", Kind::Text, Operators::SWITCH),
        Property::shown("roleDefinitionId", Kind::Text, Operators::SWITCH),
        Property::shown("directoryScopeId", Kind::Text, Operators::SWITCH),
    ],
    &["principal", "roleDefinition"],
);

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route(
            "/roleManagement/directory/roleAssignments",
            get(assignments).post(assign),
        )
        .route(
            "/roleManagement/directory/roleAssignments/{id}",
            get(assignment).delete(unassign),
        )
}

fn assignment_json(assignment: &RoleAssignment) -> Value {
    json!({
        "id": assignment.id,
        "principalId": assignment.principal,
        "roleDefinitionId": assignment.role.0,
        "directoryScopeId": "/",
    })
}

/// `GET /roleManagement/directory/roleAssignments`
async fn assignments(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_list(&ASSIGNMENTS)?;
    let all = api.engine.read_role_assignments(&query.request.caller).await?;
    let sorted = InMemory::sorted(all.iter().map(assignment_json).collect(), &options);
    let mut page = listing::page(&options, &sorted).await?;
    for resource in &mut page.resources {
        expand(&api, &query, &options, resource).await;
    }
    Ok(listing::answer_page(&query, &ASSIGNMENTS, &options, page))
}

async fn expand(api: &Api, query: &Query, options: &QueryOptions, resource: &mut Value) {
    let Some(relation) = options.expand.as_ref().map(|expand| expand.relation.as_str()) else {
        return;
    };
    let text = |name: &str| {
        resource
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let expanded = if relation == "principal" {
        let key = text("principalId");
        let found = api.engine.read_user(&query.request.caller, &key).await;
        found.map_or(Value::Null, |(user, view)| {
            let mut value = objects::user_json(&user, view);
            if let Some(members) = value.as_object_mut() {
                let is_shown = |name: &str| user_resource::SCHEMA.default_names().any(|shown| shown == name);
                members.retain(|name, _| name.starts_with('@') || is_shown(name));
            }
            value
        })
    } else {
        named_role(&text("roleDefinitionId")).map_or(Value::Null, |(role, name)| definition_json(role, name))
    };
    if let Some(members) = resource.as_object_mut() {
        members.insert(relation.to_owned(), expanded);
    }
}

/// `GET /roleManagement/directory/roleAssignments/{id}`
async fn assignment(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let options = query.of_one(&ASSIGNMENTS)?;
    let all = api.engine.read_role_assignments(&query.request.caller).await?;
    let Some(found) = all.iter().find(|one| one.id.to_string() == id) else {
        return Err(GraphError::no_resource(&crate::odata::shown(&id)));
    };
    let mut resource = assignment_json(found);
    expand(&api, &query, &options, &mut resource).await;
    Ok(listing::ok(&query, &ASSIGNMENTS, &options, resource))
}

/// `POST /roleManagement/directory/roleAssignments`
async fn assign(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let principal = fields.needed_guid("principalId")?;
    let role = fields.needed_guid("roleDefinitionId")?;
    let scope = fields.text_or_null("directoryScopeId")?.flatten();
    if scope.is_some_and(|scope| scope != "/") {
        let message = "Roles are given in the whole directory only: '/'.";
        return Err(GraphError::at_property("directoryScopeId", message));
    }
    fields.end()?;
    let made = api
        .engine
        .give_role(&query.request.caller, &principal.to_string(), role)
        .await?;
    Ok(listing::created(&query, &ASSIGNMENTS, assignment_json(&made)))
}

/// `DELETE /roleManagement/directory/roleAssignments/{id}`
async fn unassign(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    api.engine.take_role(&request.caller, &id).await?;
    Ok(answer::no_content())
}
