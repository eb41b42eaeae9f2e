//! `/servicePrincipals` and `/oauth2PermissionGrants`.

use std::slice;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use lanyard_engine::{OAuth2PermissionGrant, ObjectKind};
use serde_json::{Value, json};

use crate::answer;
use crate::application_resource::{SERVICE_PRINCIPALS, principal_json};
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::expand::{expand, limited};
use crate::key::Key;
use crate::listing::{self, InMemory};
use crate::odata::{Kind, Operators, Property, QueryOptions, Schema};
use crate::properties::Fields;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

/// A permission grant. Source: directory-policy-tokens §2.5.
static GRANTS: Schema = Schema {
    type_name: "oAuth2PermissionGrant",
    set_name: "oauth2PermissionGrants",
    properties: &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("clientId", Kind::Text, Operators::SWITCH),
        Property::shown("consentType", Kind::Text, Operators::SWITCH),
        Property::shown("principalId", Kind::Text, Operators::SWITCH),
        Property::shown("resourceId", Kind::Text, Operators::SWITCH),
        Property::shown("scope", Kind::Text, Operators::WORDS),
    ],
    has_advanced_mode: false,
    max_page: 999,
    default_page: 100,
    searchable: &[],
    expandable: &[],
};

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/servicePrincipals", get(list).post(create))
        .route("/servicePrincipals/$count", get(count))
        .route(
            "/servicePrincipals/{principal}",
            get(one).patch(change).delete(remove),
        )
        .route("/oauth2PermissionGrants", get(grants).post(grant))
        .route(
            "/oauth2PermissionGrants/{grant}",
            get(one_grant).patch(change_grant).delete(remove_grant),
        )
}

async fn all(api: &Api, query: &Query, options: &QueryOptions) -> Result<InMemory, GraphError> {
    let found = api.engine.read_service_principals(&query.request.caller).await?;
    let resources = found
        .iter()
        .map(|(principal, application)| principal_json(principal, application))
        .collect();
    Ok(InMemory::sorted(resources, options))
}

/// `GET /servicePrincipals`
async fn list(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let options = limited(query.of_list(&SERVICE_PRINCIPALS)?);
    let sorted = all(&api, &query, &options).await?;
    let mut page = listing::page(&options, &sorted).await?;
    let kind = ObjectKind::ServicePrincipal;
    expand(&api, &query, &options, kind, &mut page.resources).await?;
    Ok(listing::answer_page(&query, &SERVICE_PRINCIPALS, &options, page))
}

/// `GET /servicePrincipals/$count`
async fn count(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let sorted = all(&api, &query, &QueryOptions::default()).await?;
    listing::answer_count(&query, &SERVICE_PRINCIPALS, &sorted).await
}

/// `GET /servicePrincipals/{id}`, `GET /servicePrincipals(appId='…')`
async fn one(State(api): State<Api>, Path(key): Path<String>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_one(&SERVICE_PRINCIPALS)?;
    let key = Key::of(&key);
    let (principal, application) = api
        .engine
        .read_service_principal(&query.request.caller, &key.text, key.is_alternate)
        .await?;
    let mut resource = listing::tagged(principal_json(&principal, &application), &principal);
    let kind = ObjectKind::ServicePrincipal;
    expand(&api, &query, &options, kind, slice::from_mut(&mut resource)).await?;
    Ok(listing::ok(&query, &SERVICE_PRINCIPALS, &options, resource))
}

/// `POST /servicePrincipals`
async fn create(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let app_id = fields.text("appId")?.ok_or_else(|| fields.missing("appId"))?;
    fields.pass_over(&["displayName", "accountEnabled", "tags", "servicePrincipalType"]);
    fields.end()?;
    let (principal, application) = api
        .engine
        .add_service_principal(&query.request.caller, &app_id)
        .await?;
    let resource = principal_json(&principal, &application);
    Ok(listing::created(&query, &SERVICE_PRINCIPALS, resource))
}

/// `PATCH /servicePrincipals/{id}`
async fn change(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let enabled = fields.switch("accountEnabled")?;
    let required = fields.switch("appRoleAssignmentRequired")?;
    fields.end()?;
    let key = Key::of(&key);
    api.engine
        .change_service_principal(&request.caller, &key.text, key.is_alternate, enabled, required)
        .await?;
    Ok(answer::no_content())
}

/// `DELETE /servicePrincipals/{id}`
async fn remove(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let key = Key::of(&key);
    api.engine
        .remove_service_principal(&request.caller, &key.text, key.is_alternate)
        .await?;
    Ok(answer::no_content())
}

/// Permission grants name service principals by object id; here they are stored by client id.
async fn grant_json(api: &Api, request: &GraphRequest, grant: &OAuth2PermissionGrant) -> Value {
    let engine = &api.engine;
    let object_id = async |app_id: lanyard_engine::AppId| {
        let found = engine.service_principal_id(&request.caller, app_id).await;
        found.map_or_else(|_| app_id.to_string(), |id| id.to_string())
    };
    json!({
        "id": grant.id,
        "clientId": object_id(grant.client).await,
        "consentType": grant.consent_type,
        "principalId": grant.principal,
        "resourceId": object_id(grant.resource).await,
        "scope": grant.scopes.join(" "),
    })
}

/// `GET /oauth2PermissionGrants`
async fn grants(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_list(&GRANTS)?;
    let mut resources = Vec::new();
    for grant in api.engine.read_permission_grants(&query.request.caller).await? {
        resources.push(grant_json(&api, &query.request, &grant).await);
    }
    let sorted = InMemory::sorted(resources, &options);
    listing::answer(&query, &GRANTS, &options, &sorted).await
}

/// `GET /oauth2PermissionGrants/{id}`
async fn one_grant(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let options = query.of_one(&GRANTS)?;
    let all = api.engine.read_permission_grants(&query.request.caller).await?;
    let Some(grant) = all.iter().find(|grant| grant.id.to_string() == id) else {
        return Err(GraphError::no_resource(&crate::odata::shown(&id)));
    };
    let resource = grant_json(&api, &query.request, grant).await;
    Ok(listing::ok(&query, &GRANTS, &options, resource))
}

fn words(scope: &str) -> Vec<String> {
    scope.split_whitespace().map(str::to_owned).collect()
}

/// `POST /oauth2PermissionGrants`
async fn grant(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let caller = &query.request.caller;
    let mut fields = Fields::of(body)?;
    let client = fields
        .text("clientId")?
        .ok_or_else(|| fields.missing("clientId"))?;
    let resource = fields
        .text("resourceId")?
        .ok_or_else(|| fields.missing("resourceId"))?;
    let kind = fields
        .text("consentType")?
        .ok_or_else(|| fields.missing("consentType"))?;
    let principal = fields.guid("principalId")?;
    let scope = fields.text_or_null("scope")?.flatten().unwrap_or_default();
    fields.pass_over(&["startTime", "expiryTime"]);
    fields.end()?;
    let principal = match (kind.as_str(), principal) {
        ("AllPrincipals", None) => None,
        ("Principal", Some(id)) => Some(api.engine.user_id_of(caller, &id.to_string()).await?),
        _ => {
            let message = "consentType is 'AllPrincipals', or 'Principal' with a principalId.";
            return Err(GraphError::at_property("consentType", message));
        }
    };
    let (client, _) = api.engine.read_service_principal(caller, &client, false).await?;
    let (resource, _) = api
        .engine
        .read_service_principal(caller, &resource, false)
        .await?;
    let named = resource.app_id.to_string();
    let made = api
        .engine
        .grant_delegated(caller, client.app_id, &named, &words(&scope), principal)
        .await?;
    let resource = grant_json(&api, &query.request, &made).await;
    Ok(listing::created(&query, &GRANTS, resource))
}

/// `PATCH /oauth2PermissionGrants/{id}`
async fn change_grant(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let scope = fields.text("scope")?.ok_or_else(|| fields.missing("scope"))?;
    fields.end()?;
    api.engine
        .change_permission_grant(&request.caller, &id, words(&scope))
        .await?;
    Ok(answer::no_content())
}

/// `DELETE /oauth2PermissionGrants/{id}`
async fn remove_grant(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    api.engine
        .change_permission_grant(&request.caller, &id, Vec::new())
        .await?;
    Ok(answer::no_content())
}
