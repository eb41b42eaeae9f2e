//! Putting many keys into their buckets in two steps.
//!
//! Placed one by one into tens of thousands of buckets, nearly every key would miss the processor's caches of memory and
//! of addresses. So they are appended to 256 partitions first, and then each partition, small enough for the caches, is
//! divided into its buckets in place.

use super::key::Keying;

pub(super) const PARTITIONS: usize = 256;

/// Keys by their first octet, written as the octets after it.
pub(super) struct Partitioned {
    keying: Keying,
    /// Where each partition begins, by entry; one more at the end.
    beginnings: Vec<u32>,
    /// Where the next entry of each goes.
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

    /// The keying must give at least 8 bits to buckets.
    pub(super) fn begin(counts: &[u32; PARTITIONS], keying: Keying) -> Self {
        let mut beginnings = Vec::with_capacity(PARTITIONS + 1);
        let mut sum = 0_u32;
        for count in counts {
            beginnings.push(sum);
            sum = sum.saturating_add(*count);
        }
        beginnings.push(sum);
        let rest_length = keying.octets() - 1;
        Self {
            keying,
            next: beginnings.clone(),
            beginnings,
            rests: vec![0; sum as usize * rest_length],
            reasons: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn add(&mut self, key: u128, reason: u8) {
        let Some(next) = self.next.get_mut(Self::of_key(key)) else {
            return;
        };
        let index = *next as usize;
        *next += 1;
        put_number(&mut self.rests, index, self.keying.octets() - 1, key << 8);
        if reason != 0 {
            if self.reasons.is_empty() {
                let count = self.beginnings.last().map_or(0, |count| *count as usize);
                self.reasons = vec![0; count.div_ceil(2)];
            }
            set_reason(&mut self.reasons, index, reason);
        }
    }

    /// Where each bucket begins, the rests, and the reasons.
    pub(super) fn end(mut self) -> (Vec<u32>, Vec<u8>, Vec<u8>) {
        let bits_within = self.keying.bucket_bits.saturating_sub(8).min(16);
        let old_width = self.keying.octets() - 1;
        let width = self.keying.kept();
        let mut offsets = Vec::with_capacity(self.keying.bucket_count() + 1);
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
        for pair in self.beginnings.windows(2) {
            let [start, end] = *pair else { continue };
            let range = start as usize..end as usize;
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
            let mut sum = start;
            for place in &mut next {
                let count = *place;
                *place = sum;
                offsets.push(sum);
                sum += count;
            }
            // What is written never lies behind what has been read: rests only become shorter.
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
        let count = self.beginnings.last().copied().unwrap_or_default();
        offsets.push(count);
        self.rests.truncate(count as usize * width);
        self.rests.shrink_to_fit();
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
