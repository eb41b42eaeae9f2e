//! The signing keys: made at the first start, kept sealed in the database, rotated with an overlap.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use lanyard_directory::{TenantId, TokenAlgorithm};
use lanyard_storage::KeyRow;
use lanyard_tokens::sealed::{SealKind, SealRandom, open, seal};
use lanyard_tokens::{LocalSigner, PairwiseKey, Signer, SigningKeys};

use crate::{Engine, EngineError};

/// A new key is published this long before it signs, because clients keep the key set for a day.
const PUBLISHED_BEFORE_USE: SignedDuration = SignedDuration::from_hours(25);
/// A replaced key stays published until the last token it signed is over, with a day to spare.
const PUBLISHED_AFTER_USE: SignedDuration = SignedDuration::from_hours(48);
/// Keys are used for this long unless they are rotated earlier.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365 * 10);

const PURPOSE_RS256: &str = "sign-RS256";
const PURPOSE_ES256: &str = "sign-ES256";
const PURPOSE_PAIRWISE: &str = "pairwise-subject";

/// The keys in force.
pub(crate) struct KeyRing {
    /// Token signing keys, those that sign first.
    pub(crate) signing: SigningKeys,
    pairwise: Option<PairwiseKey>,
}

impl Default for KeyRing {
    fn default() -> Self {
        Self {
            signing: SigningKeys::new(Vec::new()),
            pairwise: None,
        }
    }
}

impl KeyRing {
    /// Key of the pairwise `sub`.
    pub(crate) fn pairwise(&self) -> Result<&PairwiseKey, EngineError> {
        self.pairwise
            .as_ref()
            .ok_or_else(|| EngineError::Cryptography("the pairwise key is not loaded".to_owned()))
    }

    /// Signs a token.
    pub(crate) fn sign(
        &self,
        algorithm: TokenAlgorithm,
        claims: &serde_json::Map<String, serde_json::Value>,
        with_thumbprint: bool,
    ) -> Result<String, EngineError> {
        self.signing
            .sign(algorithm, claims, with_thumbprint)
            .map_err(|error| EngineError::Cryptography(error.to_string()))
    }

    /// Whether tokens can be signed.
    pub(crate) fn signing_ready(&self) -> Result<(), EngineError> {
        match self.signing.current(TokenAlgorithm::RS256) {
            Ok(_) => Ok(()),
            Err(error) => Err(EngineError::Cryptography(error.to_string())),
        }
    }
}

impl Engine {
    /// Loads the keys, making those that do not exist yet; moves a published key to the front when its time has come.
    ///
    /// # Errors
    /// When the database cannot be read, or the master key does not open a stored key.
    pub async fn reload_keys(&self) -> Result<(), EngineError> {
        let now = self.now();
        let mut signers = self.signers(PURPOSE_RS256, TokenAlgorithm::RS256, now).await?;
        signers.extend(self.signers(PURPOSE_ES256, TokenAlgorithm::ES256, now).await?);
        let mut pairwise = self.store.keys(PURPOSE_PAIRWISE).await?;
        if pairwise.is_empty() {
            let octets: Zeroizing<[u8; 32]> = Zeroizing::new(self.randomness.array()?);
            self.insert_key(PURPOSE_PAIRWISE, octets.as_slice(), now).await?;
            pairwise = self.store.keys(PURPOSE_PAIRWISE).await?;
        }
        pairwise.sort_by_key(|row| (row.created_us, row.id));
        let oldest = pairwise
            .first()
            .ok_or_else(|| EngineError::Cryptography("no pairwise key".to_owned()))?;
        let octets = self.open_key(oldest)?;
        let octets = <&[u8; 32]>::try_from(octets.as_slice())
            .map_err(|_| EngineError::Cryptography("the pairwise key has a wrong length".to_owned()))?;
        let pairwise = Some(PairwiseKey::new(octets));
        self.swap_keys(KeyRing {
            signing: SigningKeys::new(signers),
            pairwise,
        });
        Ok(())
    }

    /// Makes a new signing key. It is published at once and signs after a day, or at once when `immediately` is set
    /// (a key was lost); clients then fetch the key set again because the key id is unknown to them.
    ///
    /// # Errors
    /// When the key cannot be made or stored; the old key stays in use.
    pub async fn rotate_signing_key(
        &self,
        algorithm: TokenAlgorithm,
        immediately: bool,
    ) -> Result<Timestamp, EngineError> {
        let now = self.now();
        let from = if immediately {
            now
        } else {
            now + PUBLISHED_BEFORE_USE
        };
        let purpose = match algorithm {
            TokenAlgorithm::RS256 => PURPOSE_RS256,
            TokenAlgorithm::ES256 => PURPOSE_ES256,
        };
        let pkcs8 = generate(algorithm).await?;
        self.insert_key(purpose, &pkcs8, from).await?;
        self.reload_keys().await?;
        Ok(from)
    }

    async fn signers(
        &self,
        purpose: &'static str,
        algorithm: TokenAlgorithm,
        now: Timestamp,
    ) -> Result<Vec<Arc<dyn Signer>>, EngineError> {
        let mut rows = self.store.keys(purpose).await?;
        if rows.is_empty() {
            let pkcs8 = generate(algorithm).await?;
            self.insert_key(purpose, &pkcs8, now).await?;
            rows = self.store.keys(purpose).await?;
        }
        let mut signers = Vec::new();
        for row in in_order_of_use(rows, now) {
            let signer = LocalSigner::from_pkcs8(algorithm, &self.open_key(&row)?, None)
                .map_err(|error| EngineError::Cryptography(format!("a stored signing key: {error}")))?;
            signers.push(Arc::new(signer) as Arc<dyn Signer>);
        }
        Ok(signers)
    }

    async fn insert_key(
        &self,
        purpose: &str,
        secret: &[u8],
        not_before: Timestamp,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let not_after = not_before + KEY_LIFE;
        let payload = Zeroizing::new(data_encoding::BASE64.encode(secret));
        let random = SealRandom(self.randomness.array()?);
        let text = seal(
            SealKind::StoredKey,
            TenantId(uuid::Uuid::nil()),
            &payload.as_str(),
            not_after,
            random,
            &self.sealing,
        )
        .map_err(|error| EngineError::Cryptography(error.to_string()))?;
        let row = KeyRow {
            id: self.new_guid()?,
            tenant: None,
            purpose: purpose.to_owned(),
            sealed: text.into_bytes(),
            not_before_us: not_before.as_microsecond(),
            not_after_us: not_after.as_microsecond(),
            created_us: now.as_microsecond(),
        };
        self.store.insert_key(&row).await?;
        Ok(())
    }

    fn open_key(&self, row: &KeyRow) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        let unreadable = |reason: String| {
            EngineError::Cryptography(format!(
                "the stored key {} does not open with this master key: {reason}. Is this the key file that belongs to the database?",
                row.id
            ))
        };
        let text = std::str::from_utf8(&row.sealed).map_err(|error| unreadable(error.to_string()))?;
        let opened = open::<String>(SealKind::StoredKey, None, text, self.now(), &self.sealing)
            .map_err(|error| unreadable(error.to_string()))?;
        let encoded = Zeroizing::new(opened.payload);
        let secret = data_encoding::BASE64
            .decode(encoded.as_bytes())
            .map_err(|error| unreadable(error.to_string()))?;
        Ok(Zeroizing::new(secret))
    }
}

async fn generate(algorithm: TokenAlgorithm) -> Result<Zeroizing<Vec<u8>>, EngineError> {
    tokio::task::spawn_blocking(move || LocalSigner::generate(algorithm))
        .await
        .map_err(|error| EngineError::Cryptography(error.to_string()))?
        .map_err(|error| EngineError::Cryptography(error.to_string()))
}

/// Rule `KEY-ROTATION-OVERLAP`: the newest key whose time has come signs; a coming key is published before, a replaced
/// one until two days after its successor took over. Source: directory-policy-tokens §1.2.
fn in_order_of_use(mut rows: Vec<KeyRow>, now: Timestamp) -> Vec<KeyRow> {
    let now_us = now.as_microsecond();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.not_before_us), row.id));
    let (coming, mut begun): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.not_before_us > now_us);
    let keep_us = i64::try_from(PUBLISHED_AFTER_USE.as_micros()).unwrap_or(i64::MAX);
    let mut successor_began = None;
    begun.retain(|row| {
        let published = successor_began.is_none_or(|began: i64| now_us - began <= keep_us);
        successor_began = Some(row.not_before_us);
        published
    });
    begun.extend(coming);
    begun
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u128, not_before_hours: i64) -> KeyRow {
        KeyRow {
            id: uuid::Uuid::from_u128(id),
            tenant: None,
            purpose: PURPOSE_RS256.to_owned(),
            sealed: Vec::new(),
            not_before_us: not_before_hours * 3_600_000_000,
            not_after_us: i64::MAX,
            created_us: 0,
        }
    }

    #[test]
    fn key_rotation_overlap_signs_with_the_newest_begun_key() {
        let rule = "KEY-ROTATION-OVERLAP";
        let at = |hours: i64| Timestamp::from_second(hours * 3600).unwrap();
        let ids = |rows: Vec<KeyRow>| rows.iter().map(|row| row.id.as_u128()).collect::<Vec<_>>();
        let rows = || vec![row(1, 0), row(2, 100)];
        assert_eq!(
            ids(in_order_of_use(rows(), at(99))),
            [1, 2],
            "{rule}: the coming key is published, not used"
        );
        assert_eq!(
            ids(in_order_of_use(rows(), at(100))),
            [2, 1],
            "{rule}: both verify after the change"
        );
        assert_eq!(
            ids(in_order_of_use(rows(), at(149))),
            [2],
            "{rule}: the replaced key goes after two days"
        );
    }
}
