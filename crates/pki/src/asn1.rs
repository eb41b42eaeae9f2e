//! A reader of DER over borrowed bytes: definite minimal lengths, low tag numbers, no recursion, no allocation.
//!
//! Source: X.690 §8, §10. Anything that is not DER is an error, never a guess.

pub(crate) mod oid;
pub(crate) mod text;
pub(crate) mod time;

/// Why bytes are not the DER that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DerError {
    /// The bytes end inside an element.
    #[error("the bytes end inside an element")]
    Truncated,
    /// A length is indefinite, longer than four octets or not minimal.
    #[error("a length is not in its shortest definite form")]
    Length,
    /// Another element was expected here.
    #[error("found tag {found:#04x} where {expected:#04x} belongs")]
    Tag {
        /// The identifier octet that belongs here.
        expected: u8,
        /// The identifier octet found.
        found: u8,
    },
    /// Bytes follow where the structure should end.
    #[error("bytes follow after the end of the structure")]
    Trailing,
    /// An element has contents that its type does not allow.
    #[error("{0}")]
    Value(&'static str),
}

pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;

    /// `[number]` primitive.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[number]` constructed.
    pub(crate) const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One element: identifier octet, contents, and the whole encoding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) contents: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// Walks a run of elements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn peek_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element.
    #[inline]
    pub(crate) fn element(&mut self) -> Result<Element<'a>, DerError> {
        let bytes = self.rest;
        let (tag, first) = match bytes {
            [tag, first, ..] => (*tag, *first),
            _ => return Err(DerError::Truncated),
        };
        if tag & 0x1f == 0x1f {
            return Err(DerError::Value("a tag number above 30"));
        }
        let (header, length) = if first < 0x80 {
            (2, usize::from(first))
        } else {
            let octets = usize::from(first & 0x7f);
            if octets == 0 || octets > 4 {
                return Err(DerError::Length);
            }
            let encoded = bytes.get(2..2 + octets).ok_or(DerError::Truncated)?;
            let length = encoded
                .iter()
                .fold(0_usize, |sum, octet| (sum << 8) | usize::from(*octet));
            if encoded.first() == Some(&0) || length < 0x80 {
                return Err(DerError::Length);
            }
            (2 + octets, length)
        };
        let end = header.checked_add(length).ok_or(DerError::Length)?;
        let (whole, rest) = bytes.split_at_checked(end).ok_or(DerError::Truncated)?;
        self.rest = rest;
        Ok(Element {
            tag,
            contents: whole.get(header..).unwrap_or_default(),
            whole,
        })
    }

    /// The contents of the next element, which must carry this tag.
    #[inline]
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], DerError> {
        self.expect_element(tag).map(|element| element.contents)
    }

    /// The next element, which must carry this tag.
    #[inline]
    pub(crate) fn expect_element(&mut self, tag: u8) -> Result<Element<'a>, DerError> {
        let element = self.element()?;
        if element.tag == tag {
            Ok(element)
        } else {
            Err(DerError::Tag {
                expected: tag,
                found: element.tag,
            })
        }
    }

    /// The next element when it carries this tag.
    #[inline]
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, DerError> {
        if self.peek_tag() == Some(tag) {
            self.expect(tag).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(crate) fn sequence(&mut self) -> Result<Self, DerError> {
        self.expect(tag::SEQUENCE).map(Self::new)
    }

    /// A BOOLEAN that may be left out.
    pub(crate) fn optional_boolean(&mut self) -> Result<Option<bool>, DerError> {
        self.optional(tag::BOOLEAN)?.map(boolean).transpose()
    }

    /// An INTEGER between 0 and `u32::MAX` that may be left out.
    pub(crate) fn optional_small_integer(&mut self) -> Result<Option<u32>, DerError> {
        self.optional(tag::INTEGER)?.map(small_integer).transpose()
    }

    /// Nothing may follow.
    pub(crate) fn finish(self) -> Result<(), DerError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DerError::Trailing)
        }
    }
}

/// The only element of `bytes`, which must carry this tag.
pub(crate) fn single(bytes: &[u8], tag: u8) -> Result<&[u8], DerError> {
    let mut reader = Reader::new(bytes);
    let contents = reader.expect(tag)?;
    reader.finish()?;
    Ok(contents)
}

pub(crate) fn boolean(contents: &[u8]) -> Result<bool, DerError> {
    match contents {
        [0x00] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(DerError::Value("a BOOLEAN that is neither 00 nor FF")),
    }
}

/// Checks that the contents of an INTEGER are in their shortest form.
pub(crate) fn integer(contents: &[u8]) -> Result<&[u8], DerError> {
    match contents {
        [] => Err(DerError::Value("an INTEGER without octets")),
        [0x00, second, ..] if *second < 0x80 => {
            Err(DerError::Value("an INTEGER with a needless leading octet"))
        }
        [0xff, second, ..] if *second >= 0x80 => {
            Err(DerError::Value("an INTEGER with a needless leading octet"))
        }
        _ => Ok(contents),
    }
}

/// A non-negative INTEGER as `u32`; greater values saturate (they only ever bound a depth).
pub(crate) fn small_integer(contents: &[u8]) -> Result<u32, DerError> {
    let contents = integer(contents)?;
    if contents.first().is_some_and(|first| *first >= 0x80) {
        return Err(DerError::Value("a negative INTEGER where a count belongs"));
    }
    Ok(contents.iter().fold(0_u32, |sum, octet| {
        sum.checked_mul(256)
            .map_or(u32::MAX, |shifted| shifted.saturating_add(u32::from(*octet)))
    }))
}

/// The octets of a BIT STRING that holds whole octets.
pub(crate) fn octet_aligned_bits(contents: &[u8]) -> Result<&[u8], DerError> {
    match contents.split_first() {
        Some((0, octets)) => Ok(octets),
        _ => Err(DerError::Value("a BIT STRING that does not hold whole octets")),
    }
}

/// A named-bit BIT STRING as its first sixteen bits, bit 0 lowest.
pub(crate) fn named_bits(contents: &[u8]) -> Result<u16, DerError> {
    let Some((unused, octets)) = contents.split_first() else {
        return Err(DerError::Value("a BIT STRING without octets"));
    };
    if *unused > 7 || (octets.is_empty() && *unused != 0) {
        return Err(DerError::Value("a BIT STRING with a wrong count of unused bits"));
    }
    if let Some(last) = octets.last() {
        let mask = (1_u16 << unused) - 1;
        if u16::from(*last) & mask != 0 {
            return Err(DerError::Value("a BIT STRING with unused bits set"));
        }
    }
    Ok(octets.iter().take(2).enumerate().fold(0, |bits, (index, octet)| {
        bits | (u16::from(octet.reverse_bits()) << (8 * index))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_must_be_minimal_and_definite() {
        assert_eq!(
            Reader::new(&[0x04, 0x80]).element().unwrap_err(),
            DerError::Length
        );
        assert_eq!(
            Reader::new(&[0x04, 0x81, 0x01, 0]).element().unwrap_err(),
            DerError::Length
        );
        assert_eq!(
            Reader::new(&[0x04, 0x02, 0]).element().unwrap_err(),
            DerError::Truncated
        );
        assert_eq!(
            Reader::new(&[0x04, 0x85, 1, 1, 1, 1, 1]).element().unwrap_err(),
            DerError::Length
        );
    }

    #[test]
    fn integers_saturate_and_refuse_negatives() {
        assert_eq!(small_integer(&[0x7f]), Ok(127));
        assert_eq!(small_integer(&[0x01, 0, 0, 0, 0]), Ok(u32::MAX));
        assert!(small_integer(&[0xff]).is_err());
        assert!(integer(&[0, 1]).is_err());
    }

    #[test]
    fn named_bits_count_from_the_most_significant() {
        assert_eq!(named_bits(&[0x07, 0x80]), Ok(1));
        assert_eq!(named_bits(&[0x01, 0x06]), Ok(0b110_0000));
        assert_eq!(named_bits(&[0x07, 0x00, 0x80]), Ok(1 << 8));
        assert!(named_bits(&[0x01, 0x07]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            let mut read = 0;
            while let Ok(element) = reader.element() {
                read += element.whole.len();
            }
            prop_assert!(read <= bytes.len());
        }
    }
}
