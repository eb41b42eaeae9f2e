//! Browser sessions. The cookie holds a random handle; the database holds only its SHA-256.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use lanyard_directory::{AppId, TenantId, User, UserId};
use lanyard_storage::SessionRow;
use lanyard_tokens::{OAuthFailure, SignInFacts, Suberror};
use lanyard_verdict::{Code, RuleId};

use crate::flow::digest;
use crate::{Engine, EngineError};

/// A session as stored. Source: directory-policy-tokens §1.14.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    /// `sid`
    pub(crate) id: Uuid,
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) user_name: String,
    /// Time of the last credential use.
    pub(crate) authenticated: Timestamp,
    pub(crate) method: MethodRecord,
    pub(crate) persistent: bool,
    /// Applications that got a code in this session; told when it ends.
    pub(crate) clients: Vec<AppId>,
}

/// How a person proved who they are: the exact record that later decisions work on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MethodRecord {
    pub(crate) multifactor: bool,
    pub(crate) amr: Vec<String>,
    /// SHA-256 of the issuing authority's certificate, hex.
    pub(crate) issuing_authority: String,
    pub(crate) issuer_key_identifier: Option<String>,
    pub(crate) serial_number: String,
    pub(crate) policy_oids: Vec<String>,
    /// SHA-256 of the certificate, lower-case hex.
    #[serde(default)]
    pub(crate) certificate_sha256: Option<String>,
}

impl MethodRecord {
    /// The octets of the certificate's thumbprint.
    pub(crate) fn sha256_octets(&self) -> Option<[u8; 32]> {
        self.certificate_sha256.as_deref().and_then(authority_octets)
    }
}

/// A session that may be used now, with the row it came from.
#[derive(Clone, Debug)]
pub(crate) struct LiveSession {
    pub(crate) session: Session,
    pub(crate) row: SessionRow,
    pub(crate) user: User,
}

impl Session {
    /// What tokens say about this sign-in.
    pub(crate) fn sign_in_facts(&self, by_device_code: bool) -> SignInFacts {
        SignInFacts {
            session_id: self.id,
            auth_time: self.authenticated,
            amr: self.method.amr.clone(),
            acrs: Vec::new(),
            ip: None,
            by_device_code,
        }
    }
}

impl Engine {
    /// The live session of a cookie.
    ///
    /// Rule `SESSION-LIVE`: a session counts while it is neither over nor ended, its user exists and is enabled, it is not
    /// older than the user's sign-in-sessions-valid-from, and its certificate is neither in the current CRL nor denied.
    /// Source: directory-policy-tokens §1.14, §1.15.
    pub(crate) async fn live_session(
        &self,
        handle: Option<&str>,
    ) -> Result<Option<LiveSession>, EngineError> {
        let Some(handle) = handle.filter(|handle| handle.len() <= 128) else {
            return Ok(None);
        };
        let Some(row) = self.store.session(digest(handle)).await? else {
            return Ok(None);
        };
        let now = self.now();
        if row.ended_us.is_some() || row.expires_us <= now.as_microsecond() {
            return Ok(None);
        }
        let Ok(session) = serde_json::from_str::<Session>(&row.body) else {
            return Ok(None);
        };
        let Some(user) = self.user_by_id(session.tenant, session.user).await? else {
            return Ok(None);
        };
        let alive = user.account_enabled
            && session.authenticated >= user.sign_in_sessions_valid_from
            && !self.method_is_revoked(session.tenant, &session.method);
        Ok(alive.then_some(LiveSession { session, row, user }))
    }

    /// Whether the certificate behind an authentication stands in the CRL at hand or is denied. Look-ups in memory.
    ///
    /// Rule `REVOKED-MEANS-OUT`: a session or refresh token from a certificate that the current CRL lists, or that an
    /// administrator denied, is over.
    /// Source: certificate-sign-in §4.7.
    pub(crate) fn method_is_revoked(&self, tenant: TenantId, method: &MethodRecord) -> bool {
        let Ok(serial) = lanyard_pki::SerialNumber::try_from(method.serial_number.clone()) else {
            return true;
        };
        let Ok(authority) = method.issuing_authority.parse() else {
            return true;
        };
        self.revocation().status_of(&authority, &serial).is_some()
            || self.snapshot().tenant(tenant).is_some_and(|tenant| {
                tenant
                    .denial_of(&authority, &serial, method.certificate_sha256.as_deref())
                    .is_some()
            })
    }

    /// A new session row for a fresh handle.
    pub(crate) fn new_session(&self, session: &Session) -> Result<(String, SessionRow), EngineError> {
        let octets: [u8; 32] = self.randomness.array()?;
        let handle = data_encoding::BASE64URL_NOPAD.encode(&octets);
        Ok((
            handle.clone(),
            self.session_row(digest(&handle), session, self.now())?,
        ))
    }

    /// The row of a session used now: its life slides.
    pub(crate) fn session_row(
        &self,
        id_hash: [u8; 32],
        session: &Session,
        created: Timestamp,
    ) -> Result<SessionRow, EngineError> {
        let now = self.now();
        let life = self.session_life(session.persistent);
        let body =
            serde_json::to_string(session).map_err(|error| EngineError::Configuration(error.to_string()))?;
        Ok(SessionRow {
            id_hash,
            tenant: session.tenant,
            user: session.user,
            created_us: created.as_microsecond(),
            last_seen_us: now.as_microsecond(),
            expires_us: (now + life).as_microsecond(),
            ended_us: None,
            ended_reason: None,
            certificate_issuer: authority_octets(&session.method.issuing_authority),
            certificate_serial: Some(session.method.serial_number.clone()),
            certificate_sha256: session.method.sha256_octets(),
            body,
        })
    }

    pub(crate) fn session_life(&self, persistent: bool) -> SignedDuration {
        let lifetimes = &self.settings.lifetimes;
        let life = if persistent {
            lifetimes.persistent_session
        } else {
            lifetimes.session
        };
        SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX)
    }
}

/// The 32 octets behind an authority's hex form.
pub(crate) fn authority_octets(hex: &str) -> Option<[u8; 32]> {
    hex.parse::<lanyard_pki::AuthorityId>()
        .ok()
        .map(|authority| authority.0)
}

/// The answer to a refresh whose certificate was revoked meanwhile.
pub(crate) fn certificate_revoked() -> OAuthFailure {
    let rule = RuleId::new("REVOKED-MEANS-OUT");
    OAuthFailure::new(
        Code::GRANT_REVOKED,
        rule,
        "The certificate behind this sign-in was revoked.",
    )
    .with_suberror(Suberror::BadToken)
}
