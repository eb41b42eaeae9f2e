//! Who belongs to groups: `members` and `transitiveMembers`.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use lanyard_engine::{MemberKind, MemberObject, ObjectKind, ProfileView};
use serde_json::Value;
use uuid::Uuid;

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::group_body;
use crate::listing::{self, InMemory, Source};
use crate::objects::{Target, group_json, schema_of, user_json};
use crate::odata::Cursor;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

pub(crate) fn routes() -> Router<Api> {
    let list = |transitive: bool| {
        get(move |state: State<Api>, target: Target, query: Query| list(state, target, query, transitive))
    };
    let count = |transitive: bool| {
        get(move |state: State<Api>, target: Target, query: Query| count(state, target, query, transitive))
    };
    Router::new()
        .route("/groups/{key}/members", list(false))
        .route("/groups/{key}/members/$count", count(false))
        .route("/groups/{key}/members/$ref", post(add))
        .route("/groups/{key}/members/{cast}", list(false).delete(needs_ref))
        .route("/groups/{key}/members/{cast}/$count", count(false))
        .route(
            "/groups/{key}/members/{member}/$ref",
            axum::routing::delete(remove),
        )
        .route("/groups/{key}/transitiveMembers", list(true))
        .route("/groups/{key}/transitiveMembers/$count", count(true))
        .route("/groups/{key}/transitiveMembers/{cast}", list(true))
        .route("/groups/{key}/transitiveMembers/{cast}/$count", count(true))
}

/// A member with its type.
pub(crate) fn member_json(member: &MemberObject, view: ProfileView) -> Value {
    match member {
        MemberObject::User(user) => user_json(user, view),
        MemberObject::Group(group) => group_json(group),
    }
}

struct Members<'a> {
    api: &'a Api,
    query: &'a Query,
    group: String,
    kind: Option<ObjectKind>,
    transitive: bool,
    view: ProfileView,
}

impl<'a> Members<'a> {
    fn of(api: &'a Api, query: &'a Query, target: &Target, transitive: bool) -> Result<Self, GraphError> {
        Ok(Self {
            api,
            query,
            group: target.key(&query.request)?,
            kind: target.kind,
            transitive,
            view: api
                .engine
                .profile_view(&query.request.caller)
                .unwrap_or(ProfileView::Basic),
        })
    }
}

/// The kind of members that are asked for; `Err` when no member can be of that kind.
fn member_kind(kind: Option<ObjectKind>) -> Result<Option<MemberKind>, ()> {
    match kind {
        None => Ok(None),
        Some(ObjectKind::User) => Ok(Some(MemberKind::User)),
        Some(ObjectKind::Group) => Ok(Some(MemberKind::Group)),
        Some(_) => Err(()),
    }
}

impl Source for Members<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let Ok(kind) = member_kind(self.kind) else {
            return Ok(Vec::new());
        };
        let caller = &self.query.request.caller;
        let after = after.map(|cursor| cursor.id);
        let which = (self.transitive, kind);
        let members = self
            .api
            .engine
            .member_page(caller, &self.group, which, after, limit);
        let place = |id: Uuid| Cursor {
            key: String::new(),
            id,
        };
        Ok(members
            .await?
            .iter()
            .map(|member| (place(member.id()), member_json(member, self.view)))
            .collect())
    }

    async fn total(&self) -> Result<Option<u64>, GraphError> {
        let Ok(kind) = member_kind(self.kind) else {
            return Ok(Some(0));
        };
        let caller = &self.query.request.caller;
        let which = (self.transitive, kind);
        let count = self.api.engine.count_members(caller, &self.group, which);
        Ok(Some(count.await?))
    }
}

/// `GET /groups/{id}/members`, `…/transitiveMembers`
async fn list(
    State(api): State<Api>,
    target: Target,
    query: Query,
    transitive: bool,
) -> Result<Response, GraphError> {
    let schema = schema_of(target.kind);
    let options = query.of_list(schema)?;
    let members = Members::of(&api, &query, &target, transitive)?;
    if options.order.is_some() {
        let sorted = InMemory::gathered(&options, &members).await?;
        return listing::answer(&query, schema, &options, &sorted).await;
    }
    listing::answer(&query, schema, &options, &members).await
}

/// `GET /groups/{id}/members/$count`, `…/transitiveMembers/$count`
async fn count(
    State(api): State<Api>,
    target: Target,
    query: Query,
    transitive: bool,
) -> Result<Response, GraphError> {
    let members = Members::of(&api, &query, &target, transitive)?;
    listing::answer_count(&query, schema_of(target.kind), &members).await
}

/// `POST /groups/{id}/members/$ref`
async fn add(
    State(api): State<Api>,
    Path(group): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let member = group_body::read_reference(body)?;
    api.engine.add_member_by(&request.caller, &group, member).await?;
    Ok(answer::no_content())
}

/// `DELETE /groups/{id}/members/{member}/$ref`
async fn remove(
    State(api): State<Api>,
    Path((group, member)): Path<(String, String)>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    api.engine
        .remove_member_by(&request.caller, &group, &member)
        .await?;
    Ok(answer::no_content())
}

/// Rule `GRAPH-DELETE-REF`: a membership is ended below `/$ref` only, so that nobody deletes a person by forgetting it. Source:
/// directory-policy-tokens §2.3.
async fn needs_ref(_: GraphRequest) -> GraphError {
    GraphError::bad_request("To end a membership, delete …/members/{id}/$ref [GRAPH-DELETE-REF].")
}
