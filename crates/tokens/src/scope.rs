//! Scopes and the resources they belong to.

use lanyard_directory::{AppId, Application};
use lanyard_verdict::{Code, RuleId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::OAuthFailure;

/// Client id of the directory API ("Microsoft Graph").
pub const GRAPH_APP_ID: AppId = AppId(Uuid::from_u128(0x0000_0003_0000_0000_c000_0000_0000_0000));

/// Longest `scope` parameter, in bytes.
pub const MAX_SCOPE_BYTES: usize = 8 * 1024;
const MAX_SCOPES: usize = 100;
const DEFAULT: &str = ".default";

/// How a request names a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResourceName {
    /// Not at all: a scope without a prefix belongs to the directory API.
    Graph,
    /// By an application ID URI or a client id, as written.
    Named(String),
}

impl ResourceName {
    /// Rule `SCOPE-RESOURCE-NAME`: a resource is named by its client id or, character for character, by one of its
    /// application ID URIs; a final slash counts, except for the directory API, which clients name with and without.
    /// Source: directory-policy-tokens §1.8, real-clients §5a.
    #[must_use]
    pub fn names(&self, application: &Application) -> bool {
        match self {
            Self::Graph => application.app_id == GRAPH_APP_ID,
            Self::Named(name) => {
                let by_uri = |name: &str| application.identifier_uris.iter().any(|uri| uri == name);
                name.parse() == Ok(application.app_id)
                    || by_uri(name)
                    || (application.app_id == GRAPH_APP_ID && name.strip_suffix('/').is_some_and(by_uri))
            }
        }
    }
}

/// One scope of a resource: as asked, and without its prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskedScope {
    /// Which resource.
    pub resource: ResourceName,
    /// The scope value, such as `User.Read` or `.default`.
    pub value: String,
    /// The whole scope as the client wrote it; echoed in the answer so that its cache finds it again.
    pub asked: String,
}

/// What a `scope` parameter asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScopeRequest {
    /// `openid`: an id token.
    #[serde(default)]
    pub openid: bool,
    /// `profile`: name, user name, object and tenant id in the id token.
    #[serde(default)]
    pub profile: bool,
    /// `email`: the mail address.
    #[serde(default)]
    pub email: bool,
    /// `offline_access`: a refresh token.
    #[serde(default)]
    pub offline_access: bool,
    /// Scopes of resources, in order, without repetition.
    #[serde(default)]
    pub scopes: Vec<AskedScope>,
}

/// What a request asks of the one resource its access token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceScopes<'a> {
    /// The resource.
    pub resource: &'a Application,
    /// How the client named it: the `aud` of a v1 access token.
    pub asked_as: String,
    /// `true`: everything granted (`.default`).
    pub everything: bool,
    /// Single scope values, all of them exposed by the resource; empty with `.default`.
    pub values: Vec<String>,
    /// The scopes as the client wrote them.
    pub asked: Vec<String>,
}

impl ScopeRequest {
    /// Rule `SCOPE-SYNTAX`: scopes are separated by blanks; `openid`, `profile`, `email` and `offline_access` stand alone;
    /// every other scope is `{resource}/{value}`, split at its last slash, or a value of the directory API. More than
    /// 100 scopes, or characters RFC 6749 excludes, are refused (70011). Source: directory-policy-tokens §1.8.
    pub fn parse(text: &str) -> Result<Self, OAuthFailure> {
        let mut request = Self::default();
        if text.len() > MAX_SCOPE_BYTES {
            return Err(invalid("SCOPE-SYNTAX", "The scope parameter is too long."));
        }
        for asked in text.split_ascii_whitespace() {
            if !asked
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
            {
                return Err(invalid(
                    "SCOPE-SYNTAX",
                    "A scope holds a character that is not allowed.",
                ));
            }
            match asked {
                "openid" => request.openid = true,
                "profile" => request.profile = true,
                "email" => request.email = true,
                "offline_access" => request.offline_access = true,
                _ => request.push(AskedScope::parse(asked))?,
            }
        }
        Ok(request)
    }

    /// Rule `SCOPE-V1-RESOURCE`: a v1 request names its resource in `resource` and gets everything granted on it; its
    /// `scope` parameter only says whether it is an OpenID Connect request. Source: directory-policy-tokens §1.1.
    pub fn of_v1(resource: Option<&str>, scope: Option<&str>) -> Result<Self, OAuthFailure> {
        let mut request = Self::parse(scope.unwrap_or_default())?;
        // Version 1 always answered with an id token and a refresh token; clients count on both.
        request.openid = true;
        request.profile = true;
        request.offline_access = true;
        if let Some(resource) = resource {
            request.scopes.clear();
            request.push(AskedScope {
                resource: ResourceName::Named(resource.to_owned()),
                value: DEFAULT.to_owned(),
                asked: format!("{resource}/{DEFAULT}"),
            })?;
        }
        Ok(request)
    }

    fn push(&mut self, scope: AskedScope) -> Result<(), OAuthFailure> {
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        if self.scopes.len() == MAX_SCOPES {
            return Err(invalid("SCOPE-SYNTAX", "Too many scopes are asked for."));
        }
        self.scopes.push(scope);
        Ok(())
    }

    /// The resources this request names, without repetition; the directory API when it names none.
    #[must_use]
    pub fn resource_names(&self) -> Vec<ResourceName> {
        let mut names: Vec<ResourceName> = Vec::new();
        for scope in &self.scopes {
            if !names.contains(&scope.resource) {
                names.push(scope.resource.clone());
            }
        }
        if names.is_empty() {
            names.push(ResourceName::Graph);
        }
        names
    }

    /// The part of this request that concerns `resource`; used when several may be named but one is asked for.
    #[must_use]
    pub fn narrowed_to(&self, resource: &Application) -> Self {
        let mut narrowed = self.clone();
        narrowed.scopes.retain(|scope| scope.resource.names(resource));
        narrowed
    }

    /// Rule `SCOPE-ONE-RESOURCE`: an access token is for one resource: scopes of two are refused (700022), an unknown
    /// resource (500011), an unknown or disabled scope value (70011), and `.default` beside single scopes (70011).
    /// Source: directory-policy-tokens §1.8.
    ///
    /// `known`: the applications found for [`ScopeRequest::resource_names`], in any order.
    pub fn for_one_resource<'a>(
        &self,
        known: &[&'a Application],
    ) -> Result<ResourceScopes<'a>, OAuthFailure> {
        const RULE: &str = "SCOPE-ONE-RESOURCE";
        let mut found: Option<(&'a Application, &ResourceName)> = None;
        for name in &self.resource_names() {
            let resource = known
                .iter()
                .find(|application| name.names(application))
                .ok_or_else(|| {
                    OAuthFailure::new(
                        Code::RESOURCE_UNKNOWN,
                        RuleId::new(RULE),
                        format!("The resource '{}' is not registered here.", name.as_asked()),
                    )
                })?;
            match found {
                Some((other, _)) if other.app_id != resource.app_id => {
                    return Err(OAuthFailure::new(
                        Code::SEVERAL_RESOURCES,
                        RuleId::new(RULE),
                        "Ask for scopes of one resource at a time.",
                    ));
                }
                Some(_) => {}
                None => {
                    found = Some((
                        resource,
                        self.scopes.first().map_or(&ResourceName::Graph, |s| &s.resource),
                    ))
                }
            }
        }
        let Some((resource, name)) = found else {
            return Err(invalid(RULE, "No resource is asked for."));
        };

        let everything = self.scopes.iter().any(|scope| scope.value == DEFAULT);
        if everything && self.scopes.iter().any(|scope| scope.value != DEFAULT) {
            return Err(invalid(RULE, ".default cannot be combined with single scopes."));
        }
        let mut values: Vec<String> = Vec::new();
        for scope in self.scopes.iter().filter(|_| !everything) {
            let exposed = resource
                .permission_scopes
                .iter()
                .find(|offered| offered.enabled && offered.value == scope.value);
            let Some(exposed) = exposed else {
                return Err(invalid(
                    RULE,
                    format!("The resource has no scope '{}'.", scope.asked),
                ));
            };
            if !values.contains(&exposed.value) {
                values.push(exposed.value.clone());
            }
        }
        let asked_as = match name {
            ResourceName::Named(name) => name.clone(),
            ResourceName::Graph => resource
                .identifier_uris
                .first()
                .cloned()
                .unwrap_or_else(|| resource.app_id.to_string()),
        };
        let asked = self.scopes.iter().map(|scope| scope.asked.clone()).collect();
        Ok(ResourceScopes {
            resource,
            asked_as,
            everything,
            values,
            asked,
        })
    }

    /// Rule `SCOPE-APPLICATION-DEFAULT`: an application asks for itself with exactly one scope, `{resource}/.default`
    /// (70011 otherwise). Source: directory-policy-tokens §1.6.
    pub fn require_single_default(&self) -> Result<(), OAuthFailure> {
        match self.scopes.as_slice() {
            [only] if only.value == DEFAULT => Ok(()),
            _ => Err(invalid(
                "SCOPE-APPLICATION-DEFAULT",
                "Client credentials need exactly one scope of the form {resource}/.default.",
            )),
        }
    }

    /// The OpenID Connect scopes asked for, as words.
    #[must_use]
    pub fn openid_words(&self) -> Vec<&'static str> {
        [
            (self.openid, "openid"),
            (self.profile, "profile"),
            (self.email, "email"),
            (self.offline_access, "offline_access"),
        ]
        .into_iter()
        .filter_map(|(asked, word)| asked.then_some(word))
        .collect()
    }
}

impl AskedScope {
    fn parse(asked: &str) -> Self {
        let (resource, value) = match asked.rsplit_once('/') {
            Some((resource, value)) if !resource.is_empty() && !value.is_empty() => {
                (ResourceName::Named(resource.to_owned()), value)
            }
            _ if Uuid::try_parse(asked).is_ok() => (ResourceName::Named(asked.to_owned()), DEFAULT),
            _ => (ResourceName::Graph, asked),
        };
        Self {
            resource,
            value: value.to_owned(),
            asked: asked.to_owned(),
        }
    }
}

impl ResourceName {
    fn as_asked(&self) -> &str {
        match self {
            Self::Graph => "Graph",
            Self::Named(name) => name,
        }
    }
}

fn invalid(rule: &'static str, detail: impl Into<String>) -> OAuthFailure {
    OAuthFailure::new(Code::SCOPE_INVALID, RuleId::new(rule), detail)
}
