//! Use case: a client exchanges a grant for tokens. One file per grant.

mod authorization_code;
mod client_credentials;
mod device_code;
mod issue;
mod refresh_token;

use std::sync::Arc;

use lanyard_directory::SignInAudience;
use lanyard_storage::{StorageError, Write};
use lanyard_tokens::client_authentication::{AuthenticatedClient, ExpectedClient};
use lanyard_tokens::{
    AssertionContext, EndpointVersion, OAuthFailure, Parameters, PresentedClient, TokenGrant, TokenRequest,
    TokenResponse,
};
use lanyard_verdict::{Code, OAuthError, RuleId};
use serde_json::Value;

use crate::application_access::disabled;
use crate::directory_memory::ApplicationEntry;
use crate::flow::{OneTimePurpose, digest};
use crate::snapshot::{TenantSegment, TenantSnapshot};
use crate::{Engine, EngineError, RequestFacts};

/// A token request as the front received it.
#[derive(Debug)]
pub struct TokenPost {
    /// Form fields (and query parameters), decoded.
    pub pairs: Vec<(String, String)>,
    /// The Authorization header.
    pub authorization: Option<String>,
    /// The Origin header: the request came from a browser script.
    pub origin_header: Option<String>,
    /// It came to a v1 endpoint.
    pub version_one: bool,
}

/// What a use case of the token endpoint answers: tokens or a failure for the client.
pub(crate) type TokenAnswer = Result<Issued, OAuthFailure>;

/// Issued tokens with the resource they are for.
pub(crate) struct Issued {
    pub(crate) response: TokenResponse,
    pub(crate) resource: String,
}

/// One token request with everything read from it.
pub(crate) struct Exchange<'a> {
    pub(crate) facts: &'a RequestFacts,
    pub(crate) request: TokenRequest,
    pub(crate) presented: PresentedClient,
    pub(crate) client: Arc<ApplicationEntry>,
    pub(crate) tenant: Option<Arc<TenantSnapshot>>,
    pub(crate) origin_header: Option<&'a str>,
}

impl Engine {
    /// The token endpoint.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails; refusals are in the inner result.
    pub async fn token(
        &self,
        facts: &RequestFacts,
        post: TokenPost,
    ) -> Result<Result<Value, OAuthFailure>, EngineError> {
        let version = if post.version_one {
            EndpointVersion::V1
        } else {
            EndpointVersion::V2
        };
        let parameters = Parameters::from_pairs(post.pairs);
        let (presented, request) = match read(post.authorization.as_deref(), &parameters, version) {
            Ok(read) => read,
            Err(failure) => return Ok(Err(failure)),
        };
        let exchange = match self
            .exchange(facts, presented, request, post.origin_header.as_deref())
            .await?
        {
            Ok(exchange) => exchange,
            Err(failure) => return Ok(Err(failure)),
        };
        let answer = match &exchange.request.grant {
            TokenGrant::AuthorizationCode { .. } => self.redeem_code(&exchange).await?,
            TokenGrant::RefreshToken { .. } => self.redeem_refresh_token(&exchange).await?,
            TokenGrant::ClientCredentials => self.client_credentials(&exchange).await?,
            TokenGrant::DeviceCode { .. } => self.redeem_device_code(&exchange).await?,
        };
        let outcome = if answer.is_ok() { "ok" } else { "refused" };
        metrics::counter!("lanyard_token_requests_total", "outcome" => outcome).increment(1);
        Ok(answer.map(|issued| issued.response.to_json(version, &issued.resource, self.now())))
    }

    async fn exchange<'a>(
        &self,
        facts: &'a RequestFacts,
        presented: PresentedClient,
        request: TokenRequest,
        origin_header: Option<&'a str>,
    ) -> Result<Result<Exchange<'a>, OAuthFailure>, EngineError> {
        let rule = || RuleId::new("TOKEN-CLIENT-KNOWN");
        let unknown = |detail: &str| {
            OAuthFailure::new(Code::APPLICATION_UNKNOWN, rule(), detail)
                .with_error(OAuthError::UnauthorizedClient)
        };
        let Some(client) = self.application(presented.client_id).await? else {
            return Ok(Err(unknown(
                "The client_id of the request is not registered here.",
            )));
        };
        let tenant = match self.snapshot().segment(&facts.tenant) {
            TenantSegment::Tenant(tenant) => Some(tenant),
            TenantSegment::AnyTenant => None,
            TenantSegment::Unknown => return Ok(Err(crate::user_info::unknown_tenant(&facts.tenant))),
        };
        let foreign = tenant
            .as_ref()
            .is_some_and(|tenant| tenant.tenant.id != client.application.tenant);
        if foreign && client.application.sign_in_audience == SignInAudience::AzureADMyOrg {
            return Ok(Err(unknown("The application is not registered in this tenant.")));
        }
        if let Some(refusal) = disabled(&client) {
            return Ok(Err(refusal.into()));
        }
        Ok(Ok(Exchange {
            facts,
            request,
            presented,
            client,
            tenant,
            origin_header,
        }))
    }

    /// Authenticates the client of an exchange and remembers its assertion.
    ///
    /// Rule `CLIENT-ASSERTION-ONCE`: an assertion is accepted once until it expires (700027 on replay).
    /// Source: directory-policy-tokens §1.7.
    pub(crate) async fn authenticate(
        &self,
        exchange: &Exchange<'_>,
        expected: ExpectedClient,
    ) -> Result<Result<AuthenticatedClient, OAuthFailure>, EngineError> {
        let authority = self.settings.authority(&exchange.facts.origin);
        let snapshot = self.snapshot();
        let home = exchange
            .tenant
            .clone()
            .or_else(|| snapshot.tenant(exchange.client.application.tenant).cloned());
        let id = home
            .as_ref()
            .map(|tenant| tenant.tenant.id.to_string())
            .unwrap_or_default();
        let mut tenant_names = vec![id.as_str()];
        if let Some(tenant) = &home {
            tenant_names.extend(tenant.tenant.domains.iter().map(String::as_str));
        }
        let context = AssertionContext {
            authority: &authority,
            tenant_names: &tenant_names,
            now: self.now(),
        };
        let client = match exchange
            .presented
            .authenticate(&exchange.client.application, expected, &context)
        {
            Ok(client) => client,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(replay) = &client.replay {
            let mut id = [0; 16];
            id.copy_from_slice(digest(&replay.id).as_chunks::<16>().0.first().unwrap_or(&[0; 16]));
            let write = Write::OneTime {
                id,
                purpose: OneTimePurpose::ClientAssertion as i16,
                expires_us: replay.forget_after.as_microsecond(),
            };
            match self.store.commit(vec![write]).await {
                Ok(()) => {}
                Err(StorageError::AlreadyUsed) => {
                    return Ok(Err(OAuthFailure::new(
                        Code::CLIENT_ASSERTION_SIGNATURE_INVALID,
                        RuleId::new("CLIENT-ASSERTION-ONCE"),
                        "The client assertion was used before; every request needs a fresh one.",
                    )));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Ok(client))
    }
}

/// Rule `TOKEN-CLIENT-KNOWN`: the client exists, is enabled and may be used in the tenant (700016, 7000112, 90002).
/// Source: directory-policy-tokens §1.6.
fn read(
    authorization: Option<&str>,
    parameters: &Parameters,
    version: EndpointVersion,
) -> Result<(PresentedClient, TokenRequest), OAuthFailure> {
    let request = TokenRequest::read(parameters, version)?;
    let presented = PresentedClient::read(authorization, parameters)?;
    Ok((presented, request))
}
