//! Opaque values that travel through browsers and clients: encrypted, bound, short-lived.
//!
//! Layout before base64url: version (1) ‖ key id (4) ‖ tenant (16) ‖ expiry in Unix seconds (8) ‖ nonce (12) ‖
//! ciphertext and tag. Everything before the nonce, and the kind, is authenticated; each kind has a key of its own,
//! derived from the master key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use lanyard_directory::TenantId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
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
}

impl SealKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Context,
        Self::FlowToken,
        Self::CertificateToken,
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::DeviceCode,
        Self::LoginHint,
    ];

    /// Longest sealed text that is opened, in bytes.
    #[must_use]
    pub const fn max_text_bytes(self) -> usize {
        match self {
            Self::Context => 48 * 1024,
            Self::CertificateToken => 64 * 1024,
            Self::FlowToken | Self::AuthorizationCode | Self::RefreshToken => 16 * 1024,
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

/// A master key: 256 random bits.
pub struct MasterKey(Zeroizing<[u8; KEY_BYTES]>);

impl MasterKey {
    /// From 32 random octets.
    #[must_use]
    pub fn new(octets: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(octets))
    }
}

/// The keys of this server: the current one seals, all of them open.
pub struct SealingKeys {
    current: KeyOfEachKind,
    earlier: Vec<KeyOfEachKind>,
}

struct KeyOfEachKind {
    id: u32,
    keys: Vec<(SealKind, LessSafeKey)>,
}

impl SealingKeys {
    /// Derives the keys of every kind. Key ids are unique; `earlier` keys only open.
    pub fn new(current: (u32, &MasterKey), earlier: &[(u32, &MasterKey)]) -> Result<Self, SealError> {
        Ok(Self {
            current: KeyOfEachKind::derive(current)?,
            earlier: earlier
                .iter()
                .map(|key| KeyOfEachKind::derive(*key))
                .collect::<Result<_, _>>()?,
        })
    }

    fn by_id(&self, id: u32) -> Option<&KeyOfEachKind> {
        std::iter::once(&self.current)
            .chain(&self.earlier)
            .find(|key| key.id == id)
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let earlier: Vec<u32> = self.earlier.iter().map(|key| key.id).collect();
        formatter
            .debug_struct("SealingKeys")
            .field("current", &self.current.id)
            .field("earlier", &earlier)
            .finish()
    }
}

struct DerivedKeyBytes;

impl KeyType for DerivedKeyBytes {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

impl KeyOfEachKind {
    fn derive((id, master): (u32, &MasterKey)) -> Result<Self, SealError> {
        let extracted = Salt::new(HKDF_SHA256, b"lanyard sealed values").extract(master.0.as_slice());
        let keys = SealKind::ALL
            .into_iter()
            .map(|kind| {
                let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
                extracted
                    .expand(&[kind.label()], DerivedKeyBytes)
                    .and_then(|expanded| expanded.fill(key.as_mut_slice()))
                    .map_err(|_| SealError::Cryptography)?;
                let unbound =
                    UnboundKey::new(&AES_256_GCM, key.as_slice()).map_err(|_| SealError::Cryptography)?;
                Ok((kind, LessSafeKey::new(unbound)))
            })
            .collect::<Result<_, SealError>>()?;
        Ok(Self { id, keys })
    }

    fn of(&self, kind: SealKind) -> Result<&LessSafeKey, SealError> {
        self.keys
            .iter()
            .find(|(of, _)| *of == kind)
            .map(|(_, key)| key)
            .ok_or(SealError::UnknownKey)
    }
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
    header.extend(keys.current.id.to_be_bytes());
    header.extend(tenant.0.as_bytes());
    header.extend(expires.as_second().to_be_bytes());

    let mut content = serde_json::to_vec(&ContentRef { id, payload }).map_err(|_| SealError::Content)?;
    let aad = Aad::from(bound(kind, &header));
    keys.current
        .of(kind)?
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
        .by_id(key_id)
        .ok_or(SealError::UnknownKey)?
        .of(kind)?
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
