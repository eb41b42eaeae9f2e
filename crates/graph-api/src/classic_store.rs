//! `/organization/{id}/certificateBasedAuthConfiguration`: the classic trust store.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use lanyard_engine::administer::{ClassicAuthority, ClassicStore};
use lanyard_engine::{ConfiguredAuthority, certificate_of};
use serde_json::{Map, Value, json};

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::fields::{certificate, members, text};
use crate::listing;
use crate::odata::{Kind, Operators, Property, Schema};
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

/// The id of the one configuration each tenant has. Source: certificate-sign-in §2.2.
const ID: &str = "29728ade-6ae4-4ee9-9103-412912537da5";
const TYPE: &str = "#microsoft.graph.certificateBasedAuthConfiguration";

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route(
            "/organization/{organization}/certificateBasedAuthConfiguration",
            get(list).post(replace),
        )
        .route(
            "/organization/{organization}/certificateBasedAuthConfiguration/{id}",
            get(one).delete(delete),
        )
}

static SCHEMA: Schema = Schema {
    type_name: "certificateBasedAuthConfiguration",
    set_name: "certificateBasedAuthConfiguration",
    properties: &[
        Property::shown("id", Kind::Text, Operators::SWITCH),
        Property::shown("certificateAuthorities", Kind::Objects, Operators::NONE),
    ],
    has_advanced_mode: false,
    max_page: 999,
    default_page: 100,
    searchable: &[],
    expandable: &[],
};

async fn list(
    State(api): State<Api>,
    Path(organization): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    check_organization(&query.request, &organization)?;
    let store = api.engine.read_classic_store(&query.request.caller).await?;
    let mut resources = vec![resource(&store, None)];
    if store.authorities.is_empty() {
        resources.clear();
    }
    let answer = listing::answer_all(&query, &SCHEMA, resources).await?;
    Ok(answer::with_version(answer, store.version))
}

async fn one(
    State(api): State<Api>,
    Path((organization, id)): Path<(String, String)>,
    query: Query,
) -> Result<Response, GraphError> {
    check_organization(&query.request, &organization)?;
    let store = api.engine.read_classic_store(&query.request.caller).await?;
    if !id.eq_ignore_ascii_case(ID) || store.authorities.is_empty() {
        return Err(GraphError::no_resource(&crate::odata::shown(&id)));
    }
    let answer = listing::found(&query, &SCHEMA, resource(&store, None))?;
    Ok(answer::with_version(answer, store.version))
}

/// Rule `GRAPH-CLASSIC-STORE`: POST replaces the whole list and answers 201 with it; doubts stand beside it as the annotation
/// `@lanyard.warnings`. Source: certificate-sign-in §2.1 TS-7, §2.2.
async fn replace(
    State(api): State<Api>,
    Path(organization): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    check_organization(&request, &organization)?;
    let expected = request.expected_version()?;
    let authorities = read(&body)?;
    let store = api
        .engine
        .replace_classic_store(&request.caller, &authorities, expected)
        .await?;
    let context = request.context("certificateBasedAuthConfiguration/$entity");
    let body = resource(&store, Some(&context));
    Ok(answer::with_version(
        answer::json(StatusCode::CREATED, &body),
        store.version,
    ))
}

async fn delete(
    State(api): State<Api>,
    Path((organization, id)): Path<(String, String)>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    check_organization(&request, &organization)?;
    if !id.eq_ignore_ascii_case(ID) {
        return Err(GraphError::no_resource(&id));
    }
    let expected = request.expected_version()?;
    api.engine.delete_classic_store(&request.caller, expected).await?;
    Ok(answer::no_content())
}

/// The organization of a path is the caller's own tenant.
fn check_organization(request: &GraphRequest, organization: &str) -> Result<(), GraphError> {
    if organization.parse() == Ok(request.caller.tenant) {
        Ok(())
    } else {
        Err(GraphError::no_resource(organization))
    }
}

fn read(body: &Value) -> Result<Vec<ClassicAuthority>, GraphError> {
    let members = members(body, "", &["id", "certificateAuthorities"])?;
    let list = members
        .get("certificateAuthorities")
        .and_then(Value::as_array)
        .ok_or_else(|| {
            GraphError::bad_property("certificateAuthorities", "The property is required: an array.")
        })?;
    list.iter()
        .enumerate()
        .map(|(index, authority)| read_authority(&format!("certificateAuthorities[{index}]"), authority))
        .collect()
}

pub(crate) fn read_authority(place: &str, authority: &Value) -> Result<ClassicAuthority, GraphError> {
    const KNOWN: &[&str] = &[
        "certificate",
        "isRootAuthority",
        "certificateRevocationListUrl",
        "deltaCertificateRevocationListUrl",
        "issuer",
        "issuerSki",
    ];
    let members = members(authority, place, KNOWN)?;
    let at = |name: &str| format!("{place}.{name}");
    let is_root_authority = members
        .get("isRootAuthority")
        .and_then(Value::as_bool)
        .ok_or_else(|| {
            GraphError::bad_property(at("isRootAuthority"), "The property is required: true or false.")
        })?;
    Ok(ClassicAuthority {
        certificate: certificate(members.get("certificate"), &at("certificate"))?,
        is_root_authority,
        crl_url: text(
            members.get("certificateRevocationListUrl"),
            &at("certificateRevocationListUrl"),
        )?,
        delta_crl_url: text(
            members.get("deltaCertificateRevocationListUrl"),
            &at("deltaCertificateRevocationListUrl"),
        )?,
        own: None,
    })
}

fn resource(store: &ClassicStore, context: Option<&str>) -> Value {
    let mut resource = Map::new();
    if let Some(context) = context {
        resource.insert("@odata.context".to_owned(), json!(context));
    }
    resource.insert("@odata.type".to_owned(), json!(TYPE));
    if !store.warnings.is_empty() {
        resource.insert("@lanyard.warnings".to_owned(), json!(store.warnings));
    }
    resource.insert("id".to_owned(), json!(ID));
    let authorities: Vec<Value> = store.authorities.iter().map(authority).collect();
    resource.insert("certificateAuthorities".to_owned(), json!(authorities));
    Value::Object(resource)
}

/// Source: certificate-sign-in §2.2: `issuer` is the authority's own name, `issuerSki` its own key identifier.
fn authority(authority: &ConfiguredAuthority) -> Value {
    let certificate = certificate_of(&authority.certificate);
    let facts = certificate.as_ref().map(|certificate| certificate.facts());
    json!({
        "isRootAuthority": authority.is_root_authority,
        "certificate": authority.certificate,
        "certificateRevocationListUrl": authority.certificate_revocation_list_url,
        "deltaCertificateRevocationListUrl": authority.delta_certificate_revocation_list_url,
        "issuer": facts.map(|facts| facts.subject.to_string()),
        "issuerSki": facts
            .and_then(|facts| facts.subject_key_identifier.as_ref())
            .map(|identifier| identifier.to_string().to_uppercase()),
    })
}
