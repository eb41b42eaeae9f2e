//! Objects of any kind: their JSON with its type, `/directoryObjects`, and paths that narrow a list to one kind.

use axum::Router;
use axum::extract::{FromRequestParts, Path, RawPathParams, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::request::Parts;
use lanyard_engine::{DirectoryObject, DirectoryRole, Group, ObjectKind, ProfileView, User};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::listing;
use crate::odata::{Schema, shown};
use crate::properties::Fields;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;
use crate::users::{named, own_id};
use crate::{application_resource, devices, group_resource, roles, user_resource};

/// Most ids of one request. Source: directory-policy-tokens §0.1.
const MAX_IDS: usize = 1000;

/// Published types that clients name among others, and of which there are no objects here: the Azure CLI asks for them.
const NOT_KEPT: &[&str] = &["directoryObjectPartnerReference"];

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/directoryObjects/{key}", get(one))
        .route("/directoryObjects/getByIds", post(by_ids))
        .route("/directoryObjects/microsoft.graph.getByIds", post(by_ids))
}

/// What Graph calls a kind of object.
pub(crate) fn type_name(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "user",
        ObjectKind::Group => "group",
        ObjectKind::Application => "application",
        ObjectKind::ServicePrincipal => "servicePrincipal",
        ObjectKind::Device => "device",
        ObjectKind::Role => "directoryRole",
    }
}

fn kind_named(name: &str) -> Option<ObjectKind> {
    ObjectKind::ALL.into_iter().find(|kind| type_name(*kind) == name)
}

/// What can be asked about objects of a kind, or about objects of any.
pub(crate) fn schema_of(kind: Option<ObjectKind>) -> &'static Schema {
    match kind {
        None => &group_resource::MEMBERS,
        Some(ObjectKind::User) => &user_resource::SCHEMA,
        Some(ObjectKind::Group) => &group_resource::SCHEMA,
        Some(ObjectKind::Application) => &application_resource::APPLICATIONS,
        Some(ObjectKind::ServicePrincipal) => &application_resource::SERVICE_PRINCIPALS,
        Some(ObjectKind::Device) => &devices::SCHEMA,
        Some(ObjectKind::Role) => &roles::ROLES,
    }
}

fn typed(mut value: Value, kind: ObjectKind) -> Value {
    if let Some(members) = value.as_object_mut() {
        let name = format!("#microsoft.graph.{}", type_name(kind));
        members.shift_insert(0, "@odata.type".to_owned(), json!(name));
    }
    value
}

/// A person with the type.
pub(crate) fn user_json(user: &User, view: ProfileView) -> Value {
    typed(user_resource::to_json(user, view), ObjectKind::User)
}

/// A group with its type.
pub(crate) fn group_json(group: &Group) -> Value {
    typed(group_resource::to_json(group), ObjectKind::Group)
}

/// A directory role with its type.
pub(crate) fn role_json(role: DirectoryRole) -> Value {
    let name = role.display_name().unwrap_or_default();
    typed(roles::role_json(role, name), ObjectKind::Role)
}

/// An object with all its properties and its type.
pub(crate) fn object_json(object: &DirectoryObject) -> Value {
    match object {
        DirectoryObject::User(user, view) => user_json(user, *view),
        DirectoryObject::Group(group) => group_json(group),
        DirectoryObject::Application(application) => typed(
            application_resource::to_json(application),
            ObjectKind::Application,
        ),
        DirectoryObject::ServicePrincipal(both) => typed(
            application_resource::principal_json(&both.0, &both.1),
            ObjectKind::ServicePrincipal,
        ),
        DirectoryObject::Device(device) => typed(devices::to_json(device), ObjectKind::Device),
        DirectoryObject::Role(role) => role_json(*role),
    }
}

/// The same without its type, for lists that hold one kind only.
pub(crate) fn object_plain(object: &DirectoryObject) -> Value {
    let mut value = object_json(object);
    if let Some(members) = value.as_object_mut() {
        members.shift_remove("@odata.type");
    }
    value
}

/// What a path is about: the object that `{key}` names, or the caller below `/me`, and the kind that `{cast}` narrows a list to.
pub(crate) struct Target {
    key: Option<String>,
    /// The kind a list is narrowed to.
    pub(crate) kind: Option<ObjectKind>,
}

impl<S: Send + Sync> FromRequestParts<S> for Target {
    type Rejection = GraphError;

    /// Rule `GRAPH-CAST`: a list of objects of several kinds is narrowed to one by a last segment with the name of its type
    /// (`/microsoft.graph.user`); the properties and operators are then those of that type. Source: directory-policy-tokens §2.3.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, GraphError> {
        let parameters = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| GraphError::no_segment(parts.uri.path()))?;
        let value = |wanted: &str| {
            let mut all = parameters.iter();
            all.find(|(name, _)| *name == wanted)
                .map(|(_, value)| value.to_owned())
        };
        let kind = match value("cast") {
            None => None,
            Some(cast) => {
                let name = cast
                    .strip_prefix("microsoft.graph.")
                    .or_else(|| cast.strip_prefix("graph."));
                let kind = name.and_then(kind_named);
                Some(kind.ok_or_else(|| GraphError::no_segment(&shown(&cast)))?)
            }
        };
        Ok(Self {
            key: value("key"),
            kind,
        })
    }
}

impl Target {
    /// Id or name of the object.
    pub(crate) fn key(&self, request: &GraphRequest) -> Result<String, GraphError> {
        match &self.key {
            Some(key) => named(request, key.clone()),
            None => own_id(request),
        }
    }
}

/// Only what is of the kind a list is narrowed to.
pub(crate) fn narrowed(mut resources: Vec<Value>, kind: Option<ObjectKind>) -> Vec<Value> {
    if let Some(kind) = kind {
        let name = format!("#microsoft.graph.{}", type_name(kind));
        resources.retain(|resource| resource.get("@odata.type").and_then(Value::as_str) == Some(&name));
    }
    resources
}

/// `GET /directoryObjects/{id}`
async fn one(State(api): State<Api>, Path(key): Path<String>, query: Query) -> Result<Response, GraphError> {
    let not_found = || GraphError::no_resource(&shown(&key));
    let id = Uuid::try_parse(&key).map_err(|_| not_found())?;
    let found = api
        .engine
        .read_objects(&query.request.caller, &[id], &ObjectKind::ALL)
        .await?;
    let object = found.first().ok_or_else(not_found)?;
    listing::found(&query, schema_of(None), object_json(object))
}

/// `POST /directoryObjects/getByIds`
async fn by_ids(
    State(api): State<Api>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let given = fields.needed_texts("ids")?;
    let types = fields.texts("types")?.unwrap_or_default();
    fields.end()?;
    if given.len() > MAX_IDS {
        let message = format!("At most {MAX_IDS} objects are asked for at once.");
        return Err(GraphError::at_property("ids", message));
    }
    let mut ids = Vec::with_capacity(given.len());
    for text in &given {
        let id = Uuid::try_parse(text)
            .map_err(|_| GraphError::at_property("ids", format!("'{}' is not an object id.", shown(text))))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let mut kinds = Vec::new();
    for name in &types {
        match kind_named(name) {
            Some(kind) => kinds.push(kind),
            None if name == "directoryObject" => kinds.extend(ObjectKind::ALL),
            None if NOT_KEPT.contains(&name.as_str()) => {}
            None => {
                let message = format!("'{}' is not a type of objects here.", shown(name));
                return Err(GraphError::at_property("types", message));
            }
        }
    }
    if types.is_empty() {
        kinds.extend(ObjectKind::ALL);
    }
    let found = api.engine.read_objects(&request.caller, &ids, &kinds).await?;
    let value: Vec<Value> = found.iter().map(object_json).collect();
    let body = json!({ "@odata.context": request.context("directoryObjects"), "value": value });
    Ok(answer::json(http::StatusCode::OK, &body))
}
