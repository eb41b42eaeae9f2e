//! `…/certificateBasedAuthConfigurations/{pki}/certificateAuthorities`

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use lanyard_engine::PkiAuthority;
use lanyard_engine::administer::{NewPkiAuthority, PkiAuthorityChange};
use serde_json::{Map, Value, json};

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::fields::{certificate, members, text};
use crate::listing;
use crate::pki_resource::{AUTHORITIES, PATH, authority_resource};
use crate::pki_store::{object_id, with_context};
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

const PROPERTIES: &[&str] = &[
    "id",
    "deletedDateTime",
    "certificateAuthorityType",
    "certificate",
    "displayName",
    "issuer",
    "issuerSubjectKeyIdentifier",
    "createdDateTime",
    "expirationDateTime",
    "thumbprint",
    "certificateRevocationListUrl",
    "deltacertificateRevocationListUrl",
    "isIssuerHintEnabled",
];

pub(crate) fn routes() -> Router<Api> {
    let path = |rest: &str| format!("/{PATH}/{{pki}}/certificateAuthorities{rest}");
    Router::new()
        .route(&path(""), get(list).post(add))
        .route(&path("/{authority}"), get(one).patch(change).delete(delete))
}

async fn list(State(api): State<Api>, Path(pki): Path<String>, query: Query) -> Result<Response, GraphError> {
    let (_, container) = api
        .engine
        .read_pki_container(&query.request.caller, object_id(&pki)?)
        .await?;
    let value: Vec<Value> = container.present().map(authority_resource).collect();
    let set = format!("{PATH}('{}')/certificateAuthorities", container.id);
    listing::answer_all(&query.within(set), &AUTHORITIES, value).await
}

async fn add(
    State(api): State<Api>,
    Path(pki): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let given = members(&body, "", PROPERTIES)?;
    let new = NewPkiAuthority {
        certificate: certificate(given.get("certificate"), "certificate")?,
        is_root: authority_type(given)?,
        display_name: text(given.get("displayName"), "displayName")?,
        crl_url: address(given, "certificateRevocationListUrl")?.flatten(),
        delta_crl_url: address(given, "deltacertificateRevocationListUrl")?.flatten(),
        is_issuer_hint_enabled: flag(given)?.unwrap_or_default(),
        thumbprint: text(given.get("thumbprint"), "thumbprint")?,
        expires: match text(given.get("expirationDateTime"), "expirationDateTime")? {
            None => None,
            Some(time) => Some(
                time.parse()
                    .map_err(|_| GraphError::bad_property("expirationDateTime", "This is not a time."))?,
            ),
        },
    };
    let (authority, doubts) = api
        .engine
        .add_pki_authority(&request.caller, object_id(&pki)?, &new)
        .await?;
    let mut resource = whole(&request, &pki, &authority);
    if let (Some(members), false) = (resource.as_object_mut(), doubts.is_empty()) {
        members.insert("@lanyard.warnings".to_owned(), json!(doubts));
    }
    Ok(answer::json(StatusCode::CREATED, &resource))
}

async fn one(
    State(api): State<Api>,
    Path((pki, authority)): Path<(String, String)>,
    query: Query,
) -> Result<Response, GraphError> {
    let (version, found) = stored(&api, &query.request, &pki, &authority).await?;
    let query = query.within(format!("{PATH}('{pki}')/certificateAuthorities"));
    let answer = listing::found(&query, &AUTHORITIES, authority_resource(&found))?;
    Ok(answer::with_version(answer, version))
}

async fn change(
    State(api): State<Api>,
    Path((pki, authority)): Path<(String, String)>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let (container, id) = (object_id(&pki)?, object_id(&authority)?);
    let expected = request.expected_version()?;
    let given = members(&body, "", PROPERTIES)?;
    let (_, stored) = stored(&api, &request, &pki, &authority).await?;
    check_fixed(given, &authority_resource(&stored))?;
    let change = PkiAuthorityChange {
        is_root: authority_type(given)?,
        display_name: text(given.get("displayName"), "displayName")?,
        crl_url: address(given, "certificateRevocationListUrl")?,
        delta_crl_url: address(given, "deltacertificateRevocationListUrl")?,
        is_issuer_hint_enabled: flag(given)?,
    };
    api.engine
        .change_pki_authority(&request.caller, (container, id), &change, expected)
        .await?;
    answer_one(&api, &request, &pki, &authority).await
}

async fn delete(
    State(api): State<Api>,
    Path((pki, authority)): Path<(String, String)>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let expected = request.expected_version()?;
    let ids = (object_id(&pki)?, object_id(&authority)?);
    api.engine
        .delete_pki_authority(&request.caller, ids, expected)
        .await?;
    Ok(answer::no_content())
}

async fn answer_one(
    api: &Api,
    request: &GraphRequest,
    pki: &str,
    authority: &str,
) -> Result<Response, GraphError> {
    let (version, found) = stored(api, request, pki, authority).await?;
    let body = whole(request, pki, &found);
    Ok(answer::with_version(answer::json(StatusCode::OK, &body), version))
}

/// An authority that is not deleted, with the version of the configuration.
async fn stored(
    api: &Api,
    request: &GraphRequest,
    pki: &str,
    authority: &str,
) -> Result<(i64, PkiAuthority), GraphError> {
    let id = object_id(authority)?;
    let (version, container) = api
        .engine
        .read_pki_container(&request.caller, object_id(pki)?)
        .await?;
    let found = container.present().find(|found| found.id == id).cloned();
    let found = found.ok_or_else(|| GraphError::no_resource(authority))?;
    Ok((version, found))
}

fn whole(request: &GraphRequest, pki: &str, authority: &PkiAuthority) -> Value {
    let context = request.context(&format!("{PATH}('{pki}')/certificateAuthorities/$entity"));
    with_context(context, authority_resource(authority))
}

/// Rule `GRAPH-PKI-CA-FIXED`: a property of an authority that cannot be changed may be sent back as it was read, with any other
/// value it is a 400. Source: certificate-sign-in §2.3 PK-3.
fn check_fixed(given: &Map<String, Value>, stored: &Value) -> Result<(), GraphError> {
    const CHANGEABLE: &[&str] = &[
        "certificateAuthorityType",
        "displayName",
        "certificateRevocationListUrl",
        "deltacertificateRevocationListUrl",
        "isIssuerHintEnabled",
    ];
    for (name, value) in given {
        let fixed = !name.contains('@') && !CHANGEABLE.contains(&name.as_str());
        if fixed && !value.is_null() && stored.get(name) != Some(value) {
            return Err(GraphError::bad_property(name, "This property cannot be changed."));
        }
    }
    Ok(())
}

fn authority_type(given: &Map<String, Value>) -> Result<Option<bool>, GraphError> {
    const NAME: &str = "certificateAuthorityType";
    match text(given.get(NAME), NAME)?.as_deref() {
        None => Ok(None),
        Some("root") => Ok(Some(true)),
        Some("intermediate") => Ok(Some(false)),
        Some(_) => Err(GraphError::bad_property(
            NAME,
            "The value is 'root' or 'intermediate'.",
        )),
    }
}

/// An address: not sent, removed (`null` or empty), or set.
fn address(given: &Map<String, Value>, name: &str) -> Result<Option<Option<String>>, GraphError> {
    match given.get(name) {
        None => Ok(None),
        value => Ok(Some(text(value, name)?)),
    }
}

fn flag(given: &Map<String, Value>) -> Result<Option<bool>, GraphError> {
    const NAME: &str = "isIssuerHintEnabled";
    match given.get(NAME) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(GraphError::bad_property(NAME, "The value is true or false.")),
    }
}
