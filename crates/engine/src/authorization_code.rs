//! The content of authorization codes and refresh tokens beside what the protocol needs.

use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use lanyard_tokens::grant::{AuthorizationCode, RefreshToken};

use crate::session::MethodRecord;

/// A sealed authorization code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SealedCode {
    /// What the protocol needs.
    pub(crate) code: AuthorizationCode,
    /// How the person signed in, for later refreshes.
    pub(crate) method: MethodRecord,
    /// The login origin: the issuer of the tokens.
    pub(crate) origin: Url,
    /// Correlation id of the sign-in.
    pub(crate) correlation_id: Uuid,
}

/// A sealed refresh token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SealedRefreshToken {
    /// What the protocol needs.
    pub(crate) token: RefreshToken,
    /// How the person signed in.
    pub(crate) method: MethodRecord,
    /// The login origin: the issuer of the tokens.
    pub(crate) origin: Url,
}
