//! Object identifiers: their contents octets as constants, and their dotted text.

use std::fmt::Write as _;

use super::DerError;

pub(crate) const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub(crate) const RSA_MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4];
pub(crate) const RSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
pub(crate) const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
pub(crate) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
pub(crate) const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
pub(crate) const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12];
pub(crate) const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13];
pub(crate) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
pub(crate) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
pub(crate) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
pub(crate) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub(crate) const CURVE_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
pub(crate) const CURVE_P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
pub(crate) const CURVE_P521: &[u8] = &[0x2b, 0x81, 4, 0, 0x23];
pub(crate) const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
pub(crate) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
pub(crate) const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
pub(crate) const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];

pub(crate) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];
pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
pub(crate) const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 17];
pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
pub(crate) const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
pub(crate) const REASON_CODE: &[u8] = &[0x55, 0x1d, 21];
pub(crate) const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 27];
pub(crate) const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
pub(crate) const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
pub(crate) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
pub(crate) const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
pub(crate) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
pub(crate) const ANY_POLICY: &[u8] = &[0x55, 0x1d, 32, 0];
pub(crate) const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
pub(crate) const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
pub(crate) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
pub(crate) const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37, 0];
pub(crate) const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
pub(crate) const CLIENT_AUTHENTICATION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
pub(crate) const SMART_CARD_LOGON: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 2];
pub(crate) const PRINCIPAL_NAME: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 3];
pub(crate) const NEXT_CRL_PUBLISH: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 21, 4];
pub(crate) const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];

/// The contents octets of an object identifier, checked to be well formed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Oid(Box<[u8]>);

impl Oid {
    pub(crate) fn new(contents: &[u8]) -> Result<Self, DerError> {
        check(contents)?;
        Ok(Self(contents.into()))
    }

    /// From dotted decimals.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut arcs = text.split('.').map(|arc| {
            let plain = !arc.is_empty()
                && arc.bytes().all(|digit| digit.is_ascii_digit())
                && (arc == "0" || !arc.starts_with('0'));
            plain.then(|| arc.parse::<u128>().ok()).flatten()
        });
        let first = arcs.next()??;
        let second = arcs.next()??;
        if first > 2 || (first < 2 && second > 39) {
            return None;
        }
        let mut contents = Vec::with_capacity(text.len());
        push_arc(&mut contents, first.checked_mul(40)?.checked_add(second)?);
        for arc in arcs {
            push_arc(&mut contents, arc?);
        }
        Some(Self(contents.into()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn dotted(&self) -> String {
        dotted(&self.0)
    }
}

fn push_arc(contents: &mut Vec<u8>, arc: u128) {
    let mut shift = 7 * (arc.checked_ilog2().unwrap_or(0) / 7);
    loop {
        let septet = u8::try_from((arc >> shift) & 0x7f).unwrap_or_default();
        if shift == 0 {
            contents.push(septet);
            return;
        }
        contents.push(septet | 0x80);
        shift -= 7;
    }
}

/// Checks that the octets are base-128 arcs without padding, none longer than 128 bits.
pub(crate) fn check(contents: &[u8]) -> Result<(), DerError> {
    if contents.last().is_none_or(|last| last & 0x80 != 0) {
        return Err(DerError::Value("an OBJECT IDENTIFIER that does not end"));
    }
    let mut septets = 0;
    for octet in contents {
        if septets == 0 && *octet == 0x80 {
            return Err(DerError::Value("an OBJECT IDENTIFIER with a padded arc"));
        }
        septets += 1;
        if septets > 18 {
            return Err(DerError::Value("an OBJECT IDENTIFIER with an arc above 126 bits"));
        }
        if octet & 0x80 == 0 {
            septets = 0;
        }
    }
    Ok(())
}

/// Dotted decimals of checked contents.
pub(crate) fn dotted(contents: &[u8]) -> String {
    let mut text = String::with_capacity(contents.len() * 3);
    let mut arc: u128 = 0;
    let mut first = true;
    for octet in contents {
        arc = (arc << 7) | u128::from(octet & 0x7f);
        if octet & 0x80 != 0 {
            continue;
        }
        if first {
            let root = (arc / 40).min(2);
            let _ = write!(text, "{root}.{}", arc - root * 40);
            first = false;
        } else {
            let _ = write!(text, ".{arc}");
        }
        arc = 0;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_and_back() {
        for text in [
            "2.5.29.32.0",
            "1.3.6.1.4.1.311.20.2.3",
            "2.999.1",
            "0.0",
            "2.16.840.1.101.3.2.1.3.13",
        ] {
            assert_eq!(Oid::parse(text).unwrap().dotted(), text);
        }
        assert_eq!(Oid::parse("2.5.29.32.0").unwrap().as_bytes(), ANY_POLICY);
        assert_eq!(dotted(PRINCIPAL_NAME), "1.3.6.1.4.1.311.20.2.3");
        for text in ["", "1", "3.1", "1.40", "1..2", "1.02", "1.x"] {
            assert!(Oid::parse(text).is_none(), "{text}");
        }
        assert!(check(&[0x55, 0x80, 1]).is_err());
        assert!(check(&[0x55, 0x81]).is_err());
    }
}
