//! Building the set from the entries of a CRL, walked in place.

use super::{Details, Group, MAX_ENTRIES_WITH_DATES, MAX_GROUPED_LENGTH, SerialSet};
use crate::SerialNumber;
use crate::asn1::DerError;
use crate::crl::read::{CrlEntries, CrlEntry};

/// From this many entries on a group has 65 536 buckets: their table then takes less than the octet it saves.
const TWO_OCTET_BUCKETS: usize = 262_144;
/// From this many entries on a group has 256 buckets.
const ONE_OCTET_BUCKETS: usize = 1_024;

/// What the first walk finds out about the serial numbers of one length.
#[derive(Clone, Default)]
struct Survey {
    count: usize,
    shared: Vec<u8>,
}

impl SerialSet {
    /// Reads every entry of revokedCertificates. An entry that names another issuer is an
    /// error: this is the set of one issuer.
    pub(crate) fn build(entries: &[u8]) -> Result<Self, DerError> {
        let (surveys, count) = survey(entries)?;
        let has_dates = count <= MAX_ENTRIES_WITH_DATES;
        let mut groups: Vec<Option<Group>> = surveys
            .into_iter()
            .enumerate()
            .map(|(length, survey)| (survey.count > 0).then(|| Group::sized(length, survey, has_dates)))
            .collect();
        if groups.iter().flatten().any(|group| group.bucket_octets > 0) {
            walk(entries, |entry| {
                if let Some(octets) = grouped(entry.serial)
                    && let Some(Some(group)) = groups.get_mut(octets.len())
                {
                    group.count(octets);
                }
                Ok(())
            })?;
        }
        for group in groups.iter_mut().flatten() {
            group.begin_placing();
        }
        let mut others = Vec::new();
        walk(entries, |entry| {
            let facts = entry.facts()?;
            if facts.certificate_issuer.is_some() {
                return Err(DerError::Value("an entry for a certificate of another issuer"));
            }
            let details = Details {
                reason: facts.reason.code(),
                date: if has_dates { entry.date()?.as_second() } else { 0 },
            };
            match grouped(entry.serial) {
                Some(octets) => {
                    if let Some(Some(group)) = groups.get_mut(octets.len()) {
                        group.place(octets, details);
                    }
                }
                None => others.push((SerialNumber::from_der_integer(entry.serial), details)),
            }
            Ok(())
        })?;
        others.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut groups: Vec<Group> = groups.into_iter().flatten().collect();
        for group in &mut groups {
            group.end_placing();
            group.sort_buckets();
        }
        Ok(Self {
            groups,
            others,
            has_dates,
        })
    }
}

fn walk<'a>(
    entries: &'a [u8],
    mut visit: impl FnMut(&CrlEntry<'a>) -> Result<(), DerError>,
) -> Result<(), DerError> {
    let mut walk = CrlEntries::new(entries);
    while let Some(entry) = walk.next()? {
        visit(&entry)?;
    }
    Ok(())
}

/// The significant octets of a serial number that belongs into a group.
#[inline]
fn grouped(serial: &[u8]) -> Option<&[u8]> {
    let octets = match serial {
        [0, rest @ ..] if !rest.is_empty() => rest,
        [first, ..] if *first < 0x80 => serial,
        _ => return None,
    };
    (octets.len() <= MAX_GROUPED_LENGTH).then_some(octets)
}

fn survey(entries: &[u8]) -> Result<(Vec<Survey>, usize), DerError> {
    let mut surveys = vec![Survey::default(); MAX_GROUPED_LENGTH + 1];
    let mut count = 0;
    walk(entries, |entry| {
        count += 1;
        let Some(octets) = grouped(entry.serial) else {
            return Ok(());
        };
        if let Some(survey) = surveys.get_mut(octets.len()) {
            if survey.count == 0 {
                survey.shared = octets.to_vec();
            } else if !octets.starts_with(&survey.shared) {
                let same = octets
                    .iter()
                    .zip(&survey.shared)
                    .take_while(|(one, other)| one == other);
                let length = same.count();
                survey.shared.truncate(length);
            }
            survey.count += 1;
        }
        Ok(())
    })?;
    if u32::try_from(count).is_err() {
        return Err(DerError::Value("more entries than can be counted"));
    }
    Ok((surveys, count))
}

impl Group {
    fn sized(length: usize, survey: Survey, has_dates: bool) -> Self {
        let varying = length - survey.shared.len();
        let wanted = match survey.count {
            TWO_OCTET_BUCKETS.. => 2,
            ONE_OCTET_BUCKETS.. => 1,
            _ => 0,
        };
        let mut group = Self {
            length,
            shared: survey.shared,
            bucket_octets: wanted.min(varying),
            ..Self::default()
        };
        let buckets = 1_usize << (8 * group.bucket_octets);
        group.offsets = vec![0; buckets + 1];
        if group.bucket_octets == 0 {
            // One bucket: its size is known already.
            group.offsets = vec![u32::try_from(survey.count).unwrap_or(u32::MAX), 0];
        }
        group.rests = vec![0; survey.count * group.rest_length()];
        group.reasons = vec![0; survey.count.div_ceil(2)];
        group.dates = vec![0; if has_dates { survey.count } else { 0 }];
        group
    }

    #[inline]
    fn split<'s>(&self, octets: &'s [u8]) -> (usize, &'s [u8]) {
        let tail = octets.get(self.shared.len()..).unwrap_or_default();
        let (bucket, rest) = tail.split_at_checked(self.bucket_octets).unwrap_or_default();
        let bucket = bucket
            .iter()
            .fold(0_usize, |bucket, octet| (bucket << 8) | usize::from(*octet));
        (bucket, rest)
    }

    /// Counts one entry into its bucket.
    #[inline]
    fn count(&mut self, octets: &[u8]) {
        if self.bucket_octets == 0 {
            return;
        }
        let (bucket, _) = self.split(octets);
        if let Some(count) = self.offsets.get_mut(bucket) {
            *count += 1;
        }
    }

    /// Turns the counts into where each bucket begins.
    fn begin_placing(&mut self) {
        let mut next = 0_u32;
        for offset in &mut self.offsets {
            let count = *offset;
            *offset = next;
            next = next.saturating_add(count);
        }
    }

    /// Puts one entry at the next free place of its bucket.
    #[inline]
    fn place(&mut self, octets: &[u8], details: Details) {
        let (bucket, rest) = self.split(octets);
        let Some(next) = self.offsets.get_mut(bucket) else {
            return;
        };
        let index = *next as usize;
        *next += 1;
        let width = rest.len();
        if let Some(place) = self.rests.get_mut(index * width..(index + 1) * width) {
            place.copy_from_slice(rest);
        }
        self.set_details(index, details);
    }

    fn set_details(&mut self, index: usize, details: Details) {
        if let Some(pair) = self.reasons.get_mut(index / 2) {
            *pair = if index.is_multiple_of(2) {
                (*pair & 0xf0) | details.reason
            } else {
                (*pair & 0x0f) | (details.reason << 4)
            };
        }
        if let Some(date) = self.dates.get_mut(index) {
            *date = details.date;
        }
    }

    /// Placing moved every beginning to its bucket's end, which is where the next one begins: shift them back.
    fn end_placing(&mut self) {
        self.offsets.rotate_right(1);
        if let Some(first) = self.offsets.first_mut() {
            *first = 0;
        }
    }

    fn sort_buckets(&mut self) {
        let offsets = std::mem::take(&mut self.offsets);
        let mut scratch = Vec::new();
        for pair in offsets.windows(2) {
            if let [start, end] = *pair
                && end - start > 1
            {
                self.sort_bucket(start as usize, end as usize, &mut scratch);
            }
        }
        self.offsets = offsets;
    }

    fn sort_bucket(&mut self, start: usize, end: usize, scratch: &mut Vec<(u128, u128, Details)>) {
        /// Above this size a bucket is sorted by index, so that the scratch stays small beside the index itself.
        const MAX_SCRATCH: usize = 65_536;
        if end - start > MAX_SCRATCH {
            self.sort_large_bucket(start, end);
            return;
        }
        let width = self.rest_length();
        scratch.clear();
        for index in start..end {
            if let (Some(rest), Some(details)) = (self.rest_at(index), self.details_at(index)) {
                let (high, low) = as_numbers(rest);
                scratch.push((high, low, details));
            }
        }
        scratch.sort_unstable_by_key(|(high, low, _)| (*high, *low));
        for (index, (high, low, details)) in (start..end).zip(scratch.iter()) {
            let mut octets = [0; MAX_GROUPED_LENGTH];
            let (front, back) = octets.split_at_mut(16);
            front.copy_from_slice(&high.to_be_bytes());
            back.copy_from_slice(&low.to_be_bytes());
            if let (Some(place), Some(rest)) = (
                self.rests.get_mut(index * width..(index + 1) * width),
                octets.get(MAX_GROUPED_LENGTH - width..),
            ) {
                place.copy_from_slice(rest);
            }
            self.set_details(index, *details);
        }
    }

    /// For serial numbers that hardly vary at the front: one huge bucket.
    fn sort_large_bucket(&mut self, start: usize, end: usize) {
        let width = self.rest_length();
        let mut order: Vec<u32> = (start..end)
            .filter_map(|index| u32::try_from(index).ok())
            .collect();
        order.sort_unstable_by(|one, other| self.rest_at(*one as usize).cmp(&self.rest_at(*other as usize)));
        let mut rests = Vec::with_capacity(order.len() * width);
        let mut details = Vec::with_capacity(order.len());
        for index in order {
            rests.extend_from_slice(self.rest_at(index as usize).unwrap_or_default());
            details.extend(self.details_at(index as usize));
        }
        if let Some(place) = self.rests.get_mut(start * width..end * width) {
            place.copy_from_slice(&rests);
        }
        for (index, details) in (start..end).zip(details) {
            self.set_details(index, details);
        }
    }
}

/// Up to 32 octets as two numbers that sort as the octets do, given equal lengths.
#[inline]
fn as_numbers(octets: &[u8]) -> (u128, u128) {
    let split = octets.len().saturating_sub(16);
    let (high, low) = octets.split_at_checked(split).unwrap_or_default();
    let number = |octets: &[u8]| {
        let mut padded = [0; 16];
        if let Some(place) = padded.get_mut(16 - octets.len().min(16)..) {
            place.copy_from_slice(octets);
        }
        u128::from_be_bytes(padded)
    };
    (number(high), number(low))
}
