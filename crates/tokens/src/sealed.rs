//! Opaque values that travel through browsers and clients: encrypted, bound, short-lived.
//!
//! Layout before base64url: version (1) ‖ key id (4) ‖ tenant (16) ‖ expiry in Unix seconds (8) ‖ nonce (12) ‖
//! ciphertext and tag. Everything before the nonce, and the kind, is authenticated; each kind has a key of its own,
//! derived from the master key.

mod keys;

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use lanyard_directory::TenantId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use keys::{MasterKey, SealingKeys};

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 1 + 4 + 16 + 8;
const TAG_BYTES: usize = 16;

/// What a sealed value is; one kind never opens as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealKind {
    /// `ctx`: the authorize request a sign-in belongs to.
    Context,
    /// `flowToken`: where a sign-in stands.
    FlowToken,
    /// `certificatetoken`: the certificate chain on its way from the certauth host to the login host.
    CertificateToken,
    /// An authorization code.
    AuthorizationCode,
    /// A refresh token.
    RefreshToken,
    /// The handle of a device authorization.
    DeviceCode,
    /// The `login_hint` / `logout_hint` claim.
    LoginHint,
    /// A key at rest in the database.
    StoredKey,
}

impl SealKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Context,
        Self::FlowToken,
        Self::CertificateToken,
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::DeviceCode,
        Self::LoginHint,
        Self::StoredKey,
    ];

    /// Longest sealed text that is opened, in bytes.
    #[must_use]
    pub const fn max_text_bytes(self) -> usize {
        match self {
            Self::Context => 48 * 1024,
            Self::CertificateToken => 64 * 1024,
            Self::FlowToken | Self::AuthorizationCode | Self::RefreshToken | Self::StoredKey => 16 * 1024,
            Self::DeviceCode | Self::LoginHint => 4 * 1024,
        }
    }

    const fn label(self) -> &'static [u8] {
        match self {
            Self::Context => b"context",
            Self::FlowToken => b"flow-token",
            Self::CertificateToken => b"certificate-token",
            Self::AuthorizationCode => b"authorization-code",
            Self::RefreshToken => b"refresh-token",
            Self::DeviceCode => b"device-code",
            Self::LoginHint => b"login-hint",
            Self::StoredKey => b"stored-key",
        }
    }
}

/// Random octets for one sealed value: a nonce and a one-time id. Fresh for every call.
#[derive(Clone, Copy)]
pub struct SealRandom(pub [u8; NONCE_LEN + 16]);

/// A sealed value after opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<T> {
    /// One-time id; whoever enforces single use remembers it until `expires`.
    pub id: Uuid,
    /// The tenant it was made for; the nil GUID when it was made before the tenant was known.
    pub tenant: TenantId,
    /// When it expires.
    pub expires: Timestamp,
    /// What was sealed.
    pub payload: T,
}

/// Why a sealed value was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too long, not base64url, too short or of an unknown version.
    #[error("the value is malformed")]
    Malformed,
    /// Sealed by a key that is no longer kept.
    #[error("the value was sealed by an unknown key")]
    UnknownKey,
    /// Changed on the way, of another kind, or never sealed by this server.
    #[error("the value was not sealed here or was changed")]
    NotAuthentic,
    /// Made for another tenant.
    #[error("the value belongs to another tenant")]
    OtherTenant,
    /// Over.
    #[error("the value has expired")]
    Expired,
    /// Authentic, but its content is not what this version writes.
    #[error("the content of the value is unreadable")]
    Content,
    /// The payload does not fit the limit of its kind.
    #[error("the payload is too large to seal")]
    TooLarge,
    /// The cryptographic module failed.
    #[error("the cryptographic module failed")]
    Cryptography,
}

#[derive(Serialize)]
struct ContentRef<'a, T> {
    id: Uuid,
    payload: &'a T,
}

#[derive(Deserialize)]
struct Content<T> {
    id: Uuid,
    payload: T,
}

/// Rule `SEAL-BOUND`: a sealed value carries its kind, tenant and expiry authenticated (AES-256-GCM) and a one-time id;
/// it opens only as that kind, for that tenant and before it expires. Source: certificate-sign-in §1.3.
///
/// Seals `payload` (as JSON) until `expires`; the tenant is the nil GUID while it is not known yet.
pub fn seal<T: Serialize>(
    kind: SealKind,
    tenant: TenantId,
    payload: &T,
    expires: Timestamp,
    random: SealRandom,
    keys: &SealingKeys,
) -> Result<String, SealError> {
    let (nonce, id) = random
        .0
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(SealError::Cryptography)?;
    let id = Uuid::from_slice(id).map_err(|_| SealError::Cryptography)?;

    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.push(VERSION);
    header.extend(keys.current_id().to_be_bytes());
    header.extend(tenant.0.as_bytes());
    header.extend(expires.as_second().to_be_bytes());

    let mut content = serde_json::to_vec(&ContentRef { id, payload }).map_err(|_| SealError::Content)?;
    let aad = Aad::from(bound(kind, &header));
    keys.current(kind)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(*nonce), aad, &mut content)
        .map_err(|_| SealError::Cryptography)?;

    let mut whole = header;
    whole.extend(nonce);
    whole.extend(content);
    let text = BASE64URL_NOPAD.encode(&whole);
    if text.len() > kind.max_text_bytes() {
        Err(SealError::TooLarge)
    } else {
        Ok(text)
    }
}

/// Opens a sealed value; see `SEAL-BOUND`. `tenant`: who must own it, or `None` where the request names no tenant
/// (`common`) and the caller goes on with [`Opened::tenant`].
pub fn open<T: DeserializeOwned>(
    kind: SealKind,
    tenant: Option<TenantId>,
    text: &str,
    now: Timestamp,
    keys: &SealingKeys,
) -> Result<Opened<T>, SealError> {
    if text.len() > kind.max_text_bytes() {
        return Err(SealError::Malformed);
    }
    let whole = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| SealError::Malformed)?;
    let (header, rest) = whole
        .split_first_chunk::<HEADER_BYTES>()
        .ok_or(SealError::Malformed)?;
    let (nonce, sealed) = rest
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(SealError::Malformed)?;
    if sealed.len() < TAG_BYTES {
        return Err(SealError::Malformed);
    }
    let Header {
        key_id,
        owner,
        expires,
    } = Header::read(header)?;

    let mut content = sealed.to_vec();
    let content = keys
        .by_id(key_id, kind)?
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(bound(kind, header)),
            &mut content,
        )
        .map_err(|_| SealError::NotAuthentic)?;

    if tenant.is_some_and(|tenant| tenant != owner) {
        return Err(SealError::OtherTenant);
    }
    if now >= expires {
        return Err(SealError::Expired);
    }
    let Content { id, payload } = serde_json::from_slice(content).map_err(|_| SealError::Content)?;
    Ok(Opened {
        id,
        tenant: owner,
        expires,
        payload,
    })
}

struct Header {
    key_id: u32,
    owner: TenantId,
    expires: Timestamp,
}

impl Header {
    fn read(header: &[u8; HEADER_BYTES]) -> Result<Self, SealError> {
        let (version, rest) = header.split_first().ok_or(SealError::Malformed)?;
        let (key_id, rest) = rest.split_first_chunk::<4>().ok_or(SealError::Malformed)?;
        let (owner, expires) = rest.split_first_chunk::<16>().ok_or(SealError::Malformed)?;
        let expires = <[u8; 8]>::try_from(expires).map_err(|_| SealError::Malformed)?;
        if *version != VERSION {
            return Err(SealError::Malformed);
        }
        Ok(Self {
            key_id: u32::from_be_bytes(*key_id),
            owner: TenantId(Uuid::from_bytes(*owner)),
            expires: Timestamp::from_second(i64::from_be_bytes(expires)).map_err(|_| SealError::Malformed)?,
        })
    }
}

fn bound(kind: SealKind, header: &[u8]) -> Vec<u8> {
    [kind.label(), &[0], header].concat()
}
