//! Certificate extensions, each decoded once.

use crate::KeyIdentifier;
use crate::asn1::oid::Oid;
use crate::asn1::{DerError, Reader, named_bits, octet_aligned_bits, oid, single, small_integer, tag};
use crate::certificate::general_name::GeneralName;
use crate::certificate::name_constraints::NameConstraints;
use crate::crl::distribution_point::DistributionPoint;

/// What the extensions of a certificate say. A field is `None` or empty when the extension is absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions {
    pub(crate) subject_key_identifier: Option<KeyIdentifier>,
    pub(crate) authority_key_identifier: Option<AuthorityKeyIdentifier>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) has_critical_basic_constraints: bool,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usages: Option<Vec<Oid>>,
    pub(crate) policies: Option<Vec<Oid>>,
    pub(crate) policy_mappings: Vec<PolicyMapping>,
    pub(crate) policy_constraints: PolicyConstraints,
    pub(crate) inhibit_any_policy: Option<u32>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) subject_alternative_names: Vec<GeneralName>,
    pub(crate) has_critical_alternative_names: bool,
    pub(crate) distribution_points: Option<Vec<DistributionPoint>>,
    /// Dotted OIDs of critical extensions that this engine does not process.
    pub(crate) unknown_critical: Vec<String>,
    /// Facts that RFC 5280 forbids issuers to write; judged by the profile, not by the reader.
    pub(crate) oddities: Vec<&'static str>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct AuthorityKeyIdentifier {
    pub(crate) key_identifier: Option<KeyIdentifier>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct BasicConstraints {
    pub(crate) is_ca: bool,
    pub(crate) path_length: Option<u32>,
}

/// KeyUsage as its bits, bit 0 (digitalSignature) lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyUsage(pub(crate) u16);

impl KeyUsage {
    pub(crate) const fn digital_signature(self) -> bool {
        self.0 & 1 != 0
    }

    pub(crate) const fn certificate_signing(self) -> bool {
        self.0 & (1 << 5) != 0
    }

    pub(crate) const fn crl_signing(self) -> bool {
        self.0 & (1 << 6) != 0
    }
}

#[derive(Clone, Debug)]
pub(crate) struct PolicyMapping {
    pub(crate) issuer_domain: Oid,
    pub(crate) subject_domain: Oid,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PolicyConstraints {
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
}

impl Extensions {
    /// Reads the contents of the Extensions SEQUENCE.
    pub(crate) fn decode(contents: &[u8]) -> Result<Self, DerError> {
        let mut list = Reader::new(contents);
        if list.is_empty() {
            return Err(DerError::Value("an empty list of extensions"));
        }
        let mut extensions = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        while !list.is_empty() {
            let (kind, critical, value) = extension(&mut list)?;
            seen.push(kind);
            extensions.read(kind, critical, value)?;
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        if seen.len() != count {
            return Err(DerError::Value("an extension that appears twice"));
        }
        Ok(extensions)
    }

    fn read(&mut self, kind: &[u8], critical: bool, value: &[u8]) -> Result<(), DerError> {
        match kind {
            oid::SUBJECT_KEY_IDENTIFIER => {
                let octets = single(value, tag::OCTET_STRING)?;
                self.subject_key_identifier = Some(KeyIdentifier::new(octets));
                self.note(critical, "the subject key identifier is critical");
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                self.authority_key_identifier = Some(authority_key_identifier(value)?);
                self.note(critical, "the authority key identifier is critical");
            }
            oid::BASIC_CONSTRAINTS => {
                self.basic_constraints = Some(basic_constraints(value)?);
                self.has_critical_basic_constraints = critical;
            }
            oid::KEY_USAGE => {
                let bits = named_bits(single(value, tag::BIT_STRING)?)?;
                self.key_usage = Some(KeyUsage(bits));
                self.note(bits == 0, "the key usage names no usage");
            }
            oid::EXTENDED_KEY_USAGE => self.extended_key_usages = Some(oid_list(value)?),
            oid::CERTIFICATE_POLICIES => self.policies = Some(policies(value)?),
            oid::POLICY_MAPPINGS => self.policy_mappings = policy_mappings(value)?,
            oid::POLICY_CONSTRAINTS => self.policy_constraints = policy_constraints(value)?,
            oid::INHIBIT_ANY_POLICY => {
                self.note(!critical, "inhibitAnyPolicy is not critical");
                self.inhibit_any_policy = Some(small_integer(single(value, tag::INTEGER)?)?);
            }
            oid::NAME_CONSTRAINTS => {
                self.name_constraints = Some(NameConstraints::decode(value)?);
                self.note(!critical, "the name constraints are not critical");
                let is_malformed = self
                    .name_constraints
                    .as_ref()
                    .is_some_and(NameConstraints::is_malformed);
                self.note(
                    is_malformed,
                    "a name constraint has a form that RFC 5280 does not define",
                );
            }
            oid::SUBJECT_ALTERNATIVE_NAME => {
                let names = single(value, tag::SEQUENCE)?;
                self.subject_alternative_names = GeneralName::decode_all(names)?;
                self.has_critical_alternative_names = critical;
            }
            oid::CRL_DISTRIBUTION_POINTS => {
                self.distribution_points = Some(DistributionPoint::decode_all(value)?);
            }
            _ if critical => self.unknown_critical.push(oid::dotted(kind)),
            _ => {}
        }
        Ok(())
    }

    fn note(&mut self, is_so: bool, oddity: &'static str) {
        if is_so {
            self.oddities.push(oddity);
        }
    }
}

/// The next Extension: type, critical, contents of the value.
pub(crate) fn extension<'a>(list: &mut Reader<'a>) -> Result<(&'a [u8], bool, &'a [u8]), DerError> {
    let mut parts = list.sequence()?;
    let kind = parts.expect(tag::OID)?;
    oid::check(kind)?;
    // An explicit FALSE is not DER, yet many issuers write it and nothing depends on it.
    let critical = parts.optional_boolean()?.unwrap_or(false);
    let value = parts.expect(tag::OCTET_STRING)?;
    parts.finish()?;
    Ok((kind, critical, value))
}

/// The `keyIdentifier` of an AuthorityKeyIdentifier value.
pub(crate) fn authority_key_identifier(value: &[u8]) -> Result<AuthorityKeyIdentifier, DerError> {
    let mut parts = Reader::new(single(value, tag::SEQUENCE)?);
    let key_identifier = parts.optional(tag::context(0))?.map(KeyIdentifier::new);
    parts.optional(tag::context_constructed(1))?;
    parts.optional(tag::context(2))?;
    parts.finish()?;
    Ok(AuthorityKeyIdentifier { key_identifier })
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, DerError> {
    let mut parts = Reader::new(single(value, tag::SEQUENCE)?);
    let is_ca = parts.optional_boolean()?.unwrap_or(false);
    let path_length = parts.optional_small_integer()?;
    parts.finish()?;
    Ok(BasicConstraints { is_ca, path_length })
}

fn oid_list(value: &[u8]) -> Result<Vec<Oid>, DerError> {
    let mut list = Reader::new(single(value, tag::SEQUENCE)?);
    let mut oids = Vec::new();
    while !list.is_empty() {
        oids.push(Oid::new(list.expect(tag::OID)?)?);
    }
    if oids.is_empty() {
        return Err(DerError::Value("an empty list of key purposes"));
    }
    Ok(oids)
}

fn policies(value: &[u8]) -> Result<Vec<Oid>, DerError> {
    let mut list = Reader::new(single(value, tag::SEQUENCE)?);
    let mut oids = Vec::new();
    while !list.is_empty() {
        let mut information = list.sequence()?;
        oids.push(Oid::new(information.expect(tag::OID)?)?);
        information.optional(tag::SEQUENCE)?;
        information.finish()?;
    }
    if oids.is_empty() {
        return Err(DerError::Value("an empty list of policies"));
    }
    let mut sorted: Vec<&Oid> = oids.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(DerError::Value("a policy that appears twice"));
    }
    Ok(oids)
}

fn policy_mappings(value: &[u8]) -> Result<Vec<PolicyMapping>, DerError> {
    let mut list = Reader::new(single(value, tag::SEQUENCE)?);
    let mut mappings = Vec::new();
    while !list.is_empty() {
        let mut pair = list.sequence()?;
        mappings.push(PolicyMapping {
            issuer_domain: Oid::new(pair.expect(tag::OID)?)?,
            subject_domain: Oid::new(pair.expect(tag::OID)?)?,
        });
        pair.finish()?;
    }
    if mappings.is_empty() {
        return Err(DerError::Value("an empty list of policy mappings"));
    }
    Ok(mappings)
}

fn policy_constraints(value: &[u8]) -> Result<PolicyConstraints, DerError> {
    let mut parts = Reader::new(single(value, tag::SEQUENCE)?);
    let constraints = PolicyConstraints {
        require_explicit_policy: parts.optional(tag::context(0))?.map(small_integer).transpose()?,
        inhibit_policy_mapping: parts.optional(tag::context(1))?.map(small_integer).transpose()?,
    };
    parts.finish()?;
    if constraints.require_explicit_policy.is_none() && constraints.inhibit_policy_mapping.is_none() {
        return Err(DerError::Value("empty policy constraints"));
    }
    Ok(constraints)
}

/// The octets of a signature. One that does not hold whole octets is read as empty: it can only fail to verify.
pub(crate) fn signature_octets(contents: &[u8]) -> &[u8] {
    octet_aligned_bits(contents).unwrap_or_default()
}
