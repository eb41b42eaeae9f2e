//! A stable error number and its line of the catalogue.
//!
//! Source: certificate-sign-in §10, directory-policy-tokens §1.10. The sentences are our own.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{OAuthError, catalogue};

/// A stable error number, written `AADSTS<n>` on the wire because existing clients match on that form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(u32);

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

impl Code {
    /// A code of the catalogue.
    pub(crate) const fn numbered(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// This code's line of the catalogue; `None` for a number read from an old log that is no longer emitted.
    #[must_use]
    pub fn entry(self) -> Option<&'static CodeEntry> {
        Self::catalogue().find(|entry| entry.code == self)
    }

    /// Every code the product knows, family by family.
    pub fn catalogue() -> impl Iterator<Item = &'static CodeEntry> {
        catalogue::FAMILIES.iter().flat_map(|family| family.iter())
    }

    /// The OAuth `error` this code gives at the authorize endpoint.
    #[must_use]
    pub fn oauth_error(self) -> OAuthError {
        self.entry().map_or(OAuthError::ServerError, |entry| entry.oauth)
    }

    /// The OAuth `error` this code gives at the token endpoint, where some codes read differently.
    ///
    /// Rule `ERROR-TOKEN-ENDPOINT`: what a page could resolve is `invalid_grant` at the token endpoint, and an unknown
    /// application is `unauthorized_client`. Source: directory-policy-tokens §1.10.
    #[must_use]
    pub fn oauth_error_at_token(self) -> OAuthError {
        match self {
            Self::STRONG_AUTHENTICATION_REQUIRED
            | Self::STRONG_AUTHENTICATION_ENROLMENT_REQUIRED
            | Self::STRONG_AUTHENTICATION_UNFINISHED
            | Self::STRONG_AUTHENTICATION_EXPIRED
            | Self::DEVICE_NOT_JOINED
            | Self::BLOCKED_BY_ACCESS_POLICY
            | Self::SESSION_INVALID
            | Self::SESSION_REVOKED
            | Self::CONSENT_REQUIRED => OAuthError::InvalidGrant,
            Self::APPLICATION_UNKNOWN | Self::APPLICATION_UNKNOWN_LEGACY => OAuthError::UnauthorizedClient,
            other => match other.oauth_error() {
                OAuthError::OwnPage => OAuthError::InvalidGrant,
                error => error,
            },
        }
    }

    /// The `suberror` that goes with this code at the token endpoint; libraries decide by it whether to show a page.
    #[must_use]
    pub const fn suberror(self) -> Option<&'static str> {
        match self {
            Self::STRONG_AUTHENTICATION_REQUIRED
            | Self::STRONG_AUTHENTICATION_ENROLMENT_REQUIRED
            | Self::STRONG_AUTHENTICATION_UNFINISHED
            | Self::STRONG_AUTHENTICATION_EXPIRED => Some("basic_action"),
            Self::CONSENT_REQUIRED => Some("consent_required"),
            Self::GRANT_REVOKED | Self::SESSION_INVALID | Self::SESSION_REVOKED => Some("bad_token"),
            Self::PASSWORD_EXPIRED => Some("user_password_expired"),
            _ => None,
        }
    }

    /// Whether a log row with this code is an interruption on the way to a sign-in rather than its failure.
    ///
    /// Rule `LOG-INTERRUPT`: a page shown on the way (certificate asked for, stay signed in, second factor, device) is
    /// logged as interrupted, not as failed. Source: directory-policy-tokens §8.1.
    #[must_use]
    pub const fn is_interrupt(self) -> bool {
        matches!(
            self,
            Self::KEEP_ME_SIGNED_IN_INTERRUPT
                | Self::CONFIRM_APPLICATION_INTERRUPT
                | Self::STRONG_AUTHENTICATION_UNFINISHED
                | Self::STRONG_AUTHENTICATION_ENROLMENT_INTERRUPT
                | Self::DEVICE_AUTHENTICATION_REQUIRED
                | Self::CONSENT_REQUIRED
                | Self::NO_SESSION
        )
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
