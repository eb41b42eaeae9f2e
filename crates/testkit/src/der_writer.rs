//! Just enough DER writing for revocation lists and the extensions that `rcgen` does not write.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const BOOLEAN: u8 = 0x01;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// One element: tag, length, the parts one after the other.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    push_length(&mut out, length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        out.push(length as u8);
        return;
    }
    let bytes = length.to_be_bytes();
    let significant: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    out.push(0x80 | significant.len() as u8);
    out.extend_from_slice(&significant);
}

/// A non-negative INTEGER from big-endian bytes.
pub(crate) fn unsigned_integer(big_endian: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = big_endian.iter().copied().skip_while(|byte| *byte == 0).collect();
    if bytes.first().is_none_or(|byte| byte & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    element(INTEGER, &[&bytes])
}

/// An OBJECT IDENTIFIER from dotted decimal; `None` when the text is not one.
pub(crate) fn object_identifier(dotted: &str) -> Option<Vec<u8>> {
    let oid: der::asn1::ObjectIdentifier = dotted.parse().ok()?;
    Some(element(OBJECT_IDENTIFIER, &[oid.as_bytes()]))
}

/// UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5).
pub(crate) fn time(at: Timestamp) -> Vec<u8> {
    let civil = at.to_zoned(TimeZone::UTC);
    if (1950..2050).contains(&civil.year()) {
        element(
            UTC_TIME,
            &[civil.strftime("%y%m%d%H%M%SZ").to_string().as_bytes()],
        )
    } else {
        element(
            GENERALIZED_TIME,
            &[civil.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes()],
        )
    }
}

/// One X.509 extension; `value` is the DER inside the OCTET STRING.
pub(crate) fn extension(oid_der: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical_der: &[u8] = if critical { &[BOOLEAN, 1, 0xff] } else { &[] };
    element(
        SEQUENCE,
        &[oid_der, critical_der, &element(OCTET_STRING, &[value])],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_short_and_the_long_form() {
        assert_eq!(element(OCTET_STRING, &[&[7; 127]])[..2], [4, 127]);
        assert_eq!(element(OCTET_STRING, &[&[7; 128]])[..3], [4, 0x81, 128]);
        assert_eq!(element(OCTET_STRING, &[&[7; 300]])[..4], [4, 0x82, 1, 44]);
    }

    #[test]
    fn integers_are_minimal_and_never_negative() {
        assert_eq!(unsigned_integer(&[]), [2, 1, 0]);
        assert_eq!(unsigned_integer(&[0, 0, 5]), [2, 1, 5]);
        assert_eq!(unsigned_integer(&[0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn the_form_of_a_time_follows_its_year() {
        assert_eq!(
            time("2049-12-31T23:59:59Z".parse().unwrap())[..15],
            *b"\x17\x0d491231235959Z"
        );
        assert_eq!(
            time("2050-01-01T00:00:00Z".parse().unwrap())[..17],
            *b"\x18\x0f20500101000000Z"
        );
    }
}
