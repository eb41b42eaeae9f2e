//! The self-signed certificate in which an RSA signing key is published.
//!
//! Clients that verify tokens by `x5c` or `x5t` need some certificate around the key; nobody builds a path from it. It
//! is made from the key alone (PKCS #1 v1.5 signatures are deterministic), so every node publishes the same one and
//! nothing has to be stored.

use aws_lc_rs::digest::{SHA256, digest};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// sha256WithRSAEncryption with its NULL parameters.
const SHA256_WITH_RSA: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00,
];
/// id-at-commonName.
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
const NAME: &[u8] = b"Lanyard token signing";
/// The key is in use while it is published; the certificate says nothing about time.
const NOT_BEFORE: &[u8] = b"200101000000Z";
const NOT_AFTER: &[u8] = b"99991231235959Z";

/// The certificate as DER. `sign` makes the PKCS #1 v1.5 SHA-256 signature.
pub(super) fn of_rsa_key<E>(
    subject_public_key_info: &[u8],
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let to_be_signed = to_be_signed(subject_public_key_info);
    let signature = sign(&to_be_signed)?;
    let signature = element(BIT_STRING, &[&[0], &signature]);
    Ok(element(SEQUENCE, &[&to_be_signed, SHA256_WITH_RSA, &signature]))
}

fn to_be_signed(subject_public_key_info: &[u8]) -> Vec<u8> {
    let key = digest(&SHA256, subject_public_key_info);
    // A positive INTEGER of 16 octets in its shortest form: the first octet is between 0x40 and 0x7f.
    let mut serial: Vec<u8> = key.as_ref().iter().take(16).copied().collect();
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    let common_name = element(UTF8_STRING, &[NAME]);
    let attribute = element(SEQUENCE, &[COMMON_NAME, &common_name]);
    let name = element(SEQUENCE, &[&element(SET, &[&attribute])]);
    let validity = element(
        SEQUENCE,
        &[
            &element(UTC_TIME, &[NOT_BEFORE]),
            &element(GENERALIZED_TIME, &[NOT_AFTER]),
        ],
    );
    element(
        SEQUENCE,
        &[
            &element(VERSION, &[&element(INTEGER, &[&[2]])]),
            &element(INTEGER, &[&serial]),
            SHA256_WITH_RSA,
            &name,
            &validity,
            &name,
            subject_public_key_info,
        ],
    )
}

/// One DER element of at most 65535 octets; everything here is far below.
fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|part| part.len()).sum();
    let mut encoded = vec![tag];
    match u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes() {
        [0, short] if short < 0x80 => encoded.push(short),
        [0, long] => encoded.extend([0x81, long]),
        both => encoded.extend([0x82, both[0], both[1]]),
    }
    encoded.extend(contents.iter().flat_map(|part| part.iter()));
    encoded
}
