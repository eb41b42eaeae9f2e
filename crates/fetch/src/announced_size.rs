//! What the first octets of a body say: is it DER at all, and how long will it be?

/// Reading of the first octets of a body that should be one DER SEQUENCE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Announced {
    /// Too few octets to tell.
    NotYet,
    /// A SEQUENCE of this many octets, its header included.
    Octets(u64),
    /// Not DER (PEM, HTML, a compressed body …).
    NotDer,
}

/// Reads tag and length; never more than ten octets.
pub(crate) fn announced_size(start: &[u8]) -> Announced {
    const SEQUENCE: u8 = 0x30;
    match start {
        [] => Announced::NotYet,
        [SEQUENCE] => Announced::NotYet,
        [SEQUENCE, short @ 0..=0x7f, ..] => Announced::Octets(u64::from(*short) + 2),
        [SEQUENCE, long @ 0x81..=0x88, rest @ ..] => {
            let count = usize::from(long & 0x0f);
            let Some(length) = rest.get(..count) else {
                return Announced::NotYet;
            };
            let value = length
                .iter()
                .fold(0_u64, |value, octet| (value << 8) | u64::from(*octet));
            Announced::Octets(value.saturating_add(2 + count as u64))
        }
        _ => Announced::NotDer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn first_octets_table() {
        for (start, expected) in [
            (&b""[..], Announced::NotYet),
            (b"\x30", Announced::NotYet),
            (b"\x30\x05", Announced::Octets(7)),
            (b"\x30\x82\x01", Announced::NotYet),
            (b"\x30\x82\x01\x00", Announced::Octets(260)),
            (b"\x30\x84\x0b\xeb\xc2\x00", Announced::Octets(200_000_006)),
            (
                b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff",
                Announced::Octets(u64::MAX),
            ),
            (b"\x30\x80", Announced::NotDer),
            (b"-----BEGIN X509 CRL-----", Announced::NotDer),
            (b"<!DOCTYPE html>", Announced::NotDer),
            (b"\x1f\x8b\x08", Announced::NotDer),
        ] {
            assert_eq!(announced_size(start), expected, "{start:02x?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_panic(start in proptest::collection::vec(any::<u8>(), 0..12)) {
            let _ = announced_size(&start);
        }
    }
}
