//! Building the set from the entries of a CRL, walked in place.

use super::{Details, Group, MAX_ENTRIES_WITH_DATES, MAX_GROUPED_LENGTH, SerialSet};
use crate::SerialNumber;
use crate::asn1::DerError;
use crate::crl::RevocationReason;
use crate::crl::read::{CrlEntries, CrlEntry};

/// From this many entries on a group has 65 536 buckets: their table then takes less than the octets it saves.
const TWO_OCTET_BUCKETS: usize = 262_144;
/// From this many entries on a group has 256 buckets.
const ONE_OCTET_BUCKETS: usize = 1_024;

/// What the first walk finds out about the serial numbers of one length.
#[derive(Clone)]
struct Survey {
    count: usize,
    shared: Vec<u8>,
    /// How many begin with each octet.
    by_first_octet: [u32; 256],
}

impl Survey {
    const EMPTY: Self = Self {
        count: 0,
        shared: Vec::new(),
        by_first_octet: [0; 256],
    };

    #[inline]
    fn add(&mut self, octets: &[u8]) {
        if self.count == 0 {
            self.shared = octets.to_vec();
        } else if !octets.starts_with(&self.shared) {
            let same = octets
                .iter()
                .zip(&self.shared)
                .take_while(|(one, other)| one == other);
            let length = same.count();
            self.shared.truncate(length);
        }
        self.count += 1;
        let first = usize::from(octets.first().copied().unwrap_or_default());
        if let Some(count) = self.by_first_octet.get_mut(first) {
            *count += 1;
        }
    }
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
        // The survey counted by the first octet; where all begin alike the octets after those have to be counted.
        if groups.iter().flatten().any(Group::lacks_counts) {
            walk(entries, |entry| {
                if let Some(octets) = grouped(entry.serial)
                    && let Some(Some(group)) = groups.get_mut(octets.len())
                    && group.lacks_counts()
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
            let reason = match entry.usual_reason() {
                Some(reason) => reason,
                None => reason_for_own_certificate(entry)?,
            };
            let details = Details {
                reason: reason.code(),
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
            group.split_buckets();
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

/// The reason of an entry with other extensions. One for a certificate of another issuer has no place here.
#[cold]
fn reason_for_own_certificate(entry: &CrlEntry<'_>) -> Result<RevocationReason, DerError> {
    let facts = entry.facts()?;
    if facts.certificate_issuer.is_some() {
        return Err(DerError::Value("an entry for a certificate of another issuer"));
    }
    Ok(facts.reason)
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
    let mut surveys = vec![Survey::EMPTY; MAX_GROUPED_LENGTH + 1];
    let mut count = 0;
    walk(entries, |entry| {
        count += 1;
        let Some(octets) = grouped(entry.serial) else {
            return Ok(());
        };
        if let Some(survey) = surveys.get_mut(octets.len()) {
            survey.add(octets);
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
        let wanted = usize::from(survey.count >= ONE_OCTET_BUCKETS);
        let mut group = Self {
            length,
            shared: survey.shared,
            bucket_octets: wanted.min(varying),
            ..Self::default()
        };
        group.offsets = match group.bucket_octets {
            0 => vec![u32::try_from(survey.count).unwrap_or(u32::MAX), 0],
            _ if group.shared.is_empty() => survey.by_first_octet.into_iter().chain([0]).collect(),
            _ => vec![0; 257],
        };
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

    /// Whether the survey could not count its buckets.
    fn lacks_counts(&self) -> bool {
        self.bucket_octets > 0 && !self.shared.is_empty()
    }

    /// Counts one entry into its bucket.
    #[inline]
    fn count(&mut self, octets: &[u8]) {
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
        let (mut narrow, mut wide) = (Vec::new(), Vec::new());
        for pair in offsets.windows(2) {
            let [start, end] = *pair else { continue };
            let (start, end) = (start as usize, end as usize);
            // A bucket of more entries is sorted by index, so that the scratch stays small beside the index itself.
            let is_small = end - start <= 65_536 && self.dates.is_empty();
            match self.rest_length() {
                _ if end - start < 2 => {}
                0..=15 if is_small => self.sort_narrow(start, end, &mut narrow),
                16..=31 if is_small => self.sort_wide(start, end, &mut wide),
                _ => self.sort_by_index(start, end),
            }
        }
        self.offsets = offsets;
    }

    /// Up to 15 octets and the reason make one number per entry.
    fn sort_narrow(&mut self, start: usize, end: usize, scratch: &mut Vec<u128>) {
        scratch.clear();
        scratch.extend((start..end).map(|index| {
            let rest = self.rest_at(index).unwrap_or_default();
            (as_number(rest) << 8) | u128::from(self.reason_at(index))
        }));
        scratch.sort_unstable();
        for (index, number) in (start..end).zip(scratch.iter()) {
            let octets = number.to_be_bytes();
            if let [front @ .., reason] = &octets {
                self.put(index, front, *reason);
            }
        }
    }

    /// Up to 31 octets and the reason make two numbers per entry.
    fn sort_wide(&mut self, start: usize, end: usize, scratch: &mut Vec<(u128, u128)>) {
        scratch.clear();
        scratch.extend((start..end).map(|index| {
            let rest = self.rest_at(index).unwrap_or_default();
            let (high, low) = rest
                .split_at_checked(rest.len().saturating_sub(15))
                .unwrap_or_default();
            (
                as_number(high),
                (as_number(low) << 8) | u128::from(self.reason_at(index)),
            )
        }));
        scratch.sort_unstable();
        for (index, (high, low)) in (start..end).zip(scratch.iter()) {
            let mut octets = [0; 32];
            let (front, back) = octets.split_at_mut(16);
            front.copy_from_slice(&high.to_be_bytes());
            back.copy_from_slice(&low.to_be_bytes());
            if let [front @ .., reason] = &octets {
                self.put(index, front, *reason);
            }
        }
    }

    #[inline]
    fn reason_at(&self, index: usize) -> u8 {
        let pair = self.reasons.get(index / 2).copied().unwrap_or_default();
        if index.is_multiple_of(2) {
            pair & 0x0f
        } else {
            pair >> 4
        }
    }

    /// Writes an entry from the last octets of `octets`.
    #[inline]
    fn put(&mut self, index: usize, octets: &[u8], reason: u8) {
        let width = self.rest_length();
        if let (Some(place), Some(rest)) = (
            self.rests.get_mut(index * width..(index + 1) * width),
            octets.get(octets.len().saturating_sub(width)..),
        ) {
            place.copy_from_slice(rest);
        }
        self.set_details(index, Details { reason, date: 0 });
    }

    /// Makes 65 536 buckets of the 256 of a large group. Placing into 256 first keeps the writes near one another.
    fn split_buckets(&mut self) {
        let (old_width, count) = (self.rest_length(), self.len());
        if self.bucket_octets != 1 || count < TWO_OCTET_BUCKETS || old_width == 0 {
            return;
        }
        let width = old_width - 1;
        let mut counts = vec![0_u32; 65_537];
        for (bucket, pair) in self.offsets.windows(2).enumerate() {
            let [start, end] = *pair else { continue };
            for index in start as usize..end as usize {
                let from = index * old_width;
                let second = usize::from(self.rests.get(from).copied().unwrap_or_default());
                if let Some(count) = counts.get_mut((bucket << 8) | second) {
                    *count += 1;
                }
                // Each entry moves towards the front, never onto one that is still to be read.
                self.rests.copy_within(from + 1..from + old_width, index * width);
            }
        }
        self.rests.truncate(count * width);
        self.rests.shrink_to_fit();
        self.bucket_octets = 2;
        self.offsets = counts;
        self.begin_placing();
    }

    /// For few entries with dates, for very long serial numbers, and for numbers that hardly vary: one huge bucket.
    fn sort_by_index(&mut self, start: usize, end: usize) {
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

/// Up to 16 octets as a big-endian number.
#[inline]
fn as_number(octets: &[u8]) -> u128 {
    let mut padded = [0; 16];
    if let Some(place) = padded.get_mut(16 - octets.len().min(16)..) {
        place.copy_from_slice(octets);
    }
    u128::from_be_bytes(padded)
}
