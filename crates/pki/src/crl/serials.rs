//! An exact, compact set of serial numbers with their reasons.
//!
//! Serial numbers are grouped by length. In a group the octets all share at the front are kept once, the next zero, one
//! or two octets pick a bucket through a table of offsets, and only the rest is stored per entry: sorted, fixed width,
//! without any allocation per entry. A reason takes half an octet. A million 16-octet serial numbers take 14.8 octets each.

mod build;
mod bytes;
mod sort;

use jiff::Timestamp;

use crate::SerialNumber;
use crate::crl::{RevocationReason, RevokedEntry};

/// Up to this many entries revocation dates are kept as well; above, they are read from the CRL when asked for.
pub(crate) const MAX_ENTRIES_WITH_DATES: usize = 10_000;

/// The longest serial number that is stored in a group, in octets. RFC 5280 allows 20.
const MAX_GROUPED_LENGTH: usize = 32;

/// The set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SerialSet {
    /// By ascending length.
    groups: Vec<Group>,
    /// Negative and overlong serial numbers, sorted.
    others: Vec<(SerialNumber, Details)>,
    has_dates: bool,
}

/// Serial numbers of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    length: usize,
    /// The octets that all of them begin with.
    shared: Vec<u8>,
    /// How many octets after the shared ones pick the bucket: 0, 1 or 2.
    bucket_octets: usize,
    /// Where each bucket begins, by entry; one more at the end.
    offsets: Vec<u32>,
    /// What is left of each serial number, sorted within its bucket.
    rests: Vec<u8>,
    /// Reason codes, two to an octet, the even entry in the low half.
    reasons: Vec<u8>,
    /// Revocation dates in seconds since 1970; empty when they are not kept.
    dates: Vec<i64>,
}

/// What is kept of an entry beside its serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Details {
    reason: u8,
    date: i64,
}

impl SerialSet {
    pub(crate) fn len(&self) -> usize {
        self.groups.iter().map(Group::len).sum::<usize>() + self.others.len()
    }

    /// Octets of memory it takes, fixed parts excepted.
    pub(crate) fn resident_octets(&self) -> usize {
        let groups: usize = self
            .groups
            .iter()
            .map(|group| {
                group.shared.capacity()
                    + group.offsets.capacity() * size_of::<u32>()
                    + group.rests.capacity()
                    + group.reasons.capacity()
                    + group.dates.capacity() * size_of::<i64>()
            })
            .sum();
        let others: usize = self
            .others
            .iter()
            .map(|(serial, _)| serial.as_bytes().len() + size_of::<(SerialNumber, Details)>())
            .sum();
        groups + others
    }

    /// The entry of a serial number. Of several, one that revokes goes before one that releases.
    pub(crate) fn find(&self, serial: &SerialNumber) -> Option<RevokedEntry> {
        let octets = serial.as_bytes();
        let details = if serial.is_negative() || octets.len() > MAX_GROUPED_LENGTH {
            self.find_other(serial)?
        } else {
            let index = self
                .groups
                .binary_search_by_key(&octets.len(), |group| group.length)
                .ok()?;
            self.groups.get(index)?.find(octets)?
        };
        Some(RevokedEntry {
            reason: RevocationReason::from_code(details.reason).unwrap_or(RevocationReason::Unspecified),
            date: self
                .has_dates
                .then(|| Timestamp::from_second(details.date).ok())
                .flatten(),
        })
    }

    fn find_other(&self, serial: &SerialNumber) -> Option<Details> {
        let start = self.others.partition_point(|(other, _)| other < serial);
        let same = self
            .others
            .get(start..)?
            .iter()
            .take_while(|(other, _)| other == serial);
        revoking_first(same.map(|(_, details)| *details))
    }
}

impl Group {
    fn len(&self) -> usize {
        self.offsets.last().map_or(0, |count| *count as usize)
    }

    fn rest_length(&self) -> usize {
        self.length - self.shared.len() - self.bucket_octets
    }

    fn find(&self, octets: &[u8]) -> Option<Details> {
        let tail = octets.strip_prefix(self.shared.as_slice())?;
        let (bucket, rest) = tail.split_at_checked(self.bucket_octets)?;
        let bucket = bucket
            .iter()
            .fold(0_usize, |bucket, octet| (bucket << 8) | usize::from(*octet));
        let start = *self.offsets.get(bucket)? as usize;
        let end = *self.offsets.get(bucket + 1)? as usize;
        let first = self.lower_bound(start, end, rest)?;
        let same = (first..end).take_while(|index| self.rest_at(*index) == Some(rest));
        revoking_first(same.filter_map(|index| self.details_at(index)))
    }

    /// The first entry of a bucket that is not below `rest`.
    fn lower_bound(&self, start: usize, end: usize, rest: &[u8]) -> Option<usize> {
        /// Random serial numbers lie where their first octet says, give or take a few entries: one cache line instead of
        /// the several that halving touches. In larger buckets, where a bad guess would cost more, halving is right.
        const MAX_GUESSED: usize = 64;
        let (mut low, mut high) = (start, end);
        if let Some(first) = rest.first()
            && end - start <= MAX_GUESSED
        {
            let mut guess = start + ((usize::from(*first) * (end - start)) >> 8);
            while guess < end && self.rest_at(guess)? < rest {
                guess += 1;
            }
            while guess > start && self.rest_at(guess - 1)? >= rest {
                guess -= 1;
            }
            (low, high) = (guess, guess);
        }
        while low < high {
            let middle = low.midpoint(high);
            if self.rest_at(middle)? < rest {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low < end).then_some(low)
    }

    #[inline]
    fn rest_at(&self, index: usize) -> Option<&[u8]> {
        let width = self.rest_length();
        self.rests.get(index * width..(index + 1) * width)
    }

    fn details_at(&self, index: usize) -> Option<Details> {
        let pair = *self.reasons.get(index / 2)?;
        Some(Details {
            reason: if index.is_multiple_of(2) {
                pair & 0x0f
            } else {
                pair >> 4
            },
            date: self.dates.get(index).copied().unwrap_or_default(),
        })
    }
}

fn revoking_first(mut same: impl Iterator<Item = Details>) -> Option<Details> {
    let first = same.next()?;
    let releases = RevocationReason::RemoveFromCrl.code();
    if first.reason != releases {
        return Some(first);
    }
    Some(same.find(|details| details.reason != releases).unwrap_or(first))
}

#[cfg(test)]
mod tests;
