//! The revoked serial numbers of one CRL, ready for look-up.

use std::fmt;

use jiff::Timestamp;

use crate::crl::entries::CrlEntries;
use crate::crl::read::{CrlParts, IssuingDistributionPoint};
use crate::crl::serials::SerialSet;
use crate::crl::{CrlNumber, HighestCrl, RevocationReason};
use crate::{AuthorityId, SerialNumber};

/// A verified CRL: its dates and numbers, and a compact index of its serial numbers.
///
/// Serial numbers of which up to 16 octets vary are kept whole. Longer ones are kept as 128 bits: a listed one is always
/// found, and one that is not listed would be found by mistake once in 2¹⁰⁸ look-ups in a million entries;
/// [`CrlIndex::date_in`] tells from the CRL itself.
pub struct CrlIndex {
    pub(crate) authority: AuthorityId,
    pub(crate) number: Option<CrlNumber>,
    pub(crate) delta_base_number: Option<CrlNumber>,
    pub(crate) this_update: Timestamp,
    pub(crate) next_update: Timestamp,
    pub(crate) next_publish: Option<Timestamp>,
    pub(crate) scope: Option<IssuingDistributionPoint>,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) serials: SerialSet,
}

/// What a CRL says about one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedEntry {
    /// The reason code; unspecified when the entry has none.
    pub reason: RevocationReason,
    /// When it was revoked; `None` when the index keeps no dates (above 10 000 entries): see [`CrlIndex::date_in`].
    pub date: Option<Timestamp>,
}

impl CrlIndex {
    /// What this CRL alone says about a certificate; a delta may say `removeFromCRL`.
    #[must_use]
    pub fn is_revoked(&self, serial: &SerialNumber) -> Option<RevokedEntry> {
        self.serials.find(serial)
    }

    /// The authority that issued it.
    #[must_use]
    pub const fn authority(&self) -> AuthorityId {
        self.authority
    }

    /// The CRL number.
    #[must_use]
    pub const fn number(&self) -> Option<&CrlNumber> {
        self.number.as_ref()
    }

    /// The number of the complete CRL a delta builds on; `None` for a complete CRL.
    #[must_use]
    pub const fn delta_base_number(&self) -> Option<&CrlNumber> {
        self.delta_base_number.as_ref()
    }

    /// Whether this is a delta CRL.
    #[must_use]
    pub const fn is_delta(&self) -> bool {
        self.delta_base_number.is_some()
    }

    /// Start of validity.
    #[must_use]
    pub const fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// End of validity.
    #[must_use]
    pub const fn next_update(&self) -> Timestamp {
        self.next_update
    }

    /// When the issuer means to publish the next one (1.3.6.1.4.1.311.21.4): fetch a fresh one from then on.
    #[must_use]
    pub const fn next_publish(&self) -> Option<Timestamp> {
        self.next_publish
    }

    /// SHA-256 over the CRL's signature: equal exactly for CRLs with equal bytes, and known without hashing all of them.
    #[must_use]
    pub const fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// What [`crate::number_rises`] compares.
    #[must_use]
    pub fn highest(&self) -> HighestCrl {
        HighestCrl {
            number: self.number.clone(),
            fingerprint: self.fingerprint,
        }
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.serials.len()
    }

    /// Octets of memory that the entries take.
    #[must_use]
    pub fn resident_octets(&self) -> usize {
        self.serials.resident_octets()
    }

    /// The revocation date of a certificate, read from the CRL itself. For large CRLs, whose index keeps no dates.
    #[must_use]
    pub fn date_in(crl: &[u8], serial: &SerialNumber) -> Option<Timestamp> {
        let parts = CrlParts::read(crl).ok()?;
        let mut entries = CrlEntries::new(parts.entries);
        while let Some(entry) = entries.next().ok()? {
            if SerialNumber::from_der_integer(entry.serial) == *serial {
                return entry.date().ok();
            }
        }
        None
    }

    /// Whether it has no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for CrlIndex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CrlIndex")
            .field("authority", &self.authority)
            .field("number", &self.number)
            .field("delta_base_number", &self.delta_base_number)
            .field("this_update", &self.this_update)
            .field("next_update", &self.next_update)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
