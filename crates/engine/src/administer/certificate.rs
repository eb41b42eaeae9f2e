//! Denied certificates: refused at once, whatever their revocation lists say.

use jiff::Timestamp;
use serde_json::{Value, json};

use lanyard_certificate_policy::DeniedCertificate;
use lanyard_directory::TenantId;
use lanyard_pki::{Certificate, Name, SerialNumber};
use lanyard_storage::{DeniedCertificateRow, Write};

use crate::administer::{Actor, Told};
use crate::{Engine, EngineError, TenantSnapshot};

/// Longest reason, in characters.
const MAX_REASON_CHARACTERS: usize = 512;

/// A certificate to deny: the certificate itself, or marks of it.
#[derive(Clone, Debug, Default)]
pub struct NewDenial {
    /// The certificate, DER; all its marks are taken from it.
    pub certificate: Option<Vec<u8>>,
    /// SHA-256 of it, hex; colons and blanks do not count.
    pub sha256_thumbprint: Option<String>,
    /// Name of its issuer; needs the serial number.
    pub issuer: Option<String>,
    /// Its serial number, hex; needs the issuer.
    pub serial_number: Option<String>,
    /// Why.
    pub reason: String,
}

impl Engine {
    /// Denies a certificate in a tenant. It counts at once on this node and as soon as the others hear of the change;
    /// sessions and refresh tokens from it end. Returns the entry and how many sessions were ended here.
    ///
    /// Rule `DENY-NAMES-A-CERTIFICATE`: a denial names a thumbprint, or an issuer with a serial number, of a certificate that
    /// is no authority of the trust store; no certificate is denied twice in the same way. Source: certificate-sign-in §4.7.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] naming what is wrong; nothing is stored then.
    pub async fn deny_certificate(
        &self,
        actor: &Actor,
        tenant: TenantId,
        new: NewDenial,
    ) -> Result<(DeniedCertificate, usize), EngineError> {
        let snapshot = self.snapshot();
        let known = snapshot
            .tenant(tenant)
            .ok_or_else(|| EngineError::NotFound(format!("the tenant {tenant}")))?;
        let entry = self.read_denial(actor, new)?;
        if let Some(authority) = denied_authority(known, &entry) {
            return Err(EngineError::InvalidChange(format!(
                "this is the authority '{authority}': remove it from the trust store instead (`lanyard admin ca remove`)"
            )));
        }
        let body =
            serde_json::to_string(&entry).map_err(|error| EngineError::Configuration(error.to_string()))?;
        let told = Told {
            actor,
            tenant,
            activity: "Deny certificate",
            target: shown(&entry),
            old: Value::Null,
            new: json!(entry),
        };
        let row = DeniedCertificateRow {
            id: entry.id,
            tenant,
            key: key(&entry),
            created_us: self.now().as_microsecond(),
            body,
        };
        self.change(told, vec![Write::DenyCertificate(row)]).await?;
        self.reload_snapshot().await?;
        let ended = self.end_sessions_of_denied(tenant, &entry).await?;
        Ok((entry, ended))
    }

    /// Lifts a denial, named by its id, or by the thumbprint or serial number if one entry alone has it. Sessions that
    /// ended stay ended.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when none or several match.
    pub async fn allow_certificate(
        &self,
        actor: &Actor,
        tenant: TenantId,
        named: &str,
    ) -> Result<DeniedCertificate, EngineError> {
        let digits = hex_digits(named);
        let mut matching: Vec<DeniedCertificate> = self
            .denied_certificates(tenant)
            .await?
            .into_iter()
            .filter(|entry| {
                entry.id.to_string() == named.trim()
                    || entry.sha256_thumbprint.as_ref() == Some(&digits)
                    || entry
                        .serial_number
                        .as_ref()
                        .is_some_and(|serial| serial.to_hex() == digits)
            })
            .collect();
        let (Some(entry), true) = (matching.pop(), matching.is_empty()) else {
            return Err(EngineError::NotFound(format!(
                "exactly one denial named `{named}`"
            )));
        };
        let told = Told {
            actor,
            tenant,
            activity: "Allow certificate",
            target: shown(&entry),
            old: json!(entry),
            new: Value::Null,
        };
        self.change(told, vec![Write::AllowCertificate { tenant, id: entry.id }])
            .await?;
        self.reload_snapshot().await?;
        Ok(entry)
    }

    /// The denied certificates of a tenant as stored, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn denied_certificates(&self, tenant: TenantId) -> Result<Vec<DeniedCertificate>, EngineError> {
        self.store
            .denied_certificates(tenant)
            .await?
            .iter()
            .map(|row| {
                serde_json::from_str(&row.body).map_err(|error| {
                    EngineError::Configuration(format!("denied certificate {}: {error}", row.id))
                })
            })
            .collect()
    }

    fn read_denial(&self, actor: &Actor, new: NewDenial) -> Result<DeniedCertificate, EngineError> {
        let refuse = |reason: &str| Err(EngineError::InvalidChange(reason.to_owned()));
        let reason = new.reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > MAX_REASON_CHARACTERS {
            return refuse("a denial needs a reason of at most 512 characters");
        }
        let mut entry = DeniedCertificate {
            id: self.new_guid()?,
            sha256_thumbprint: None,
            issuer: None,
            serial_number: None,
            reason,
            denied: second(self.now()).to_string(),
            denied_by: actor.0.clone(),
        };
        if let Some(der) = &new.certificate {
            let certificate = Certificate::parse(der)
                .map_err(|error| EngineError::InvalidChange(format!("not a certificate: {error}")))?;
            let facts = certificate.facts();
            entry.sha256_thumbprint = Some(data_encoding::HEXLOWER.encode(&facts.sha256_thumbprint));
            entry.issuer = Some(facts.issuer.clone());
            entry.serial_number = Some(facts.serial_number.clone());
            return Ok(entry);
        }
        if let Some(thumbprint) = &new.sha256_thumbprint {
            let digits = hex_digits(thumbprint);
            if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return refuse("the thumbprint is not SHA-256: 64 hex digits are expected");
            }
            entry.sha256_thumbprint = Some(digits);
        }
        match (&new.issuer, &new.serial_number) {
            (Some(issuer), Some(serial)) => {
                let issuer = Name::parse_text(issuer)
                    .map_err(|error| EngineError::InvalidChange(format!("the issuer is no name: {error}")))?;
                let digits = hex_digits(serial);
                let even = if digits.len() % 2 == 1 {
                    format!("0{digits}")
                } else {
                    digits
                };
                let serial = SerialNumber::try_from(even)
                    .map_err(|_| EngineError::InvalidChange("the serial number is not hex".to_owned()))?;
                (entry.issuer, entry.serial_number) = (Some(issuer), Some(serial));
            }
            (None, None) => {}
            _ => return refuse("issuer and serial number name a certificate only together"),
        }
        if entry.sha256_thumbprint.is_none() && entry.serial_number.is_none() {
            return refuse("a denial needs the certificate, its thumbprint, or its issuer and serial number");
        }
        Ok(entry)
    }
}

/// What names the certificate in the audit log.
fn shown(entry: &DeniedCertificate) -> String {
    match (&entry.issuer, &entry.serial_number, &entry.sha256_thumbprint) {
        (Some(issuer), Some(serial), _) => format!("serial number {} of {issuer}", serial.to_hex()),
        (_, _, Some(thumbprint)) => format!("SHA-256 {thumbprint}"),
        _ => entry.id.to_string(),
    }
}

/// What may be denied once.
fn key(entry: &DeniedCertificate) -> String {
    match (&entry.sha256_thumbprint, &entry.issuer, &entry.serial_number) {
        (Some(thumbprint), ..) => thumbprint.clone(),
        (None, Some(issuer), Some(serial)) => {
            format!("{}@{}", serial.to_hex(), issuer.to_string().to_lowercase())
        }
        _ => entry.id.to_string(),
    }
}

/// The stored authority that an entry would deny.
fn denied_authority(tenant: &TenantSnapshot, entry: &DeniedCertificate) -> Option<String> {
    tenant
        .trust
        .authorities()
        .find(|(id, authority)| {
            let facts = authority.certificate.facts();
            let is_named = entry
                .issuer
                .as_ref()
                .zip(entry.serial_number.as_ref())
                .is_some_and(|(issuer, serial)| {
                    *serial == facts.serial_number && issuer.matches_name_either_order(&facts.issuer)
                });
            is_named || entry.sha256_thumbprint.as_deref() == Some(id.to_string().as_str())
        })
        .map(|(_, authority)| authority.certificate.facts().subject.to_string())
}

/// Without the separators that other programs write between octets; lower case.
fn hex_digits(text: &str) -> String {
    text.trim().replace([':', ' '], "").to_lowercase()
}

fn second(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}
