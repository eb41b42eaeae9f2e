//! Directory roles: their definitions, and the older `/directoryRoles`.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{delete, get, post};
use lanyard_engine::DirectoryRole;
use serde_json::{Value, json};

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::key::Key;
use crate::listing::{self, InMemory};
use crate::odata::{Kind, Operators, Property, Schema};
use crate::properties::Fields;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;
use crate::{group_body, group_resource, user_resource};

/// A resource that knows no advanced mode.
pub(crate) const fn plain(
    type_name: &'static str,
    set_name: &'static str,
    properties: &'static [Property],
    expandable: &'static [&'static str],
) -> Schema {
    Schema {
        type_name,
        set_name,
        properties,
        has_advanced_mode: false,
        max_page: 999,
        default_page: 100,
        searchable: &[],
        expandable,
    }
}

static DEFINITIONS: Schema = plain(
    "unifiedRoleDefinition",
    "roleManagement/directory/roleDefinitions",
    &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("description", Kind::Text, Operators::WORDS),
        Property::shown("isBuiltIn", Kind::Boolean, Operators::SWITCH),
        Property::shown("isEnabled", Kind::Boolean, Operators::SWITCH),
        Property::shown("templateId", Kind::Text, Operators::SWITCH),
        Property::shown("version", Kind::Text, Operators::NONE),
        Property::shown("resourceScopes", Kind::Texts, Operators::NONE),
        Property::shown("rolePermissions", Kind::Objects, Operators::NONE),
        Property::shown("inheritsPermissionsFrom", Kind::Objects, Operators::NONE),
    ],
    &[],
);

static TEMPLATES: Schema = plain(
    "directoryRoleTemplate",
    "directoryRoleTemplates",
    &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("deletedDateTime", Kind::Moment, Operators::NONE),
        Property::shown("description", Kind::Text, Operators::NONE),
        Property::shown("displayName", Kind::Text, Operators::NAME),
    ],
    &[],
);

pub(crate) static ROLES: Schema = plain(
    "directoryRole",
    "directoryRoles",
    &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("deletedDateTime", Kind::Moment, Operators::NONE),
        Property::shown("description", Kind::Text, Operators::NONE),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("roleTemplateId", Kind::Text, Operators::SWITCH),
    ],
    &["members"],
);

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/roleManagement/directory/roleDefinitions", get(definitions))
        .route("/roleManagement/directory/roleDefinitions/{id}", get(definition))
        .route("/directoryRoles", get(roles).post(activate))
        .route("/directoryRoles/{id}", get(role))
        .route("/directoryRoles/{id}/members", get(members))
        .route("/directoryRoles/{id}/members/$ref", post(add_member))
        .route(
            "/directoryRoles/{id}/members/{member}/$ref",
            delete(remove_member),
        )
        .route("/directoryRoleTemplates", get(templates))
}

/// Rule `GRAPH-ROLE-DEFINITION`: the built-in roles are there under their template ids, each with the actions it allows here; they are
/// fixed in the product and cannot be changed. Source: directory-policy-tokens §2.7.
pub(crate) fn definition_json(role: DirectoryRole, name: &str) -> Value {
    json!({
        "id": role.0,
        "displayName": name,
        "description": format!("Built-in role {name}."),
        "isBuiltIn": true,
        "isEnabled": true,
        "templateId": role.0,
        "version": "1",
        "resourceScopes": ["/"],
        "rolePermissions": [{ "allowedResourceActions": role.allowed_actions(), "condition": null }],
        "inheritsPermissionsFrom": [],
    })
}

/// A directory role as `/directoryRoles` shows it.
pub(crate) fn role_json(role: DirectoryRole, name: &str) -> Value {
    json!({
        "id": role.0,
        "deletedDateTime": null,
        "description": format!("Built-in role {name}."),
        "displayName": name,
        "roleTemplateId": role.0,
    })
}

/// The built-in role that a path or body names.
pub(crate) fn named_role(key: &str) -> Result<(DirectoryRole, &'static str), GraphError> {
    let key = Key::of(key);
    DirectoryRole::BUILT_IN
        .iter()
        .find(|(role, _)| role.0.to_string().eq_ignore_ascii_case(&key.text))
        .copied()
        .ok_or_else(|| GraphError::no_resource(&crate::odata::shown(&key.text)))
}

/// `GET /roleManagement/directory/roleDefinitions`
async fn definitions(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    api.engine.may_read_roles(&query.request.caller)?;
    let options = query.of_list(&DEFINITIONS)?;
    let resources = DirectoryRole::BUILT_IN
        .iter()
        .map(|(role, name)| definition_json(*role, name))
        .collect();
    let sorted = InMemory::sorted(resources, &options);
    listing::answer(&query, &DEFINITIONS, &options, &sorted).await
}

/// `GET /roleManagement/directory/roleDefinitions/{id}`
async fn definition(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    api.engine.may_read_roles(&query.request.caller)?;
    let options = query.of_one(&DEFINITIONS)?;
    let (role, name) = named_role(&id)?;
    let resource = definition_json(role, name);
    Ok(listing::ok(&query, &DEFINITIONS, &options, resource))
}

/// `GET /directoryRoles`: those that somebody holds.
async fn roles(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_list(&ROLES)?;
    let held = api.engine.read_role_assignments(&query.request.caller).await?;
    let resources = DirectoryRole::BUILT_IN
        .iter()
        .filter(|(role, _)| held.iter().any(|assignment| assignment.role == *role))
        .map(|(role, name)| role_json(*role, name))
        .collect();
    let sorted = InMemory::sorted(resources, &options);
    listing::answer(&query, &ROLES, &options, &sorted).await
}

/// `GET /directoryRoleTemplates`
async fn templates(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    api.engine.may_read_roles(&query.request.caller)?;
    let value: Vec<Value> = DirectoryRole::BUILT_IN
        .iter()
        .map(|(role, name)| json!({ "id": role.0, "deletedDateTime": null, "description": null, "displayName": name }))
        .collect();
    listing::answer_all(&query, &TEMPLATES, value).await
}

/// `POST /directoryRoles`: every role is active here, so this only answers with it.
async fn activate(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    api.engine.may_read_roles(&query.request.caller)?;
    let mut fields = Fields::of(body)?;
    let template = fields.needed_text("roleTemplateId")?;
    fields.end()?;
    let (role, name) = named_role(&template)?;
    Ok(listing::created(&query, &ROLES, role_json(role, name)))
}

/// `GET /directoryRoles/{id}`
async fn role(State(api): State<Api>, Path(id): Path<String>, query: Query) -> Result<Response, GraphError> {
    api.engine.may_read_roles(&query.request.caller)?;
    let options = query.of_one(&ROLES)?;
    let (role, name) = named_role(&id)?;
    Ok(listing::ok(&query, &ROLES, &options, role_json(role, name)))
}

/// `GET /directoryRoles/{id}/members`
async fn members(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let schema = &group_resource::MEMBERS;
    let options = query.of_list(schema)?;
    let (role, _) = named_role(&id)?;
    let caller = &query.request.caller;
    let mut resources = Vec::new();
    for assignment in api.engine.read_role_assignments(caller).await? {
        if assignment.role != role {
            continue;
        }
        let key = assignment.principal.to_string();
        let mut resource = match api.engine.read_user(caller, &key).await {
            Ok((user, view)) => user_resource::to_json(&user, view),
            // Who may read roles but no users sees who it is by id.
            Err(_) => json!({ "id": assignment.principal }),
        };
        if let Some(members) = resource.as_object_mut() {
            members.shift_insert(0, "@odata.type".to_owned(), json!("#microsoft.graph.user"));
        }
        resources.push(resource);
    }
    let sorted = InMemory::sorted(resources, &options);
    listing::answer(&query, schema, &options, &sorted).await
}

/// `POST /directoryRoles/{id}/members/$ref`
async fn add_member(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let (role, _) = named_role(&id)?;
    let member = group_body::read_reference(body)?;
    api.engine
        .give_role(&request.caller, &member.to_string(), role.0)
        .await?;
    Ok(answer::no_content())
}

/// `DELETE /directoryRoles/{id}/members/{member}/$ref`
async fn remove_member(
    State(api): State<Api>,
    Path((id, member)): Path<(String, String)>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let (role, _) = named_role(&id)?;
    let all = api.engine.read_role_assignments(&request.caller).await?;
    let found = all
        .iter()
        .find(|one| one.role == role && one.principal.to_string().eq_ignore_ascii_case(&member));
    let Some(found) = found else {
        return Err(GraphError::no_resource(&crate::odata::shown(&member)));
    };
    api.engine
        .take_role(&request.caller, &found.id.to_string())
        .await?;
    Ok(answer::no_content())
}
