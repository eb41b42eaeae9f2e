//! `/organization` and `/domains`.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use lanyard_engine::Tenant;
use serde_json::{Value, json};

use crate::error::GraphError;
use crate::listing;
use crate::odata::{Kind, Operators, Property, Schema};
use crate::query::Query;
use crate::routes::Api;

const fn schema(type_name: &'static str, set_name: &'static str, properties: &'static [Property]) -> Schema {
    Schema {
        type_name,
        set_name,
        properties,
        has_advanced_mode: false,
        max_page: 999,
        default_page: 100,
        searchable: &[],
        expandable: &[],
    }
}

static ORGANIZATION: Schema = schema(
    "organization",
    "organization",
    &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("deletedDateTime", Kind::Moment, Operators::NONE),
        Property::shown("businessPhones", Kind::Texts, Operators::NONE),
        Property::shown("city", Kind::Text, Operators::NONE),
        Property::shown("country", Kind::Text, Operators::NONE),
        Property::shown("countryLetterCode", Kind::Text, Operators::NONE),
        Property::shown("createdDateTime", Kind::Moment, Operators::NONE),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("onPremisesSyncEnabled", Kind::Boolean, Operators::NONE),
        Property::shown("preferredLanguage", Kind::Text, Operators::NONE),
        Property::shown(
            "securityComplianceNotificationMails",
            Kind::Texts,
            Operators::NONE,
        ),
        Property::shown(
            "securityComplianceNotificationPhones",
            Kind::Texts,
            Operators::NONE,
        ),
        Property::shown("technicalNotificationMails", Kind::Texts, Operators::NONE),
        Property::shown("tenantType", Kind::Text, Operators::NONE),
        Property::shown("assignedPlans", Kind::Objects, Operators::NONE),
        Property::shown("provisionedPlans", Kind::Objects, Operators::NONE),
        Property::shown("verifiedDomains", Kind::Objects, Operators::NONE),
    ],
);

/// Source: directory-policy-tokens §6.2.
static DOMAINS: Schema = schema(
    "domain",
    "domains",
    &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("authenticationType", Kind::Text, Operators::SWITCH),
        Property::shown("availabilityStatus", Kind::Text, Operators::NONE),
        Property::shown("isAdminManaged", Kind::Boolean, Operators::SWITCH),
        Property::shown("isDefault", Kind::Boolean, Operators::SWITCH),
        Property::shown("isInitial", Kind::Boolean, Operators::SWITCH),
        Property::shown("isRoot", Kind::Boolean, Operators::SWITCH),
        Property::shown("isVerified", Kind::Boolean, Operators::SWITCH),
        Property::shown("supportedServices", Kind::Texts, Operators::NONE),
        Property::shown("passwordValidityPeriodInDays", Kind::Integer, Operators::NONE),
        Property::shown("passwordNotificationWindowInDays", Kind::Integer, Operators::NONE),
        Property::shown("state", Kind::Object, Operators::NONE),
    ],
);

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
async fn list(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let tenant = api.engine.read_organization(&query.request.caller)?;
    listing::answer_all(&query, &ORGANIZATION, vec![to_json(&tenant)]).await
}

/// `GET /organization/{id}`
async fn one(State(api): State<Api>, Path(id): Path<String>, query: Query) -> Result<Response, GraphError> {
    let tenant = api.engine.read_organization(&query.request.caller)?;
    if !tenant.id.to_string().eq_ignore_ascii_case(&id) {
        return Err(GraphError::no_resource(&crate::odata::shown(&id)));
    }
    listing::found(&query, &ORGANIZATION, to_json(&tenant))
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
async fn domains(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let domains = api.engine.read_domains(&query.request.caller)?;
    let value = domains
        .iter()
        .enumerate()
        .map(|(index, name)| domain_json(name, index == 0))
        .collect();
    listing::answer_all(&query, &DOMAINS, value).await
}

/// `GET /domains/{name}`
async fn domain(
    State(api): State<Api>,
    Path(wanted): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let domains = api.engine.read_domains(&query.request.caller)?;
    let found = domains.iter().position(|name| name.eq_ignore_ascii_case(&wanted));
    let Some((index, name)) = found.and_then(|index| domains.get(index).map(|name| (index, name))) else {
        return Err(GraphError::no_resource(&crate::odata::shown(&wanted)));
    };
    listing::found(&query, &DOMAINS, domain_json(name, index == 0))
}
