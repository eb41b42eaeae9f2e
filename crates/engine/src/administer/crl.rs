//! Revocation lists by hand: uploading one, and what was known when.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use lanyard_directory::TenantId;
use lanyard_pki::{AuthorityId, Certificate, CrlFacts, CrlIndex, CrlKind, RevocationReason, SerialNumber};

use crate::administer::{Actor, Told};
use crate::crl_updates::number_of_kind;
use crate::{Engine, EngineError, WantedCrl};

/// The address that is noted for a list that was handed over.
const UPLOADED: &str = "uploaded";

/// A list that took effect here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LearnedCrl {
    /// Complete or delta.
    pub kind: CrlKind,
    /// When it took effect on this installation.
    pub learned: Timestamp,
    /// Its CRL number, hex.
    pub number_hex: Option<String>,
    /// SHA-256 of it.
    #[serde(skip)]
    pub sha256: [u8; 32],
    /// How many entries it had.
    pub entries: i64,
}

/// What the list in force now says about one serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedNow {
    /// Complete or delta.
    pub kind: CrlKind,
    /// The reason.
    pub reason: RevocationReason,
    /// The revocation date that the issuer states.
    pub date: Option<Timestamp>,
}

impl Engine {
    /// Takes in a list that an administrator hands over, by the same rules as one that was downloaded: signature,
    /// issuer, dates and rising number. It counts at once on every node and is kept.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] with the refusal; nothing is changed then.
    pub async fn upload_crl(
        &self,
        actor: &Actor,
        tenant: TenantId,
        wanted: &WantedCrl,
        octets: Vec<u8>,
    ) -> Result<(), EngineError> {
        let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &octets);
        let sha256: String = sha256
            .as_ref()
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect();
        let now = self.now();
        self.crls
            .ingest(wanted, UPLOADED, octets, None, None, now)
            .await
            .map_err(|refusal| {
                EngineError::InvalidChange(format!(
                    "the list is not taken in: {} ({} by {})",
                    refusal.detail, refusal.code, refusal.rule
                ))
            })?;
        let told = Told {
            actor,
            tenant,
            activity: "Upload CRL",
            target: wanted.authority.certificate.facts().subject.to_string(),
            old: Value::Null,
            new: json!({ "kind": wanted.kind, "sha256": sha256 }),
        };
        self.change(told, Vec::new()).await
    }

    /// The lists of an authority that took effect until a moment, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn learned_crls(
        &self,
        authority: AuthorityId,
        kind: CrlKind,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<LearnedCrl>, EngineError> {
        let number = number_of_kind(kind);
        let rows = self
            .store
            .crl_history(authority.0, number, until.as_microsecond(), limit)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| LearnedCrl {
                kind,
                learned: Timestamp::from_microsecond(row.learned_us).unwrap_or(Timestamp::UNIX_EPOCH),
                number_hex: row.number_hex,
                sha256: row.sha256,
                entries: row.entries,
            })
            .collect())
    }

    /// What the lists in force now say about a serial number; a delta's word comes first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn listed_now(
        &self,
        authority: AuthorityId,
        serial: &SerialNumber,
    ) -> Result<Option<ListedNow>, EngineError> {
        let view = self.revocation();
        for kind in [CrlKind::Delta, CrlKind::Base] {
            let Some(entry) = view
                .index(&authority, kind)
                .and_then(|index| index.is_revoked(serial))
            else {
                continue;
            };
            let date = match entry.date {
                Some(date) => Some(date),
                // Large indexes keep no dates: the list itself does.
                None => self
                    .store
                    .crl(authority.0, number_of_kind(kind))
                    .await?
                    .and_then(|row| CrlIndex::date_in(&row.der, serial)),
            };
            return Ok(Some(ListedNow {
                kind,
                reason: entry.reason,
                date,
            }));
        }
        Ok(None)
    }
}

/// The stored authorities that may have issued a list: same name, and same key where the list says which.
#[must_use]
pub fn issuers_of_crl<'a>(
    facts: &CrlFacts,
    authorities: impl Iterator<Item = &'a Certificate>,
) -> Vec<&'a Certificate> {
    authorities
        .filter(|certificate| {
            let authority = certificate.facts();
            let key = &facts.authority_key_identifier;
            authority.subject == facts.issuer && (key.is_none() || *key == authority.subject_key_identifier)
        })
        .collect()
}
