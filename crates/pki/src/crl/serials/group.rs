//! Serial numbers of one length.

use super::key::{Keying, Value};
use super::{Details, revoking_first};

/// The group. Its entries stand bucket after bucket, within a bucket in the order of the CRL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// Octets of each serial number.
    pub(super) length: usize,
    /// The octets that all of them begin with.
    pub(super) shared: Vec<u8>,
    pub(super) keying: Keying,
    /// Where each bucket begins, by entry; one more at the end.
    pub(super) offsets: Vec<u32>,
    /// What each key has beside its bucket, [`Keying::kept`] octets each.
    pub(super) rests: Vec<u8>,
    /// Reason codes, two to an octet, the even entry in the low half; empty when no entry has one.
    pub(super) reasons: Vec<u8>,
    /// Revocation dates in seconds since 1970; empty when they are not kept.
    pub(super) dates: Vec<i64>,
}

impl Group {
    pub(super) fn len(&self) -> usize {
        self.offsets.last().map_or(0, |count| *count as usize)
    }

    pub(super) fn resident_octets(&self) -> usize {
        self.shared.capacity()
            + self.offsets.capacity() * size_of::<u32>()
            + self.rests.capacity()
            + self.reasons.capacity()
            + self.dates.capacity() * size_of::<i64>()
    }

    /// Whether a number begins with what all of them begin with.
    #[inline]
    pub(super) fn shares(&self, octets: &[u8]) -> bool {
        self.shared.is_empty() || octets.starts_with(&self.shared)
    }

    pub(super) fn find(&self, octets: &[u8]) -> Option<Details> {
        if !self.shares(octets) {
            return None;
        }
        let key = self.keying.key(&Value::of(octets));
        let bucket = self.keying.bucket(key);
        let start = *self.offsets.get(bucket)? as usize;
        let end = *self.offsets.get(bucket + 1)? as usize;
        let width = self.keying.kept();
        if width == 0 {
            return revoking_first((start..end).map(|index| self.details_at(index)));
        }
        let wanted = self.keying.rest(key);
        let wanted = wanted.get(..width)?;
        let rests = self.rests.get(start * width..end * width)?;
        let same = rests
            .chunks_exact(width)
            .zip(start..)
            .filter(|(rest, _)| is_same(rest, wanted));
        revoking_first(same.map(|(_, index)| self.details_at(index)))
    }

    fn details_at(&self, index: usize) -> Details {
        let pair = self.reasons.get(index / 2).copied().unwrap_or_default();
        Details {
            reason: if index.is_multiple_of(2) {
                pair & 0x0f
            } else {
                pair >> 4
            },
            date: self.dates.get(index).copied().unwrap_or_default(),
        }
    }
}

/// Equality of equally long octets; the first eight nearly always decide.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    match (one.first_chunk::<8>(), other.first_chunk::<8>()) {
        (Some(first), Some(second)) if first != second => false,
        _ => one == other,
    }
}
