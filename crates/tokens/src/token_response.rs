//! The successful answer of the token endpoint.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{EndpointVersion, GRAPH_APP_ID, ResourceScopes, ScopeRequest};

/// What a client gets.
#[derive(Clone)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// Its life.
    pub expires_in_secs: u32,
    /// Granted scopes: see [`granted_scope`].
    pub scope: String,
    /// With `offline_access`.
    pub refresh_token: Option<String>,
    /// The fixed remaining life of a single-page client's refresh token.
    pub refresh_token_expires_in_secs: Option<u32>,
    /// With `openid`.
    pub id_token: Option<String>,
    /// When asked for with `client_info=1`.
    pub client_info: Option<String>,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TokenResponse")
            .field("scope", &self.scope)
            .field("expires_in_secs", &self.expires_in_secs)
            .finish_non_exhaustive()
    }
}

impl TokenResponse {
    /// The JSON body. Source: directory-policy-tokens §1.6.
    ///
    /// `version` 1 adds the members old libraries read: `resource`, `expires_on`, `not_before`, numbers as strings.
    #[must_use]
    pub fn to_json(&self, version: EndpointVersion, resource: &str, now: Timestamp) -> Value {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("token_type", json!("Bearer"));
        put("scope", json!(self.scope));
        match version {
            EndpointVersion::V2 => {
                put("expires_in", json!(self.expires_in_secs));
                put("ext_expires_in", json!(self.expires_in_secs));
            }
            EndpointVersion::V1 => {
                let expires_on = now.as_second().saturating_add(i64::from(self.expires_in_secs));
                put("expires_in", json!(self.expires_in_secs.to_string()));
                put("ext_expires_in", json!(self.expires_in_secs.to_string()));
                put("expires_on", json!(expires_on.to_string()));
                put("not_before", json!(now.as_second().to_string()));
                put("resource", json!(resource));
            }
        }
        put("access_token", json!(self.access_token));
        for (name, value) in [
            ("refresh_token", &self.refresh_token),
            ("id_token", &self.id_token),
            ("client_info", &self.client_info),
        ] {
            if let Some(value) = value {
                put(name, json!(value));
            }
        }
        if let Some(seconds) = self.refresh_token_expires_in_secs {
            put("refresh_token_expires_in", json!(seconds));
        }
        Value::Object(body)
    }
}

/// Rule `TOKEN-SCOPE-ECHO`: the answer names every granted scope the way the client wrote it, `.default` included, so that the
/// client's cache finds it again; scopes it did not name follow as full names, those of the directory API as short ones.
/// Source: directory-policy-tokens §1.6, real-clients §1.4.
///
/// `granted`: scope values of the access token.
#[must_use]
pub fn granted_scope(request: &ScopeRequest, asked: &ResourceScopes<'_>, granted: &[String]) -> String {
    let mut words: Vec<String> = Vec::new();
    for scope in &request.scopes {
        if scope.resource.names(asked.resource)
            && (scope.value == ".default" || granted.contains(&scope.value))
        {
            words.push(scope.asked.clone());
        }
    }
    for value in granted {
        let named = request
            .scopes
            .iter()
            .any(|scope| scope.value == *value && scope.resource.names(asked.resource));
        if !named && asked.resource.app_id == GRAPH_APP_ID {
            words.push(value.clone());
        } else if !named {
            words.push(format!("{}/{value}", asked.asked_as));
        }
    }
    words.extend(request.openid_words().into_iter().map(str::to_owned));
    words.join(" ")
}
