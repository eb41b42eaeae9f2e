//! Building the set from the entries of a CRL, walked in place: once to count, once to place.

use super::group::Group;
use super::key::{Factors, Keying, Value};
use super::partitioned::{PARTITIONS, Partitioned};
use super::{Details, MAX_ENTRIES_WITH_DATES, MAX_GROUPED_LENGTH, SerialSet};
use crate::SerialNumber;
use crate::asn1::DerError;
use crate::crl::RevocationReason;
use crate::crl::entries::{CrlEntries, CrlEntry};

/// How many entries are looked at to guess what the others are like.
const SAMPLE: usize = 256;

/// Groups of fewer entries are gathered and then put in order; larger ones are placed as they are walked.
const PLACED_AT_ONCE: usize = 8_192;

/// Serial numbers by their length.
type ByLength<T> = [T; MAX_GROUPED_LENGTH + 1];

/// What is known about the serial numbers of one length.
struct Tally<'a> {
    count: usize,
    first: &'a [u8],
    first_value: Value,
    /// The bits in which any differs from the first.
    differing: Value,
    /// How they are keyed, as far as guessed, and how many keys then lie in each partition.
    keying: Keying,
    partitions: [u32; PARTITIONS],
}

impl<'a> Tally<'a> {
    const fn new(keying: Keying) -> Self {
        Self {
            count: 0,
            first: &[],
            first_value: Value::ZERO,
            differing: Value::ZERO,
            keying,
            partitions: [0; PARTITIONS],
        }
    }

    #[inline]
    fn add(&mut self, octets: &'a [u8]) {
        let value = Value::of(octets);
        if self.count == 0 {
            self.first = octets;
            self.first_value = value;
        }
        self.count += 1;
        self.differing = self.differing.or(value.xor(self.first_value));
        self.count_partition(&value);
    }

    #[inline]
    fn count_partition(&mut self, value: &Value) {
        if let Some(count) = self
            .partitions
            .get_mut(Partitioned::of_key(self.keying.key(value)))
        {
            *count += 1;
        }
    }

    fn varying(&self) -> usize {
        self.first.len() - Value::equal_octets(self.differing, self.first.len())
    }
}

/// A group being filled.
struct Filling {
    group: Group,
    contents: Contents,
}

enum Contents {
    Gathered(Vec<(u128, Details)>),
    Partitioned(Partitioned),
}

impl SerialSet {
    /// Reads every entry of revokedCertificates. The keys are spread by `seed`. An entry that names another issuer is an
    /// error: this is the set of one issuer.
    pub(crate) fn build(entries: &[u8], seed: &[u8; 32]) -> Result<Self, DerError> {
        let factors = Factors::from_seed(seed);
        let (tallies, count) = tallies(entries, factors)?;
        if u32::try_from(count).is_err() {
            return Err(DerError::Value("more entries than can be counted"));
        }
        let has_dates = count <= MAX_ENTRIES_WITH_DATES;
        let mut fillings = tallies.map(|tally| (tally.count > 0).then(|| Filling::begin(&tally, has_dates)));
        let mut others = Vec::new();
        let mut walk = CrlEntries::new(entries);
        while let Some(entry) = walk.next()? {
            let reason = match entry.usual_reason() {
                Some(reason) => reason,
                None => reason_for_own_certificate(&entry)?,
            };
            let details = Details {
                reason: reason.code(),
                date: if has_dates { entry.date()?.as_second() } else { 0 },
            };
            match grouped(entry.serial) {
                Some(octets) => {
                    if let Some(Some(filling)) = fillings.get_mut(octets.len()) {
                        filling.add(octets, details);
                    }
                }
                None => others.push((SerialNumber::from_der_integer(entry.serial), details)),
            }
        }
        others.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Self {
            factors,
            groups: fillings
                .into_iter()
                .flatten()
                .map(|filling| filling.end(has_dates))
                .collect(),
            others,
            has_dates,
        })
    }
}

/// Counts the entries by length and partition, and all of them together.
fn tallies(entries: &[u8], factors: Factors) -> Result<(ByLength<Tally<'_>>, usize), DerError> {
    let fresh = |keyings: ByLength<Keying>| keyings.map(Tally::new);
    let unknown = [Keying::new(0, factors); MAX_GROUPED_LENGTH + 1];
    let mut sample = fresh(unknown);
    tally(entries, &mut sample, SAMPLE)?;
    // What the first entries share, the others nearly always share as well, or else nobody does.
    let mut tallies = fresh(sample.map(|tally| Keying::new(tally.varying(), factors)));
    let count = tally(entries, &mut tallies, usize::MAX)?;
    let mut counted_wrong = false;
    for tally in &mut tallies {
        let varying = tally.varying();
        if tally.keying.varying() != varying {
            tally.keying = Keying::new(varying, factors);
            counted_wrong |= tally.count >= PLACED_AT_ONCE;
        }
    }
    if counted_wrong {
        recount(entries, &mut tallies)?;
    }
    Ok((tallies, count))
}

/// Adds up to `most` entries and says how many there were.
fn tally<'a>(entries: &'a [u8], tallies: &mut ByLength<Tally<'a>>, most: usize) -> Result<usize, DerError> {
    let mut count = 0;
    let mut walk = CrlEntries::new(entries);
    while count < most
        && let Some(entry) = walk.next()?
    {
        count += 1;
        if let Some(octets) = grouped(entry.serial)
            && let Some(tally) = tallies.get_mut(octets.len())
        {
            tally.add(octets);
        }
    }
    Ok(count)
}

/// Counts the partitions anew, by what is known by now.
#[cold]
fn recount<'a>(entries: &'a [u8], tallies: &mut ByLength<Tally<'a>>) -> Result<(), DerError> {
    for tally in tallies.iter_mut() {
        tally.partitions = [0; PARTITIONS];
    }
    let mut walk = CrlEntries::new(entries);
    while let Some(entry) = walk.next()? {
        if let Some(octets) = grouped(entry.serial)
            && let Some(tally) = tallies.get_mut(octets.len())
        {
            tally.count_partition(&Value::of(octets));
        }
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

impl Filling {
    fn begin(tally: &Tally<'_>, has_dates: bool) -> Self {
        let shared = tally.first.len() - tally.keying.varying();
        let group = Group {
            length: tally.first.len(),
            shared: tally.first.get(..shared).unwrap_or_default().to_vec(),
            keying: tally.keying.for_count(tally.count),
            ..Group::default()
        };
        let is_gathered = has_dates || tally.count < PLACED_AT_ONCE || tally.keying.varying() < 2;
        Self {
            contents: if is_gathered {
                Contents::Gathered(Vec::with_capacity(tally.count))
            } else {
                Contents::Partitioned(Partitioned::begin(&tally.partitions, group.keying))
            },
            group,
        }
    }

    #[inline]
    fn add(&mut self, octets: &[u8], details: Details) {
        let key = self.group.keying.key(&Value::of(octets));
        match &mut self.contents {
            Contents::Partitioned(partitioned) => partitioned.add(key, details.reason),
            Contents::Gathered(gathered) => gathered.push((key, details)),
        }
    }

    fn end(mut self, has_dates: bool) -> Group {
        match self.contents {
            Contents::Partitioned(partitioned) => {
                (self.group.offsets, self.group.rests, self.group.reasons) = partitioned.end();
            }
            Contents::Gathered(gathered) => self.group.take(&gathered, has_dates),
        }
        self.group
    }
}

impl Group {
    /// Takes entries over and puts them in order.
    fn take(&mut self, gathered: &[(u128, Details)], has_dates: bool) {
        let mut order: Vec<u32> = (0..).take(gathered.len()).collect();
        let bucket = |index: &u32| {
            let entry = gathered.get(*index as usize);
            entry.map_or(0, |(key, _)| self.keying.bucket(*key))
        };
        order.sort_by_key(bucket);
        self.offsets = vec![0; self.keying.bucket_count() + 1];
        for index in &order {
            if let Some(count) = self.offsets.get_mut(bucket(index) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for offset in &mut self.offsets {
            sum += *offset;
            *offset = sum;
        }
        let has_reasons = gathered.iter().any(|(_, details)| details.reason != 0);
        self.reasons = vec![
            0;
            if has_reasons {
                gathered.len().div_ceil(2)
            } else {
                0
            }
        ];
        let in_order = order.iter().filter_map(|index| gathered.get(*index as usize));
        for (index, (key, details)) in in_order.enumerate() {
            let rest = self.keying.rest(*key);
            self.rests
                .extend(rest.get(..self.keying.kept()).unwrap_or_default());
            if let Some(pair) = self.reasons.get_mut(index / 2) {
                *pair |= details.reason << (4 * (index % 2));
            }
            if has_dates {
                self.dates.push(details.date);
            }
        }
        self.rests.shrink_to_fit();
        self.dates.shrink_to_fit();
    }
}
