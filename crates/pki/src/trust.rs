//! The trust store: the only source of issuers.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::facts::{NotHex, hex_decode, hex_lower};
use crate::name::CanonicalName;
use crate::{Certificate, KeyIdentifier};

/// An authority's stable name: SHA-256 of its certificate, lower-case hex as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuthorityId(pub [u8; 32]);

impl AuthorityId {
    /// The id of the authority with this certificate.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        Self(certificate.facts().sha256_thumbprint)
    }
}

impl StoredAuthority {
    /// The id of this authority.
    #[must_use]
    pub fn id(&self) -> AuthorityId {
        AuthorityId::of(&self.certificate)
    }
}

impl fmt::Display for AuthorityId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex_lower(&self.0))
    }
}

impl fmt::Debug for AuthorityId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl From<AuthorityId> for String {
    fn from(id: AuthorityId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for AuthorityId {
    type Error = NotHex;

    fn try_from(text: String) -> Result<Self, NotHex> {
        hex_decode(&text)?.try_into().map(Self).map_err(|_| NotHex)
    }
}

impl std::str::FromStr for AuthorityId {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        Self::try_from(text.to_owned())
    }
}

/// One CA of the tenant's store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuthority {
    /// Its certificate.
    pub certificate: Certificate,
    /// Whether the administrator called it a root: only a root ends a path (certificate-sign-in §3.1 PB-5).
    pub is_root: bool,
    /// URL of the complete CRL that this CA issues.
    pub base_crl_url: Option<String>,
    /// Further URLs of the same CRL, asked in this order when the ones before do not give it.
    pub further_base_crl_urls: Vec<String>,
    /// URL of the delta CRL that this CA issues.
    pub delta_crl_url: Option<String>,
    /// Whether CRL checking is switched off for certificates of this CA (certificate-sign-in §4.2).
    pub crl_check_exempt: bool,
    /// How long after its nextUpdate a CRL that cannot be renewed still counts, in seconds; 0: not at all.
    pub crl_grace_secs: u32,
}

/// An immutable set of authorities, cheap to clone. Signatures between authorities are checked at most once.
#[derive(Clone)]
pub struct TrustStore(Arc<Store>);

struct Store {
    authorities: Vec<Authority>,
    by_id: HashMap<AuthorityId, usize>,
    by_key_identifier: HashMap<KeyIdentifier, Vec<usize>>,
    by_subject: HashMap<CanonicalName, Vec<usize>>,
}

struct Authority {
    stored: StoredAuthority,
    id: AuthorityId,
    /// Known outcomes of checking this authority's signature with another's key, by the other's index.
    checked: OnceLock<Box<[AtomicU8]>>,
}

const UNKNOWN: u8 = 0;
const GOOD: u8 = 1;
const BAD: u8 = 2;

/// Above this many authorities outcomes are not remembered: the table grows with the square.
const MAX_REMEMBERED: usize = 2_048;

impl TrustStore {
    /// A store of these authorities; of several entries with the same certificate the first counts.
    #[must_use]
    pub fn new(stored: Vec<StoredAuthority>) -> Self {
        let mut store = Store {
            authorities: Vec::with_capacity(stored.len()),
            by_id: HashMap::with_capacity(stored.len()),
            by_key_identifier: HashMap::new(),
            by_subject: HashMap::new(),
        };
        for stored in stored {
            let id = AuthorityId::of(&stored.certificate);
            let index = store.authorities.len();
            if store.by_id.contains_key(&id) {
                continue;
            }
            store.by_id.insert(id, index);
            if let Some(identifier) = &stored.certificate.facts().subject_key_identifier {
                store
                    .by_key_identifier
                    .entry(identifier.clone())
                    .or_default()
                    .push(index);
            }
            let subject = stored.certificate.contents().subject.clone();
            store.by_subject.entry(subject).or_default().push(index);
            store.authorities.push(Authority {
                stored,
                id,
                checked: OnceLock::new(),
            });
        }
        Self(Arc::new(store))
    }

    /// The authority with this id.
    #[must_use]
    pub fn authority(&self, id: &AuthorityId) -> Option<&StoredAuthority> {
        self.0.by_id.get(id).and_then(|index| self.at(*index))
    }

    /// Every authority, in the order given.
    pub fn authorities(&self) -> impl Iterator<Item = (AuthorityId, &StoredAuthority)> {
        self.0
            .authorities
            .iter()
            .map(|authority| (authority.id, &authority.stored))
    }

    /// The authorities with this subject key identifier: several when keys are shared (cross-certificates, renewals).
    pub fn by_subject_key_identifier(
        &self,
        identifier: &KeyIdentifier,
    ) -> impl Iterator<Item = (AuthorityId, &StoredAuthority)> {
        self.indices_by_key_identifier(identifier)
            .iter()
            .filter_map(|index| self.0.authorities.get(*index))
            .map(|authority| (authority.id, &authority.stored))
    }

    /// How many authorities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.authorities.len()
    }

    /// Whether there is no authority at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.authorities.is_empty()
    }

    pub(crate) fn at(&self, index: usize) -> Option<&StoredAuthority> {
        self.0.authorities.get(index).map(|authority| &authority.stored)
    }

    pub(crate) fn id_at(&self, index: usize) -> Option<AuthorityId> {
        self.0.authorities.get(index).map(|authority| authority.id)
    }

    pub(crate) fn indices_by_key_identifier(&self, identifier: &KeyIdentifier) -> &[usize] {
        self.0
            .by_key_identifier
            .get(identifier)
            .map_or(&[], Vec::as_slice)
    }

    pub(crate) fn indices_by_subject(&self, subject: &CanonicalName) -> &[usize] {
        self.0.by_subject.get(subject).map_or(&[], Vec::as_slice)
    }

    /// Whether authority `child` is signed by authority `issuer`, if that was found out before.
    pub(crate) fn remembered(&self, child: usize, issuer: usize) -> Option<bool> {
        match self.slot(child, issuer)?.load(Ordering::Relaxed) {
            GOOD => Some(true),
            BAD => Some(false),
            _ => None,
        }
    }

    /// Remembers whether authority `child` is signed by authority `issuer`.
    pub(crate) fn remember(&self, child: usize, issuer: usize, is_signed: bool) {
        if let Some(slot) = self.slot(child, issuer) {
            slot.store(if is_signed { GOOD } else { BAD }, Ordering::Relaxed);
        }
    }

    fn slot(&self, child: usize, issuer: usize) -> Option<&AtomicU8> {
        let count = self.0.authorities.len();
        if count > MAX_REMEMBERED {
            return None;
        }
        self.0
            .authorities
            .get(child)?
            .checked
            .get_or_init(|| (0..count).map(|_| AtomicU8::new(UNKNOWN)).collect())
            .get(issuer)
    }
}

impl fmt::Debug for TrustStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TrustStore")
            .field("authorities", &self.0.authorities.len())
            .finish_non_exhaustive()
    }
}
