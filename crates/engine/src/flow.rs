//! The state of a sign-in in progress. It travels through the browser, sealed; the server keeps nothing.

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use lanyard_directory::{AppId, TenantId};
use lanyard_tokens::AuthorizeRequest;
use lanyard_tokens::scope::ScopeRequest;
use lanyard_tokens::sealed::{Opened, SealError, SealKind, SealRandom, open, seal};
use lanyard_verdict::Code;

use crate::snapshot::TenantSegment;
use crate::{Engine, EngineError, Problem, RequestFacts};

/// Content of `ctx`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FlowContext {
    /// Ties context, flow token and certificate token together.
    pub(crate) id: Uuid,
    /// What the sign-in is for.
    pub(crate) purpose: FlowPurpose,
    /// The login origin it started at.
    pub(crate) origin: Url,
    /// The tenant segment it started with.
    pub(crate) segment: String,
    /// Correlation id of every log row.
    pub(crate) correlation_id: Uuid,
    /// SHA-256 of the browser-binding cookie, base64url.
    pub(crate) browser: String,
    /// When it started.
    pub(crate) started: Timestamp,
    /// Session that was made in this flow.
    pub(crate) signed_in: Option<Uuid>,
    /// "Stay signed in?" was answered.
    pub(crate) stay_answered: bool,
    /// What the consent page named: `scope` or `role`, client id of the resource, permission.
    #[serde(default)]
    pub(crate) consent_shown: Vec<String>,
    /// Consent was given in this flow.
    pub(crate) consent_given: bool,
    /// The person chose the account of the existing session.
    pub(crate) account_chosen: bool,
}

/// What a sign-in is for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum FlowPurpose {
    /// An application's authorization request.
    Authorize(Box<AuthorizeRequest>),
    /// A device that shows a code.
    Device {
        /// SHA-256 of the device code, base64url.
        handle: String,
        /// The application.
        client: AppId,
        /// What it asks for.
        scope: ScopeRequest,
    },
    /// An administrator is asked to consent for the whole organisation.
    AdministratorConsent {
        /// The application.
        client: AppId,
        /// Where the answer goes; checked.
        redirect_uri: String,
        /// Returned as it came.
        state: Option<String>,
        /// The scopes named in the request; `None`: what the application is configured to need.
        scope: Option<ScopeRequest>,
    },
}

impl FlowPurpose {
    pub(crate) fn client(&self) -> AppId {
        match self {
            Self::Authorize(request) => request.client_id,
            Self::Device { client, .. } | Self::AdministratorConsent { client, .. } => *client,
        }
    }

    /// Where the sign-in ends; a device's ends on our own page.
    pub(crate) fn redirect_uri(&self) -> Option<String> {
        match self {
            Self::Authorize(request) => Some(request.target.redirect_uri.clone()),
            Self::Device { .. } => None,
            Self::AdministratorConsent { redirect_uri, .. } => Some(redirect_uri.clone()),
        }
    }

    pub(crate) fn scope(&self) -> &ScopeRequest {
        match self {
            Self::Authorize(request) => &request.scope,
            Self::Device { scope, .. } => scope,
            Self::AdministratorConsent { scope, .. } => scope.as_ref().unwrap_or(&NO_SCOPE),
        }
    }
}

static NO_SCOPE: std::sync::LazyLock<ScopeRequest> = std::sync::LazyLock::new(ScopeRequest::default);

/// Content of `flowToken`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FlowToken {
    /// [`FlowContext::id`]
    pub(crate) context: Uuid,
    /// The user name as typed, once it was.
    pub(crate) user_name: Option<String>,
}

/// Content of `certificatetoken`: what the certauth host saw. It proves possession, nothing more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CertificateToken {
    /// [`FlowContext::id`]
    pub(crate) context: Uuid,
    /// Base64 of each certificate's DER, leaf first; empty when the browser sent none.
    pub(crate) chain: Vec<String>,
    /// Host name the handshake was for.
    pub(crate) server_name: String,
    /// `TLSv1.2` or `TLSv1.3`.
    pub(crate) tls_version: String,
    /// Why a certificate that was sent is not in `chain`.
    #[serde(default)]
    pub(crate) unproven: Option<String>,
}

/// Purposes of one-time ids in the database.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OneTimePurpose {
    CertificateToken = 1,
    AuthorizationCode = 2,
    ClientAssertion = 3,
    KeyProof = 4,
}

impl Engine {
    /// Seals a value for its kind's life.
    pub(crate) fn seal_value<T: Serialize>(
        &self,
        kind: SealKind,
        tenant: TenantId,
        payload: &T,
        life: std::time::Duration,
    ) -> Result<String, EngineError> {
        let expires = self.now() + SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
        let random = SealRandom(self.randomness.array()?);
        seal(kind, tenant, payload, expires, random, &self.sealing)
            .map_err(|error| EngineError::Cryptography(error.to_string()))
    }

    /// Opens a sealed value.
    pub(crate) fn open_value<T: DeserializeOwned>(
        &self,
        kind: SealKind,
        tenant: Option<TenantId>,
        text: &str,
    ) -> Result<Opened<T>, SealError> {
        open(kind, tenant, text, self.now(), &self.sealing)
    }

    pub(crate) fn seal_context(&self, context: &FlowContext) -> Result<String, EngineError> {
        self.seal_value(
            SealKind::Context,
            NO_TENANT,
            context,
            self.settings.lifetimes.sign_in_flow,
        )
    }

    pub(crate) fn seal_flow_token(
        &self,
        context: &FlowContext,
        user_name: Option<&str>,
    ) -> Result<String, EngineError> {
        let token = FlowToken {
            context: context.id,
            user_name: user_name.map(str::to_owned),
        };
        self.seal_value(
            SealKind::FlowToken,
            NO_TENANT,
            &token,
            self.settings.lifetimes.sign_in_flow,
        )
    }

    /// Opens a context and its flow token on the login host.
    ///
    /// Rule `FLOW-BOUND-TO-BROWSER`: context, flow token, browser cookie and the tenant in the address belong together and
    /// are not over; else the sign-in starts anew (90100). Source: certificate-sign-in §1.3, §1.4.
    pub(crate) fn open_flow(
        &self,
        facts: &RequestFacts,
        context: &str,
        flow_token: Option<&str>,
    ) -> Result<(FlowContext, Option<FlowToken>), Box<Problem>> {
        let context = self.open_context(facts, context)?;
        if context.browser != digest_text(&facts.browser) {
            return Err(self.broken_flow(
                facts,
                "this sign-in was started in another browser, or cookies are blocked",
            ));
        }
        if !self.same_segment(&context.segment, &facts.tenant) {
            return Err(self.broken_flow(facts, "this sign-in was started at the address of another tenant"));
        }
        let token = match flow_token {
            Some(text) => Some(self.open_flow_token(facts, &context, text)?),
            None => None,
        };
        Ok((context, token))
    }

    /// Whether two path segments mean the same: a tenant may be named by its id and by each of its domains.
    fn same_segment(&self, one: &str, other: &str) -> bool {
        let snapshot = self.snapshot();
        match (snapshot.segment(one), snapshot.segment(other)) {
            (TenantSegment::Tenant(one), TenantSegment::Tenant(other)) => one.tenant.id == other.tenant.id,
            (TenantSegment::AnyTenant, TenantSegment::AnyTenant) => true,
            _ => false,
        }
    }

    /// Opens a context wherever the browser binding cannot be seen (the certauth host has no cookie).
    pub(crate) fn open_context(
        &self,
        facts: &RequestFacts,
        context: &str,
    ) -> Result<FlowContext, Box<Problem>> {
        match self.open_value::<FlowContext>(SealKind::Context, None, context) {
            Ok(opened) => Ok(opened.payload),
            Err(error) => Err(self.broken_flow(facts, &format!("ctx: {error}"))),
        }
    }

    pub(crate) fn open_flow_token(
        &self,
        facts: &RequestFacts,
        context: &FlowContext,
        text: &str,
    ) -> Result<FlowToken, Box<Problem>> {
        match self.open_value::<FlowToken>(SealKind::FlowToken, None, text) {
            Ok(opened) if opened.payload.context == context.id => Ok(opened.payload),
            Ok(_) => Err(self.broken_flow(facts, "flowToken: the value belongs to another sign-in")),
            Err(error) => Err(self.broken_flow(facts, &format!("flowToken: {error}"))),
        }
    }

    pub(crate) fn broken_flow(&self, facts: &RequestFacts, detail: &str) -> Box<Problem> {
        let mut problem = Problem::new(Code::PARAMETER_INVALID, detail, facts, self.now());
        problem.rule = Some(lanyard_verdict::RuleId::new("FLOW-BOUND-TO-BROWSER"));
        Box::new(problem)
    }

    /// A fresh value for the browser-binding cookie.
    ///
    /// # Errors
    /// When the random generator fails.
    pub fn new_browser_binding(&self) -> Result<String, EngineError> {
        let octets: [u8; 32] = self.randomness.array()?;
        Ok(data_encoding::BASE64URL_NOPAD.encode(&octets))
    }
}

/// Sealed values that exist before the tenant is known.
pub(crate) const NO_TENANT: TenantId = TenantId(Uuid::nil());

/// SHA-256 of a text.
pub(crate) fn digest(text: &str) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut array = [0; 32];
    array.copy_from_slice(digest.as_ref());
    array
}

/// SHA-256 of a text, base64url.
pub(crate) fn digest_text(text: &str) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&digest(text))
}
