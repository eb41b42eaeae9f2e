//! `$batch`: several requests in one.

use std::collections::HashMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use crate::answer::{self, RequestIds};
use crate::body::MAX_BODY_BYTES;
use crate::error::GraphError;
use crate::properties::Fields;
use crate::request::GraphRequest;
use crate::routes::Api;

/// Most requests of a batch. Source: directory-policy-tokens §0.1.
const MAX_REQUESTS: usize = 20;
/// Longest address of a request in a batch.
const MAX_URL_BYTES: usize = 16 * 1024;
/// Largest answer of a request in a batch.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// The routes a batch may ask: all of the same version, `$batch` itself excepted.
#[derive(Clone)]
pub(crate) struct Inner(pub(crate) Router);

struct Item {
    id: String,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Option<Value>,
    depends_on: Vec<String>,
}

/// `POST /$batch`
///
/// Rule `GRAPH-BATCH`: a batch has 1 to 20 requests with ids of their own and relative addresses; each is answered by itself, with
/// the rights of the batch's token, after those it depends on; when one of these failed it is answered 424. Source:
/// directory-policy-tokens §2.1.
pub(crate) async fn run(
    Extension(Inner(router)): Extension<Inner>,
    State(api): State<Api>,
    request: Request,
) -> Result<Response, GraphError> {
    let (mut parts, body) = request.into_parts();
    // Nobody but a caller of this API has work done here.
    GraphRequest::authenticated(&mut parts, &api).await?;
    let bytes = to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|_| GraphError::bad_request("The batch is longer than 4 MiB or broke off."))?;
    let body: Value = serde_json::from_slice(&bytes)
        .map_err(|error| GraphError::bad_request(format!("The body is not JSON: {error}.")))?;
    let mut fields = Fields::of(body)?;
    let requests = fields
        .objects("requests")?
        .ok_or_else(|| fields.missing("requests"))?;
    fields.end()?;
    if requests.is_empty() || requests.len() > MAX_REQUESTS {
        return Err(GraphError::at_property(
            "requests",
            format!("A batch has 1 to {MAX_REQUESTS} requests."),
        ));
    }
    let mut waiting = Vec::with_capacity(requests.len());
    for request in requests {
        let item = read(request)?;
        if waiting.iter().any(|known: &Item| known.id == item.id) {
            return Err(GraphError::at_property(
                "requests",
                "Every request of a batch has an id of its own.",
            ));
        }
        waiting.push(item);
    }
    check_dependencies(&waiting)?;
    let mut statuses: HashMap<String, StatusCode> = HashMap::new();
    let mut responses = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting
            .iter()
            .position(|item| item.depends_on.iter().all(|id| statuses.contains_key(id)));
        let Some(ready) = ready else {
            // Checked before the first was run.
            break;
        };
        let item = waiting.remove(ready);
        let failed = item
            .depends_on
            .iter()
            .any(|id| statuses.get(id).is_some_and(|status| status.as_u16() >= 400));
        let (status, answer) = if failed {
            let ids = parts.extensions.get::<RequestIds>();
            (
                StatusCode::FAILED_DEPENDENCY,
                failed_dependency(&item.id, &api, ids),
            )
        } else {
            one(&router, &parts, &item).await
        };
        statuses.insert(item.id, status);
        responses.push(answer);
    }
    Ok(answer::json(StatusCode::OK, &json!({ "responses": responses })))
}

fn read(mut fields: Fields) -> Result<Item, GraphError> {
    let id = fields.needed_text("id")?;
    let method = fields.needed_text("method")?;
    let url = fields.needed_text("url")?;
    let method = match method.to_ascii_uppercase().as_str() {
        "GET" => Method::GET,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        _ => {
            return Err(GraphError::at_property(
                "method",
                "Invalid method of a request in a batch.",
            ));
        }
    };
    let path = url.split('?').next().unwrap_or_default();
    if url.len() > MAX_URL_BYTES || path.contains("://") || path.starts_with("//") {
        return Err(GraphError::at_property(
            "url",
            "Addresses in a batch are relative to the version.",
        ));
    }
    let url = if url.starts_with('/') {
        url
    } else {
        format!("/{url}")
    };
    let mut headers = HeaderMap::new();
    if let Some(Value::Object(given)) = fields.take("headers") {
        for (name, value) in given {
            let name = HeaderName::try_from(name.as_str());
            let value = value.as_str().and_then(|text| HeaderValue::try_from(text).ok());
            let (Ok(name), Some(value)) = (name, value) else {
                return Err(GraphError::at_property(
                    "headers",
                    "Invalid header of a request in a batch.",
                ));
            };
            // Who asks, and which server, is the batch's to say.
            if name != AUTHORIZATION && name != HOST {
                headers.insert(name, value);
            }
        }
    }
    let body = fields.take("body").filter(|body| !body.is_null());
    if body.is_some() && !headers.contains_key(CONTENT_TYPE) {
        return Err(GraphError::at_property(
            "headers",
            "A request of a batch with a body needs the header Content-Type.",
        ));
    }
    let depends_on = fields.texts("dependsOn")?.unwrap_or_default();
    fields.end()?;
    Ok(Item {
        id,
        method,
        url,
        headers,
        body,
        depends_on,
    })
}

fn check_dependencies(items: &[Item]) -> Result<(), GraphError> {
    let known = |id: &String| items.iter().any(|item| item.id == *id);
    if !items.iter().flat_map(|item| &item.depends_on).all(known) {
        return Err(GraphError::at_property(
            "dependsOn",
            "A request depends on one that is not in the batch.",
        ));
    }
    let mut settled: Vec<&str> = Vec::with_capacity(items.len());
    while settled.len() < items.len() {
        let next = items.iter().find(|item| {
            !settled.contains(&item.id.as_str())
                && item.depends_on.iter().all(|id| settled.contains(&id.as_str()))
        });
        match next {
            Some(item) => settled.push(&item.id),
            None => {
                return Err(GraphError::at_property(
                    "dependsOn",
                    "The requests depend on each other in a circle.",
                ));
            }
        }
    }
    Ok(())
}

fn failed_dependency(id: &str, api: &Api, ids: Option<&RequestIds>) -> Value {
    let error = GraphError::new(
        StatusCode::FAILED_DEPENDENCY,
        "FailedDependency",
        "A request this one depends on failed.",
    );
    let (request, client) = ids.map_or_else(Default::default, |ids| {
        (ids.request.to_string(), ids.client.clone())
    });
    json!({
        "id": id,
        "status": 424,
        "headers": { "Content-Type": "application/json" },
        "body": error.to_json(&answer::date(api.engine.now()), &request, &client)
    })
}

async fn one(router: &Router, outer: &Parts, item: &Item) -> (StatusCode, Value) {
    let octets = match &item.body {
        None => Vec::new(),
        Some(Value::String(text)) => BASE64.decode(text).unwrap_or_else(|_| text.clone().into_bytes()),
        Some(json) => json.to_string().into_bytes(),
    };
    let built = Request::builder()
        .method(item.method.clone())
        .uri(item.url.replace(' ', "%20"))
        .body(Body::from(octets));
    let Ok(mut request) = built else {
        let body =
            json!({ "error": { "code": "BadRequest", "message": "Invalid URL of a request in a batch." } });
        let answer = json!({ "id": item.id, "status": 400, "headers": {}, "body": body });
        return (StatusCode::BAD_REQUEST, answer);
    };
    *request.headers_mut() = item.headers.clone();
    for name in [AUTHORIZATION, HOST] {
        if let Some(value) = outer.headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    if let Some(authority) = outer.uri.authority()
        && let Ok(value) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(HOST, value);
    }
    *request.extensions_mut() = outer.extensions.clone();
    let response = match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_ANSWER_BYTES).await else {
        let message = "The answer is too long for a batch. Ask for it by itself.";
        let body = json!({ "error": { "code": "ResponseTooLarge", "message": message } });
        let status = StatusCode::INSUFFICIENT_STORAGE;
        let answer = json!({ "id": item.id, "status": status.as_u16(), "headers": {}, "body": body });
        return (status, answer);
    };
    let mut headers = Map::new();
    for (name, value) in &parts.headers {
        let shown = matches!(
            name.as_str(),
            "content-type" | "retry-after" | "location" | "etag" | "request-id"
        );
        if let (true, Ok(value)) = (shown, value.to_str()) {
            headers.insert(name.to_string(), json!(value));
        }
    }
    let mut answer = json!({ "id": item.id, "status": parts.status.as_u16(), "headers": headers });
    if let (Some(members), false) = (answer.as_object_mut(), bytes.is_empty()) {
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(BASE64.encode(&bytes)));
        members.insert("body".to_owned(), body);
    }
    (parts.status, answer)
}
