//! `/organization` and `/domains`.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use lanyard_engine::Tenant;
use serde_json::{Value, json};

use crate::answer;
use crate::applications::plain_list;
use crate::error::GraphError;
use crate::request::GraphRequest;
use crate::routes::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/organization", get(list))
        .route("/organization/{organization}", get(one))
        .route("/domains", get(domains))
        .route("/domains/{domain}", get(domain))
}

fn to_json(tenant: &Tenant) -> Value {
    let domains: Vec<Value> = tenant
        .domains
        .iter()
        .enumerate()
        .map(|(index, name)| {
            json!({
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": index == 0,
                "isInitial": index == 0,
                "name": name,
                "type": "Managed"
            })
        })
        .collect();
    json!({
        "id": tenant.id,
        "deletedDateTime": null,
        "businessPhones": [],
        "city": null,
        "country": null,
        "countryLetterCode": null,
        "createdDateTime": tenant.created,
        "displayName": tenant.display_name,
        "onPremisesSyncEnabled": null,
        "preferredLanguage": null,
        "securityComplianceNotificationMails": [],
        "securityComplianceNotificationPhones": [],
        "technicalNotificationMails": [],
        "tenantType": "AAD",
        "assignedPlans": [],
        "provisionedPlans": [],
        "verifiedDomains": domains,
    })
}

/// `GET /organization`
async fn list(State(api): State<Api>, request: GraphRequest) -> Result<Response, GraphError> {
    let tenant = api.engine.read_organization(&request.caller)?;
    Ok(plain_list(&request, "organization", vec![to_json(&tenant)]))
}

fn with_context(request: &GraphRequest, set: &str, mut resource: Value) -> Response {
    if let Some(members) = resource.as_object_mut() {
        let context = json!(request.context(&format!("{set}/$entity")));
        members.shift_insert(0, "@odata.context".to_owned(), context);
    }
    answer::json(StatusCode::OK, &resource)
}

/// `GET /organization/{id}`
async fn one(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let tenant = api.engine.read_organization(&request.caller)?;
    if !tenant.id.to_string().eq_ignore_ascii_case(&id) {
        return Err(GraphError::no_resource(&crate::odata::shown(&id)));
    }
    Ok(with_context(&request, "organization", to_json(&tenant)))
}

/// Source: directory-policy-tokens §6.2.
fn domain_json(name: &str, is_first: bool) -> Value {
    json!({
        "id": name,
        "authenticationType": "Managed",
        "availabilityStatus": null,
        "isAdminManaged": true,
        "isDefault": is_first,
        "isInitial": is_first,
        "isRoot": true,
        "isVerified": true,
        "supportedServices": [],
        "passwordValidityPeriodInDays": null,
        "passwordNotificationWindowInDays": null,
        "state": null,
    })
}

/// `GET /domains`
async fn domains(State(api): State<Api>, request: GraphRequest) -> Result<Response, GraphError> {
    let domains = api.engine.read_domains(&request.caller)?;
    let value = domains
        .iter()
        .enumerate()
        .map(|(index, name)| domain_json(name, index == 0))
        .collect();
    Ok(plain_list(&request, "domains", value))
}

/// `GET /domains/{name}`
async fn domain(
    State(api): State<Api>,
    Path(wanted): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let domains = api.engine.read_domains(&request.caller)?;
    let found = domains.iter().position(|name| name.eq_ignore_ascii_case(&wanted));
    let Some((index, name)) = found.and_then(|index| domains.get(index).map(|name| (index, name))) else {
        return Err(GraphError::no_resource(&crate::odata::shown(&wanted)));
    };
    Ok(with_context(&request, "domains", domain_json(name, index == 0)))
}
