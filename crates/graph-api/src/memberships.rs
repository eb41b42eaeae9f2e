//! What users and groups belong to: `memberOf`, `transitiveMemberOf` and the questions about them.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::{Value, json};

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::listing::{self, InMemory};
use crate::objects::{Target, group_json, narrowed, role_json, schema_of};
use crate::odata::QueryOptions;
use crate::properties::Fields;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

/// Most groups or objects asked about at once. Source: directory-policy-tokens §2.3.
const MAX_CHECKED: usize = 20;

/// The questions: what each is called, what its list is called, whether directory roles count.
const CHECKS: [(&str, &str, bool); 2] = [
    ("checkMemberGroups", "groupIds", false),
    ("checkMemberObjects", "ids", true),
];
const GETS: [(&str, bool); 2] = [("getMemberGroups", false), ("getMemberObjects", true)];

pub(crate) fn routes() -> Router<Api> {
    let mut router = Router::new();
    for whose in ["/users/{key}", "/groups/{key}", "/me"] {
        for (name, transitive) in [("memberOf", false), ("transitiveMemberOf", true)] {
            let list = get(move |state: State<Api>, target: Target, query: Query| {
                list(state, target, query, transitive)
            });
            let count = get(move |state: State<Api>, target: Target, query: Query| {
                count(state, target, query, transitive)
            });
            router = router
                .route(&format!("{whose}/{name}"), list.clone())
                .route(&format!("{whose}/{name}/$count"), count.clone())
                .route(&format!("{whose}/{name}/{{cast}}"), list)
                .route(&format!("{whose}/{name}/{{cast}}/$count"), count);
        }
    }
    for whose in ["/users/{key}", "/groups/{key}", "/me", "/directoryObjects/{key}"] {
        for (name, property, with_roles) in CHECKS {
            let handler = post(
                move |state: State<Api>, target: Target, request: GraphRequest, body: JsonBody| {
                    check(state, target, request, body, property, with_roles)
                },
            );
            router = router
                .route(&format!("{whose}/{name}"), handler.clone())
                .route(&format!("{whose}/microsoft.graph.{name}"), handler);
        }
        for (name, with_roles) in GETS {
            let handler = post(
                move |state: State<Api>, target: Target, request: GraphRequest, body: JsonBody| {
                    ids(state, target, request, body, with_roles)
                },
            );
            router = router
                .route(&format!("{whose}/{name}"), handler.clone())
                .route(&format!("{whose}/microsoft.graph.{name}"), handler);
        }
    }
    router
}

async fn memberships(
    api: &Api,
    query: &Query,
    target: &Target,
    transitive: bool,
) -> Result<Vec<Value>, GraphError> {
    let key = target.key(&query.request)?;
    Ok(narrowed(
        of(api, &query.request, &key, transitive).await?,
        target.kind,
    ))
}

/// The groups and roles that somebody belongs to.
pub(crate) async fn of(
    api: &Api,
    request: &GraphRequest,
    key: &str,
    transitive: bool,
) -> Result<Vec<Value>, GraphError> {
    let (groups, roles) = api.engine.memberships(&request.caller, key, transitive).await?;
    let mut objects: Vec<Value> = groups.iter().map(group_json).collect();
    objects.extend(roles.into_iter().map(role_json));
    Ok(objects)
}

/// `GET /users/{id}/memberOf`, `…/transitiveMemberOf`
async fn list(
    State(api): State<Api>,
    target: Target,
    query: Query,
    transitive: bool,
) -> Result<Response, GraphError> {
    let objects = memberships(&api, &query, &target, transitive).await?;
    listing::answer_all(&query, schema_of(target.kind), objects).await
}

/// `GET /users/{id}/memberOf/$count`, `…/transitiveMemberOf/$count`
async fn count(
    State(api): State<Api>,
    target: Target,
    query: Query,
    transitive: bool,
) -> Result<Response, GraphError> {
    let objects = memberships(&api, &query, &target, transitive).await?;
    let all = InMemory::sorted(objects, &QueryOptions::default());
    listing::answer_count(&query, schema_of(target.kind), &all).await
}

/// Ids of the groups somebody belongs to, nested ones included, and with `with_roles` of the directory roles held.
async fn ids_of(
    api: &Api,
    request: &GraphRequest,
    target: &Target,
    security_only: bool,
    with_roles: bool,
) -> Result<Vec<String>, GraphError> {
    let key = target.key(request)?;
    let (groups, roles) = api.engine.memberships(&request.caller, &key, true).await?;
    let mut ids: Vec<String> = groups
        .iter()
        .filter(|group| group.details.security_enabled || !security_only)
        .map(|group| group.id.to_string())
        .collect();
    if with_roles {
        ids.extend(roles.iter().map(|role| role.0.to_string()));
    }
    Ok(ids)
}

fn ids_answer(request: &GraphRequest, ids: &[String]) -> Response {
    let body = json!({ "@odata.context": request.context("Collection(Edm.String)"), "value": ids });
    answer::json(StatusCode::OK, &body)
}

/// `POST /users/{id}/checkMemberGroups`, `…/checkMemberObjects`: which of these somebody belongs to.
async fn check(
    State(api): State<Api>,
    target: Target,
    request: GraphRequest,
    JsonBody(body): JsonBody,
    property: &'static str,
    with_roles: bool,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let asked = fields.needed_texts(property)?;
    fields.end()?;
    if asked.len() > MAX_CHECKED {
        let message = format!("At most {MAX_CHECKED} objects are asked about at once.");
        return Err(GraphError::at_property(property, message));
    }
    let mut ids = ids_of(&api, &request, &target, false, with_roles).await?;
    ids.retain(|id| asked.iter().any(|asked| asked.eq_ignore_ascii_case(id)));
    Ok(ids_answer(&request, &ids))
}

/// `POST /users/{id}/getMemberGroups`, `…/getMemberObjects`: the ids of everything somebody belongs to.
async fn ids(
    State(api): State<Api>,
    target: Target,
    request: GraphRequest,
    JsonBody(body): JsonBody,
    with_roles: bool,
) -> Result<Response, GraphError> {
    let mut security_only = false;
    if !body.is_null() {
        let mut fields = Fields::of(body)?;
        security_only = fields.switch("securityEnabledOnly")?.unwrap_or_default();
        fields.end()?;
    }
    let ids = ids_of(&api, &request, &target, security_only, with_roles).await?;
    Ok(ids_answer(&request, &ids))
}
