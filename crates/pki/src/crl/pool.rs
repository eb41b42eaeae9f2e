//! CRLs handed over for one validation, unsorted and not yet believed.

use std::collections::HashMap;
use std::ops::Range;

use jiff::Timestamp;

use crate::asn1::DerError;
use crate::crl::RevocationReason;
use crate::crl::entries::CrlEntries;
use crate::crl::read::{CrlExtensions, CrlParts};
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
    /// By issuer of the certificate: the CRL's own issuer, others only in indirect CRLs.
    entries: HashMap<CanonicalName, HashMap<SerialNumber, RevocationReason>>,
    /// Why it cannot be used at all, although it can be read.
    pub(crate) objection: Option<String>,
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
        let mut objection = parts
            .extensions
            .unknown_critical
            .first()
            .map(|unknown| format!("it has the critical extension {unknown}, which is not understood"));
        let is_indirect = parts
            .extensions
            .issuing_distribution_point
            .as_ref()
            .is_some_and(|scope| scope.is_indirect);
        let mut entries: HashMap<CanonicalName, HashMap<SerialNumber, RevocationReason>> = HashMap::new();
        let mut current_issuer = parts.canonical_issuer.clone();
        let mut walk = CrlEntries::new(parts.entries);
        while let Some(entry) = walk.next()? {
            let facts = match entry.facts() {
                Ok(facts) => facts,
                Err(cause) => {
                    objection.get_or_insert_with(|| format!("an entry cannot be used: {cause}"));
                    continue;
                }
            };
            if let Some(issuer) = facts.certificate_issuer {
                if !is_indirect && issuer != parts.canonical_issuer {
                    objection.get_or_insert_with(|| {
                        "an entry names another issuer, yet the CRL is not indirect".to_owned()
                    });
                }
                current_issuer = issuer;
            }
            entries
                .entry(current_issuer.clone())
                .or_default()
                .insert(SerialNumber::from_der_integer(entry.serial), facts.reason);
        }
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

    pub(crate) fn is_signed_with(&self, key: &VerificationKey) -> bool {
        let part = |range: &Range<usize>| self.der.get(range.clone()).unwrap_or_default();
        key.verify(&self.algorithm, part(&self.signed_part), part(&self.signature))
            .is_ok()
    }

    pub(crate) fn entry(&self, issuer: &CanonicalName, serial: &SerialNumber) -> Option<RevocationReason> {
        self.entries.get(issuer)?.get(serial).copied()
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
