//! A compact set of serial numbers with their reasons.
//!
//! Serial numbers are grouped by length. In a group the octets that all share at the front are kept once. The rest becomes
//! a key, by a multiplication that spreads any numbers evenly: the first bits of the key pick a bucket of 8 to 16 entries
//! through a table of offsets, and only what the bucket does not tell is stored per entry, fixed width, without any
//! allocation or sorting. A reason takes half an octet. A million serial numbers take 14.8 octets each.
//!
//! Up to 16 varying octets the key is another way of writing the number, so the set is exact. A longer number is condensed
//! into 128 bits: a million random 19-octet numbers cannot be told apart from all others in less than 16.4 octets each.
//! What is listed is always found; what is not listed would be taken for listed once in 2¹⁰⁸ look-ups in a million
//! entries, which is less likely than a forged signature under the CRL.

mod build;
mod bytes;
mod filling;
mod group;
mod key;
mod partitioned;

use jiff::Timestamp;

use crate::SerialNumber;
use crate::crl::{RevocationReason, RevokedEntry};
use group::Group;
use key::Factors;

/// Up to this many entries revocation dates are kept as well; above, they are read from the CRL when asked for.
pub(crate) const MAX_ENTRIES_WITH_DATES: usize = 10_000;

/// The longest serial number that is stored in a group, in octets. RFC 5280 allows 20.
const MAX_GROUPED_LENGTH: usize = 32;

/// The set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SerialSet {
    factors: Factors,
    /// By ascending length.
    groups: Vec<Group>,
    /// Negative and overlong serial numbers, sorted.
    others: Vec<(SerialNumber, Details)>,
    has_dates: bool,
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
        let groups: usize = self.groups.iter().map(Group::resident_octets).sum();
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
