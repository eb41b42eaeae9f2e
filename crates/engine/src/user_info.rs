//! Use case: UserInfo, and what clients ask about the server itself.

use serde_json::Value;

use lanyard_tokens::claims::user_info;
use lanyard_tokens::discovery::{DiscoveryTenant, instance_discovery, instance_tenant, metadata};
use lanyard_tokens::grant::check_user;
use lanyard_tokens::redirect_uri::is_spa_origin;
use lanyard_tokens::{AcceptedAccessToken, Authority, EndpointVersion, OAuthFailure, TokenUser};
use lanyard_verdict::{Code, RuleId};

use crate::snapshot::TenantSegment;
use crate::{Engine, EngineError, RequestFacts};

impl Engine {
    /// UserInfo for an access token of the directory API.
    ///
    /// Rule `USERINFO-USER`: UserInfo is answered while the user is enabled and was not signed out everywhere after the token was
    /// issued; `sub` is that of the client's id token. Source: directory-policy-tokens §1.12, §1.15.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails; the inner error is an `invalid_token` answer (401).
    pub async fn user_info(&self, token: &str) -> Result<Result<Value, OAuthFailure>, EngineError> {
        let refused =
            |code, detail: &str| Ok(Err(OAuthFailure::new(code, RuleId::new("USERINFO-USER"), detail)));
        let keys = self.keys();
        let authorities: Vec<Authority> = self
            .settings
            .login_origins()
            .map(|origin| self.settings.authority(origin))
            .collect();
        let directory = &self.directory_api;
        let accepted =
            AcceptedAccessToken::for_user_info(token, &keys.signing, &authorities, directory, self.now());
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return refused(Code::ASSERTION_INVALID, &error.to_string()),
        };
        let user = self.user_by_id(accepted.tenant, accepted.user).await?;
        if let Err(failure) = check_user(user.as_ref(), accepted.issued) {
            return Ok(Err(failure));
        }
        let snapshot = self.snapshot();
        let (Some(user), Some(tenant)) = (user, snapshot.tenant(accepted.tenant)) else {
            return refused(Code::USER_DISABLED, "the user or its tenant is gone");
        };
        let about = TokenUser {
            user: &user,
            tenant: &tenant.tenant,
            pairwise: keys.pairwise()?,
            roles: &[],
            directory_roles: &[],
            groups: &[],
        };
        let scopes: Vec<&str> = accepted.scopes.iter().map(String::as_str).collect();
        Ok(Ok(user_info(&about, accepted.client, &scopes)))
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
                RuleId::new("DISCOVERY-INSTANCE-HOST"),
                "The authorization_endpoint is not on this server.",
            )),
        }
    }

    /// Whether an origin is registered as a single-page application's, so that scripts there may read answers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_spa_origin(&self, origin: &str) -> Result<bool, EngineError> {
        let applications = self.single_page_applications().await?;
        Ok(applications
            .iter()
            .any(|application| is_spa_origin(application, origin)))
    }

    /// Whether the domain of a user name belongs to a tenant here (managed realm).
    #[must_use]
    pub fn owns_domain_of(&self, user_name: &str) -> bool {
        self.snapshot().tenant_of_user_name(user_name).is_some()
    }
}

/// Rule `TENANT-CONSUMERS`: `consumers`, and the tenant id behind that name, stand for personal accounts, which no organisation
/// here has: the request names no tenant (50059). Source: directory-policy-tokens §1.1.
pub(crate) fn unknown_tenant(segment: &str) -> OAuthFailure {
    const CONSUMERS: [&str; 2] = ["consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"];
    if CONSUMERS.iter().any(|name| segment.eq_ignore_ascii_case(name)) {
        return OAuthFailure::new(
            Code::TENANT_MISSING,
            RuleId::new("TENANT-CONSUMERS"),
            "Personal accounts do not sign in here: use the address of an organisation.",
        );
    }
    let detail = format!(
        "No tenant of this server is called '{}'.",
        crate::text::shown(segment)
    );
    OAuthFailure::new(Code::TENANT_UNKNOWN, RuleId::new("AUTHORIZE-TENANT"), detail)
}
