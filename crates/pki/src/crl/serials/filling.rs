//! A group that entries are added to.

use super::Details;
use super::group::Group;
use super::key::{Keying, Value};
use super::partitioned::{PARTITIONS, Partitioned};

/// Groups of fewer entries are gathered and then put in order; larger ones are placed as they are walked.
pub(super) const PLACED_AT_ONCE: usize = 8_192;

/// The group being filled.
pub(super) struct Filling {
    pub(super) group: Group,
    contents: Contents,
}

enum Contents {
    /// At most so many.
    Gathered(Vec<(u128, Details)>, usize),
    Partitioned(Partitioned),
}

impl Filling {
    /// For exactly `count` numbers like `first`, spread over the partitions like this; no partitions when dates are kept.
    pub(super) fn counted(
        first: &[u8],
        keying: Keying,
        count: usize,
        partitions: Option<&[u32; PARTITIONS]>,
    ) -> Self {
        let contents = match partitions {
            Some(partitions) if count >= PLACED_AT_ONCE && keying.varying() >= 2 => {
                Contents::Partitioned(Partitioned::with_counts(partitions, keying.octets()))
            }
            _ => Contents::Gathered(Vec::with_capacity(count), count),
        };
        Self::new(first, keying, contents)
    }

    /// For about `expected` numbers like `first`.
    pub(super) fn expecting(first: &[u8], keying: Keying, expected: usize) -> Self {
        let partitioned = (expected >= 2 * PLACED_AT_ONCE && keying.varying() >= 2)
            .then(|| Partitioned::with_room_for(expected, keying.octets()))
            .flatten();
        let contents = partitioned.map_or_else(
            || Contents::Gathered(Vec::new(), 4 * PLACED_AT_ONCE),
            Contents::Partitioned,
        );
        Self::new(first, keying, contents)
    }

    fn new(first: &[u8], keying: Keying, contents: Contents) -> Self {
        let shared = first.len().saturating_sub(keying.varying());
        Self {
            group: Group {
                length: shared + keying.varying(),
                shared: first.get(..shared).unwrap_or_default().to_vec(),
                keying,
                ..Group::default()
            },
            contents,
        }
    }

    /// Adds a number; says whether there was room for it.
    #[inline]
    pub(super) fn add(&mut self, octets: &[u8], details: Details) -> bool {
        let key = self.group.keying.key(&Value::of(octets));
        match &mut self.contents {
            Contents::Partitioned(partitioned) => partitioned.add(key, details.reason),
            Contents::Gathered(gathered, most) => {
                let has_room = gathered.len() < *most;
                if has_room {
                    gathered.push((key, details));
                }
                has_room
            }
        }
    }

    pub(super) fn end(mut self, has_dates: bool) -> Group {
        match self.contents {
            Contents::Partitioned(partitioned) => {
                self.group.keying = self.group.keying.for_count(partitioned.len().max(PLACED_AT_ONCE));
                (self.group.offsets, self.group.rests, self.group.reasons) =
                    partitioned.end(&self.group.keying);
            }
            Contents::Gathered(gathered, _) => {
                self.group.keying = self.group.keying.for_count(gathered.len());
                self.group.take(&gathered, has_dates);
            }
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
