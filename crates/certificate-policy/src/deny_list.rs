//! Certificates that an administrator denied, whatever their revocation lists say.

use std::collections::HashMap;

use lanyard_pki::{CertificateFacts, Name, SerialNumber};
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One denied certificate: by its thumbprint, by its issuer and serial number, or by both, of which either is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeniedCertificate {
    /// Id of the entry.
    pub id: Uuid,
    /// SHA-256 of the certificate, lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256_thumbprint: Option<String>,
    /// Name of the issuer; counts together with the serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Name>,
    /// Serial number; counts together with the issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<SerialNumber>,
    /// Why, in the administrator's words.
    pub reason: String,
    /// Since when, RFC 3339.
    pub denied: String,
    /// Who denied it.
    pub denied_by: String,
}

impl DeniedCertificate {
    /// The issuer as a text that reads back as the same name: its parts stand in the order in which they are stored.
    #[must_use]
    pub fn issuer_text(&self) -> Option<String> {
        let shown = self.issuer.as_ref()?.to_string();
        // Shown leaf first, read in the order of the text: read once, the order is the other one.
        Some(Name::parse_text(&shown).map_or(shown, |reversed| reversed.to_string()))
    }
}

/// The denied certificates of a tenant, ready for look-up: one or two hash look-ups per question, however many there are.
#[derive(Clone, Debug, Default)]
pub struct DenyList {
    entries: Vec<DeniedCertificate>,
    by_thumbprint: HashMap<String, usize>,
    by_serial_number: HashMap<SerialNumber, Vec<usize>>,
}

impl DenyList {
    /// A list of these entries.
    #[must_use]
    pub fn new(entries: Vec<DeniedCertificate>) -> Self {
        let mut by_thumbprint = HashMap::with_capacity(entries.len());
        let mut by_serial_number: HashMap<SerialNumber, Vec<usize>> = HashMap::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            if let Some(thumbprint) = &entry.sha256_thumbprint {
                by_thumbprint.insert(thumbprint.to_ascii_lowercase(), index);
            }
            if let (Some(_), Some(serial)) = (&entry.issuer, &entry.serial_number) {
                by_serial_number.entry(serial.clone()).or_default().push(index);
            }
        }
        Self {
            entries,
            by_thumbprint,
            by_serial_number,
        }
    }

    /// The entries, in the order given.
    #[must_use]
    pub fn entries(&self) -> &[DeniedCertificate] {
        &self.entries
    }

    /// The entry that denies a certificate with these marks, as far as they are known. The thumbprint is lower-case hex.
    #[must_use]
    pub fn entry(
        &self,
        sha256_thumbprint: Option<&str>,
        issuer: Option<&Name>,
        serial_number: &SerialNumber,
    ) -> Option<&DeniedCertificate> {
        let by_thumbprint = sha256_thumbprint
            .and_then(|thumbprint| self.by_thumbprint.get(thumbprint))
            .and_then(|index| self.entries.get(*index));
        by_thumbprint.or_else(|| {
            let issuer = issuer?;
            self.by_serial_number
                .get(serial_number)?
                .iter()
                .filter_map(|index| self.entries.get(*index))
                .find(|entry| {
                    entry
                        .issuer
                        .as_ref()
                        .is_some_and(|denied| denied.matches_name_either_order(issuer))
                })
        })
    }

    /// Whether a trusted certificate may still be used.
    ///
    /// Rule `CERTIFICATE-DENIED`: a certificate that an administrator denied, by thumbprint or by issuer and serial number,
    /// signs nobody in (500171), whatever its revocation list says. Source: certificate-sign-in §4.7.
    #[must_use]
    pub fn judge(&self, facts: &CertificateFacts) -> (Option<Refusal>, Step) {
        let rule = RuleId::new("CERTIFICATE-DENIED");
        let thumbprint = data_encoding::HEXLOWER.encode(&facts.sha256_thumbprint);
        let found = self.entry(Some(&thumbprint), Some(&facts.issuer), &facts.serial_number);
        let Some(entry) = found else {
            let step = Step::new(rule, StepResult::Passed)
                .with("denied_certificates", self.entries.len().to_string());
            return (None, step);
        };
        let step = Step::new(rule.clone(), StepResult::Failed)
            .with("entry", entry.id.to_string())
            .with("denied", entry.denied.clone())
            .with("denied_by", entry.denied_by.clone())
            .with("reason", entry.reason.clone());
        let detail = format!(
            "the certificate with serial number {} of '{}' was denied by an administrator at {} ({})",
            facts.serial_number.to_hex(),
            facts.issuer,
            entry.denied,
            entry.reason
        );
        (Some(Refusal::new(Code::CERTIFICATE_REVOKED, rule, detail)), step)
    }
}
