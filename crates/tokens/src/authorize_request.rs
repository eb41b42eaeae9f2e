//! The authorize request: read, bounded, and checked against the application it names.

use lanyard_directory::{AppId, Application, RedirectUriKind};
use lanyard_verdict::{Code, RuleId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::authorize_response::{ResponseMode, ResponseTarget};
use crate::claims_request::{ClaimsRequest, MAX_CLAIMS_BYTES};
use crate::parameters::malformed;
use crate::redirect_uri::registered_match;
use crate::scope::{MAX_SCOPE_BYTES, ScopeRequest};
use crate::{CodeChallenge, OAuthFailure, Parameters};

const MAX_STATE_BYTES: usize = 16 * 1024;

/// Which generation of the endpoints a request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndpointVersion {
    /// `/oauth2/…`: `resource`.
    V1,
    /// `/oauth2/v2.0/…`: `scope`.
    V2,
}

/// What the user is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Sign in again, whatever session exists.
    Login,
    /// Nothing at all.
    None,
    /// Consent, even if it was given.
    Consent,
    /// The accounts to choose from.
    SelectAccount,
}

/// A valid authorize request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizeRequest {
    /// Which endpoints.
    pub version: EndpointVersion,
    /// The client.
    pub client_id: AppId,
    /// Where the answer goes and how; holds `redirect_uri`, `response_mode` and `state`.
    pub target: ResponseTarget,
    /// Whether the request gave `redirect_uri`; if so the token request has to repeat it.
    pub redirect_uri_given: bool,
    /// The kind under which the redirect URI is registered.
    pub redirect_kind: RedirectUriKind,
    /// What is asked for.
    pub scope: ScopeRequest,
    /// Copied to the id token.
    pub nonce: Option<String>,
    /// Proof key.
    pub code_challenge: Option<CodeChallenge>,
    /// What to show.
    pub prompt: Option<Prompt>,
    /// Whom the client expects.
    pub login_hint: Option<String>,
    /// Which domain the client expects.
    pub domain_hint: Option<String>,
    /// Re-authenticate when the last authentication is older, in seconds.
    pub max_age_secs: Option<u64>,
    /// The `claims` parameter.
    #[serde(default)]
    pub claims: ClaimsRequest,
    /// `client_info=1`: the client wants account ids.
    pub client_info: bool,
    /// An id token of ours that names the expected user; not verified yet.
    pub id_token_hint: Option<String>,
    /// The session to use silently.
    pub session_id: Option<Uuid>,
    /// The client's id of this request.
    pub correlation_id: Option<Uuid>,
}

/// Deviations a deployment may allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthorizeSettings {
    /// Accept `code_challenge_method=plain` (legacy clients).
    pub allow_plain_pkce: bool,
    /// Accept public clients that send no code challenge at all (legacy clients).
    pub allow_public_without_pkce: bool,
}

/// An authorize request that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizeRefusal {
    /// Why.
    pub failure: OAuthFailure,
    /// Where the client may be told; `None`: on our own page only.
    pub target: Option<Box<ResponseTarget>>,
}

impl From<OAuthFailure> for AuthorizeRefusal {
    fn from(failure: OAuthFailure) -> Self {
        Self {
            failure,
            target: None,
        }
    }
}

/// Rule `OAUTH-CLIENT-ID`: `client_id` is required and a GUID; anything else is an unknown application (700016), told on our
/// own page. Source: directory-policy-tokens §1.4.
pub fn client_id(parameters: &Parameters) -> Result<AppId, OAuthFailure> {
    parameters.required("client_id", 128)?.parse().map_err(|_| {
        OAuthFailure::new(
            Code::APPLICATION_UNKNOWN,
            RuleId::new("OAUTH-CLIENT-ID"),
            "The client_id of the request is not registered here.",
        )
    })
}

impl AuthorizeRequest {
    /// Reads the request of `application` (found by [`client_id`]).
    ///
    /// Rule `OAUTH-ERROR-PAGE-OR-REDIRECT`: what is wrong with client or redirect URI is told on our own page; everything
    /// found later goes to the redirect URI with `state`. Source: directory-policy-tokens §1.4.
    pub fn read(
        parameters: &Parameters,
        application: &Application,
        version: EndpointVersion,
        settings: &AuthorizeSettings,
    ) -> Result<Self, AuthorizeRefusal> {
        let given = parameters.optional("redirect_uri", 2048)?;
        let (redirect_uri, registered) = registered_match(application, given)?;
        let redirect_kind = registered.kind;

        let state = parameters.optional("state", MAX_STATE_BYTES);
        let mode = read_response_mode(parameters);
        let target = ResponseTarget {
            redirect_uri,
            mode: mode.as_ref().copied().unwrap_or_default(),
            state: state.as_ref().ok().copied().flatten().map(str::to_owned),
        };
        let redirectable = |failure| AuthorizeRefusal {
            failure,
            target: Some(Box::new(target.clone())),
        };
        state.map_err(&redirectable)?;
        mode.map_err(&redirectable)?;

        let rest = Self::read_rest(parameters, version, settings, redirect_kind).map_err(&redirectable)?;
        Ok(Self {
            client_id: application.app_id,
            target,
            redirect_uri_given: given.is_some(),
            redirect_kind,
            ..rest
        })
    }

    /// Everything besides client, redirect URI, response mode and state; those four are left to the caller.
    fn read_rest(
        parameters: &Parameters,
        version: EndpointVersion,
        settings: &AuthorizeSettings,
        redirect_kind: RedirectUriKind,
    ) -> Result<Self, OAuthFailure> {
        let text = |name: &str, max_bytes: usize| {
            parameters
                .optional(name, max_bytes)
                .map(|value| value.map(str::to_owned))
        };
        check_response_type(parameters)?;
        let code_challenge = read_code_challenge(parameters, settings, redirect_kind)?;
        let prompt = parameters.optional("prompt", 64)?.map(read_prompt).transpose()?;
        let login_hint = text("login_hint", 4096)?;
        let mut claims = parameters
            .optional("claims", MAX_CLAIMS_BYTES)?
            .map_or_else(|| Ok(ClaimsRequest::default()), ClaimsRequest::parse)?;
        claims.multifactor |= matches!(parameters.optional("amr_values", 64)?, Some("ngcmfa" | "mfa"));
        Ok(Self {
            version,
            client_id: AppId(Uuid::nil()),
            target: ResponseTarget::default(),
            redirect_uri_given: false,
            redirect_kind,
            scope: read_scope(parameters, version)?,
            nonce: text("nonce", 2048)?,
            code_challenge,
            // A list of accounts to choose from contradicts a hint: the list wins.
            login_hint: login_hint.filter(|_| prompt != Some(Prompt::SelectAccount)),
            prompt,
            domain_hint: text("domain_hint", 256)?,
            max_age_secs: read_max_age(parameters)?,
            claims,
            client_info: parameters.optional("client_info", 16)? == Some("1"),
            id_token_hint: text("id_token_hint", 32 * 1024)?,
            session_id: optional_uuid(parameters, "sid"),
            correlation_id: optional_uuid(parameters, "client-request-id"),
        })
    }
}

/// A GUID the client may send for its own use; anything else is ignored.
fn optional_uuid(parameters: &Parameters, name: &str) -> Option<Uuid> {
    parameters
        .optional(name, 64)
        .ok()
        .flatten()
        .and_then(|text| Uuid::try_parse(text).ok())
}

/// Rule `OAUTH-RESPONSE-MODE`: `query` (default), `fragment` or `form_post`; anything else is refused.
/// Source: directory-policy-tokens §1.4.
fn read_response_mode(parameters: &Parameters) -> Result<ResponseMode, OAuthFailure> {
    match parameters.optional("response_mode", 32)? {
        None | Some("query") => Ok(ResponseMode::Query),
        Some("fragment") => Ok(ResponseMode::Fragment),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some(_) => Err(OAuthFailure::new(
            Code::REQUEST_MALFORMED,
            RuleId::new("OAUTH-RESPONSE-MODE"),
            "The response_mode must be query, fragment or form_post.",
        )),
    }
}

/// Rule `OAUTH-RESPONSE-TYPE`: only `code`; the implicit and hybrid types are refused (700054), unknown ones too (70005).
/// Source: directory-policy-tokens §1.4.
fn check_response_type(parameters: &Parameters) -> Result<(), OAuthFailure> {
    let response_type = parameters.required("response_type", 64)?;
    let failure = |code, detail| {
        Err(OAuthFailure::new(
            code,
            RuleId::new("OAUTH-RESPONSE-TYPE"),
            detail,
        ))
    };
    if response_type == "code" {
        Ok(())
    } else if response_type
        .split(' ')
        .all(|part| matches!(part, "code" | "id_token" | "token"))
    {
        failure(
            Code::RESPONSE_TYPE_NOT_ENABLED,
            "Use the code flow: tokens are not issued from the authorize endpoint.",
        )
    } else {
        failure(
            Code::RESPONSE_TYPE_NOT_SUPPORTED,
            "The response_type must be code.",
        )
    }
}

/// Rule `OAUTH-PKCE-REQUIRED`: public and single-page clients must send a code challenge (900144 without).
/// Source: directory-policy-tokens §1.4.
fn read_code_challenge(
    parameters: &Parameters,
    settings: &AuthorizeSettings,
    redirect_kind: RedirectUriKind,
) -> Result<Option<CodeChallenge>, OAuthFailure> {
    let challenge = CodeChallenge::read(
        parameters.optional("code_challenge", 256)?,
        parameters.optional("code_challenge_method", 32)?,
        settings.allow_plain_pkce,
    )?;
    let required = match redirect_kind {
        RedirectUriKind::Web => false,
        RedirectUriKind::Spa => true,
        RedirectUriKind::PublicClient => !settings.allow_public_without_pkce,
    };
    if required && challenge.is_none() {
        return Err(OAuthFailure::new(
            Code::PARAMETER_MISSING,
            RuleId::new("OAUTH-PKCE-REQUIRED"),
            "Public and single-page clients must send 'code_challenge'.",
        ));
    }
    Ok(challenge)
}

/// Rule `OAUTH-PROMPT`: `login`, `none`, `consent` or `select_account`; anything else is refused. Source:
/// directory-policy-tokens §1.4.
fn read_prompt(text: &str) -> Result<Prompt, OAuthFailure> {
    match text {
        "login" => Ok(Prompt::Login),
        "none" => Ok(Prompt::None),
        "consent" => Ok(Prompt::Consent),
        "select_account" => Ok(Prompt::SelectAccount),
        _ => Err(OAuthFailure::new(
            Code::REQUEST_MALFORMED,
            RuleId::new("OAUTH-PROMPT"),
            "The prompt must be login, none, consent or select_account.",
        )),
    }
}

/// Rule `OAUTH-RESOURCE-PARAMETER`: v2 endpoints refuse `resource` (901002). Source: directory-policy-tokens §1.1.
pub(crate) fn read_scope(
    parameters: &Parameters,
    version: EndpointVersion,
) -> Result<ScopeRequest, OAuthFailure> {
    let scope = parameters.optional("scope", MAX_SCOPE_BYTES)?;
    let resource = parameters.optional("resource", 1024)?;
    match (version, resource) {
        (EndpointVersion::V1, resource) => ScopeRequest::of_v1(resource, scope),
        (EndpointVersion::V2, Some(_)) => Err(OAuthFailure::new(
            Code::RESOURCE_PARAMETER_ON_V2,
            RuleId::new("OAUTH-RESOURCE-PARAMETER"),
            "Name the resource in 'scope'.",
        )),
        (EndpointVersion::V2, None) => ScopeRequest::parse(scope.unwrap_or_default()),
    }
}

fn read_max_age(parameters: &Parameters) -> Result<Option<u64>, OAuthFailure> {
    parameters
        .optional("max_age", 20)?
        .map(|text| {
            text.parse()
                .map_err(|_| malformed("The parameter 'max_age' is not a number of seconds."))
        })
        .transpose()
}
