//! `/groups`, who belongs to them, and what somebody belongs to.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{delete, get, post};
use http::StatusCode;
use lanyard_engine::{DirectoryRole, Group, KeyPlace, KeyRange, MemberObject, ProfileView, User};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::group_plan::plan;
use crate::listing::{self, InMemory, Source};
use crate::odata::{Cursor, Expand, QueryOptions};
use crate::properties::Fields;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;
use crate::users::{named, own_id};
use crate::{group_body, group_resource, user_resource};

/// Most members that `$expand` shows. Source: directory-policy-tokens §2.1.
const MAX_EXPANDED: u32 = 20;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/groups", get(list).post(create))
        .route("/groups/$count", get(count))
        .route("/groups/{group}", get(one).patch(change).delete(remove))
        .route("/groups/{group}/members", get(members))
        .route("/groups/{group}/members/$ref", post(add_member))
        .route("/groups/{group}/members/{member}", delete(needs_ref))
        .route("/groups/{group}/members/{member}/$ref", delete(remove_member))
        .route("/groups/{group}/transitiveMembers", get(transitive_members))
        .route("/groups/{group}/memberOf", get(member_of))
        .route("/groups/{group}/transitiveMemberOf", get(transitive_member_of))
        .route("/users/{user}/memberOf", get(member_of))
        .route("/users/{user}/transitiveMemberOf", get(transitive_member_of))
        .route("/users/{user}/checkMemberGroups", post(check_member_groups))
        .route("/users/{user}/getMemberGroups", post(get_member_groups))
        .route("/me/memberOf", get(own_member_of))
        .route("/me/transitiveMemberOf", get(own_transitive_member_of))
        .route("/me/checkMemberGroups", post(own_check_member_groups))
        .route("/me/getMemberGroups", post(own_get_member_groups))
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
    let options = query.of_list(schema)?;
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
    if let Some(expand) = &options.expand {
        for group in &mut page.resources {
            expand_members(&api, &query, expand, group).await?;
        }
    }
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
    let mut resource = group_resource::to_json(&group);
    if let Some(expand) = &options.expand {
        expand_members(&api, &query, expand, &mut resource).await?;
    }
    Ok(listing::answer_one(
        &query,
        schema,
        &options,
        StatusCode::OK,
        resource,
    ))
}

async fn expand_members(
    api: &Api,
    query: &Query,
    expand: &Expand,
    group: &mut Value,
) -> Result<(), GraphError> {
    let Some(id) = group.get("id").and_then(Value::as_str).map(str::to_owned) else {
        return Ok(());
    };
    let transitive = expand.relation == "transitiveMembers";
    let page = if expand.relation == "owners" {
        Vec::new()
    } else {
        let caller = &query.request.caller;
        api.engine
            .member_page(caller, &id, transitive, None, MAX_EXPANDED)
            .await?
    };
    let view = api
        .engine
        .profile_view(&query.request.caller)
        .unwrap_or(ProfileView::Basic);
    let mut shown: Vec<Value> = Vec::new();
    for member in &page {
        let mut object = member_json(member, view);
        if let (Some(names), Some(members)) = (&expand.select, object.as_object_mut()) {
            members.retain(|name, _| name.starts_with('@') || names.iter().any(|wanted| wanted == name));
        }
        shown.push(object);
    }
    if let Some(members) = group.as_object_mut() {
        members.insert(expand.relation.clone(), json!(shown));
    }
    Ok(())
}

/// A member with its type, in the properties shown without being asked for.
fn member_json(member: &MemberObject, view: ProfileView) -> Value {
    let (mut value, kind) = match member {
        MemberObject::User(user) => (user_resource::to_json(user, view), "#microsoft.graph.user"),
        MemberObject::Group(group) => (group_resource::to_json(group), "#microsoft.graph.group"),
    };
    if let Some(members) = value.as_object_mut() {
        members.shift_insert(0, "@odata.type".to_owned(), json!(kind));
    }
    value
}

/// `POST /groups`
async fn create(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let new = group_body::read_new(body)?;
    let group = api.engine.add_group(&query.request.caller, &new).await?;
    let options = QueryOptions::default();
    Ok(listing::answer_one(
        &query,
        &group_resource::SCHEMA,
        &options,
        StatusCode::CREATED,
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

struct Members<'a> {
    api: &'a Api,
    query: &'a Query,
    group: String,
    transitive: bool,
    view: ProfileView,
}

impl Source for Members<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let after = after.map(|cursor| cursor.id);
        let caller = &self.query.request.caller;
        let engine = &self.api.engine;
        let members = engine.member_page(caller, &self.group, self.transitive, after, limit);
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
}

async fn list_members(
    api: &Api,
    query: &Query,
    group: String,
    transitive: bool,
) -> Result<Response, GraphError> {
    let schema = &group_resource::MEMBERS;
    let options = query.of_list(schema)?;
    let view = api
        .engine
        .profile_view(&query.request.caller)
        .unwrap_or(ProfileView::Basic);
    let members = Members {
        api,
        query,
        group,
        transitive,
        view,
    };
    if options.order.is_some() {
        let sorted = InMemory::gathered(&options, &members).await?;
        return listing::answer(query, schema, &options, &sorted).await;
    }
    listing::answer(query, schema, &options, &members).await
}

/// `GET /groups/{id}/members`
async fn members(
    State(api): State<Api>,
    Path(group): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    list_members(&api, &query, group, false).await
}

/// `GET /groups/{id}/transitiveMembers`
async fn transitive_members(
    State(api): State<Api>,
    Path(group): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    list_members(&api, &query, group, true).await
}

/// `POST /groups/{id}/members/$ref`
async fn add_member(
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
async fn remove_member(
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

fn role_json(role: DirectoryRole) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.directoryRole",
        "id": role.0,
        "displayName": role.display_name(),
        "roleTemplateId": role.0,
    })
}

async fn list_memberships(
    api: &Api,
    query: &Query,
    key: &str,
    transitive: bool,
) -> Result<Response, GraphError> {
    let schema = &group_resource::MEMBERS;
    let options = query.of_list(schema)?;
    let (groups, roles) = api
        .engine
        .memberships(&query.request.caller, key, transitive)
        .await?;
    let mut objects: Vec<Value> = groups
        .into_iter()
        .map(|group| member_json(&MemberObject::Group(Box::new(group)), ProfileView::Full))
        .collect();
    objects.extend(roles.into_iter().map(role_json));
    let sorted = InMemory::sorted(objects, &options);
    listing::answer(query, schema, &options, &sorted).await
}

/// `GET /users/{id}/memberOf`
async fn member_of(
    State(api): State<Api>,
    Path(key): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let key = named(&query.request, key)?;
    list_memberships(&api, &query, &key, false).await
}

/// `GET /users/{id}/transitiveMemberOf`
async fn transitive_member_of(
    State(api): State<Api>,
    Path(key): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let key = named(&query.request, key)?;
    list_memberships(&api, &query, &key, true).await
}

/// `GET /me/memberOf`
async fn own_member_of(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let key = own_id(&query.request)?;
    list_memberships(&api, &query, &key, false).await
}

/// `GET /me/transitiveMemberOf`
async fn own_transitive_member_of(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let key = own_id(&query.request)?;
    list_memberships(&api, &query, &key, true).await
}

async fn ids_of(api: &Api, request: &GraphRequest, key: &str) -> Result<Vec<String>, GraphError> {
    let (groups, _) = api.engine.memberships(&request.caller, key, true).await?;
    Ok(groups.iter().map(|group| group.id.to_string()).collect())
}

fn ids_answer(request: &GraphRequest, ids: &[String]) -> Response {
    let body = json!({ "@odata.context": request.context("Collection(Edm.String)"), "value": ids });
    answer::json(StatusCode::OK, &body)
}

/// Which of these groups somebody belongs to, nested ones included.
async fn checked(api: &Api, request: &GraphRequest, key: &str, body: Value) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let asked = fields
        .texts("groupIds")?
        .ok_or_else(|| fields.missing("groupIds"))?;
    fields.end()?;
    if asked.len() > 20 {
        return Err(GraphError::at_property(
            "groupIds",
            "At most 20 groups are asked about at once.",
        ));
    }
    let mut ids = ids_of(api, request, key).await?;
    ids.retain(|id| asked.iter().any(|asked| asked.eq_ignore_ascii_case(id)));
    Ok(ids_answer(request, &ids))
}

/// `POST /users/{id}/checkMemberGroups`
async fn check_member_groups(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let key = named(&request, key)?;
    checked(&api, &request, &key, body).await
}

/// `POST /me/checkMemberGroups`
async fn own_check_member_groups(
    State(api): State<Api>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let key = own_id(&request)?;
    checked(&api, &request, &key, body).await
}

/// `POST /users/{id}/getMemberGroups`
async fn get_member_groups(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let key = named(&request, key)?;
    let ids = ids_of(&api, &request, &key).await?;
    Ok(ids_answer(&request, &ids))
}

/// `POST /me/getMemberGroups`
async fn own_get_member_groups(
    State(api): State<Api>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let key = own_id(&request)?;
    let ids = ids_of(&api, &request, &key).await?;
    Ok(ids_answer(&request, &ids))
}
