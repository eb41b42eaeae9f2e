//! The set as bytes, so that a cold start needs no CRL.

use super::group::Group;
use super::key::{Factors, Keying};
use super::{Details, MAX_GROUPED_LENGTH, SerialSet};
use crate::SerialNumber;
use crate::crl::stored::{StoredReader, StoredWriter};

impl SerialSet {
    pub(crate) fn write(&self, writer: &mut StoredWriter) {
        for factor in self.factors.0 {
            writer.fixed(&factor.to_le_bytes());
        }
        writer.flag(self.has_dates);
        writer.count(self.groups.len());
        for group in &self.groups {
            writer.count(group.length);
            writer.octets(&group.shared);
            writer.count(group.keying.bucket_bits as usize);
            writer.count(group.offsets.len());
            for offset in &group.offsets {
                writer.fixed(&offset.to_le_bytes());
            }
            writer.octets(&group.rests);
            writer.octets(&group.reasons);
            writer.count(group.dates.len());
            for date in &group.dates {
                writer.fixed(&date.to_le_bytes());
            }
        }
        writer.count(self.others.len());
        for (serial, details) in &self.others {
            writer.flag(serial.is_negative());
            writer.octets(serial.as_bytes());
            writer.fixed(&[details.reason]);
            writer.fixed(&details.date.to_le_bytes());
        }
    }

    /// Reads what [`SerialSet::write`] wrote; `None` when it is inconsistent.
    pub(crate) fn read(reader: &mut StoredReader<'_>) -> Option<Self> {
        let mut factors = [0; 3];
        for factor in &mut factors {
            *factor = u128::from_le_bytes(reader.fixed()?);
        }
        let factors = Factors(factors);
        let has_dates = reader.flag()?;
        let group_count = reader.count()?;
        let mut groups = Vec::new();
        for _ in 0..group_count {
            groups.push(read_group(reader, factors, has_dates)?);
        }
        let other_count = reader.count()?;
        let mut others = Vec::new();
        for _ in 0..other_count {
            let is_negative = reader.flag()?;
            let octets = reader.octets()?;
            let serial = if is_negative {
                SerialNumber::from_der_integer(octets)
            } else {
                SerialNumber::from_big_endian(octets)
            };
            let [reason] = reader.fixed()?;
            others.push((
                serial,
                Details {
                    reason,
                    date: i64::from_le_bytes(reader.fixed()?),
                },
            ));
        }
        Some(Self {
            factors,
            groups,
            others,
            has_dates,
        })
    }
}

fn read_group(reader: &mut StoredReader<'_>, factors: Factors, has_dates: bool) -> Option<Group> {
    let length = reader.count()?;
    let shared = reader.octets()?.to_vec();
    let varying = length
        .checked_sub(shared.len())
        .filter(|_| length <= MAX_GROUPED_LENGTH)?;
    let mut group = Group {
        length,
        shared,
        keying: Keying::stored(varying, reader.count()?, factors)?,
        ..Group::default()
    };
    let offset_count = reader.count()?;
    if offset_count != group.keying.bucket_count() + 1 {
        return None;
    }
    let (offsets, _) = reader.take(offset_count.checked_mul(4)?)?.as_chunks::<4>();
    group.offsets = offsets.iter().map(|offset| u32::from_le_bytes(*offset)).collect();
    group.rests = reader.octets()?.to_vec();
    group.reasons = reader.octets()?.to_vec();
    let date_count = reader.count()?;
    let (dates, _) = reader.take(date_count.checked_mul(8)?)?.as_chunks::<8>();
    group.dates = dates.iter().map(|date| i64::from_le_bytes(*date)).collect();
    let is_consistent = group.offsets.is_sorted()
        && group.rests.len() == group.len() * group.keying.kept()
        && (group.reasons.is_empty() || group.reasons.len() == group.len().div_ceil(2))
        && group.dates.len() == if has_dates { group.len() } else { 0 };
    is_consistent.then_some(group)
}
