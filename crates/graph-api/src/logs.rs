//! `/auditLogs`: sign-ins and changes.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use lanyard_engine::{AppId, AuditPlace, DirectoryAuditRecord, LogWindow, SignInKind, SignInSearch, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::GraphError;
use crate::listing::{self, Source};
use crate::log_plan::{AuditPlan, audit_plan, sign_in_plan};
use crate::log_resource::{AUDITS, SIGN_INS};
use crate::odata::Cursor;
use crate::query::Query;
use crate::routes::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/auditLogs/signIns", get(sign_ins))
        .route("/auditLogs/signIns/{id}", get(sign_in))
        .route("/auditLogs/directoryAudits", get(audits))
        .route("/auditLogs/directoryAudits/{id}", get(audit))
}

/// The key of a place is its moment in microseconds.
fn place_of(cursor: &Cursor) -> Result<AuditPlace, GraphError> {
    let created_us = cursor
        .key
        .parse()
        .map_err(|_| GraphError::bad_request("Invalid $skiptoken: it is none of this list."))?;
    Ok(AuditPlace {
        created_us,
        id: cursor.id,
    })
}

fn cursor_of(place: AuditPlace) -> Cursor {
    Cursor {
        key: place.created_us.to_string(),
        id: place.id,
    }
}

struct SignIns<'a> {
    api: &'a Api,
    query: &'a Query,
    search: SignInSearch,
}

impl Source for SignIns<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let mut search = self.search.clone();
        search.window.after = after.map(place_of).transpose()?;
        let engine = &self.api.engine;
        let rows = engine
            .sign_in_page(&self.query.request.caller, &search, limit)
            .await?;
        Ok(rows
            .into_iter()
            .map(|(place, record)| (cursor_of(place), record.to_graph_json()))
            .collect())
    }
}

/// `GET /auditLogs/signIns`
async fn sign_ins(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_list(&SIGN_INS)?;
    let search = sign_in_plan(&options);
    let rows = SignIns {
        api: &api,
        query: &query,
        search,
    };
    listing::answer(&query, &SIGN_INS, &options, &rows).await
}

/// `GET /auditLogs/signIns/{id}`
async fn sign_in(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, GraphError> {
    let options = query.of_one(&SIGN_INS)?;
    let record = api.engine.read_sign_in(&query.request.caller, &id).await?;
    let resource = record.to_graph_json();
    Ok(listing::ok(&query, &SIGN_INS, &options, resource))
}

struct Audits<'a> {
    api: &'a Api,
    query: &'a Query,
    plan: AuditPlan,
}

fn audit_json(record: &DirectoryAuditRecord) -> Value {
    let mut resource = record.to_graph_json();
    if let Some(members) = resource.as_object_mut() {
        members.insert("id".to_owned(), json!(format!("Directory_{}", record.id)));
    }
    resource
}

impl Source for Audits<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let window = LogWindow {
            after: after.map(place_of).transpose()?,
            ..self.plan.window.clone()
        };
        let engine = &self.api.engine;
        let activity = self.plan.activity.as_deref();
        let rows = engine
            .audit_page(&self.query.request.caller, &window, activity, limit)
            .await?;
        Ok(rows
            .iter()
            .map(|(place, record)| (cursor_of(*place), audit_json(record)))
            .collect())
    }
}

/// `GET /auditLogs/directoryAudits`
async fn audits(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_list(&AUDITS)?;
    let rows = Audits {
        api: &api,
        query: &query,
        plan: audit_plan(&options),
    };
    listing::answer(&query, &AUDITS, &options, &rows).await
}

/// `GET /auditLogs/directoryAudits/{id}`
async fn audit(State(api): State<Api>, Path(id): Path<String>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_one(&AUDITS)?;
    let record = api.engine.read_audit(&query.request.caller, &id).await?;
    let resource = audit_json(&record);
    Ok(listing::ok(&query, &AUDITS, &options, resource))
}

/// Ids in filters.
pub(crate) fn user_id(text: &str) -> Option<UserId> {
    Uuid::try_parse(text).ok().map(UserId)
}

/// Client ids in filters.
pub(crate) fn client_id(text: &str) -> Option<AppId> {
    Uuid::try_parse(text).ok().map(AppId)
}

/// Kinds of sign-ins in filters.
pub(crate) fn kind(text: &str) -> Option<SignInKind> {
    [
        SignInKind::InteractiveUser,
        SignInKind::NonInteractiveUser,
        SignInKind::ServicePrincipal,
    ]
    .into_iter()
    .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
}
