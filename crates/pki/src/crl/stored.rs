//! A verified CRL as bytes of our own: a head, the serial numbers, SHA-256 over both.

use aws_lc_rs::digest;
use jiff::Timestamp;

use super::serials::SerialSet;
use crate::AuthorityId;
use crate::crl::read::IssuingDistributionPoint;
use crate::crl::{CrlIndex, CrlNumber};

const MARK: &[u8; 8] = b"LCRLIDX2";
const CHECKSUM_LENGTH: usize = 32;

/// Stored bytes are not what [`CrlIndex::to_bytes`] wrote: damaged, cut off, or of another version. Ingest the CRL anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored CRL index is damaged or of another version")]
pub struct StoredIndexDamaged;

impl CrlIndex {
    /// The index as bytes for a store. Reading them back is much cheaper than ingesting the CRL again.
    ///
    /// The checksum finds damage, not forgery: keep the bytes where only the product writes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = StoredWriter(Vec::with_capacity(self.resident_octets() + 512));
        writer.fixed(MARK);
        writer.fixed(&self.authority.0);
        writer.fixed(&self.fingerprint);
        writer.optional(self.number.as_ref().map(CrlNumber::as_bytes));
        writer.optional(self.delta_base_number.as_ref().map(CrlNumber::as_bytes));
        writer.fixed(&self.this_update.as_second().to_le_bytes());
        writer.fixed(&self.next_update.as_second().to_le_bytes());
        let next_publish = self.next_publish.map(|at| at.as_second().to_le_bytes());
        writer.optional(next_publish.as_ref().map(|octets| &octets[..]));
        writer.optional(self.scope.as_ref().map(|scope| &*scope.encoded));
        self.serials.write(&mut writer);
        let checksum = digest::digest(&digest::SHA256, &writer.0);
        writer.fixed(checksum.as_ref());
        writer.into_octets()
    }

    /// Reads what [`CrlIndex::to_bytes`] wrote; when that is damaged or of another version, indexes the CRL anew.
    ///
    /// `der` is the CRL that was stored beside the bytes. Its signature was verified before it was stored and is not
    /// looked at again.
    ///
    /// # Errors
    /// When neither can be read.
    pub fn from_store(bytes: &[u8], der: &[u8], authority: AuthorityId) -> Result<Self, StoredIndexDamaged> {
        Self::from_bytes(bytes).or_else(|damaged| Self::of_verified(der, authority).ok_or(damaged))
    }

    /// Reads what [`CrlIndex::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoredIndexDamaged> {
        read(bytes).ok_or(StoredIndexDamaged)
    }
}

fn read(bytes: &[u8]) -> Option<CrlIndex> {
    let (body, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_LENGTH)?)?;
    if digest::digest(&digest::SHA256, body).as_ref() != checksum {
        return None;
    }
    let mut reader = StoredReader::new(body);
    if reader.fixed::<8>()? != *MARK {
        return None;
    }
    let instant = |octets| Timestamp::from_second(i64::from_le_bytes(octets)).ok();
    let index = CrlIndex {
        authority: AuthorityId(reader.fixed()?),
        fingerprint: reader.fixed()?,
        number: reader.optional()?.map(CrlNumber::from_big_endian),
        delta_base_number: reader.optional()?.map(CrlNumber::from_big_endian),
        this_update: instant(reader.fixed()?)?,
        next_update: instant(reader.fixed()?)?,
        next_publish: match reader.optional()? {
            Some(octets) => Some(instant(octets.try_into().ok()?)?),
            None => None,
        },
        scope: match reader.optional()? {
            Some(encoded) => Some(IssuingDistributionPoint::decode(encoded).ok()?),
            None => None,
        },
        serials: SerialSet::read(&mut reader)?,
    };
    reader.0.is_empty().then_some(index)
}

/// Writes counts as 64 bits little-endian and octets after their count.
#[derive(Default)]
pub(crate) struct StoredWriter(Vec<u8>);

impl StoredWriter {
    pub(crate) fn into_octets(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn fixed(&mut self, octets: &[u8]) {
        self.0.extend_from_slice(octets);
    }

    pub(crate) fn count(&mut self, count: usize) {
        self.fixed(&(count as u64).to_le_bytes());
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.fixed(&[u8::from(flag)]);
    }

    pub(crate) fn octets(&mut self, octets: &[u8]) {
        self.count(octets.len());
        self.fixed(octets);
    }

    pub(crate) fn optional(&mut self, octets: Option<&[u8]>) {
        self.flag(octets.is_some());
        if let Some(octets) = octets {
            self.octets(octets);
        }
    }
}

/// Reads what a [`StoredWriter`] wrote; every method gives `None` when the bytes do not fit.
pub(crate) struct StoredReader<'a>(&'a [u8]);

impl<'a> StoredReader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.fixed()?)).ok()
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.fixed()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    pub(crate) fn octets(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    pub(crate) fn optional(&mut self) -> Option<Option<&'a [u8]>> {
        Some(if self.flag()? { Some(self.octets()?) } else { None })
    }
}
