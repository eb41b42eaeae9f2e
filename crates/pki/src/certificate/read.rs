//! Certificates from DER.

use std::ops::Range;

use aws_lc_rs::digest;

use super::extensions::{Extensions, signature_octets};
use super::general_name::GeneralName;
use super::{Certificate, CertificateError, Contents};
use crate::asn1::oid::Oid;
use crate::asn1::{DerError, Reader, integer, single, tag, time};
use crate::name;
use crate::signature::{SignatureAlgorithm, VerificationKey};
use crate::{CertificateFacts, SerialNumber};

/// Reads one certificate; every error names the part it was found in.
pub(super) fn read(der: &[u8]) -> Result<Contents, CertificateError> {
    if der.len() > Certificate::MAX_LENGTH {
        return Err(CertificateError::TooLarge { length: der.len() });
    }
    let part = |part: &'static str| move |cause| CertificateError::Malformed { part, cause };

    let mut outer = Reader::new(single(der, tag::SEQUENCE).map_err(part("outer structure"))?);
    let signed = outer.expect_element(tag::SEQUENCE).map_err(part("signed part"))?;
    let outer_algorithm = outer.expect(tag::SEQUENCE).map_err(part("signature algorithm"))?;
    let signature = outer
        .expect(tag::BIT_STRING)
        .map(signature_octets)
        .map_err(part("signature"))?;
    outer.finish().map_err(part("outer structure"))?;

    let mut fields = Reader::new(signed.contents);
    let version = version(&mut fields).map_err(part("version"))?;
    let serial = fields
        .expect(tag::INTEGER)
        .and_then(integer)
        .map_err(part("serial number"))?;
    let inner_algorithm = fields
        .expect(tag::SEQUENCE)
        .map_err(part("signature algorithm"))?;
    if inner_algorithm != outer_algorithm {
        let cause = DerError::Value("the signed algorithm differs from the one outside");
        return Err(part("signature algorithm")(cause));
    }
    let signature_algorithm =
        SignatureAlgorithm::decode(outer_algorithm).map_err(part("signature algorithm"))?;
    let issuer = fields
        .expect(tag::SEQUENCE)
        .and_then(name::decode)
        .map_err(part("issuer"))?;
    let (not_before, not_after) = validity(&mut fields).map_err(part("validity"))?;
    let subject_contents = fields.expect(tag::SEQUENCE).map_err(part("subject"))?;
    let subject = name::decode(subject_contents).map_err(part("subject"))?;
    let key = fields
        .expect(tag::SEQUENCE)
        .and_then(VerificationKey::decode)
        .map_err(part("public key"))?;
    let extensions = extensions(&mut fields, version).map_err(part("extensions"))?;

    let facts = CertificateFacts {
        subject: subject.name,
        issuer: issuer.name,
        serial_number: SerialNumber::from_der_integer(serial),
        not_before,
        not_after,
        subject_key_identifier: extensions.subject_key_identifier.clone(),
        authority_key_identifier: extensions
            .authority_key_identifier
            .as_ref()
            .and_then(|identifier| identifier.key_identifier.clone()),
        policy_oids: extensions.policies.iter().flatten().map(Oid::dotted).collect(),
        principal_names: extensions
            .subject_alternative_names
            .iter()
            .filter_map(GeneralName::principal_name)
            .collect(),
        rfc822_names: extensions
            .subject_alternative_names
            .iter()
            .filter_map(|name| match name {
                GeneralName::Rfc822(address) => Some(address.clone()),
                _ => None,
            })
            .collect(),
        crl_distribution_points: extensions
            .distribution_points
            .iter()
            .flatten()
            .flat_map(crate::crl::distribution_point::DistributionPoint::urls)
            .collect(),
        extended_key_usages: extensions
            .extended_key_usages
            .as_ref()
            .map(|usages| usages.iter().map(Oid::dotted).collect()),
        public_key: key.kind.clone(),
        sha1_thumbprint: thumbprint(&digest::SHA1_FOR_LEGACY_USE_ONLY, der),
        sha256_thumbprint: thumbprint(&digest::SHA256, der),
    };
    Ok(Contents {
        der: der.into(),
        signed_part: range_in(der, signed.whole),
        signature: range_in(der, signature),
        subject_contents: range_in(der, subject_contents),
        is_version_3: version == 2,
        signature_algorithm,
        key,
        subject: subject.canonical,
        issuer: issuer.canonical,
        email_addresses: subject.email_addresses,
        extensions,
        facts,
    })
}

fn version(fields: &mut Reader<'_>) -> Result<u8, DerError> {
    let Some(wrapped) = fields.optional(tag::context_constructed(0))? else {
        return Ok(0);
    };
    match single(wrapped, tag::INTEGER)? {
        [version @ 1..=2] => Ok(*version),
        _ => Err(DerError::Value("a version other than 1, 2 and 3")),
    }
}

fn validity(fields: &mut Reader<'_>) -> Result<(jiff::Timestamp, jiff::Timestamp), DerError> {
    let mut times = fields.sequence()?;
    let not_before = time::time(&mut times)?;
    let not_after = time::time(&mut times)?;
    times.finish()?;
    Ok((not_before, not_after))
}

fn extensions(fields: &mut Reader<'_>, version: u8) -> Result<Extensions, DerError> {
    if version >= 1 {
        fields.optional(tag::context(1))?;
        fields.optional(tag::context(2))?;
    }
    let extensions = if version == 2 {
        fields.optional(tag::context_constructed(3))?
    } else {
        None
    };
    fields.finish()?;
    extensions.map_or_else(
        || Ok(Extensions::default()),
        |wrapped| Extensions::decode(single(wrapped, tag::SEQUENCE)?),
    )
}

fn thumbprint<const N: usize>(algorithm: &'static digest::Algorithm, der: &[u8]) -> [u8; N] {
    let mut octets = [0; N];
    for (octet, computed) in octets.iter_mut().zip(digest::digest(algorithm, der).as_ref()) {
        *octet = *computed;
    }
    octets
}

/// Where `part`, a slice of `whole`, stands in it.
fn range_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    start..start + part.len()
}
