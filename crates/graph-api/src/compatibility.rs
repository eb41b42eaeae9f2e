//! What old command-line tools ask for, outside the directory API.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::properties::Fields;
use crate::request::GraphRequest;
use crate::routes::Api;

/// `POST /compatibility/users/{user}/stsRefreshTokensValidFrom`: says whether the moment moved.
pub(crate) async fn set_valid_from(
    State(api): State<Api>,
    Path(user): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let mut fields = Fields::of(body)?;
    let name = "stsRefreshTokensValidFrom";
    let moment = fields.moment(name)?.ok_or_else(|| fields.missing(name))?;
    fields.end()?;
    let moved = api
        .engine
        .set_sts_refresh_tokens_valid_from(&request.caller, &user, moment)
        .await?;
    Ok(answer::json(StatusCode::OK, &json!({ "moved": moved })))
}
