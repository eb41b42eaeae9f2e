//! What a CRL says about itself, for people. Nothing is verified here.

use jiff::Timestamp;
use serde::Serialize;

use crate::asn1::DerError;
use crate::crl::CrlNumber;
use crate::crl::entries::CrlEntries;
use crate::crl::read::CrlParts;
use crate::{KeyIdentifier, Name};

/// The facts of a CRL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrlFacts {
    /// Issuer, RDNs in encoding order.
    pub issuer: Name,
    /// Authority key identifier.
    pub authority_key_identifier: Option<KeyIdentifier>,
    /// CRL number.
    pub number: Option<CrlNumber>,
    /// For a delta CRL the number of the complete CRL it builds on.
    pub delta_base_number: Option<CrlNumber>,
    /// Start of validity.
    pub this_update: Timestamp,
    /// End of validity.
    pub next_update: Option<Timestamp>,
    /// When the issuer means to publish the next one.
    pub next_publish: Option<Timestamp>,
    /// How it is signed, in words.
    pub signature_algorithm: String,
    /// How many entries it has.
    pub entry_count: usize,
    /// The longest serial number, in octets.
    pub longest_serial_octets: usize,
    /// What a careful issuer would have done otherwise, one sentence each.
    pub oddities: Vec<String>,
}

impl CrlFacts {
    /// Reads a CRL from DER and walks all its entries.
    ///
    /// # Errors
    /// When it is no CRL.
    pub fn read(der: &[u8]) -> Result<Self, DerError> {
        let parts = CrlParts::read(der)?;
        let extensions = &parts.extensions;
        let mut oddities: Vec<String> = extensions
            .oddities
            .iter()
            .map(|oddity| (*oddity).to_owned())
            .collect();
        let mut odd = |is_so: bool, oddity: &str| {
            if is_so {
                oddities.push(oddity.to_owned());
            }
        };
        odd(
            parts.next_update.is_none(),
            "it does not say when the next one follows",
        );
        odd(extensions.number.is_none(), "it has no CRL number");
        odd(
            extensions.authority_key_identifier.is_none(),
            "it has no authority key identifier",
        );
        odd(
            parts.next_update.is_some_and(|next| next <= parts.this_update),
            "it ends before it begins",
        );
        if let Some(scope) = &extensions.issuing_distribution_point {
            odd(
                scope.is_indirect,
                "it is indirect: it speaks for other issuers as well",
            );
            odd(scope.only_some_reasons.is_some(), "it covers some reasons only");
            odd(scope.only_user_certificates, "it covers user certificates only");
            odd(scope.only_ca_certificates, "it covers CA certificates only");
            odd(
                scope.only_attribute_certificates,
                "it covers attribute certificates only",
            );
            odd(
                scope.name.is_some(),
                "it covers certificates with one distribution point only",
            );
        }
        for unknown in &extensions.unknown_critical {
            odd(
                true,
                &format!("its critical extension {unknown} is not understood"),
            );
        }
        let (mut entry_count, mut longest_serial_octets, mut unusable) = (0, 0, None);
        let mut entries = CrlEntries::new(parts.entries);
        while let Some(entry) = entries.next()? {
            entry_count += 1;
            longest_serial_octets = longest_serial_octets.max(entry.serial.len());
            if let Err(cause) = entry.facts() {
                unusable.get_or_insert(cause);
            }
        }
        if let Some(cause) = unusable {
            odd(true, &format!("an entry cannot be used: {cause}"));
        }
        odd(
            longest_serial_octets > 20,
            "a serial number is longer than 20 octets",
        );
        Ok(Self {
            issuer: parts.issuer,
            authority_key_identifier: extensions.authority_key_identifier.clone(),
            number: extensions.number.clone(),
            delta_base_number: extensions.delta_base_number.clone(),
            this_update: parts.this_update,
            next_update: parts.next_update,
            next_publish: extensions.next_publish,
            signature_algorithm: parts.signature_algorithm.to_string(),
            entry_count,
            longest_serial_octets,
            oddities,
        })
    }
}
