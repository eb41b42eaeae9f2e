//! Who owns groups, applications and service principals: `owners`, and `ownedObjects` of users and service principals.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{delete, get, post};
use lanyard_engine::administer::Ownable;
use serde_json::Value;

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::group_body;
use crate::key::Key;
use crate::listing::{self, InMemory};
use crate::objects::{Target, narrowed, object_json, schema_of};
use crate::odata::QueryOptions;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

/// What can be owned.
#[derive(Clone, Copy)]
enum Kind {
    Group,
    Application,
    ServicePrincipal,
}

impl Kind {
    fn named(self, key: &Key) -> Ownable<'_> {
        match self {
            Self::Group => Ownable::Group(&key.text),
            Self::Application => Ownable::Application(&key.text, key.is_alternate),
            Self::ServicePrincipal => Ownable::ServicePrincipal(&key.text, key.is_alternate),
        }
    }
}

pub(crate) fn routes() -> Router<Api> {
    let mut router = Router::new();
    for (collection, kind) in [
        ("groups", Kind::Group),
        ("applications", Kind::Application),
        ("servicePrincipals", Kind::ServicePrincipal),
    ] {
        let list =
            get(move |state: State<Api>, target: Target, query: Query| list(state, target, query, kind));
        let count =
            get(move |state: State<Api>, target: Target, query: Query| count(state, target, query, kind));
        let add = post(
            move |state: State<Api>, path: Path<String>, request: GraphRequest, body: JsonBody| {
                add(state, path, request, body, kind)
            },
        );
        let remove = delete(
            move |state: State<Api>, path: Path<(String, String)>, request: GraphRequest| {
                remove(state, path, request, kind)
            },
        );
        let path = |rest: &str| format!("/{collection}/{{key}}/owners{rest}");
        router = router
            .route(&path(""), list.clone())
            .route(&path("/$count"), count)
            .route(&path("/$ref"), add)
            .route(&path("/{cast}"), list.delete(needs_ref))
            .route(&path("/{owner}/$ref"), remove);
    }
    for whose in ["/users/{key}", "/servicePrincipals/{key}", "/me"] {
        router = router
            .route(&format!("{whose}/ownedObjects"), get(owned))
            .route(&format!("{whose}/ownedObjects/{{cast}}"), get(owned));
    }
    router
}

/// The owners of something, of the kind that a path narrows them to.
pub(crate) async fn owners_of(
    api: &Api,
    request: &GraphRequest,
    object: Ownable<'_>,
) -> Result<Vec<Value>, GraphError> {
    let owners = api.engine.owners_of(&request.caller, object).await?;
    Ok(owners.iter().map(object_json).collect())
}

/// `GET …/owners`
async fn list(
    State(api): State<Api>,
    target: Target,
    query: Query,
    kind: Kind,
) -> Result<Response, GraphError> {
    let key = Key::of(&target.key(&query.request)?);
    let owners = owners_of(&api, &query.request, kind.named(&key)).await?;
    let owners = narrowed(owners, target.kind);
    listing::answer_all(&query, schema_of(target.kind), owners).await
}

/// `GET …/owners/$count`
async fn count(
    State(api): State<Api>,
    target: Target,
    query: Query,
    kind: Kind,
) -> Result<Response, GraphError> {
    let key = Key::of(&target.key(&query.request)?);
    let owners = owners_of(&api, &query.request, kind.named(&key)).await?;
    let all = InMemory::sorted(owners, &QueryOptions::default());
    listing::answer_count(&query, schema_of(None), &all).await
}

/// `POST …/owners/$ref`
async fn add(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
    kind: Kind,
) -> Result<Response, GraphError> {
    let owner = group_body::read_reference(body)?;
    let key = Key::of(&key);
    api.engine
        .add_owner(&request.caller, kind.named(&key), owner)
        .await?;
    Ok(answer::no_content())
}

/// `DELETE …/owners/{id}/$ref`
async fn remove(
    State(api): State<Api>,
    Path((key, owner)): Path<(String, String)>,
    request: GraphRequest,
    kind: Kind,
) -> Result<Response, GraphError> {
    let key = Key::of(&key);
    api.engine
        .remove_owner(&request.caller, kind.named(&key), &owner)
        .await?;
    Ok(answer::no_content())
}

/// As with members: without `/$ref` it would be the owner that is deleted.
async fn needs_ref(_: GraphRequest) -> GraphError {
    GraphError::bad_request("To end an ownership, delete …/owners/{id}/$ref [GRAPH-DELETE-REF].")
}

/// `GET /users/{id}/ownedObjects`
async fn owned(State(api): State<Api>, target: Target, query: Query) -> Result<Response, GraphError> {
    let key = Key::of(&target.key(&query.request)?);
    let found = api
        .engine
        .owned_objects_of(&query.request.caller, &key.text)
        .await?;
    let objects = narrowed(found.iter().map(object_json).collect(), target.kind);
    listing::answer_all(&query, schema_of(target.kind), objects).await
}
