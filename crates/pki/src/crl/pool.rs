//! CRLs handed over for one validation, unsorted and not yet believed.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;

use crate::asn1::DerError;
use crate::crl::RevocationReason;
use crate::crl::entries::CrlEntries;
use crate::crl::ingest::fingerprint;
use crate::crl::read::{CrlExtensions, CrlParts};
use crate::crl::serials::SerialSet;
use crate::name::CanonicalName;
use crate::signature::{SignatureAlgorithm, VerificationKey};
use crate::{Name, SerialNumber};

/// CRLs of any issuers and scopes.
#[derive(Clone, Debug, Default)]
pub struct CrlPool {
    pub(crate) crls: Vec<PoolCrl>,
}

/// One CRL, read but not verified.
#[derive(Clone, Debug)]
pub(crate) struct PoolCrl {
    der: Box<[u8]>,
    signed_part: Range<usize>,
    signature: Range<usize>,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) issuer_name: Name,
    pub(crate) issuer: CanonicalName,
    pub(crate) this_update: Timestamp,
    pub(crate) next_update: Option<Timestamp>,
    pub(crate) extensions: CrlExtensions,
    entries: Entries,
    /// Why it cannot be used at all, although it can be read.
    pub(crate) objection: Option<String>,
}

/// Who is listed. A CRL that cannot be used lists nobody.
#[derive(Clone, Debug)]
enum Entries {
    /// Certificates of the CRL's own issuer.
    OfOneIssuer(SerialSet),
    /// By issuer of the certificate, in the few indirect CRLs there are.
    ByIssuer(BTreeMap<CanonicalName, BTreeMap<SerialNumber, RevocationReason>>),
}

impl CrlPool {
    /// Reads DER CRLs.
    ///
    /// # Errors
    /// When one of them is no CRL.
    pub fn read<'a>(crls: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, DerError> {
        let crls = crls.into_iter().map(PoolCrl::read).collect::<Result<_, _>>()?;
        Ok(Self { crls })
    }

    /// How many CRLs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.crls.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.crls.is_empty()
    }
}

impl PoolCrl {
    fn read(der: &[u8]) -> Result<Self, DerError> {
        let parts = CrlParts::read(der)?;
        let objection = parts
            .extensions
            .unknown_critical
            .first()
            .map(|unknown| format!("it has the critical extension {unknown}, which is not understood"));
        let survey = survey(&parts)?;
        let objection = objection.or(survey.objection);
        let entries = if objection.is_some() {
            Entries::OfOneIssuer(SerialSet::default())
        } else if survey.names_issuers {
            Entries::ByIssuer(by_issuer(&parts)?)
        } else {
            Entries::OfOneIssuer(SerialSet::build(parts.entries, &fingerprint(&parts))?)
        };
        let range = |part: &[u8]| {
            let start = (part.as_ptr() as usize).saturating_sub(der.as_ptr() as usize);
            start..start + part.len()
        };
        Ok(Self {
            der: der.into(),
            signed_part: range(parts.signed_part),
            signature: range(parts.signature),
            algorithm: parts.signature_algorithm,
            issuer_name: parts.issuer,
            issuer: parts.canonical_issuer,
            this_update: parts.this_update,
            next_update: parts.next_update,
            extensions: parts.extensions,
            entries,
            objection,
        })
    }

    /// Signature checks that one check of this CRL counts for: hashing the largest CRLs takes as long as dozens of checks.
    pub(crate) fn check_weight(&self) -> u32 {
        const HASHED_MEANWHILE: usize = 1 << 20;
        u32::try_from(1 + self.signed_part.len() / HASHED_MEANWHILE).unwrap_or(u32::MAX)
    }

    pub(crate) fn is_signed_with(&self, key: &VerificationKey) -> bool {
        let part = |range: &Range<usize>| self.der.get(range.clone()).unwrap_or_default();
        key.verify(&self.algorithm, part(&self.signed_part), part(&self.signature))
            .is_ok()
    }

    pub(crate) fn entry(&self, issuer: &CanonicalName, serial: &SerialNumber) -> Option<RevocationReason> {
        match &self.entries {
            Entries::OfOneIssuer(serials) if *issuer == self.issuer => {
                serials.find(serial).map(|entry| entry.reason)
            }
            Entries::OfOneIssuer(_) => None,
            Entries::ByIssuer(entries) => entries.get(issuer)?.get(serial).copied(),
        }
    }

    pub(crate) fn is_delta(&self) -> bool {
        self.extensions.delta_base_number.is_some()
    }

    /// The scope as its encoding, to compare a delta with its base.
    pub(crate) fn encoded_scope(&self) -> &[u8] {
        self.extensions
            .issuing_distribution_point
            .as_ref()
            .map_or(&[], |scope| &scope.encoded)
    }
}

/// What a first walk over the entries shows.
struct Survey {
    /// Why the entries cannot be used.
    objection: Option<String>,
    /// Whether any entry says whose certificate it means.
    names_issuers: bool,
}

fn survey(parts: &CrlParts<'_>) -> Result<Survey, DerError> {
    let scope = parts.extensions.issuing_distribution_point.as_ref();
    let is_indirect = scope.is_some_and(|scope| scope.is_indirect);
    let mut survey = Survey {
        objection: None,
        names_issuers: false,
    };
    let mut walk = CrlEntries::new(parts.entries);
    while let Some(entry) = walk.next()? {
        if entry.usual_reason().is_some() || survey.objection.is_some() {
            continue;
        }
        match entry.facts() {
            Err(cause) => survey.objection = Some(format!("an entry cannot be used: {cause}")),
            Ok(facts) => {
                let Some(issuer) = facts.certificate_issuer else {
                    continue;
                };
                survey.names_issuers = true;
                if !is_indirect && issuer != parts.canonical_issuer {
                    survey.objection =
                        Some("an entry names another issuer, yet the CRL is not indirect".to_owned());
                }
            }
        }
    }
    Ok(survey)
}

/// An issuer that an entry names holds for the entries after it as well (RFC 5280 §5.3.3).
fn by_issuer(
    parts: &CrlParts<'_>,
) -> Result<BTreeMap<CanonicalName, BTreeMap<SerialNumber, RevocationReason>>, DerError> {
    let mut entries: BTreeMap<CanonicalName, BTreeMap<SerialNumber, RevocationReason>> = BTreeMap::new();
    let mut walk = CrlEntries::new(parts.entries);
    let mut issuer = parts.canonical_issuer.clone();
    while let Some(entry) = walk.next()? {
        let facts = entry.facts()?;
        if let Some(next) = facts.certificate_issuer {
            issuer = next;
        }
        entries
            .entry(issuer.clone())
            .or_default()
            .insert(SerialNumber::from_der_integer(entry.serial), facts.reason);
    }
    Ok(entries)
}
