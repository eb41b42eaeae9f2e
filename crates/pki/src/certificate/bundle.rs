//! Bundles of certificates: PKCS #7 files (`.p7b`).

use crate::asn1::{Reader, single, tag};
use crate::certificate::text_forms::der_blocks;
use crate::{Certificate, CertificateError, DerError};

/// `signedData`, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// Every certificate of a bundle, in its order: PKCS #7 `signedData` (DER, its base64, or PEM `PKCS7`/`CMS`) that carries
/// certificates, or PEM certificates one after the other. Signatures of the bundle itself mean nothing and are not read.
///
/// # Errors
/// When it is no bundle, holds no certificate, more than `most`, or one that cannot be read.
pub fn parse_certificate_bundle(bytes: &[u8], most: usize) -> Result<Vec<Certificate>, CertificateError> {
    let holds =
        |label: &str| std::str::from_utf8(bytes).is_ok_and(|text| text.contains(&format!("BEGIN {label}-")));
    let label = ["CERTIFICATE", "CMS"]
        .into_iter()
        .find(|label| holds(label))
        .unwrap_or("PKCS7");
    let blocks = der_blocks(bytes, label).ok_or(CertificateError::NoCertificate)?;
    let mut found = Vec::new();
    for block in &blocks {
        if label == "CERTIFICATE" {
            found.push(block.as_slice());
        } else {
            certificates_of(block, most, &mut found)?;
        }
    }
    match found.len() {
        0 => Err(CertificateError::NoCertificate),
        count if count > most => Err(CertificateError::TooMany),
        _ => found.into_iter().map(Certificate::parse).collect(),
    }
}

fn certificates_of<'a>(
    block: &'a [u8],
    most: usize,
    found: &mut Vec<&'a [u8]>,
) -> Result<(), CertificateError> {
    let malformed = |cause| CertificateError::Malformed {
        part: "bundle",
        cause,
    };
    let certificates = certificate_set(block).map_err(malformed)?;
    let Some(certificates) = certificates else {
        return Ok(());
    };
    let mut certificates = Reader::new(certificates);
    while !certificates.is_empty() {
        let element = certificates.element().map_err(malformed)?;
        // Attribute certificates and the like have other tags.
        if element.tag == tag::SEQUENCE {
            found.push(element.whole);
        }
        if found.len() > most {
            return Err(CertificateError::TooMany);
        }
    }
    Ok(())
}

/// The contents of the bundle's certificate set, when it has one.
fn certificate_set(block: &[u8]) -> Result<Option<&[u8]>, DerError> {
    let mut content_info = Reader::new(single(block, tag::SEQUENCE)?);
    if content_info.expect(tag::OID)? != SIGNED_DATA {
        return Err(DerError::Value("a bundle that is not signedData"));
    }
    let wrapped = content_info.expect(tag::context_constructed(0))?;
    let mut signed_data = Reader::new(single(wrapped, tag::SEQUENCE)?);
    signed_data.expect(tag::INTEGER)?;
    signed_data.expect(tag::SET)?;
    signed_data.expect(tag::SEQUENCE)?;
    signed_data.optional(tag::context_constructed(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
        let mut octets = vec![tag];
        match contents.len() {
            length @ 0..=0x7f => octets.push(u8::try_from(length).unwrap()),
            length => {
                octets.push(0x82);
                octets.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
        }
        octets.extend(contents);
        octets
    }

    fn bundle(certificates: &[&[u8]]) -> Vec<u8> {
        let parts = [
            element(tag::INTEGER, &[1]),
            element(tag::SET, &[]),
            element(tag::SEQUENCE, &element(tag::OID, &[0x2a])),
            element(tag::context_constructed(0), &certificates.concat()),
            element(tag::SET, &[]),
        ];
        let signed_data = element(tag::SEQUENCE, &parts.concat());
        let wrapped = element(tag::context_constructed(0), &signed_data);
        let contents = [element(tag::OID, SIGNED_DATA), wrapped].concat();
        element(tag::SEQUENCE, &contents)
    }

    #[test]
    fn certificates_come_in_their_order() {
        let validity = lanyard_testkit::Validity::years_from("2026-01-01T00:00:00Z".parse().unwrap(), 5);
        let authority = |name| {
            lanyard_testkit::CertificateAuthority::root(&lanyard_testkit::AuthorityProfile::new(
                name, validity,
            ))
            .unwrap()
        };
        let (one, two) = (authority("One"), authority("Two"));
        let der = bundle(&[one.certificate_der(), two.certificate_der()]);
        let expected = [one.certificate_der(), two.certificate_der()];
        let read = |bytes: &[u8], most| {
            parse_certificate_bundle(bytes, most).map(|found| {
                found
                    .iter()
                    .map(|certificate| certificate.der().to_vec())
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(read(&der, 2).unwrap(), expected);
        let pem = one.certificate_pem() + &two.certificate_pem();
        assert_eq!(read(pem.as_bytes(), 2).unwrap(), expected);
        assert_eq!(read(&der, 1), Err(CertificateError::TooMany));
        assert_eq!(read(&bundle(&[]), 9), Err(CertificateError::NoCertificate));
        assert!(
            read(one.certificate_der(), 9).is_err(),
            "a certificate is no bundle"
        );
        assert!(read(&der[..der.len() - 1], 9).is_err());
    }

    /// Made by `openssl crl2pkcs7 -nocrl`.
    #[test]
    fn a_bundle_of_another_make() {
        let der = include_bytes!("../../../../fuzz/seeds/certificate_bundle/one.p7b");
        let read = parse_certificate_bundle(der, 9).unwrap();
        assert_eq!(read.len(), 1);
        let text = data_encoding::BASE64.encode(der);
        let pem = format!("-----BEGIN PKCS7-----\n{text}\n-----END PKCS7-----\n");
        for form in [text, pem] {
            assert_eq!(parse_certificate_bundle(form.as_bytes(), 9).unwrap(), read);
        }
    }

    proptest! {
        #[test]
        fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_certificate_bundle(&octets, 10);
            let _ = parse_certificate_bundle(&bundle(&[&octets]), 10);
        }
    }
}
