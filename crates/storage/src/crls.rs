//! Certificate revocation lists: the latest one of each authority, the highest number ever seen, and what was learned
//! when.
//!
//! The bytes are written in parts, each part a unit of its own, and become the CRL by one small unit at the end: a list
//! of many megabytes never holds up a sign-in. A reader sees the old list or the new one.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::rows::{fixed, small};
use crate::statements::statements;
use crate::value::values;
use crate::{ChangeKind, StorageError, Store};

macro_rules! columns {
    () => {
        "SELECT authority, kind, url, number_hex, this_update, next_update, etag, last_modified, fetched, generation, \
         der_length, index_length FROM crls "
    };
}

statements! {
    INSERT_PART = "INSERT INTO crl_parts (generation, part, position, created, bytes) VALUES ($1, $2, $3, $4, $5)";
    UPSERT = "INSERT INTO crls (authority, kind, generation, url, number_hex, this_update, next_update, etag, \
        last_modified, fetched, der_length, index_length) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (authority, kind) DO UPDATE SET \
        generation = excluded.generation, url = excluded.url, number_hex = excluded.number_hex, \
        this_update = excluded.this_update, next_update = excluded.next_update, etag = excluded.etag, \
        last_modified = excluded.last_modified, fetched = excluded.fetched, der_length = excluded.der_length, \
        index_length = excluded.index_length";
    CONFIRM = "UPDATE crls SET fetched = $3, etag = $4, last_modified = $5 WHERE authority = $1 AND kind = $2";
    RAISE_NUMBER = "INSERT INTO crl_highest_numbers (authority, kind, number_hex) VALUES ($1, $2, $3) \
        ON CONFLICT (authority, kind) DO UPDATE SET number_hex = excluded.number_hex \
        WHERE excluded.number_hex > crl_highest_numbers.number_hex";
    INSERT_HISTORY = "INSERT INTO crl_history (authority, kind, learned, number_hex, sha256, entries) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (authority, kind, learned, sha256) DO NOTHING";
    DELETE_PARTS = "DELETE FROM crl_parts WHERE (generation, part, position) IN \
        (SELECT generation, part, position FROM crl_parts WHERE generation = $1 LIMIT 4)";
    HEADER = concat!(columns!(), "WHERE authority = $1 AND kind = $2");
    HEADERS = concat!(columns!(), "ORDER BY authority, kind");
    PARTS = "SELECT part, position, bytes FROM crl_parts WHERE generation = $1 ORDER BY part, position";
    HIGHEST_NUMBER = "SELECT number_hex FROM crl_highest_numbers WHERE authority = $1 AND kind = $2";
    HISTORY = "SELECT authority, kind, learned, number_hex, sha256, entries FROM crl_history \
        WHERE authority = $1 AND kind = $2 AND learned <= $3 ORDER BY learned DESC LIMIT $4";
}

/// Bytes of one part.
const PART_BYTES: usize = 256 * 1024;
/// Hex digits of a stored number: 32 octets, more than the 20 that RFC 5280 §5.2.3 allows.
const NUMBER_DIGITS: usize = 64;
const DER: i64 = 0;
const INDEX: i64 = 1;

/// A verified CRL and its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlRow {
    /// Which authority's: the caller's 32 bytes.
    pub authority: [u8; 32],
    /// Base or delta: the caller's number.
    pub kind: i16,
    /// Where it came from.
    pub url: String,
    /// CRL number, hex without prefix, at most 64 digits.
    pub number_hex: Option<String>,
    /// thisUpdate, microseconds.
    pub this_update_us: i64,
    /// nextUpdate, microseconds.
    pub next_update_us: Option<i64>,
    /// `ETag` of the answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the answer.
    pub last_modified: Option<String>,
    /// When it was fetched, microseconds.
    pub fetched_us: i64,
    /// The CRL itself.
    pub der: Vec<u8>,
    /// The compact index made from it.
    pub index: Vec<u8>,
}

/// A CRL without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlHeader {
    /// Which authority's.
    pub authority: [u8; 32],
    /// Base or delta.
    pub kind: i16,
    /// Where it came from.
    pub url: String,
    /// CRL number, hex.
    pub number_hex: Option<String>,
    /// thisUpdate, microseconds.
    pub this_update_us: i64,
    /// nextUpdate, microseconds.
    pub next_update_us: Option<i64>,
    /// `ETag` of the answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the answer.
    pub last_modified: Option<String>,
    /// When it was fetched, microseconds.
    pub fetched_us: i64,
    /// Length of the CRL in bytes.
    pub der_length: u64,
    /// Length of the index in bytes.
    pub index_length: u64,
    generation: Uuid,
}

/// What was learned when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlHistoryRow {
    /// Which authority's.
    pub authority: [u8; 32],
    /// Base or delta.
    pub kind: i16,
    /// When the CRL took effect here, microseconds.
    pub learned_us: i64,
    /// CRL number, hex.
    pub number_hex: Option<String>,
    /// SHA-256 of the CRL.
    pub sha256: [u8; 32],
    /// How many entries it had.
    pub entries: i64,
}

type HeaderColumns = (
    Vec<u8>,
    i64,
    String,
    Option<String>,
    i64,
    Option<i64>,
    Option<String>,
    Option<String>,
    i64,
    Uuid,
    i64,
    i64,
);

type HistoryColumns = (Vec<u8>, i64, i64, Option<String>, Vec<u8>, i64);

impl CrlHeader {
    fn from_columns(columns: HeaderColumns) -> Result<Self, StorageError> {
        let (
            authority,
            kind,
            url,
            number_hex,
            this_update_us,
            next_update_us,
            etag,
            last_modified,
            fetched_us,
            generation,
            der_length,
            index_length,
        ) = columns;
        Ok(Self {
            authority: fixed("CRL", authority)?,
            kind: small("CRL", kind)?,
            url,
            number_hex,
            this_update_us,
            next_update_us,
            etag,
            last_modified,
            fetched_us,
            der_length: der_length.unsigned_abs(),
            index_length: index_length.unsigned_abs(),
            generation,
        })
    }
}

/// Padded, so that the order of texts is the order of numbers.
fn padded(number_hex: &str) -> Result<String, StorageError> {
    let digits = number_hex.trim_start_matches('0').to_ascii_lowercase();
    if digits.len() > NUMBER_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        let reason = format!("{number_hex:?} is not a number of at most {NUMBER_DIGITS} hex digits");
        return Err(StorageError::Unstorable {
            what: "CRL number",
            reason,
        });
    }
    Ok(format!("{digits:0>NUMBER_DIGITS$}"))
}

/// Without the padding; zero is `0`.
fn unpadded(number_hex: &str) -> String {
    let digits = number_hex.trim_start_matches('0');
    if digits.is_empty() {
        "0".to_owned()
    } else {
        digits.to_owned()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn length(bytes: &[u8]) -> Result<i64, StorageError> {
    i64::try_from(bytes.len()).map_err(|error| StorageError::Unstorable {
        what: "CRL",
        reason: error.to_string(),
    })
}

impl Store {
    /// Makes this the authority's CRL of its kind, raises the highest number seen, and notes in the history what was
    /// learned.
    ///
    /// The caller has checked that the number did not fall.
    ///
    /// # Errors
    /// [`StorageError::Unstorable`] when the number is not hex.
    pub async fn save_crl(&self, crl: &CrlRow, history: Option<&CrlHistoryRow>) -> Result<(), StorageError> {
        let number = crl.number_hex.as_deref().map(padded).transpose()?;
        let before = self.crl_header(crl.authority, crl.kind).await?;
        let generation = Uuid::new_v4();
        for (part, bytes) in [(DER, &crl.der), (INDEX, &crl.index)] {
            for (position, bytes) in (0_i64..).zip(bytes.chunks(PART_BYTES)) {
                let mut unit = Unit::default();
                unit.run(
                    INSERT_PART,
                    values![generation, part, position, crl.fetched_us, bytes],
                );
                self.run(unit).await?;
            }
        }
        let mut unit = Unit::default();
        let values = values![
            crl.authority,
            crl.kind,
            generation,
            crl.url.as_str(),
            crl.number_hex.as_deref().map(str::to_ascii_lowercase),
            crl.this_update_us,
            crl.next_update_us,
            crl.etag.clone(),
            crl.last_modified.clone(),
            crl.fetched_us,
            length(&crl.der)?,
            length(&crl.index)?
        ];
        unit.run(UPSERT, values);
        if let Some(number) = number {
            unit.run(RAISE_NUMBER, values![crl.authority, crl.kind, number]);
        }
        if let Some(row) = history {
            let values = values![
                row.authority,
                row.kind,
                row.learned_us,
                row.number_hex.clone(),
                row.sha256,
                row.entries
            ];
            unit.run(INSERT_HISTORY, values);
        }
        unit.note(ChangeNote {
            tenant: None,
            kind: ChangeKind::Crl,
            id: Some(hex(&crl.authority)),
        });
        self.run(unit).await?;
        if let Some(before) = before {
            self.delete_crl_parts(before.generation).await?;
        }
        Ok(())
    }

    /// A few parts at a time, for the same reason as writing them so.
    pub(crate) async fn delete_crl_parts(&self, generation: Uuid) -> Result<(), StorageError> {
        loop {
            let mut unit = Unit::default();
            unit.run(DELETE_PARTS, values![generation]);
            if self.run(unit).await? == 0 {
                return Ok(());
            }
        }
    }

    /// The server said that the CRL has not changed: notes when, and what it sent to recognise it by.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn confirm_crl(
        &self,
        authority: [u8; 32],
        kind: i16,
        fetched_us: i64,
        etag: Option<&str>,
        last_modified: Option<&str>,
    ) -> Result<(), StorageError> {
        let mut unit = Unit::default();
        let values = values![authority, kind, fetched_us, etag, last_modified];
        unit.push(CONFIRM, values, Expect::Found("CRL"), "CRL");
        self.run(unit).await.map(|_| ())
    }

    /// The authority's CRL of a kind, with its bytes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn crl(&self, authority: [u8; 32], kind: i16) -> Result<Option<CrlRow>, StorageError> {
        // Between the two statements another list may have taken its place: then the parts are missing, look again.
        for _ in 0..5 {
            let Some(header) = self.crl_header(authority, kind).await? else {
                return Ok(None);
            };
            if let Some(row) = self.with_bytes(header).await? {
                return Ok(Some(row));
            }
        }
        Err(StorageError::corrupt("CRL", "its bytes are not complete"))
    }

    async fn with_bytes(&self, header: CrlHeader) -> Result<Option<CrlRow>, StorageError> {
        let rows: Vec<(i64, i64, Vec<u8>)> = self.database().fetch(PARTS, values![header.generation]).await?;
        let mut bytes: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
        for (part, _, chunk) in rows {
            bytes.entry(part).or_default().extend_from_slice(&chunk);
        }
        let der = bytes.remove(&DER).unwrap_or_default();
        let index = bytes.remove(&INDEX).unwrap_or_default();
        if der.len() as u64 != header.der_length || index.len() as u64 != header.index_length {
            return Ok(None);
        }
        Ok(Some(CrlRow {
            authority: header.authority,
            kind: header.kind,
            url: header.url,
            number_hex: header.number_hex,
            this_update_us: header.this_update_us,
            next_update_us: header.next_update_us,
            etag: header.etag,
            last_modified: header.last_modified,
            fetched_us: header.fetched_us,
            der,
            index,
        }))
    }

    /// The authority's CRL of a kind, without its bytes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn crl_header(
        &self,
        authority: [u8; 32],
        kind: i16,
    ) -> Result<Option<CrlHeader>, StorageError> {
        let row = self
            .database()
            .fetch_one(HEADER, values![authority, kind])
            .await?;
        row.map(CrlHeader::from_columns).transpose()
    }

    /// All CRLs without their bytes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn crl_headers(&self) -> Result<Vec<CrlHeader>, StorageError> {
        let rows: Vec<HeaderColumns> = self.database().fetch(HEADERS, values![]).await?;
        rows.into_iter().map(CrlHeader::from_columns).collect()
    }

    /// The highest CRL number ever saved, hex; kept for ever.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn highest_crl_number(
        &self,
        authority: [u8; 32],
        kind: i16,
    ) -> Result<Option<String>, StorageError> {
        let row: Option<(String,)> = self
            .database()
            .fetch_one(HIGHEST_NUMBER, values![authority, kind])
            .await?;
        Ok(row.map(|(number,)| unpadded(&number)))
    }

    /// What was learned until a time, newest first: the first row is the list that counted then.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn crl_history(
        &self,
        authority: [u8; 32],
        kind: i16,
        until_us: i64,
        limit: u32,
    ) -> Result<Vec<CrlHistoryRow>, StorageError> {
        let values = values![authority, kind, until_us, i64::from(limit)];
        let rows: Vec<HistoryColumns> = self.database().fetch(HISTORY, values).await?;
        rows.into_iter()
            .map(|(authority, kind, learned_us, number_hex, sha256, entries)| {
                Ok(CrlHistoryRow {
                    authority: fixed("CRL history", authority)?,
                    kind: small("CRL history", kind)?,
                    learned_us,
                    number_hex,
                    sha256: fixed("CRL history", sha256)?,
                    entries,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_numbers_sort_as_numbers() {
        for (smaller, greater) in [
            ("9", "a"),
            ("ff", "100"),
            ("0FF", "100"),
            ("0", "1"),
            ("7f", "0080"),
        ] {
            assert!(
                padded(smaller).unwrap() < padded(greater).unwrap(),
                "{smaller} {greater}"
            );
        }
        assert_eq!(padded("0Ff").unwrap(), padded("ff").unwrap());
        assert_eq!(unpadded(&padded("00").unwrap()), "0");
        assert_eq!(unpadded(&padded("00A0").unwrap()), "a0");
        assert!(padded("x").is_err());
        assert!(padded(&"f".repeat(65)).is_err());
    }
}
