//! What codes and refresh tokens hold, and when they may be redeemed.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use lanyard_directory::{AppId, RedirectUriKind, User, UserId};
use lanyard_verdict::{Code, RuleId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::pkce::check_verifier;
use crate::{CodeChallenge, OAuthFailure, ScopeRequest, SealError, SealKind, Suberror};

/// What the tokens of a sign-in say about that sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInFacts {
    /// The browser session.
    pub session_id: Uuid,
    /// When a credential was last used.
    pub auth_time: Timestamp,
    /// Authentication methods, such as `x509`, `rsa`, `mfa`.
    pub amr: Vec<String>,
    /// Satisfied authentication contexts.
    #[serde(default)]
    pub acrs: Vec<String>,
    /// Where from.
    #[serde(default)]
    pub ip: Option<IpAddr>,
    /// The sign-in came through the device grant.
    #[serde(default)]
    pub by_device_code: bool,
}

/// The content of an authorization code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationCode {
    /// To whom it was issued.
    pub client: AppId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// The authorize request gave `redirect_uri`, so the token request has to.
    pub redirect_uri_given: bool,
    /// The kind of that redirect URI.
    pub redirect_kind: RedirectUriKind,
    /// Proof key.
    pub code_challenge: Option<CodeChallenge>,
    /// Who signed in.
    pub user: UserId,
    /// How.
    pub sign_in: SignInFacts,
    /// What was asked for and consented to.
    pub scope: ScopeRequest,
    /// For the id token.
    pub nonce: Option<String>,
    /// `auth_time` was asked for (`max_age` or a claims request).
    #[serde(default)]
    pub auth_time_asked: bool,
    /// The client handles claims challenges.
    #[serde(default)]
    pub handles_challenges: bool,
}

/// The content of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshToken {
    /// To whom it was issued.
    pub client: AppId,
    /// For which kind of redirect URI; a device grant counts as [`RedirectUriKind::PublicClient`].
    pub redirect_kind: RedirectUriKind,
    /// The user.
    pub user: UserId,
    /// The sign-in it rests on.
    pub sign_in: SignInFacts,
    /// What was granted first.
    pub scope: ScopeRequest,
    /// When the first token of this line was issued.
    pub first_issued: Timestamp,
    /// The line: every token that came from one sign-in at one client.
    pub line: Uuid,
    /// The client handles claims challenges.
    #[serde(default)]
    pub handles_challenges: bool,
}

/// Lives of codes and tokens. Source: directory-policy-tokens §0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenLifetimes {
    /// Authorization code.
    pub code_secs: u32,
    /// Id token.
    pub id_token_secs: u32,
    /// Shortest life of an access token.
    pub access_token_min_secs: u32,
    /// Longest life of an access token.
    pub access_token_max_secs: u32,
    /// A refresh token not used for so long is over.
    pub refresh_inactive_secs: u32,
    /// A refresh token of a single-page client, from the first one on.
    pub refresh_single_page_secs: u32,
}

impl Default for TokenLifetimes {
    fn default() -> Self {
        Self {
            code_secs: 600,
            id_token_secs: 3600,
            access_token_min_secs: 3600,
            access_token_max_secs: 5400,
            refresh_inactive_secs: 90 * 24 * 3600,
            refresh_single_page_secs: 24 * 3600,
        }
    }
}

impl TokenLifetimes {
    /// Rule `TOKEN-ACCESS-LIFE`: an access token lives a random 60 to 90 minutes, so that clients do not come back all at
    /// once. Source: directory-policy-tokens §0.1.
    #[must_use]
    pub fn access_token_secs(&self, random: u32) -> u32 {
        let span = self
            .access_token_max_secs
            .saturating_sub(self.access_token_min_secs)
            .saturating_add(1);
        self.access_token_min_secs
            .saturating_add(random.checked_rem(span).unwrap_or_default())
    }

    /// Rule `TOKEN-REFRESH-LIFE`: a refresh token is over 90 days after its last use; one of a single-page client 24 hours
    /// after the first of its line, used or not. Source: directory-policy-tokens §0.1.
    #[must_use]
    pub fn refresh_expires(
        &self,
        kind: RedirectUriKind,
        first_issued: Timestamp,
        now: Timestamp,
    ) -> Timestamp {
        match kind {
            RedirectUriKind::Spa => after(first_issued, self.refresh_single_page_secs),
            RedirectUriKind::Web | RedirectUriKind::PublicClient => after(now, self.refresh_inactive_secs),
        }
    }

    /// Rule `TOKEN-SPA-LIFE-ENDED`: a refresh token of a single-page client at the end of its fixed life is told so (700084), not that
    /// it was idle. Source: directory-policy-tokens §1.10.
    pub fn check_fixed_life(&self, token: &RefreshToken, now: Timestamp) -> Result<(), OAuthFailure> {
        let fixed = token.redirect_kind == RedirectUriKind::Spa;
        if fixed && self.refresh_expires(token.redirect_kind, token.first_issued, now) <= now {
            return Err(OAuthFailure::new(
                Code::REFRESH_TOKEN_LIFE_ENDED,
                RuleId::new("TOKEN-SPA-LIFE-ENDED"),
                "",
            ));
        }
        Ok(())
    }

    /// How long a refresh token can be opened: beyond its life for single-page clients, so that its end can be told.
    #[must_use]
    pub fn refresh_sealed_until(&self, kind: RedirectUriKind, expires: Timestamp) -> Timestamp {
        match kind {
            RedirectUriKind::Spa => after(expires, self.refresh_inactive_secs),
            RedirectUriKind::Web | RedirectUriKind::PublicClient => expires,
        }
    }

    /// When a code issued now is over.
    #[must_use]
    pub fn code_expires(&self, now: Timestamp) -> Timestamp {
        after(now, self.code_secs)
    }
}

fn after(start: Timestamp, seconds: u32) -> Timestamp {
    start
        .saturating_add(SignedDuration::from_secs(i64::from(seconds)))
        .unwrap_or(Timestamp::MAX)
}

impl AuthorizationCode {
    /// Rule `CODE-REDEEM`: a code is redeemed only by the client it was issued to, with the redirect URI it was sent to, and
    /// with its proof key. Source: directory-policy-tokens §1.6.
    ///
    /// Single use is the caller's part: see [`crate::Opened::id`] and [`code_used_again`].
    pub fn check_redemption(
        &self,
        client: AppId,
        redirect_uri: Option<&str>,
        code_verifier: Option<&str>,
    ) -> Result<(), OAuthFailure> {
        let refused =
            |detail: &str| OAuthFailure::new(Code::GRANT_INVALID, RuleId::new("CODE-REDEEM"), detail);
        if self.client != client {
            return Err(refused("The code was issued to another client."));
        }
        match redirect_uri {
            Some(uri) if uri == self.redirect_uri => {}
            None if !self.redirect_uri_given => {}
            _ => {
                return Err(refused(
                    "The redirect_uri differs from that of the authorization request.",
                ));
            }
        }
        check_verifier(self.code_challenge.as_ref(), code_verifier)
    }
}

/// Rule `CODE-SINGLE-USE`: a code that was redeemed before is refused (54005). Source: directory-policy-tokens §1.6.
#[must_use]
pub fn code_used_again() -> OAuthFailure {
    OAuthFailure::new(
        Code::CODE_ALREADY_REDEEMED,
        RuleId::new("CODE-SINGLE-USE"),
        "Every code can be redeemed once.",
    )
}

/// Rule `CODE-SPA-ORIGIN`: a code is redeemed from a browser origin only when its redirect URI is registered as `spa`
/// (9002326), and one of a `spa` redirect URI only from a browser origin (9002327).
/// Source: directory-policy-tokens §1.5.
pub fn check_origin(kind: RedirectUriKind, origin: Option<&str>) -> Result<(), OAuthFailure> {
    let refused = |code, detail| Err(OAuthFailure::new(code, RuleId::new("CODE-SPA-ORIGIN"), detail));
    match (kind, origin) {
        (RedirectUriKind::Spa, None) => refused(
            Code::SINGLE_PAGE_REDEMPTION_WITHOUT_ORIGIN,
            "Tokens issued for a 'spa' redirect URI are redeemed by a cross-origin request of the browser.",
        ),
        (RedirectUriKind::Web | RedirectUriKind::PublicClient, Some(_)) => refused(
            Code::CROSS_ORIGIN_REDEMPTION_NOT_ALLOWED,
            "Cross-origin redemption needs a redirect URI registered as 'spa'.",
        ),
        _ => Ok(()),
    }
}

/// Rule `REFRESH-CHECK`: a refresh token is honoured for the client it was issued to and an enabled user (50057) whose
/// sessions were not revoked since the authentication it rests on (50173).
/// Source: directory-policy-tokens §1.6, §1.15.
pub fn check_refresh(token: &RefreshToken, client: AppId, user: Option<&User>) -> Result<(), OAuthFailure> {
    const RULE: RuleId = RuleId::new("REFRESH-CHECK");
    if token.client != client {
        return Err(OAuthFailure::new(
            Code::GRANT_INVALID,
            RULE,
            "The refresh token was issued to another client.",
        )
        .with_suberror(Suberror::ClientMismatch));
    }
    check_user(user, token.sign_in.auth_time)
}

/// Rule `GRANT-USER`: what rests on a sign-in is worth nothing once the user is gone or disabled (50057), or once the user's
/// sessions were revoked after that sign-in (50173). Source: directory-policy-tokens §1.15.
pub fn check_user(user: Option<&User>, auth_time: Timestamp) -> Result<(), OAuthFailure> {
    const RULE: RuleId = RuleId::new("GRANT-USER");
    match user {
        Some(user) if user.account_enabled => {
            if auth_time < user.sign_in_sessions_valid_from {
                Err(OAuthFailure::new(
                    Code::GRANT_REVOKED,
                    RULE,
                    "The sessions of this user were revoked.",
                )
                .with_suberror(Suberror::BadToken))
            } else {
                Ok(())
            }
        }
        _ => Err(OAuthFailure::new(Code::USER_DISABLED, RULE, "").with_suberror(Suberror::BadToken)),
    }
}

/// The answer when a sealed grant of a token request does not open.
///
/// Rule `GRANT-NOT-OPENED`: an expired code is 70008, an expired refresh token 700082, one of another tenant
/// 700005, an expired device code 70019, and anything not sealed here 70000.
/// Source: directory-policy-tokens §1.10.
#[must_use]
pub fn grant_not_opened(kind: SealKind, error: SealError) -> OAuthFailure {
    let code = match (error, kind) {
        (SealError::Expired, SealKind::RefreshToken) => Code::REFRESH_TOKEN_INACTIVE,
        (SealError::Expired, SealKind::DeviceCode) => Code::DEVICE_CODE_EXPIRED,
        (SealError::Expired, _) => Code::GRANT_EXPIRED,
        (SealError::OtherTenant, _) => Code::GRANT_FOR_ANOTHER_TENANT,
        (_, SealKind::DeviceCode) => Code::USER_CODE_WRONG,
        _ => Code::GRANT_INVALID,
    };
    OAuthFailure::new(code, RuleId::new("GRANT-NOT-OPENED"), "")
}
