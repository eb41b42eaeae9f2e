//! Building the set from the entries of a CRL, walked in place.

use super::{Details, Group, MAX_ENTRIES_WITH_DATES, MAX_GROUPED_LENGTH, SerialSet};
use crate::SerialNumber;
use crate::asn1::DerError;
use crate::crl::RevocationReason;
use crate::crl::entries::{CrlEntries, CrlEntry};

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
    pub(super) fn begin_placing(&mut self) {
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

    pub(super) fn set_details(&mut self, index: usize, details: Details) {
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
}
