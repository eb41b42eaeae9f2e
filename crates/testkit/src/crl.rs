use der::Encode;
use jiff::Timestamp;
use rcgen::{CertificateParams, SigningKey};

use crate::der_writer::{
    BIT_STRING, ENUMERATED, INTEGER, SEQUENCE, element, extension, time, unsigned_integer,
};
use crate::params::oid;
use crate::{Extension, Keypair, TestkitError, issued};

const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
const CRL_NUMBER: &str = "2.5.29.20";
const DELTA_CRL_INDICATOR: &str = "2.5.29.27";
const REASON_CODE: &str = "2.5.29.21";
const NEXT_CRL_PUBLISH: &str = "1.3.6.1.4.1.311.21.4";

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RevocationReason {
    /// No reason given; written without a reason code.
    Unspecified = 0,
    /// The private key may be known to others.
    KeyCompromise = 1,
    /// The authority's key may be known to others.
    CaCompromise = 2,
    /// The holder's name or affiliation changed.
    AffiliationChanged = 3,
    /// Replaced by another certificate.
    Superseded = 4,
    /// No longer needed.
    CessationOfOperation = 5,
    /// Suspended.
    CertificateHold = 6,
    /// In a delta list: no longer suspended.
    RemoveFromCrl = 8,
    /// A privilege was withdrawn.
    PrivilegeWithdrawn = 9,
}

/// What a revocation list shall say. Signed by [`crate::CertificateAuthority::crl`].
///
/// The defaults make a correct complete list (version 2, CRL number, authority key identifier); every
/// part that a reader must insist on can be left out or falsified.
#[derive(Clone, Debug)]
pub struct CrlProfile {
    pub(crate) number: Option<Vec<u8>>,
    pub(crate) this_update: Timestamp,
    pub(crate) next_update: Option<Timestamp>,
    pub(crate) revoked: Vec<(Vec<u8>, Timestamp, RevocationReason)>,
    pub(crate) authority_key_identifier: Option<Option<Vec<u8>>>,
    pub(crate) delta_base_number: Option<u64>,
    pub(crate) next_publish: Option<Timestamp>,
    pub(crate) extensions: Vec<Extension>,
}

impl CrlProfile {
    /// An empty list with this CRL number.
    #[must_use]
    pub fn new(number: u64, this_update: Timestamp, next_update: Timestamp) -> Self {
        Self {
            number: Some(number.to_be_bytes().to_vec()),
            this_update,
            next_update: Some(next_update),
            revoked: Vec::new(),
            authority_key_identifier: None,
            delta_base_number: None,
            next_publish: None,
            extensions: Vec::new(),
        }
    }

    /// Adds a serial number (big-endian), revoked at `this_update`, no reason.
    #[must_use]
    pub fn revoke(self, serial: &[u8]) -> Self {
        let at = self.this_update;
        self.revoke_because(serial, at, RevocationReason::Unspecified)
    }

    /// Adds a serial number with its date and reason.
    #[must_use]
    pub fn revoke_because(mut self, serial: &[u8], at: Timestamp, reason: RevocationReason) -> Self {
        self.revoked.push((serial.to_vec(), at, reason));
        self
    }

    /// Adds many serial numbers at once, for lists of a real agency's size.
    #[must_use]
    pub fn revoke_all(mut self, serials: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let at = self.this_update;
        let reason = RevocationReason::Unspecified;
        self.revoked
            .extend(serials.into_iter().map(|serial| (serial, at, reason)));
        self
    }

    /// A CRL number of any size, big-endian (up to twenty bytes are legal).
    #[must_use]
    pub fn number_bytes(mut self, big_endian: &[u8]) -> Self {
        self.number = Some(big_endian.to_vec());
        self
    }

    /// Leaves the CRL number out.
    #[must_use]
    pub fn without_number(mut self) -> Self {
        self.number = None;
        self
    }

    /// Leaves `nextUpdate` out.
    #[must_use]
    pub fn without_next_update(mut self) -> Self {
        self.next_update = None;
        self
    }

    /// Leaves the authority key identifier out.
    #[must_use]
    pub fn without_authority_key_identifier(mut self) -> Self {
        self.authority_key_identifier = Some(None);
        self
    }

    /// Writes a key identifier that is not the signer's.
    #[must_use]
    pub fn authority_key_identifier(mut self, identifier: &[u8]) -> Self {
        self.authority_key_identifier = Some(Some(identifier.to_vec()));
        self
    }

    /// Makes it a delta list on top of the complete list with this number.
    #[must_use]
    pub fn delta_of(mut self, base_number: u64) -> Self {
        self.delta_base_number = Some(base_number);
        self
    }

    /// Adds the "next CRL publish" moment (`1.3.6.1.4.1.311.21.4`).
    #[must_use]
    pub fn next_publish(mut self, at: Timestamp) -> Self {
        self.next_publish = Some(at);
        self
    }

    /// Adds a raw extension (an issuing distribution point, an unknown critical one …).
    #[must_use]
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }
}

/// Writes and signs the list (RFC 5280 §5.1).
pub(crate) fn write(
    profile: &CrlProfile,
    issuer_name_der: &[u8],
    key_identifier: &[u8],
    key: &Keypair,
) -> Result<Vec<u8>, TestkitError> {
    let algorithm = signature_algorithm(key)?;
    let version = element(INTEGER, &[&[1]]);
    let this_update = time(profile.this_update);
    let next_update = profile.next_update.map(time).unwrap_or_default();
    let revoked = revoked_entries(profile)?;
    let extensions = list_extensions(profile, key_identifier)?;
    let parts: [&[u8]; 7] = [
        &version,
        &algorithm,
        issuer_name_der,
        &this_update,
        &next_update,
        &revoked,
        &extensions,
    ];
    let body = element(SEQUENCE, &parts);
    let signature = key.inner().sign(&body)?;
    Ok(element(
        SEQUENCE,
        &[&body, &algorithm, &element(BIT_STRING, &[&[0], &signature])],
    ))
}

fn list_extensions(profile: &CrlProfile, key_identifier: &[u8]) -> Result<Vec<u8>, TestkitError> {
    let mut parts = Vec::new();
    let identifier = match &profile.authority_key_identifier {
        None => Some(key_identifier),
        Some(chosen) => chosen.as_deref(),
    };
    if let Some(identifier) = identifier {
        let value = element(SEQUENCE, &[&element(0x80, &[identifier])]);
        parts.extend(extension(&oid(AUTHORITY_KEY_IDENTIFIER)?, false, &value));
    }
    if let Some(number) = &profile.number {
        parts.extend(extension(&oid(CRL_NUMBER)?, false, &unsigned_integer(number)));
    }
    if let Some(base) = profile.delta_base_number {
        let value = unsigned_integer(&base.to_be_bytes());
        parts.extend(extension(&oid(DELTA_CRL_INDICATOR)?, true, &value));
    }
    if let Some(at) = profile.next_publish {
        parts.extend(extension(&oid(NEXT_CRL_PUBLISH)?, false, &time(at)));
    }
    for raw in &profile.extensions {
        parts.extend(extension(&oid(&raw.oid)?, raw.critical, &raw.value_der));
    }
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(element(0xa0, &[&element(SEQUENCE, &[&parts])]))
}

fn revoked_entries(profile: &CrlProfile) -> Result<Vec<u8>, TestkitError> {
    if profile.revoked.is_empty() {
        return Ok(Vec::new());
    }
    let reason_oid = oid(REASON_CODE)?;
    let mut entries = Vec::new();
    for (serial, at, reason) in &profile.revoked {
        let extensions = match reason {
            RevocationReason::Unspecified => Vec::new(),
            named => {
                let value = element(ENUMERATED, &[&[*named as u8]]);
                element(SEQUENCE, &[&extension(&reason_oid, false, &value)])
            }
        };
        entries.extend(element(
            SEQUENCE,
            &[&unsigned_integer(serial), &time(*at), &extensions],
        ));
    }
    Ok(element(SEQUENCE, &[&entries]))
}

/// The AlgorithmIdentifier this key signs with: read from a throw-away certificate that `rcgen` signs with
/// it, because the library does not give it out and the two must not differ.
fn signature_algorithm(key: &Keypair) -> Result<Vec<u8>, TestkitError> {
    let probe = CertificateParams::default().self_signed(key.inner())?;
    issued::read(probe.der())?
        .signature_algorithm()
        .to_der()
        .map_err(|error| TestkitError::Unreadable {
            expected: "certificate",
            reason: error.to_string(),
        })
}
