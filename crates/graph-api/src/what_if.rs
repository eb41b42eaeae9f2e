//! `…/x509Certificate/lanyard.whatIf`: what a draft would do to the people who signed in lately.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use http::StatusCode;
use lanyard_engine::MethodPolicy;
use lanyard_engine::administer::{WhatIf, WhatIfUser};
use lanyard_engine::change_safety::MembershipChange;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer;
use crate::body::JsonBody;
use crate::classic_store::read_authority;
use crate::error::GraphError;
use crate::fields::{members, text};
use crate::request::GraphRequest;
use crate::routes::Api;

/// Most entries of a list of the draft.
const MAX_ENTRIES: usize = 1_000;

pub(crate) fn routes() -> Router<Api> {
    Router::new().route(
        "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{method}/lanyard.whatIf",
        post(what_if),
    )
}

/// Rule `GRAPH-WHAT-IF`: a draft names the parts that would be other than now (`policy` as a PATCH of the method,
/// `certificateAuthorities` as the whole classic store, `withoutAuthorities`, `user`, `membership`) and is answered with the report
/// of `lanyard what-if`; a mistake in it is the 400 that the change itself would get. Source: certificate-sign-in §7.1, §8.3.
async fn what_if(
    State(api): State<Api>,
    Path(method): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    if !method.eq_ignore_ascii_case(MethodPolicy::ID) {
        return Err(GraphError::no_resource(&method));
    }
    let ask = read(&body)?;
    let report = api.engine.what_if_by(&request.caller, &ask).await?;
    let percent = report.cut_off_percent();
    let mut value = serde_json::to_value(&report).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        members.insert("cutOffPercent".to_owned(), json!(percent));
        let context = json!(request.context("lanyard.changeReport"));
        members.shift_insert(0, "@odata.context".to_owned(), context);
    }
    Ok(answer::json(StatusCode::OK, &value))
}

fn read(body: &Value) -> Result<WhatIf, GraphError> {
    const KNOWN: &[&str] = &[
        "policy",
        "certificateAuthorities",
        "withoutAuthorities",
        "user",
        "membership",
    ];
    let draft = members(body, "", KNOWN)?;
    let given = |name: &str| draft.get(name).filter(|part| !part.is_null());
    let classic_store = match given("certificateAuthorities") {
        None => None,
        Some(list) => Some(
            entries(list, "certificateAuthorities")?
                .iter()
                .enumerate()
                .map(|(index, one)| read_authority(&format!("certificateAuthorities[{index}]"), one))
                .collect::<Result<_, _>>()?,
        ),
    };
    Ok(WhatIf {
        policy: given("policy").cloned(),
        classic_store,
        without_authorities: match given("withoutAuthorities") {
            Some(list) => texts(list, "withoutAuthorities")?,
            None => Vec::new(),
        },
        user: given("user").map(read_user).transpose()?,
        membership: given("membership").map(read_membership).transpose()?,
    })
}

fn read_user(value: &Value) -> Result<WhatIfUser, GraphError> {
    let user = members(value, "user", &["id", "certificateUserIds", "accountEnabled"])?;
    let key = text(user.get("id"), "user.id")?;
    Ok(WhatIfUser {
        key: key.ok_or_else(|| {
            GraphError::bad_property("user.id", "The property is required: an object id or a name.")
        })?,
        certificate_user_ids: match user.get("certificateUserIds") {
            None | Some(Value::Null) => None,
            Some(list) => Some(texts(list, "user.certificateUserIds")?),
        },
        account_enabled: match user.get("accountEnabled") {
            None | Some(Value::Null) => None,
            Some(Value::Bool(enabled)) => Some(*enabled),
            Some(_) => {
                let sentence = "The value must be true or false.";
                return Err(GraphError::bad_property("user.accountEnabled", sentence));
            }
        },
    })
}

fn read_membership(value: &Value) -> Result<MembershipChange, GraphError> {
    let membership = members(value, "membership", &["groupId", "joins", "leaves", "dissolved"])?;
    let group = text(membership.get("groupId"), "membership.groupId")?
        .and_then(|id| Uuid::try_parse(&id).ok())
        .ok_or_else(|| {
            GraphError::bad_property("membership.groupId", "The property is required: an object id.")
        })?;
    let ids = |name: &str| -> Result<Vec<Uuid>, GraphError> {
        let place = format!("membership.{name}");
        match membership.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(list) => texts(list, &place)?
                .iter()
                .map(|id| Uuid::try_parse(id))
                .collect::<Result<_, _>>()
                .map_err(|_| GraphError::bad_property(place, "The value must be a list of object ids.")),
        }
    };
    Ok(MembershipChange {
        group,
        joins: ids("joins")?,
        leaves: ids("leaves")?,
        dissolved: membership.get("dissolved").and_then(Value::as_bool) == Some(true),
    })
}

fn entries<'a>(value: &'a Value, place: &str) -> Result<&'a [Value], GraphError> {
    match value.as_array() {
        Some(list) if list.len() <= MAX_ENTRIES => Ok(list),
        Some(_) => Err(GraphError::bad_property(
            place,
            "The list has more than 1,000 entries.",
        )),
        None => Err(GraphError::bad_property(place, "The value must be a list.")),
    }
}

fn texts(value: &Value, place: &str) -> Result<Vec<String>, GraphError> {
    entries(value, place)?
        .iter()
        .map(|one| one.as_str().map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| GraphError::bad_property(place, "The value must be a list of texts."))
}
