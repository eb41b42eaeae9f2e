//! Putting many keys into their buckets in two steps.
//!
//! Placed one by one into tens of thousands of buckets, nearly every key would miss the processor's caches of memory and
//! of addresses. So they are appended to 256 partitions first, and then each partition, small enough for the caches, is
//! divided into its buckets in place.

use super::key::Keying;

pub(super) const PARTITIONS: usize = 256;

/// Keys by their first octet, written as the octets after it.
pub(super) struct Partitioned {
    rest_octets: usize,
    /// Where each partition begins, by entry; one more at the end.
    beginnings: Vec<u32>,
    /// Where the next entry of each goes, at most to where the next partition begins.
    next: Vec<u32>,
    rests: Vec<u8>,
    /// As in a group.
    reasons: Vec<u8>,
}

impl Partitioned {
    #[inline]
    pub(super) const fn of_key(key: u128) -> usize {
        (key >> 120) as usize
    }

    /// Partitions that hold exactly so many keys each, of this many octets.
    pub(super) fn with_counts(counts: &[u32; PARTITIONS], octets: usize) -> Self {
        let mut beginnings = Vec::with_capacity(PARTITIONS + 1);
        let mut sum = 0_u32;
        for count in counts {
            beginnings.push(sum);
            sum = sum.saturating_add(*count);
        }
        beginnings.push(sum);
        Self::new(beginnings, octets)
    }

    /// Partitions with room for about this many evenly spread keys; `None` when there are too many to be counted.
    pub(super) fn with_room_for(expected: usize, octets: usize) -> Option<Self> {
        let mean = expected.div_ceil(PARTITIONS);
        // Room that is not used is never touched, so it takes no memory.
        let room = (mean + mean / 32 + 8 * mean.isqrt() + 64).next_multiple_of(2);
        let beginnings = (0..=PARTITIONS).map(|partition| u32::try_from(partition * room));
        let beginnings = beginnings.collect::<Result<Vec<u32>, _>>().ok()?;
        Some(Self::new(beginnings, octets))
    }

    fn new(beginnings: Vec<u32>, octets: usize) -> Self {
        let rest_octets = octets.saturating_sub(1);
        let room = beginnings.last().map_or(0, |room| *room as usize);
        Self {
            rest_octets,
            rests: vec![0; room * rest_octets],
            reasons: Vec::new(),
            next: beginnings.clone(),
            beginnings,
        }
    }

    /// Appends a key; says whether there was room for it.
    #[inline]
    pub(super) fn add(&mut self, key: u128, reason: u8) -> bool {
        let partition = Self::of_key(key);
        let (Some(next), Some(end)) = (self.next.get_mut(partition), self.beginnings.get(partition + 1))
        else {
            return false;
        };
        if next == end {
            return false;
        }
        let index = *next as usize;
        *next += 1;
        put_number(&mut self.rests, index, self.rest_octets, key << 8);
        if reason != 0 {
            if self.reasons.is_empty() {
                let room = self.beginnings.last().map_or(0, |room| *room as usize);
                self.reasons = vec![0; room.div_ceil(2)];
            }
            set_reason(&mut self.reasons, index, reason);
        }
        true
    }

    /// How many keys were added.
    pub(super) fn len(&self) -> usize {
        let used = self.next.iter().zip(&self.beginnings);
        used.map(|(next, beginning)| (next - beginning) as usize).sum()
    }

    /// Where each bucket begins, the rests, and the reasons.
    ///
    /// The keying must give 8 bits or more to buckets.
    pub(super) fn end(mut self, keying: &Keying) -> (Vec<u32>, Vec<u8>, Vec<u8>) {
        let bits_within = keying.bucket_bits.saturating_sub(8).min(16);
        let (old_width, width) = (self.rest_octets, keying.kept());
        let mut offsets = Vec::with_capacity(keying.bucket_count() + 1);
        let mut next = vec![0_u32; 1 << bits_within];
        let (mut scratch, mut scratch_reasons) = (Vec::new(), Vec::new());
        let bucket_of = |rest: &[u8]| {
            let two = match rest {
                [first, second, ..] => [*first, *second],
                [first] => [*first, 0],
                [] => [0, 0],
            };
            usize::from(u16::from_be_bytes(two)) >> (16 - bits_within)
        };
        let mut sum = 0_u32;
        for (start, end) in self.beginnings.iter().zip(&self.next).take(PARTITIONS) {
            let range = *start as usize..*end as usize;
            scratch.clear();
            let part = self.rests.get(range.start * old_width..range.end * old_width);
            scratch.extend_from_slice(part.unwrap_or_default());
            scratch_reasons.clear();
            if !self.reasons.is_empty() {
                scratch_reasons.extend(range.clone().map(|index| reason_at(&self.reasons, index)));
            }
            next.fill(0);
            for rest in scratch.chunks_exact(old_width) {
                if let Some(count) = next.get_mut(bucket_of(rest)) {
                    *count += 1;
                }
            }
            for place in &mut next {
                let count = *place;
                *place = sum;
                offsets.push(sum);
                sum += count;
            }
            // What is written never lies behind what has been read: everything only moves forward.
            for (position, rest) in scratch.chunks_exact(old_width).enumerate() {
                let Some(place) = next.get_mut(bucket_of(rest)) else {
                    continue;
                };
                let index = *place as usize;
                *place += 1;
                let kept = rest.get(old_width - width..).unwrap_or_default();
                put(&mut self.rests, index, width, kept);
                if let Some(reason) = scratch_reasons.get(position) {
                    clear_reason(&mut self.reasons, index);
                    set_reason(&mut self.reasons, index, *reason);
                }
            }
        }
        offsets.push(sum);
        self.rests.truncate(sum as usize * width);
        self.rests.shrink_to_fit();
        self.reasons.truncate(sum.div_ceil(2) as usize);
        self.reasons.shrink_to_fit();
        (offsets, self.rests, self.reasons)
    }
}

fn reason_at(reasons: &[u8], index: usize) -> u8 {
    let pair = reasons.get(index / 2).copied().unwrap_or_default();
    (pair >> (4 * (index % 2))) & 0x0f
}

#[inline]
fn clear_reason(reasons: &mut [u8], index: usize) {
    if let Some(pair) = reasons.get_mut(index / 2) {
        *pair &= 0xf0 >> (4 * (index % 2));
    }
}

#[inline]
fn set_reason(reasons: &mut [u8], index: usize, reason: u8) {
    if let Some(pair) = reasons.get_mut(index / 2) {
        *pair |= reason << (4 * (index % 2));
    }
}

/// Writes the first `width` octets of `number`, big-endian, as the entry of this index.
#[inline]
fn put_number(rests: &mut [u8], index: usize, width: usize, number: u128) {
    let Some(place) = rests.get_mut(index * width..(index + 1) * width) else {
        return;
    };
    // From registers: octets that were just written to memory could not be read again at once in other pieces.
    let (front, back) = (
        (number >> 64) as u64,
        (number >> (128 - 8 * width.clamp(8, 16))) as u64,
    );
    if width >= 8 {
        if let Some(place) = place.first_chunk_mut::<8>() {
            *place = front.to_be_bytes();
        }
        if let Some(place) = place.last_chunk_mut::<8>() {
            *place = back.to_be_bytes();
        }
    } else {
        for (octet, value) in place.iter_mut().zip(front.to_be_bytes()) {
            *octet = value;
        }
    }
}

/// Writes the first `width` octets of `rest` as the entry of this index.
#[inline]
fn put(rests: &mut [u8], index: usize, width: usize, rest: &[u8]) {
    let (Some(place), Some(rest)) = (
        rests.get_mut(index * width..(index + 1) * width),
        rest.get(..width),
    ) else {
        return;
    };
    // Two halves that may overlap: moves of a known length need no call.
    if let (Some(front), Some(back)) = (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
        if let Some(place) = place.first_chunk_mut::<8>() {
            *place = *front;
        }
        if let Some(place) = place.last_chunk_mut::<8>() {
            *place = *back;
        }
    } else {
        place.copy_from_slice(rest);
    }
}
