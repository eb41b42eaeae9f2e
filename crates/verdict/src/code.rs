//! The catalogue of error numbers, as one table.
//!
//! Source: certificate-sign-in §10, directory-policy-tokens §1.10. The sentences are our own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A stable error number, written `AADSTS<n>` on the wire because existing clients match on that form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(u32);

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
}

/// One line of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct CodeEntry {
    /// The number.
    pub code: Code,
    /// A short name that says the fact (`CertificateRevoked`).
    pub name: &'static str,
    /// The OAuth `error` it maps to.
    pub oauth: OAuthError,
    /// One sentence for the person in front of the screen.
    pub text: &'static str,
    /// The one thing to do next.
    pub hint: &'static str,
}

macro_rules! catalogue {
    ($($constant:ident = $number:literal, $name:literal, $oauth:ident, $text:literal, $hint:literal;)*) => {
        impl Code {
            $(
                #[doc = concat!("`", $name, "`: ", $text)]
                pub const $constant: Self = Self($number);
            )*
        }

        const CATALOGUE: &[CodeEntry] = &[
            $(CodeEntry { code: Code($number), name: $name, oauth: OAuthError::$oauth, text: $text, hint: $hint },)*
        ];
    };
}

catalogue! {
    CERTIFICATE_REVOKED = 500_171, "CertificateRevoked", AccessDenied, "This certificate has been revoked.", "Use another certificate, or ask your administrator for a new one.";
    CERTIFICATE_NOT_VALID_NOW = 500_172, "CertificateNotValidNow", AccessDenied, "This certificate is expired or not yet valid.", "Choose a current certificate, or ask your administrator to renew yours.";
    CRL_HTTP_ERROR = 500_173, "CrlHttpError", AccessDenied, "Your organisation's revocation list could not be downloaded.", "Try again later; your administrator can see which server failed.";
    CRL_UNUSABLE = 500_174, "CrlUnusable", AccessDenied, "Your organisation's revocation list is damaged.", "Tell your administrator; signing in again will not help until it is repaired.";
    CRL_MISSING = 500_175, "CrlMissing", AccessDenied, "A required revocation list is missing.", "Tell your administrator.";
    ISSUER_NOT_TRUSTED = 500_176, "IssuerNotTrusted", AccessDenied, "The authority that issued your certificate is not set up here.", "Choose a certificate from your organisation, or contact your administrator.";
    DELTA_WITHOUT_BASE = 500_177, "DeltaWithoutBase", AccessDenied, "The revocation settings of this authority are wrong.", "Contact your administrator.";
    CRL_SEGMENT_MISSING = 500_178, "CrlSegmentMissing", AccessDenied, "A part of the revocation list is not available.", "Try again later.";
    CRL_TIMEOUT = 500_179, "CrlTimeout", AccessDenied, "Checking the certificate took too long.", "Try again.";
    STRENGTH_NOT_MET = 500_187, "StrengthNotMet", InteractionRequired, "This certificate is not strong enough for this application.", "Use another certificate.";
    ISSUER_OUT_OF_SCOPE = 500_189, "IssuerOutOfScope", AccessDenied, "You may not sign in with certificates from this issuer.", "Use a certificate from another issuer, or contact your administrator.";
    CRL_NOT_DER = 2_205_011, "CrlNotDer", AccessDenied, "The revocation list has the wrong format.", "Tell your administrator; the list must be published in DER form.";
    CRL_DOWNLOAD_TIMED_OUT = 2_205_012, "CrlDownloadTimedOut", AccessDenied, "The revocation list is still being downloaded.", "Try again in a few minutes.";
    CRL_DOWNLOAD_IN_PROGRESS = 2_205_013, "CrlDownloadInProgress", AccessDenied, "The revocation list is being downloaded.", "Try again in a few minutes.";
    CRL_TOO_LARGE = 2_205_014, "CrlTooLarge", AccessDenied, "The revocation list is large and is still being downloaded.", "Try again in a few minutes; if it persists tell your administrator.";
    CRL_NOT_FROM_ISSUER = 2_205_015, "CrlNotFromIssuer", AccessDenied, "The revocation list does not belong to this authority.", "Tell your administrator.";
    CERTIFICATE_POLICY_NOT_ACQUIRED = 1_001_000, "CertificatePolicyNotAcquired", AccessDenied, "Certificate sign-in is not available for this account.", "Use another way to sign in.";
    BINDING_VALUE_NOT_ACQUIRED = 1_001_003, "BindingValueNotAcquired", AccessDenied, "This certificate lacks the information needed to recognise you.", "Choose another certificate.";
    CERTIFICATE_NOT_BOUND_TO_USER = 1_001_009, "CertificateNotBoundToUser", AccessDenied, "This certificate does not belong to this account.", "Choose the certificate of this account, or sign in with another user name.";
    METHOD_NOT_ALLOWED_FOR_USER = 130_501, "MethodNotAllowedForUser", AccessDenied, "Your organisation does not allow this way to sign in for you.", "Use another way to sign in, or contact your administrator.";
    NO_CERTIFICATE_SENT = 50_192, "NoCertificateSent", OwnPage, "Your browser did not send a certificate.", "Insert your card and try again with another certificate choice.";
}

impl Code {
    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// This code's line of the catalogue; `None` for a number read from an old log that is no longer emitted.
    #[must_use]
    pub fn entry(self) -> Option<&'static CodeEntry> {
        CATALOGUE.iter().find(|entry| entry.code == self)
    }

    /// Every code the product can emit.
    #[must_use]
    pub fn catalogue() -> &'static [CodeEntry] {
        CATALOGUE
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AADSTS{}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AADSTS{}", self.0)
    }
}
