//! What command-line tools ask to find their way around a cloud.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use crate::answer;
use crate::request::origin;
use crate::routes::Api;

/// The endpoints of this server in the words of a resource manager.
///
/// Rule `CLOUD-ENDPOINTS`: a command-line tool that is told only one address finds the login host, the directory API and their
/// audiences there. Source: real-clients §5a.
pub(crate) async fn endpoints(State(api): State<Api>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let here = origin(&parts, &api);
    let settings = api.engine.settings();
    let login = settings.login_origin.as_str().trim_end_matches('/').to_owned();
    let graph = settings.graph_origin().as_str().trim_end_matches('/').to_owned();
    let body = json!({
        "portal": login,
        "authentication": {
            "loginEndpoint": login,
            "audiences": [format!("{here}/"), here],
            "tenant": "common",
            "identityProvider": "AAD"
        },
        "media": here,
        "graphAudience": format!("{graph}/"),
        "graph": format!("{graph}/"),
        "microsoftGraphResourceId": format!("{graph}/"),
        "name": "Lanyard",
        "suffixes": {},
        "batch": here,
        "resourceManager": format!("{here}/"),
        "vmImageAliasDoc": here
    });
    answer::json(StatusCode::OK, &body)
}

/// There are no subscriptions here.
pub(crate) async fn subscriptions() -> Response {
    answer::json(StatusCode::OK, &json!({ "value": [] }))
}
