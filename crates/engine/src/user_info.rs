//! Use case: UserInfo, and what clients ask about the server itself.

use serde_json::{Map, Value, json};

use lanyard_directory::{AppId, UserId};
use lanyard_tokens::discovery::{DiscoveryTenant, instance_discovery, instance_tenant, metadata};
use lanyard_tokens::grant::check_user;
use lanyard_tokens::{EndpointVersion, GRAPH_APP_ID, OAuthFailure};
use lanyard_verdict::{Code, RuleId};

use crate::snapshot::TenantSegment;
use crate::{Engine, EngineError, RequestFacts};

impl Engine {
    /// UserInfo for an access token of the directory API.
    ///
    /// Rule `USERINFO-TOKEN`: the token was signed here for the directory API, is not over, and its user is enabled and not
    /// signed out everywhere since; `sub` is that of the client's id token. Source: directory-policy-tokens §1.12.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails; the inner error is an `invalid_token` answer (401).
    pub async fn user_info(&self, token: &str) -> Result<Result<Value, OAuthFailure>, EngineError> {
        let refused =
            |detail: &str| OAuthFailure::new(Code::ASSERTION_INVALID, RuleId::new("USERINFO-TOKEN"), detail);
        let keys = self.keys();
        let claims = match keys.signing.verify(token) {
            Ok(claims) => claims,
            Err(error) => return Ok(Err(refused(&error.to_string()))),
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let now = self.now().as_second();
        if claims
            .get("exp")
            .and_then(Value::as_i64)
            .is_none_or(|expires| expires <= now)
        {
            return Ok(Err(refused("the token has expired")));
        }
        let directory = crate::well_known::directory_api();
        let for_directory = text("aud").is_some_and(|audience| {
            let audience = audience.trim_end_matches('/');
            audience == GRAPH_APP_ID.to_string()
                || directory.identifier_uris.iter().any(|uri| uri == audience)
        });
        let subject = text("oid").and_then(|id| id.parse::<UserId>().ok());
        let tenant = text("tid").and_then(|id| id.parse().ok());
        let client = text("appid")
            .or_else(|| text("azp"))
            .and_then(|id| id.parse::<AppId>().ok());
        let scopes = text("scp");
        let (Some(subject), Some(tenant), Some(client), Some(_), true) =
            (subject, tenant, client, scopes, for_directory)
        else {
            return Ok(Err(refused(
                "the token is not for this resource or not about a person",
            )));
        };
        let user = self.user_by_id(tenant, subject).await?;
        let issued = claims
            .get("iat")
            .and_then(Value::as_i64)
            .and_then(|secs| jiff::Timestamp::from_second(secs).ok());
        if let Err(failure) = check_user(user.as_ref(), issued.unwrap_or(jiff::Timestamp::UNIX_EPOCH)) {
            return Ok(Err(failure));
        }
        let Some(user) = user else {
            return Ok(Err(refused("the user is gone")));
        };
        let mut body = Map::new();
        body.insert(
            "sub".to_owned(),
            json!(keys.pairwise()?.subject(tenant, subject, client)),
        );
        let members = [
            ("name", Some(user.display_name)),
            ("family_name", user.surname),
            ("given_name", user.given_name),
            ("email", user.mail),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                body.insert(name.to_owned(), json!(value));
            }
        }
        Ok(Ok(Value::Object(body)))
    }

    /// The metadata document of a tenant segment.
    ///
    /// # Errors
    /// `invalid_tenant` (90002) for a name this server does not know.
    pub fn metadata(&self, facts: &RequestFacts, version_one: bool) -> Result<Value, OAuthFailure> {
        let authority = self.settings.authority(&facts.origin);
        let version = if version_one {
            EndpointVersion::V1
        } else {
            EndpointVersion::V2
        };
        let tenant = match self.snapshot().segment(&facts.tenant) {
            TenantSegment::Tenant(tenant) => DiscoveryTenant::One(tenant.tenant.id),
            TenantSegment::AnyTenant if facts.tenant.eq_ignore_ascii_case("common") => {
                DiscoveryTenant::Common
            }
            TenantSegment::AnyTenant => DiscoveryTenant::Organizations,
            TenantSegment::Unknown => return Err(unknown_tenant(&facts.tenant)),
        };
        Ok(metadata(&authority, tenant, version))
    }

    /// The signing keys of a tenant segment.
    ///
    /// # Errors
    /// `invalid_tenant` (90002) for a name this server does not know.
    pub fn json_web_key_set(&self, facts: &RequestFacts) -> Result<Value, OAuthFailure> {
        let authority = self.settings.authority(&facts.origin);
        let issuer = match self.snapshot().segment(&facts.tenant) {
            TenantSegment::Tenant(tenant) => authority.issuer(EndpointVersion::V2, tenant.tenant.id),
            TenantSegment::AnyTenant => format!("{}/{{tenantid}}/v2.0", authority.login_base),
            TenantSegment::Unknown => return Err(unknown_tenant(&facts.tenant)),
        };
        Ok(self.keys().signing.jwks(&issuer))
    }

    /// Cloud instance discovery.
    ///
    /// # Errors
    /// `invalid_instance` (50049) when the endpoint asked about is not on this server.
    pub fn instance_discovery(
        &self,
        facts: &RequestFacts,
        authorization_endpoint: &str,
        api_version: &str,
    ) -> Result<Value, OAuthFailure> {
        let authority = self.settings.authority(&facts.origin);
        match instance_tenant(&authority, authorization_endpoint) {
            Some(tenant) => Ok(instance_discovery(&authority, tenant, api_version)),
            None => Err(OAuthFailure::new(
                Code::INSTANCE_UNKNOWN,
                RuleId::new("USERINFO-TOKEN"),
                "The authorization_endpoint is not on this server.",
            )),
        }
    }

    /// Whether an origin is registered as a single-page application's, so that scripts there may read answers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_spa_origin(&self, origin: &str) -> Result<bool, EngineError> {
        for tenant in self.snapshot().tenants() {
            let applications = self.store.applications(tenant.tenant.id).await?;
            if applications
                .iter()
                .any(|application| lanyard_tokens::redirect_uri::is_spa_origin(application, origin))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the domain of a user name belongs to a tenant here (managed realm).
    #[must_use]
    pub fn owns_domain_of(&self, user_name: &str) -> bool {
        self.snapshot().tenant_of_user_name(user_name).is_some()
    }
}

fn unknown_tenant(segment: &str) -> OAuthFailure {
    let detail = format!(
        "No tenant of this server is called '{}'.",
        crate::text::shown(segment)
    );
    OAuthFailure::new(Code::TENANT_UNKNOWN, RuleId::new("AUTHORIZE-TENANT"), detail)
}
