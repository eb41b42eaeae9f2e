//! The token request and the device authorization request, read and bounded.

use lanyard_verdict::{Code, RuleId};
use secrecy::SecretString;
use uuid::Uuid;

use crate::authorize_request::read_scope;
use crate::claims_request::{ClaimsRequest, MAX_CLAIMS_BYTES};
use crate::{EndpointVersion, OAuthFailure, Parameters, ScopeRequest, SealKind};

/// What a token request offers in exchange.
#[derive(Clone, Debug)]
pub enum TokenGrant {
    /// An authorization code.
    AuthorizationCode {
        /// The sealed code.
        code: SecretString,
        /// As in the authorize request.
        redirect_uri: Option<String>,
        /// Proof key.
        code_verifier: Option<SecretString>,
    },
    /// A refresh token.
    RefreshToken {
        /// The sealed token.
        refresh_token: SecretString,
    },
    /// The client's own credential.
    ClientCredentials,
    /// A device code.
    DeviceCode {
        /// The sealed handle.
        device_code: SecretString,
    },
}

/// A token request; the client is read separately by [`crate::client_authentication::PresentedClient::read`].
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// Which endpoints.
    pub version: EndpointVersion,
    /// The grant.
    pub grant: TokenGrant,
    /// The scopes, when the request names any; `None` keeps those of the grant.
    pub scope: Option<ScopeRequest>,
    /// The `claims` parameter.
    pub claims: ClaimsRequest,
    /// `client_info=1`: the client wants account ids.
    pub client_info: bool,
    /// The client's id of this request, from the body or the query.
    pub correlation_id: Option<Uuid>,
}

impl TokenRequest {
    /// Rule `TOKEN-GRANT-TYPE`: `authorization_code`, `refresh_token`, `client_credentials` and the device grant under both
    /// of its names; everything else, `password` above all, is refused (70003).
    /// Source: directory-policy-tokens §1.6, real-clients, rule 4.
    pub fn read(parameters: &Parameters, version: EndpointVersion) -> Result<Self, OAuthFailure> {
        let sealed = |name: &str, kind: SealKind| -> Result<SecretString, OAuthFailure> {
            parameters
                .required(name, kind.max_text_bytes())
                .map(SecretString::from)
        };
        let grant = match parameters.required("grant_type", 128)? {
            "authorization_code" => TokenGrant::AuthorizationCode {
                code: sealed("code", SealKind::AuthorizationCode)?,
                redirect_uri: parameters.optional("redirect_uri", 2048)?.map(str::to_owned),
                code_verifier: parameters
                    .optional("code_verifier", 1024)?
                    .map(SecretString::from),
            },
            "refresh_token" => TokenGrant::RefreshToken {
                refresh_token: sealed("refresh_token", SealKind::RefreshToken)?,
            },
            "client_credentials" => TokenGrant::ClientCredentials,
            "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => TokenGrant::DeviceCode {
                device_code: sealed("device_code", SealKind::DeviceCode)?,
            },
            other => return Err(unsupported_grant(other)),
        };
        let scope = read_scope(parameters, version)?;
        let claims = parameters.optional("claims", MAX_CLAIMS_BYTES)?;
        Ok(Self {
            version,
            grant,
            scope: (scope != ScopeRequest::default() && names_scope(parameters)).then_some(scope),
            claims: claims.map_or_else(|| Ok(ClaimsRequest::default()), ClaimsRequest::parse)?,
            client_info: parameters.optional("client_info", 16)? == Some("1"),
            correlation_id: read_correlation_id(parameters),
        })
    }
}

/// A device authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorizationRequest {
    /// What is asked for.
    pub scope: ScopeRequest,
    /// The `claims` parameter.
    pub claims: ClaimsRequest,
    /// The client's id of this request.
    pub correlation_id: Option<Uuid>,
}

impl DeviceAuthorizationRequest {
    /// Reads the request. Source: directory-policy-tokens §1.9.
    pub fn read(parameters: &Parameters, version: EndpointVersion) -> Result<Self, OAuthFailure> {
        let claims = parameters.optional("claims", MAX_CLAIMS_BYTES)?;
        Ok(Self {
            scope: read_scope(parameters, version)?,
            claims: claims.map_or_else(|| Ok(ClaimsRequest::default()), ClaimsRequest::parse)?,
            correlation_id: read_correlation_id(parameters),
        })
    }
}

fn names_scope(parameters: &Parameters) -> bool {
    parameters
        .iter()
        .any(|(name, value)| matches!(name, "scope" | "resource") && !value.is_empty())
}

fn read_correlation_id(parameters: &Parameters) -> Option<Uuid> {
    parameters
        .optional("client-request-id", 64)
        .ok()
        .flatten()
        .and_then(|text| Uuid::try_parse(text).ok())
}

fn unsupported_grant(grant_type: &str) -> OAuthFailure {
    let detail = if grant_type == "password" {
        "Passwords are not accepted here; send the user through the browser."
    } else {
        "This grant_type is not supported."
    };
    OAuthFailure::new(
        Code::GRANT_TYPE_NOT_SUPPORTED,
        RuleId::new("TOKEN-GRANT-TYPE"),
        detail,
    )
}
