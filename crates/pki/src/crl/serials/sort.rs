//! Sorting the entries within their buckets, and splitting the buckets of a large group.

use super::{Details, Group};

/// From this many entries on a group has 65 536 buckets: their table then takes less than the octets it saves.
const TWO_OCTET_BUCKETS: usize = 262_144;

impl Group {
    pub(super) fn sort_buckets(&mut self) {
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
            let [front @ .., reason] = &octets;
            self.put(index, front, *reason);
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
            let [front @ .., reason] = &octets;
            self.put(index, front, *reason);
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
    pub(super) fn split_buckets(&mut self) {
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
