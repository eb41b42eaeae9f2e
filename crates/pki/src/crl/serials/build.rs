//! Building the set from the entries of a CRL, walked in place: once when all are like the first ones, else twice.

use super::filling::{Filling, PLACED_AT_ONCE};
use super::key::{Factors, Keying, Value};
use super::partitioned::{PARTITIONS, Partitioned};
use super::{Details, MAX_ENTRIES_WITH_DATES, MAX_GROUPED_LENGTH, SerialSet};
use crate::SerialNumber;
use crate::asn1::DerError;
use crate::crl::RevocationReason;
use crate::crl::entries::{CrlEntries, CrlEntry};

/// How many entries are looked at to guess what the others are like.
const SAMPLE: usize = 256;

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

impl SerialSet {
    /// Reads every entry of revokedCertificates. The keys are spread by `seed`. An entry that names another issuer is an
    /// error: this is the set of one issuer.
    pub(crate) fn build(entries: &[u8], seed: &[u8; 32]) -> Result<Self, DerError> {
        let factors = Factors::from_seed(seed);
        match build_by_expectation(entries, factors)? {
            Some(set) => Ok(set),
            None => build_by_count(entries, factors),
        }
    }
}

/// One walk, for many entries that are all like the first ones; `None` when they are few or turn out otherwise.
fn build_by_expectation(entries: &[u8], factors: Factors) -> Result<Option<SerialSet>, DerError> {
    const MANY: usize = 65_536;
    let mut sample = [Keying::new(0, factors); MAX_GROUPED_LENGTH + 1].map(Tally::new);
    let (looked_at, octets) = tally(entries, &mut sample, SAMPLE)?;
    let expected = |count: usize| entries.len().saturating_mul(count) / octets.max(1);
    if expected(looked_at) < MANY {
        return Ok(None);
    }
    let mut fillings = sample.map(|tally| {
        let keying = Keying::new(tally.varying(), factors);
        (tally.count > 0).then(|| Filling::expecting(tally.first, keying, expected(tally.count)))
    });
    let mut others = Vec::new();
    let mut walk = CrlEntries::new(entries);
    while let Some(entry) = walk.next()? {
        let details = Details {
            reason: reason_of(&entry)?.code(),
            date: 0,
        };
        let Some(octets) = grouped(entry.serial) else {
            others.push((SerialNumber::from_der_integer(entry.serial), details));
            continue;
        };
        let Some(place) = fillings.get_mut(octets.len()) else {
            continue;
        };
        let filling = place.get_or_insert_with(|| {
            // None of the first entries had this length: nothing is known about it.
            Filling::expecting(&[], Keying::new(octets.len(), factors), 0)
        });
        if !filling.group.shares(octets) || !filling.add(octets, details) {
            return Ok(None);
        }
    }
    let set = SerialSet::of(factors, fillings, others, false);
    Ok((set.len() > MAX_ENTRIES_WITH_DATES).then_some(set))
}

/// Two walks: one to count, one to place.
fn build_by_count(entries: &[u8], factors: Factors) -> Result<SerialSet, DerError> {
    let (tallies, count) = tallies(entries, factors)?;
    if u32::try_from(count).is_err() {
        return Err(DerError::Value("more entries than can be counted"));
    }
    let has_dates = count <= MAX_ENTRIES_WITH_DATES;
    let mut fillings = tallies.map(|tally| {
        let partitions = (!has_dates).then_some(&tally.partitions);
        (tally.count > 0).then(|| Filling::counted(tally.first, tally.keying, tally.count, partitions))
    });
    let mut others = Vec::new();
    let mut walk = CrlEntries::new(entries);
    while let Some(entry) = walk.next()? {
        let details = Details {
            reason: reason_of(&entry)?.code(),
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
    Ok(SerialSet::of(factors, fillings, others, has_dates))
}

impl SerialSet {
    fn of(
        factors: Factors,
        fillings: ByLength<Option<Filling>>,
        mut others: Vec<(SerialNumber, Details)>,
        has_dates: bool,
    ) -> Self {
        others.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let fillings = fillings.into_iter().flatten();
        Self {
            factors,
            groups: fillings.map(|filling| filling.end(has_dates)).collect(),
            others,
            has_dates,
        }
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
    let (count, _) = tally(entries, &mut tallies, usize::MAX)?;
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

/// Adds up to `most` entries and says how many there were, in how many octets.
fn tally<'a>(
    entries: &'a [u8],
    tallies: &mut ByLength<Tally<'a>>,
    most: usize,
) -> Result<(usize, usize), DerError> {
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
    Ok((count, entries.len() - walk.remaining()))
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

#[inline]
fn reason_of(entry: &CrlEntry<'_>) -> Result<RevocationReason, DerError> {
    match entry.usual_reason() {
        Some(reason) => Ok(reason),
        None => reason_for_own_certificate(entry),
    }
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
