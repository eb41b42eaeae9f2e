//! `/policies/authenticationMethodsPolicy`: the x509 method.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use lanyard_engine::MethodPolicy;
use serde_json::{Value, json};

use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::request::GraphRequest;
use crate::routes::Api;

const CONFIGURATIONS: &str = "policies/authenticationMethodsPolicy/authenticationMethodConfigurations";

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/policies/authenticationMethodsPolicy", get(policy))
        .route(
            "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations",
            get(list),
        )
        .route(
            "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{method}",
            get(one).patch(change).delete(reset),
        )
}

/// `GET …/authenticationMethodsPolicy`
async fn policy(State(api): State<Api>, request: GraphRequest) -> Result<Response, GraphError> {
    let (version, x509) = api.engine.read_method_policy(&request.caller).await?;
    let body = json!({
        "@odata.context": request.context("authenticationMethodsPolicy"),
        "id": "authenticationMethodsPolicy",
        "displayName": "Authentication Methods Policy",
        "description": "The tenant-wide policy that controls which authentication methods are allowed",
        "lastModifiedDateTime": null,
        "policyVersion": version.to_string(),
        "authenticationMethodConfigurations": [resource(&request, &x509, None)?]
    });
    Ok(answer::with_version(answer::json(StatusCode::OK, &body), version))
}

/// `GET …/authenticationMethodConfigurations`
async fn list(State(api): State<Api>, request: GraphRequest) -> Result<Response, GraphError> {
    let (_, x509) = api.engine.read_method_policy(&request.caller).await?;
    let body = json!({
        "@odata.context": request.context(CONFIGURATIONS),
        "value": [resource(&request, &x509, None)?]
    });
    Ok(answer::json(StatusCode::OK, &body))
}

/// `GET …/authenticationMethodConfigurations/x509Certificate`
async fn one(
    State(api): State<Api>,
    Path(method): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    check_method(&method)?;
    let (version, x509) = api.engine.read_method_policy(&request.caller).await?;
    let context = request.context(&format!("{CONFIGURATIONS}/$entity"));
    let body = resource(&request, &x509, Some(&context))?;
    Ok(answer::with_version(answer::json(StatusCode::OK, &body), version))
}

/// `PATCH …/authenticationMethodConfigurations/x509Certificate`
///
/// Rule `GRAPH-POLICY-WARNINGS`: a change that is saved although something about it is doubtful answers 204 with a header
/// `Lanyard-Warning` for each doubt, at most 20, in ASCII with JSON's escapes. Source: certificate-sign-in §8.3.
async fn change(
    State(api): State<Api>,
    Path(method): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    check_method(&method)?;
    let expected = request.expected_version()?;
    let warnings = api
        .engine
        .patch_method_policy(&request.caller, &body, expected)
        .await?;
    Ok(answer::with_warnings(answer::no_content(), &warnings))
}

/// `DELETE …/authenticationMethodConfigurations/x509Certificate`
async fn reset(
    State(api): State<Api>,
    Path(method): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    check_method(&method)?;
    let expected = request.expected_version()?;
    api.engine.reset_method_policy(&request.caller, expected).await?;
    Ok(answer::no_content())
}

/// Rule `GRAPH-METHOD-NAME`: the method is called `X509Certificate` without regard to case; other methods are not there.
/// Source: certificate-sign-in §8.1.
fn check_method(method: &str) -> Result<(), GraphError> {
    if method.eq_ignore_ascii_case(MethodPolicy::ID) {
        Ok(())
    } else {
        Err(GraphError::no_resource(method))
    }
}

/// The resource as it is read: `includeTargets` comes after its own context. Source: certificate-sign-in §8.2.
fn resource(
    request: &GraphRequest,
    policy: &MethodPolicy,
    context: Option<&str>,
) -> Result<Value, GraphError> {
    let written = policy.to_graph_json(request.prefers("include-unknown-enum-members"));
    let Ok(Value::Object(members)) = written else {
        return Err(GraphError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "The policy cannot be written.",
        ));
    };
    let mut resource = serde_json::Map::new();
    if let Some(context) = context {
        resource.insert("@odata.context".to_owned(), json!(context));
    }
    for (name, value) in members {
        if name == "includeTargets" {
            let context = request.context(&format!(
                "{CONFIGURATIONS}('{}')/microsoft.graph.x509CertificateAuthenticationMethodConfiguration/includeTargets",
                MethodPolicy::ID
            ));
            resource.insert("includeTargets@odata.context".to_owned(), json!(context));
        }
        resource.insert(name, value);
    }
    Ok(Value::Object(resource))
}
