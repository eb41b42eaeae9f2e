//! The set as bytes, so that a cold start needs no CRL.

use super::{Details, Group, MAX_GROUPED_LENGTH, SerialSet};
use crate::SerialNumber;
use crate::crl::stored::{StoredReader, StoredWriter};

impl SerialSet {
    pub(crate) fn write(&self, writer: &mut StoredWriter) {
        writer.flag(self.has_dates);
        writer.count(self.groups.len());
        for group in &self.groups {
            writer.count(group.length);
            writer.octets(&group.shared);
            writer.count(group.bucket_octets);
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
        let has_dates = reader.flag()?;
        let group_count = reader.count()?;
        let mut groups = Vec::new();
        for _ in 0..group_count {
            groups.push(read_group(reader, has_dates)?);
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
            groups,
            others,
            has_dates,
        })
    }
}

fn read_group(reader: &mut StoredReader<'_>, has_dates: bool) -> Option<Group> {
    let mut group = Group {
        length: reader.count()?,
        shared: reader.octets()?.to_vec(),
        bucket_octets: reader.count()?,
        ..Group::default()
    };
    let is_plausible = group.length <= MAX_GROUPED_LENGTH
        && group.bucket_octets <= 2
        && group.shared.len() + group.bucket_octets <= group.length;
    let offset_count = reader.count()?;
    if !is_plausible || offset_count != (1 << (8 * group.bucket_octets)) + 1 {
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
        && group.rests.len() == group.len() * group.rest_length()
        && group.reasons.len() == group.len().div_ceil(2)
        && group.dates.len() == if has_dates { group.len() } else { 0 };
    is_consistent.then_some(group)
}
