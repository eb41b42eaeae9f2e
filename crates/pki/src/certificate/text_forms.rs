//! Certificates in the forms in which people hand them over.

use super::{Certificate, CertificateError};

/// Every certificate of one input: PEM (several allowed; other blocks and text around them are ignored), one DER, or
/// the base64 of one DER.
///
/// # Errors
/// When there is none, more than [`Certificate::MAX_COUNT`], or one of them cannot be read.
pub fn parse_pem_or_der(bytes: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    let blocks = der_blocks(bytes, "CERTIFICATE").ok_or(CertificateError::NoCertificate)?;
    if blocks.len() > Certificate::MAX_COUNT {
        return Err(CertificateError::TooMany);
    }
    blocks.iter().map(|der| Certificate::parse(der)).collect()
}

/// The DER of every PEM block with this label, of one DER, or of one base64 text; `None` when there is none of them.
pub(crate) fn der_blocks(bytes: &[u8], label: &str) -> Option<Vec<Vec<u8>>> {
    // Base64 text, too, may begin with the octet of a SEQUENCE, which is the digit 0; but no signature is all ASCII.
    if bytes.first() == Some(&0x30) && !bytes.is_ascii() {
        return Some(vec![bytes.to_vec()]);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    if !text.contains(&begin) {
        return decode_base64(text).map(|der| vec![der]);
    }
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after_begin)) = rest.split_once(&begin) {
        let (body, after_end) = after_begin.split_once(&end)?;
        blocks.push(decode_base64(body)?);
        rest = after_end;
    }
    Some(blocks)
}

/// Standard base64, padding optional, white space ignored.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len() / 4 * 3);
    let mut buffer = 0_u32;
    let mut bits = 0_u32;
    let mut characters = text.bytes().filter(|character| !character.is_ascii_whitespace());
    for character in characters.by_ref() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        buffer = (buffer << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            octets.push(u8::try_from((buffer >> bits) & 0xff).ok()?);
            buffer &= (1 << bits) - 1;
        }
    }
    (characters.all(|character| character == b'=') && buffer == 0 && !octets.is_empty()).then_some(octets)
}
