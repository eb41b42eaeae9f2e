//! `/users` and `/me`.

use std::slice;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use lanyard_engine::{KeyPlace, ObjectKind, ProfileView, User, UserOrder, UserScan};
use serde_json::{Value, json};

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::expand::{expand, limited};
use crate::listing::{self, InMemory, Source};
use crate::odata::Cursor;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;
use crate::user_plan::plan;
use crate::{user_body, user_resource};

/// What a Python library writes for `me` when it is not told otherwise. Source: real-clients §5.
const ME: &str = "me-token-to-replace";

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/users", get(list).post(create))
        .route("/users/$count", get(count))
        .route("/users/computeCertificateUserIds", post(compute_ids))
        .route("/users/{user}", get(one).patch(change).delete(remove))
        .route("/users/{user}/revokeSignInSessions", post(revoke))
        .route("/users/{user}/invalidateAllRefreshTokens", post(revoke))
        .route("/me", get(me))
        .route("/me/revokeSignInSessions", post(revoke_own))
}

/// The id of the person who asks.
pub(crate) fn own_id(request: &GraphRequest) -> Result<String, GraphError> {
    request.caller.user().map(|user| user.to_string()).ok_or_else(|| {
        GraphError::bad_request("/me request is only valid with delegated authentication flow.")
    })
}

/// The user a path names.
pub(crate) fn named(request: &GraphRequest, key: String) -> Result<String, GraphError> {
    if key == ME { own_id(request) } else { Ok(key) }
}

/// Users by an index.
pub(crate) struct Users<'a> {
    pub(crate) api: &'a Api,
    pub(crate) query: &'a Query,
    pub(crate) scan: UserScan,
    pub(crate) view: ProfileView,
}

impl Users<'_> {
    fn place(&self, user: &User) -> Cursor {
        let key = match &self.scan {
            UserScan::ByKey(UserOrder::SignInName, _) => User::upn_key(&user.user_principal_name),
            UserScan::ByKey(UserOrder::Name, _) => User::name_key(&user.display_name),
            UserScan::ByKey(UserOrder::Mail, _) => User::name_key(user.mail.as_deref().unwrap_or_default()),
            UserScan::ById | UserScan::CertificateUserId(_) | UserScan::These(_) => String::new(),
        };
        Cursor { key, id: user.id.0 }
    }
}

impl Source for Users<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let after = after.map(|cursor| KeyPlace {
            key: cursor.key.clone(),
            id: cursor.id,
        });
        let engine = &self.api.engine;
        let users = engine.user_page(&self.query.request.caller, &self.scan, after.as_ref(), limit);
        Ok(users
            .await?
            .iter()
            .map(|user| (self.place(user), user_resource::to_json(user, self.view)))
            .collect())
    }

    async fn total(&self) -> Result<Option<u64>, GraphError> {
        Ok(Some(
            self.api.engine.count_users(&self.query.request.caller).await?,
        ))
    }
}

/// `GET /users`
async fn list(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let schema = &user_resource::SCHEMA;
    let view = api.engine.profile_view(&query.request.caller)?;
    let options = limited(query.of_list(schema)?);
    let plan = plan(&options);
    let users = Users {
        api: &api,
        query: &query,
        scan: plan.scan,
        view,
    };
    let mut page = if plan.sort_in_memory {
        let sorted = InMemory::gathered(&options, &users).await?;
        listing::page(&options, &sorted).await?
    } else {
        listing::page(&options, &users).await?
    };
    expand(&api, &query, &options, ObjectKind::User, &mut page.resources).await?;
    Ok(listing::answer_page(&query, schema, &options, page))
}

/// `GET /users/$count`
async fn count(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let schema = &user_resource::SCHEMA;
    let view = api.engine.profile_view(&query.request.caller)?;
    let users = Users {
        api: &api,
        query: &query,
        scan: UserScan::ById,
        view,
    };
    listing::answer_count(&query, schema, &users).await
}

async fn show(api: &Api, query: &Query, key: &str) -> Result<Response, GraphError> {
    let schema = &user_resource::SCHEMA;
    let options = query.of_one(schema)?;
    let (user, view) = api.engine.read_user(&query.request.caller, key).await?;
    let mut resource = user_resource::to_json(&user, view);
    if view == ProfileView::Full {
        resource = listing::tagged(resource, &user);
    }
    expand(
        api,
        query,
        &options,
        ObjectKind::User,
        slice::from_mut(&mut resource),
    )
    .await?;
    Ok(listing::ok(query, schema, &options, resource))
}

/// `GET /users/{id or name}`
async fn one(State(api): State<Api>, Path(user): Path<String>, query: Query) -> Result<Response, GraphError> {
    let key = named(&query.request, user)?;
    show(&api, &query, &key).await
}

/// `GET /me`
async fn me(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let key = own_id(&query.request)?;
    show(&api, &query, &key).await
}

/// `POST /users`
async fn create(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let new = user_body::read_new(body)?;
    let user = api.engine.add_user(&query.request.caller, &new).await?;
    if query.request.prefers("return=minimal") {
        return Ok(answer::no_content());
    }
    let resource = user_resource::to_json(&user, ProfileView::Full);
    Ok(listing::created(&query, &user_resource::SCHEMA, resource))
}

/// `PATCH /users/{id or name}`
async fn change(
    State(api): State<Api>,
    Path(user): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let key = named(&request, user)?;
    let changes = user_body::read(body)?;
    api.engine.change_user_by(&request.caller, &key, &changes).await?;
    Ok(answer::no_content())
}

/// `DELETE /users/{id or name}`
async fn remove(
    State(api): State<Api>,
    Path(user): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    api.engine.remove_user(&request.caller, &user).await?;
    Ok(answer::no_content())
}

async fn revoke_sessions(api: &Api, request: &GraphRequest, key: &str) -> Result<Response, GraphError> {
    api.engine.revoke_sessions_of(&request.caller, key).await?;
    let body = json!({ "@odata.context": request.context("Edm.Boolean"), "value": true });
    Ok(answer::json(StatusCode::OK, &body))
}

/// `POST /users/{id or name}/revokeSignInSessions`
async fn revoke(
    State(api): State<Api>,
    Path(user): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let key = named(&request, user)?;
    revoke_sessions(&api, &request, &key).await
}

/// `POST /me/revokeSignInSessions`
async fn revoke_own(State(api): State<Api>, request: GraphRequest) -> Result<Response, GraphError> {
    let key = own_id(&request)?;
    revoke_sessions(&api, &request, &key).await
}

/// `POST /users/computeCertificateUserIds`: an action of our own.
async fn compute_ids(
    State(api): State<Api>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let der = user_body::read_certificate(body)?;
    let mut ids = api.engine.compute_certificate_user_ids(&request.caller, &der)?;
    if let Some(members) = ids.as_object_mut() {
        let context = json!(request.context("lanyard.certificateUserIds"));
        members.shift_insert(0, "@odata.context".to_owned(), context);
    }
    Ok(answer::json(StatusCode::OK, &ids))
}
