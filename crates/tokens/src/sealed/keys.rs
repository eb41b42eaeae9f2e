//! The keys that seal: one for each kind, derived from a master key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroizing;

use super::{SealError, SealKind};

const KEY_BYTES: usize = 32;

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

    pub(super) const fn current_id(&self) -> u32 {
        self.current.id
    }

    pub(super) fn current(&self, kind: SealKind) -> Result<&LessSafeKey, SealError> {
        self.current.of(kind)
    }

    pub(super) fn by_id(&self, id: u32, kind: SealKind) -> Result<&LessSafeKey, SealError> {
        let mut keys = std::iter::once(&self.current).chain(&self.earlier);
        keys.find(|key| key.id == id)
            .ok_or(SealError::UnknownKey)?
            .of(kind)
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
