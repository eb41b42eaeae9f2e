//! Profiles turned into what `rcgen` takes.

use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, OtherNameValue, SanType, SerialNumber,
};

use crate::der_writer::{SEQUENCE, element, object_identifier};
use crate::profile::KeyChoice;
use crate::{
    AuthorityProfile, ExtendedKeyUsage, Extension, Keypair, ServerProfile, TestkitError, UserProfile,
    Validity,
};

const USER_PRINCIPAL_NAME: &[u64] = &[1, 3, 6, 1, 4, 1, 311, 20, 2, 3];
const SMART_CARD_LOGON: &[u64] = &[1, 3, 6, 1, 4, 1, 311, 20, 2, 2];
const CERTIFICATE_POLICIES: &str = "2.5.29.32";

pub(crate) fn chosen_key(choice: &KeyChoice) -> Result<Keypair, TestkitError> {
    match choice {
        KeyChoice::Fresh(algorithm) => Keypair::generate(*algorithm),
        KeyChoice::Given(key) => Ok(key.clone()),
    }
}

pub(crate) fn authority(profile: &AuthorityProfile) -> Result<CertificateParams, TestkitError> {
    let mut params = CertificateParams::default();
    set_validity(&mut params, profile.validity);
    params.distinguished_name = distinguished_name(&profile.subject);
    params.serial_number = Some(serial_or_random(profile.serial.as_deref())?);
    params.is_ca = match (profile.is_authority, profile.path_length) {
        (false, _) => IsCa::ExplicitNoCa,
        (true, None) => IsCa::Ca(BasicConstraints::Unconstrained),
        (true, Some(below)) => IsCa::Ca(BasicConstraints::Constrained(below)),
    };
    params.key_usages = profile.key_usages.clone();
    params.crl_distribution_points = distribution_points(&profile.crl_distribution_points);
    params.custom_extensions = custom_extensions(&profile.policies, &profile.extensions)?;
    Ok(params)
}

pub(crate) fn user(profile: &UserProfile) -> Result<CertificateParams, TestkitError> {
    let mut params = CertificateParams::default();
    set_validity(&mut params, profile.validity);
    params.distinguished_name = distinguished_name(&profile.subject);
    params.serial_number = Some(serial_or_random(profile.serial.as_deref())?);
    params.is_ca = if profile.subject_key_identifier {
        IsCa::ExplicitNoCa
    } else {
        IsCa::NoCa
    };
    params.use_authority_key_identifier_extension = profile.authority_key_identifier;
    params.key_usages = profile.key_usages.clone();
    for usage in &profile.extended_key_usages {
        params.extended_key_usages.push(match usage {
            ExtendedKeyUsage::ClientAuth => ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsage::ServerAuth => ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsage::SmartCardLogon => ExtendedKeyUsagePurpose::Other(SMART_CARD_LOGON.to_vec()),
            ExtendedKeyUsage::Any => ExtendedKeyUsagePurpose::Any,
            ExtendedKeyUsage::Other(dotted) => ExtendedKeyUsagePurpose::Other(arcs(dotted)?),
        });
    }
    for name in &profile.user_principal_names {
        let value = OtherNameValue::Utf8String(name.clone());
        params
            .subject_alt_names
            .push(SanType::OtherName((USER_PRINCIPAL_NAME.to_vec(), value)));
    }
    for address in &profile.mail_addresses {
        params
            .subject_alt_names
            .push(SanType::Rfc822Name(address.as_str().try_into()?));
    }
    for name in &profile.dns_names {
        params
            .subject_alt_names
            .push(SanType::DnsName(name.as_str().try_into()?));
    }
    params.crl_distribution_points = distribution_points(&profile.crl_distribution_points);
    params.custom_extensions = custom_extensions(&profile.policies, &profile.extensions)?;
    Ok(params)
}

pub(crate) fn server(profile: &ServerProfile) -> Result<CertificateParams, TestkitError> {
    let mut params = CertificateParams::new(profile.dns_names.clone())?;
    set_validity(&mut params, profile.validity);
    let name = profile.dns_names.first().cloned().unwrap_or_default();
    params.distinguished_name = distinguished_name(&[(DnType::CommonName, name)]);
    params.serial_number = Some(serial_or_random(None)?);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn set_validity(params: &mut CertificateParams, validity: Validity) {
    let moment = |at: jiff::Timestamp| {
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let distance = std::time::Duration::from_secs(at.as_second().unsigned_abs());
        if at.as_second() < 0 {
            epoch - distance
        } else {
            epoch + distance
        }
    };
    params.not_before = moment(validity.not_before);
    params.not_after = moment(validity.not_after);
}

fn distinguished_name(attributes: &[(DnType, String)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (attribute, value) in attributes {
        name.push(attribute.clone(), value.as_str());
    }
    name
}

fn serial_or_random(chosen: Option<&[u8]>) -> Result<SerialNumber, TestkitError> {
    if let Some(bytes) = chosen {
        return Ok(SerialNumber::from_slice(bytes));
    }
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| TestkitError::NoRandomness)?;
    // Positive, and never shortened by a leading zero.
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn distribution_points(urls: &[String]) -> Vec<CrlDistributionPoint> {
    urls.iter()
        .map(|url| CrlDistributionPoint {
            uris: vec![url.clone()],
        })
        .collect()
}

fn custom_extensions(policies: &[String], raw: &[Extension]) -> Result<Vec<CustomExtension>, TestkitError> {
    let mut extensions = Vec::new();
    if !policies.is_empty() {
        let mut list = Vec::new();
        for policy in policies {
            list.extend(element(SEQUENCE, &[&oid(policy)?]));
        }
        let value = element(SEQUENCE, &[&list]);
        extensions.push(CustomExtension::from_oid_content(
            &arcs(CERTIFICATE_POLICIES)?,
            value,
        ));
    }
    for extension in raw {
        let mut custom =
            CustomExtension::from_oid_content(&arcs(&extension.oid)?, extension.value_der.clone());
        custom.set_criticality(extension.critical);
        extensions.push(custom);
    }
    Ok(extensions)
}

pub(crate) fn oid(dotted: &str) -> Result<Vec<u8>, TestkitError> {
    object_identifier(dotted).ok_or_else(|| TestkitError::ObjectIdentifier(dotted.to_owned()))
}

fn arcs(dotted: &str) -> Result<Vec<u64>, TestkitError> {
    dotted
        .split('.')
        .map(|arc| {
            arc.parse()
                .map_err(|_| TestkitError::ObjectIdentifier(dotted.to_owned()))
        })
        .collect()
}
