//! Serial numbers as evenly spread keys of up to 128 bits.

/// A serial number of up to 32 octets as two numbers: the octets before the last sixteen, and the last sixteen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) high: u128,
    pub(super) low: u128,
}

impl Value {
    pub(super) const ZERO: Self = Self { high: 0, low: 0 };

    #[inline]
    pub(super) const fn xor(self, other: Self) -> Self {
        Self {
            high: self.high ^ other.high,
            low: self.low ^ other.low,
        }
    }

    #[inline]
    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            high: self.high | other.high,
            low: self.low | other.low,
        }
    }

    #[inline]
    pub(super) fn of(octets: &[u8]) -> Self {
        if let (Some(front), Some(back)) = (octets.first_chunk::<16>(), octets.last_chunk::<16>()) {
            let surplus = octets.len() - 16;
            return Self {
                high: first_bits(u128::from_be_bytes(*front), 8 * surplus),
                low: u128::from_be_bytes(*back),
            };
        }
        // Where the two halves overlap they say the same.
        if let (Some(front), Some(back)) = (octets.first_chunk::<8>(), octets.last_chunk::<8>()) {
            let front = u128::from(u64::from_be_bytes(*front)) << (8 * (octets.len() - 8));
            return Self {
                high: 0,
                low: front | u128::from(u64::from_be_bytes(*back)),
            };
        }
        Self {
            high: 0,
            low: octets
                .iter()
                .fold(0, |number, octet| (number << 8) | u128::from(*octet)),
        }
    }

    /// How many leading octets of numbers of this length are equal when they differ in these bits at most.
    pub(super) fn equal_octets(differing: Self, length: usize) -> usize {
        let in_high = length.saturating_sub(16);
        let leading = |bits: u128, octets: usize| octets.saturating_sub(bits.ilog2() as usize / 8 + 1);
        if differing.high != 0 {
            leading(differing.high, in_high)
        } else if differing.low != 0 {
            in_high + leading(differing.low, length.min(16))
        } else {
            length
        }
    }
}

/// The multipliers that spread the keys of one set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Factors(pub(super) [u128; 3]);

impl Factors {
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        let (one, other) = seed.split_at(16);
        let number = |octets: &[u8]| {
            octets
                .iter()
                .fold(0_u128, |sum, octet| (sum << 8) | u128::from(*octet))
        };
        let (one, other) = (number(one), number(other));
        // An odd factor loses nothing: the product tells which number was multiplied.
        Self([one | 1, other | 1, (one.rotate_left(64) ^ other) | 1])
    }
}

/// How the numbers of one group become keys.
///
/// Numbers whose varying part has up to 16 octets have different keys: a key is the varying part in another order. What
/// is longer is condensed into 128 bits; two given numbers then have the same key with a probability of about 2⁻¹²⁸.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keying {
    /// Octets that vary.
    varying: usize,
    /// Bits that pick the bucket.
    pub(super) bucket_bits: u32,
    factors: Factors,
}

impl Keying {
    /// A single bucket.
    pub(super) const fn new(varying: usize, factors: Factors) -> Self {
        Self {
            varying,
            bucket_bits: 0,
            factors,
        }
    }

    /// The same keys in buckets of 8 to 16 on average.
    pub(super) fn for_count(self, count: usize) -> Self {
        let wanted = (count / 8).checked_ilog2().unwrap_or(0);
        Self {
            bucket_bits: wanted.min(Self::most_bucket_bits(self.varying)),
            ..self
        }
    }

    /// As it was stored; `None` when it cannot have been.
    pub(super) fn stored(varying: usize, bucket_bits: usize, factors: Factors) -> Option<Self> {
        let bucket_bits = u32::try_from(bucket_bits).ok()?;
        (bucket_bits <= Self::most_bucket_bits(varying)).then_some(Self {
            varying,
            bucket_bits,
            factors,
        })
    }

    fn most_bucket_bits(varying: usize) -> u32 {
        const MOST: u32 = 24;
        u32::try_from(8 * varying).unwrap_or(MOST).min(MOST)
    }

    pub(super) const fn varying(&self) -> usize {
        self.varying
    }

    /// Octets of a key.
    pub(super) const fn octets(&self) -> usize {
        if self.varying < 16 { self.varying } else { 16 }
    }

    pub(super) const fn bucket_count(&self) -> usize {
        1 << self.bucket_bits
    }

    /// Octets of a key that its bucket tells.
    const fn told_by_bucket(&self) -> usize {
        self.bucket_bits as usize / 8
    }

    /// Octets of a key that have to be kept.
    pub(super) const fn kept(&self) -> usize {
        self.octets() - self.told_by_bucket()
    }

    /// The key, its first bit the highest.
    #[inline]
    pub(super) fn key(&self, value: &Value) -> u128 {
        let Factors([low, high, folded]) = self.factors;
        let product = value.low.wrapping_mul(low);
        if self.varying <= 16 {
            last_bits_first(product, 8 * self.varying)
        } else {
            let part = value.high & (u128::MAX >> (128 - 8 * (self.varying - 16).min(16)));
            let part = part.wrapping_mul(high);
            product.wrapping_add((part ^ (part >> 64)).wrapping_mul(folded))
        }
    }

    #[inline]
    pub(super) fn bucket(&self, key: u128) -> usize {
        first_bits(key, self.bucket_bits as usize) as usize
    }

    /// The octets to keep come first.
    #[inline]
    pub(super) fn rest(&self, key: u128) -> [u8; 16] {
        (key << (8 * self.told_by_bucket())).to_be_bytes()
    }
}

/// The first `count` bits as a number; at most 128.
#[inline]
const fn first_bits(number: u128, count: usize) -> u128 {
    if count == 0 { 0 } else { number >> (128 - count) }
}

/// The last `count` bits moved to the front; at most 128.
#[inline]
const fn last_bits_first(number: u128, count: usize) -> u128 {
    if count == 0 { 0 } else { number << (128 - count) }
}
