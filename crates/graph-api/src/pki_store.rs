//! `/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations`: the PKI store.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use lanyard_engine::administer::{DeletedPkiItem, PkiUpload};
use lanyard_engine::{PkiAuthority, PublicKeyInfrastructure, certificate_of};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::fields::{members, text};
use crate::request::GraphRequest;
use crate::routes::Api;

pub(crate) const PATH: &str = "directory/publicKeyInfrastructure/certificateBasedAuthConfigurations";

pub(crate) fn routes() -> Router<Api> {
    let path = |rest: &str| format!("/{PATH}{rest}");
    Router::new()
        .route(&path(""), get(list).post(create))
        .route(&path("/{pki}"), get(one).patch(rename).delete(delete))
        .route(&path("/{pki}/upload"), post(upload))
        .route(&path("/{pki}/microsoft.graph.upload"), post(upload))
}

async fn list(State(api): State<Api>, request: GraphRequest) -> Result<Response, GraphError> {
    let (_, containers) = api.engine.read_pki_containers(&request.caller).await?;
    let now = api.engine.now();
    let value: Vec<Value> = containers
        .iter()
        .map(|container| resource(container, now))
        .collect();
    let body = json!({ "@odata.context": request.context(PATH), "value": value });
    Ok(answer::json(StatusCode::OK, &body))
}

async fn create(
    State(api): State<Api>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let name = display_name(&body)?;
    let container = api.engine.create_pki_container(&request.caller, &name).await?;
    let context = request.context(&format!("{PATH}/$entity"));
    let body = with_context(context, resource(&container, api.engine.now()));
    Ok(answer::json(StatusCode::CREATED, &body))
}

async fn one(
    State(api): State<Api>,
    Path(pki): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    answer_one(&api, &request, object_id(&pki)?).await
}

async fn rename(
    State(api): State<Api>,
    Path(pki): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let id = object_id(&pki)?;
    let expected = request.expected_version()?;
    let name = display_name(&body)?;
    api.engine
        .rename_pki_container(&request.caller, id, &name, expected)
        .await?;
    answer_one(&api, &request, id).await
}

async fn delete(
    State(api): State<Api>,
    Path(pki): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let expected = request.expected_version()?;
    api.engine
        .delete_pki_container(&request.caller, object_id(&pki)?, expected)
        .await?;
    Ok(answer::no_content())
}

/// Rule `GRAPH-PKI-UPLOAD`: `upload` answers 204 at once; the container's `status` and `statusDetails` tell the rest.
/// Source: certificate-sign-in §2.3 PK-4.
async fn upload(
    State(api): State<Api>,
    Path(pki): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let members = members(&body, "", &["uploadUrl", "sha256FileHash"])?;
    let required = |name: &str| {
        text(members.get(name), name)?
            .ok_or_else(|| GraphError::bad_property(name, "The property is required."))
    };
    let upload = PkiUpload {
        url: required("uploadUrl")?,
        sha256: required("sha256FileHash")?,
    };
    api.engine
        .start_pki_upload(&request.caller, object_id(&pki)?, &upload)
        .await?;
    Ok(answer::no_content())
}

async fn answer_one(api: &Api, request: &GraphRequest, id: Uuid) -> Result<Response, GraphError> {
    let (version, container) = api.engine.read_pki_container(&request.caller, id).await?;
    let context = request.context(&format!("{PATH}/$entity"));
    let body = with_context(context, resource(&container, api.engine.now()));
    Ok(answer::with_version(answer::json(StatusCode::OK, &body), version))
}

/// The id of a path; anything else is no object.
pub(crate) fn object_id(text: &str) -> Result<Uuid, GraphError> {
    Uuid::try_parse(text).map_err(|_| GraphError::no_resource(text))
}

fn display_name(body: &Value) -> Result<String, GraphError> {
    let members = members(body, "", &["displayName"])?;
    text(members.get("displayName"), "displayName")?
        .ok_or_else(|| GraphError::bad_property("displayName", "The property is required."))
}

/// Puts `@odata.context` before everything else.
pub(crate) fn with_context(context: String, resource: Value) -> Value {
    let mut whole = Map::new();
    whole.insert("@odata.context".to_owned(), Value::String(context));
    if let Value::Object(members) = resource {
        whole.extend(members);
    }
    Value::Object(whole)
}

/// Source: certificate-sign-in §2.3.
pub(crate) fn resource(container: &PublicKeyInfrastructure, now: jiff::Timestamp) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.certificateBasedAuthPki",
        "id": container.id,
        "deletedDateTime": container.deleted.map(seconds),
        "displayName": container.display_name,
        "status": container.status_at(now).as_str(),
        "statusDetails": container.status_details,
        "lastModifiedDateTime": seconds(container.last_modified)
    })
}

/// Source: certificate-sign-in §2.3.
pub(crate) fn authority_resource(authority: &PkiAuthority) -> Value {
    let certificate = certificate_of(&authority.certificate);
    let facts = certificate.as_ref().map(|certificate| certificate.facts());
    json!({
        "@odata.type": "#microsoft.graph.certificateAuthorityDetail",
        "id": authority.id,
        "deletedDateTime": authority.deleted.map(seconds),
        "certificateAuthorityType": if authority.is_root { "root" } else { "intermediate" },
        "certificate": authority.certificate,
        "displayName": authority.display_name,
        "issuer": facts.map(|facts| facts.issuer.to_string()),
        "issuerSubjectKeyIdentifier": facts
            .and_then(|facts| facts.subject_key_identifier.as_ref())
            .map(|identifier| identifier.to_string().to_uppercase()),
        "createdDateTime": seconds(authority.created),
        "expirationDateTime": facts.map(|facts| seconds(facts.not_after)),
        "thumbprint": facts.map(|facts| hex_upper(&facts.sha1_thumbprint)),
        "certificateRevocationListUrl": authority.certificate_revocation_list_url,
        "deltacertificateRevocationListUrl": authority.delta_certificate_revocation_list_url,
        "isIssuerHintEnabled": authority.is_issuer_hint_enabled
    })
}

/// A deleted container or authority.
pub(crate) fn deleted_resource(item: &DeletedPkiItem, now: jiff::Timestamp) -> Value {
    match item {
        DeletedPkiItem::Container(container) => resource(container, now),
        DeletedPkiItem::Authority(authority) => authority_resource(authority),
    }
}

pub(crate) fn seconds(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn hex_upper(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}
