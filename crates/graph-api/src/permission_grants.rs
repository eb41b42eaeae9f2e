//! `/oauth2PermissionGrants`: consent.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use lanyard_engine::{GrantScan, NotDone, OAuth2PermissionGrant, UserId};
use serde_json::{Value, json};

use crate::access::ids;
use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::listing::{self, InMemory, Source};
use crate::odata::{Cursor, Kind, Operators, Property, QueryOptions, Schema};
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
        .route("/oauth2PermissionGrants", get(grants).post(grant))
        .route(
            "/oauth2PermissionGrants/{grant}",
            get(one_grant).patch(change_grant).delete(remove_grant),
        )
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

struct Grants<'a> {
    api: &'a Api,
    query: &'a Query,
    of: GrantScan,
}

impl Source for Grants<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let request = &self.query.request;
        let after = after.map(|cursor| cursor.id);
        let engine = &self.api.engine;
        let page = engine.permission_grant_page(&request.caller, &self.of, after, limit);
        let mut rows = Vec::new();
        for grant in page.await? {
            let place = Cursor {
                key: String::new(),
                id: grant.id,
            };
            rows.push((place, grant_json(self.api, request, &grant).await));
        }
        Ok(rows)
    }
}

/// Rule `GRAPH-GRANT-INDEX`: consent is found by an index on clientId and on principalId (eq); anything else is looked for among all.
/// Source: directory-policy-tokens §2.5.
async fn plan(api: &Api, query: &Query, options: &QueryOptions) -> Result<Option<GrantScan>, GraphError> {
    let pinned = |property: &str| match ids(options.filter.as_ref()?, property)?.as_slice() {
        [id] => Some(*id),
        _ => None,
    };
    if let Some(client) = pinned("clientId") {
        let client = client.to_string();
        return match api.engine.client_of(&query.request.caller, &client).await {
            Ok(client) => Ok(Some(GrantScan::OfClient(client))),
            Err(NotDone::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        };
    }
    Ok(Some(match pinned("principalId") {
        Some(user) => GrantScan::OfUser(UserId(user)),
        None => GrantScan::All,
    }))
}

/// `GET /oauth2PermissionGrants`
async fn grants(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_list(&GRANTS)?;
    let Some(of) = plan(&api, &query, &options).await? else {
        return listing::answer_all(&query, &GRANTS, Vec::new()).await;
    };
    let grants = Grants {
        api: &api,
        query: &query,
        of,
    };
    if options.order.is_some() {
        let sorted = InMemory::gathered(&options, &grants).await?;
        return listing::answer(&query, &GRANTS, &options, &sorted).await;
    }
    listing::answer(&query, &GRANTS, &options, &grants).await
}

/// `GET /oauth2PermissionGrants/{id}`
async fn one_grant(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let grant = api
        .engine
        .read_permission_grant(&query.request.caller, &id)
        .await?;
    let resource = grant_json(&api, &query.request, &grant).await;
    listing::found(&query, &GRANTS, resource)
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
    let client = fields.needed_text("clientId")?;
    let resource = fields.needed_text("resourceId")?;
    let kind = fields.needed_text("consentType")?;
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
    let scope = fields.needed_text("scope")?;
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
