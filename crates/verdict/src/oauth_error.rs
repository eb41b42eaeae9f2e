//! The OAuth 2.0 `error` values.
//!
//! Source: directory-policy-tokens §1.10.

use serde::{Deserialize, Serialize};

/// The OAuth 2.0 `error` value that goes with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OAuthError {
    /// Shown on our own page only; never sent to a redirect URI.
    OwnPage,
    /// `interaction_required`
    InteractionRequired,
    /// `login_required`
    LoginRequired,
    /// `consent_required`
    ConsentRequired,
    /// `access_denied`
    AccessDenied,
    /// `invalid_grant`
    InvalidGrant,
    /// `invalid_client` (HTTP 401)
    InvalidClient,
    /// `unauthorized_client`
    UnauthorizedClient,
    /// `invalid_request`
    InvalidRequest,
    /// `invalid_scope`
    InvalidScope,
    /// `invalid_resource`
    InvalidResource,
    /// `unsupported_grant_type`
    UnsupportedGrantType,
    /// `unsupported_response_type`
    UnsupportedResponseType,
    /// `invalid_tenant`
    InvalidTenant,
    /// `invalid_instance`
    InvalidInstance,
    /// `authorization_pending`
    AuthorizationPending,
    /// `authorization_declined`
    AuthorizationDeclined,
    /// `bad_verification_code`
    BadVerificationCode,
    /// `expired_token`
    ExpiredToken,
    /// `slow_down`
    SlowDown,
    /// `server_error`
    ServerError,
    /// `temporarily_unavailable`
    TemporarilyUnavailable,
}

impl OAuthError {
    /// The value of the OAuth `error` parameter. [`OAuthError::OwnPage`] answers `invalid_request`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwnPage | Self::InvalidRequest => "invalid_request",
            Self::InteractionRequired => "interaction_required",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::AccessDenied => "access_denied",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidResource => "invalid_resource",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidTenant => "invalid_tenant",
            Self::InvalidInstance => "invalid_instance",
            Self::AuthorizationPending => "authorization_pending",
            Self::AuthorizationDeclined => "authorization_declined",
            Self::BadVerificationCode => "bad_verification_code",
            Self::ExpiredToken => "expired_token",
            Self::SlowDown => "slow_down",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    /// The HTTP status of an error answer at the token endpoint.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }
}
