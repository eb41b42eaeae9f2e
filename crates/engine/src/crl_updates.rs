//! Keeping CRLs current: one download at a time for each list, ingested off the request path, swapped in whole.

mod addresses;
mod events;
mod one_downloader;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

use lanyard_pki::{
    AuthorityId, CrlIndex, CrlKind, CrlNumber, CrlSlot, HighestCrl, IngestOptions, RevocationView,
    StoredAuthority, number_rises,
};
use lanyard_storage::{CrlHistoryRow, CrlRow, Store};
use lanyard_verdict::{Code, Refusal, RuleId};

use crate::crl_source::CrlSource;
use crate::{Clock, CrlLimits, EngineError};

/// After a failed download the same answer is given for this long before the server is asked again (DL-4).
const FAILURE_MEMORY_SECS: i64 = 5;

/// Which list.
type CrlKey = (AuthorityId, CrlKind);

/// With a grace period sign-ins need not wait for a server that is away: it is asked again after this long.
const FAILURE_MEMORY_IN_GRACE_SECS: i64 = 60;

/// The revocation data of this node and the downloads that renew it.
pub struct CrlUpdates {
    store: Store,
    source: Arc<dyn CrlSource>,
    clock: Arc<dyn Clock>,
    limits: CrlLimits,
    view: ArcSwap<RevocationView>,
    copies: Mutex<HashMap<CrlKey, CopyFacts>>,
    flights: Mutex<HashMap<CrlKey, Flight>>,
    failures: Mutex<HashMap<CrlKey, (Timestamp, Refusal)>>,
    address_faults: Mutex<HashMap<CrlKey, Vec<AddressFault>>>,
    arrivals: broadcast::Sender<AuthorityId>,
    troubles: Mutex<HashMap<CrlKey, Trouble>>,
    events: broadcast::Sender<CrlEvent>,
}

/// What is known about the copy at hand.
#[derive(Clone, Debug)]
pub struct CopyFacts {
    /// Address it came from.
    pub url: String,
    /// `ETag` of the answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the answer.
    pub last_modified: Option<String>,
    /// When it was last asked for with success.
    pub fetched: Timestamp,
    /// SHA-256 of the octets.
    pub sha256: [u8; 32],
    /// How many octets.
    pub octets: u64,
}

/// An address that did not give a list when it was last asked.
#[derive(Clone, Debug)]
pub struct AddressFault {
    /// The address, without its query.
    pub address: String,
    /// Why not.
    pub refusal: Refusal,
}

pub(crate) use events::{CrlEvent, Trouble};

/// A download in progress.
#[derive(Clone)]
struct Flight {
    outcome: watch::Receiver<Option<Result<(), Refusal>>>,
    progress: watch::Receiver<u64>,
}

/// One list that is wanted, with where it is published.
#[derive(Clone, Debug)]
pub struct WantedCrl {
    /// The authority that signs it.
    pub authority: StoredAuthority,
    /// Complete or delta.
    pub kind: CrlKind,
}

impl WantedCrl {
    fn key(&self) -> CrlKey {
        (self.authority.id(), self.kind)
    }

    /// Its addresses, in the order to ask.
    #[must_use]
    pub fn addresses(&self) -> Vec<&str> {
        let authority = &self.authority;
        match self.kind {
            CrlKind::Base => authority
                .base_crl_url
                .iter()
                .chain(&authority.further_base_crl_urls)
                .map(String::as_str)
                .collect(),
            CrlKind::Delta => authority.delta_crl_url.as_deref().into_iter().collect(),
        }
    }
}

impl CrlUpdates {
    /// Starts from the indexes that were stored; nothing is downloaded here.
    ///
    /// # Errors
    /// When the database cannot be read. A stored index that does not verify is made anew from the stored list; a list
    /// that cannot be read is dropped and downloaded again.
    pub async fn load(
        store: Store,
        source: Arc<dyn CrlSource>,
        clock: Arc<dyn Clock>,
        limits: CrlLimits,
    ) -> Result<Arc<Self>, EngineError> {
        let mut view = RevocationView::default();
        let mut copies = HashMap::new();
        for header in store.crl_headers().await? {
            let authority = AuthorityId(header.authority);
            let Some(kind) = kind_from_number(header.kind) else {
                continue;
            };
            let Some(row) = store.crl(header.authority, header.kind).await? else {
                continue;
            };
            match CrlIndex::from_store(&row.index, &row.der, authority) {
                Ok(index) => {
                    view = view.with(authority, kind, CrlSlot::Available(Arc::new(index)));
                    copies.insert((authority, kind), CopyFacts::of(&row));
                }
                Err(error) => {
                    tracing::warn!(%authority, ?kind, %error, "a stored CRL index does not verify and is dropped")
                }
            }
        }
        Ok(Arc::new(Self {
            store,
            source,
            clock,
            limits,
            view: ArcSwap::from_pointee(view),
            copies: Mutex::new(copies),
            flights: Mutex::default(),
            failures: Mutex::default(),
            address_faults: Mutex::default(),
            arrivals: broadcast::Sender::new(256),
            troubles: Mutex::default(),
            events: broadcast::Sender::new(256),
        }))
    }

    /// The downloader.
    pub(crate) fn source(&self) -> &Arc<dyn CrlSource> {
        &self.source
    }

    /// What is known now. Lock-free.
    #[must_use]
    pub fn view(&self) -> Arc<RevocationView> {
        self.view.load_full()
    }

    /// The copy at hand of one list.
    #[must_use]
    pub fn copy(&self, authority: AuthorityId, kind: CrlKind) -> Option<CopyFacts> {
        lock(&self.copies).get(&(authority, kind)).cloned()
    }

    /// The addresses of a list that did not give it when they were last asked, in the order asked.
    #[must_use]
    pub fn address_faults(&self, authority: AuthorityId, kind: CrlKind) -> Vec<AddressFault> {
        lock(&self.address_faults)
            .get(&(authority, kind))
            .cloned()
            .unwrap_or_default()
    }

    /// Tells the authority of each list that is swapped in: wakes whoever ends sessions of revoked certificates.
    #[must_use]
    pub fn arrivals(&self) -> broadcast::Receiver<AuthorityId> {
        self.arrivals.subscribe()
    }

    /// Takes over lists of an authority that another process stored.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn reload(&self, authority: AuthorityId) -> Result<(), EngineError> {
        for kind in [CrlKind::Base, CrlKind::Delta] {
            let Some(header) = self.store.crl_header(authority.0, number_of_kind(kind)).await? else {
                continue;
            };
            if self.is_the_one_at_hand(authority, kind, &header) {
                self.confirmed(
                    (authority, kind),
                    Timestamp::from_microsecond(header.fetched_us).unwrap_or(Timestamp::UNIX_EPOCH),
                );
                continue;
            }
            let known = self
                .copy(authority, kind)
                .map(|copy| copy.fetched.as_microsecond());
            if known == Some(header.fetched_us) {
                continue;
            }
            let Some(row) = self.store.crl(authority.0, number_of_kind(kind)).await? else {
                continue;
            };
            match CrlIndex::from_store(&row.index, &row.der, authority) {
                Ok(index) => {
                    lock(&self.copies).insert((authority, kind), CopyFacts::of(&row));
                    let index = Arc::new(index);
                    self.view.rcu(|view| {
                        (**view)
                            .clone()
                            .with(authority, kind, CrlSlot::Available(Arc::clone(&index)))
                    });
                    let _ = self.arrivals.send(authority);
                }
                Err(error) => {
                    tracing::warn!(%authority, ?kind, %error, "a stored CRL index does not verify and is left alone")
                }
            }
        }
        Ok(())
    }

    /// Waits for lists a sign-in needs and returns what was `known` with them, or with why they did not come, filled in.
    ///
    /// Rule `CRL-SINGLE-FLIGHT`: one download per list at a time; sign-ins that arrive meanwhile wait for the same one
    /// up to the interactive limit. Source: certificate-sign-in §4.3 DL-2, DL-3.
    pub async fn obtain(self: &Arc<Self>, known: &RevocationView, wanted: Vec<WantedCrl>) -> RevocationView {
        let waits = wanted.into_iter().map(|wanted| {
            let updates = Arc::clone(self);
            async move { (wanted.key(), updates.wait_for(wanted).await) }
        });
        let outcomes = futures_util::future::join_all(waits).await;
        let arrived = self.view();
        let mut view = known.clone();
        for ((authority, kind), outcome) in outcomes {
            let slot = match outcome {
                Ok(()) => arrived.slot(&authority, kind).clone(),
                Err(refusal) => not_renewed(known, authority, kind, refusal),
            };
            view = view.with(authority, kind, slot);
        }
        view
    }

    async fn wait_for(self: &Arc<Self>, wanted: WantedCrl) -> Result<(), Refusal> {
        let key = wanted.key();
        let has_grace = wanted.authority.crl_grace_secs > 0 && self.view().index(&key.0, key.1).is_some();
        if let Some(refusal) = self.recent_failure(&key, has_grace) {
            return Err(refusal);
        }
        let rule = RuleId::new("CRL-SINGLE-FLIGHT");
        let deadline = Instant::now() + self.limits.interactive_wait;
        let (mut flight, joined) = self.join_or_start(wanted);
        loop {
            if let Some(outcome) = flight.outcome.borrow_and_update().clone() {
                return outcome;
            }
            let received = *flight.progress.borrow_and_update();
            if received > self.limits.interactive_bytes {
                let detail = format!(
                    "the list is larger than the {} octets a sign-in waits for ({received} so far); the download goes on in the background",
                    self.limits.interactive_bytes
                );
                return Err(Refusal::new(Code::CRL_TOO_LARGE, rule, detail));
            }
            tokio::select! {
                changed = flight.outcome.changed() => if changed.is_err() {
                    return Err(Refusal::new(Code::CRL_TIMEOUT, rule, "the download ended without an answer"));
                },
                // A finished sender only means that no more progress is reported; the outcome still comes.
                Ok(()) = flight.progress.changed() => {}
                () = tokio::time::sleep_until(deadline) => {
                    let code = if joined { Code::CRL_DOWNLOAD_IN_PROGRESS } else { Code::CRL_DOWNLOAD_TIMED_OUT };
                    let detail = format!(
                        "no complete list within {} s; the download goes on in the background",
                        self.limits.interactive_wait.as_secs()
                    );
                    return Err(Refusal::new(code, rule, detail));
                }
            }
        }
    }

    /// Renews one list now, whoever asks: schedule, administrator or sign-in. Joins a running download.
    ///
    /// # Errors
    /// The refusal that says why the list could not be renewed; the copy at hand stays in use until it expires.
    pub async fn refresh(self: &Arc<Self>, wanted: WantedCrl) -> Result<(), Refusal> {
        let (mut flight, _) = self.join_or_start(wanted);
        match flight.outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Ok(())),
            Err(_) => Err(Refusal::new(
                Code::CRL_TIMEOUT,
                RuleId::new("CRL-SINGLE-FLIGHT"),
                "the download ended without an answer",
            )),
        }
    }

    fn recent_failure(&self, key: &CrlKey, has_grace: bool) -> Option<Refusal> {
        let memory_secs = if has_grace {
            FAILURE_MEMORY_IN_GRACE_SECS
        } else {
            FAILURE_MEMORY_SECS
        };
        let now = self.clock.now().as_second();
        lock(&self.failures)
            .get(key)
            .filter(|(when, _)| (now - when.as_second()).abs() <= memory_secs)
            .map(|(_, refusal)| refusal.clone())
    }

    fn join_or_start(self: &Arc<Self>, wanted: WantedCrl) -> (Flight, bool) {
        let key = wanted.key();
        let mut flights = lock(&self.flights);
        if let Some(flight) = flights.get(&key) {
            return (flight.clone(), true);
        }
        let (outcome_sender, outcome) = watch::channel(None);
        let (progress_sender, progress) = watch::channel(0);
        let flight = Flight { outcome, progress };
        flights.insert(key, flight.clone());
        let updates = Arc::clone(self);
        tokio::spawn(async move {
            let result = updates.renew(&wanted, progress_sender).await;
            updates.note_outcome(key, result.as_ref());
            match &result {
                Ok(()) => drop(lock(&updates.failures).remove(&key)),
                Err(refusal) => {
                    tracing::warn!(authority = %key.0, kind = ?key.1, code = %refusal.code, detail = %refusal.detail, "CRL not renewed");
                    lock(&updates.failures).insert(key, (updates.clock.now(), refusal.clone()));
                }
            }
            metrics::counter!("lanyard_crl_downloads_total", "outcome" => if result.is_ok() { "ok" } else { "failed" }).increment(1);
            lock(&updates.flights).remove(&key);
            outcome_sender.send_replace(Some(result));
        });
        (flight, false)
    }

    /// Takes in a list that arrived, by download or by hand: verify, persist, then swap.
    pub(crate) async fn ingest(
        &self,
        wanted: &WantedCrl,
        url: &str,
        octets: Vec<u8>,
        etag: Option<String>,
        last_modified: Option<String>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let key = wanted.key();
        let rule = RuleId::new("CRL-SINGLE-FLIGHT");
        let storage_failed = |error: lanyard_storage::StorageError| {
            Refusal::new(
                Code::CRL_MISSING,
                rule.clone(),
                format!("the list could not be stored: {error}"),
            )
        };
        let highest = self
            .store
            .highest_crl_number(key.0.0, number_of_kind(key.1))
            .await
            .map_err(storage_failed)?;
        let at_hand = self.view().index(&key.0, key.1).map(|index| index.highest());
        // Without the copy the highest number was seen with, only a higher number is certain to be new.
        let previous = at_hand.or_else(|| {
            let number = number_from_hex(&highest?);
            number.map(|number| HighestCrl {
                number: Some(number),
                fingerprint: [0; 32],
            })
        });
        let issuer = wanted.authority.certificate.clone();
        let kind = key.1;
        let ingested = tokio::task::spawn_blocking(move || {
            let index = CrlIndex::ingest(&octets, &issuer, kind, &IngestOptions::default(), now)?;
            number_rises(previous.as_ref(), &index.highest())?;
            Ok::<_, Refusal>((index, octets))
        })
        .await
        .map_err(|_| {
            Refusal::new(
                Code::CRL_UNUSABLE,
                RuleId::new("CRL-SINGLE-FLIGHT"),
                "reading the list failed",
            )
        })?;
        let (index, octets) = ingested?;
        let row = CrlRow {
            authority: key.0.0,
            kind: number_of_kind(key.1),
            url: url.to_owned(),
            number_hex: index.number().cloned().map(String::from),
            this_update_us: index.this_update().as_microsecond(),
            next_update_us: Some(index.next_update().as_microsecond()),
            etag,
            last_modified,
            fetched_us: now.as_microsecond(),
            der: octets,
            index: index.to_bytes(),
        };
        let entries = index.len();
        let history = CrlHistoryRow {
            authority: row.authority,
            kind: row.kind,
            learned_us: row.fetched_us,
            number_hex: row.number_hex.clone(),
            sha256: sha256(&row.der),
            entries: i64::try_from(entries).unwrap_or(i64::MAX),
        };
        self.store
            .save_crl(&row, Some(&history))
            .await
            .map_err(storage_failed)?;
        lock(&self.copies).insert(key, CopyFacts::of(&row));
        drop(row);
        let index = Arc::new(index);
        self.view.rcu(|view| {
            (**view)
                .clone()
                .with(key.0, key.1, CrlSlot::Available(Arc::clone(&index)))
        });
        tracing::info!(authority = %key.0, kind = ?key.1, entries, next_update = %index.next_update(), "CRL taken in");
        // Nobody may be listening: a command line run has no sessions to end.
        let _ = self.arrivals.send(key.0);
        Ok(())
    }
}

impl CopyFacts {
    fn of(row: &CrlRow) -> Self {
        Self {
            url: row.url.clone(),
            etag: row.etag.clone(),
            last_modified: row.last_modified.clone(),
            fetched: Timestamp::from_microsecond(row.fetched_us).unwrap_or(Timestamp::UNIX_EPOCH),
            sha256: sha256(&row.der),
            octets: row.der.len() as u64,
        }
    }
}

/// What is known about a list that was needed and could not be had.
pub(crate) fn not_renewed(
    known: &RevocationView,
    authority: AuthorityId,
    kind: CrlKind,
    refusal: Refusal,
) -> CrlSlot {
    match known.index(&authority, kind) {
        Some(index) => CrlSlot::NotRenewed {
            index: Arc::clone(index),
            refusal,
        },
        None => CrlSlot::Failed(refusal),
    }
}

fn sha256(octets: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, octets);
    let mut array = [0; 32];
    array.copy_from_slice(digest.as_ref());
    array
}

/// Reads a stored number, which has no leading zero.
fn number_from_hex(digits: &str) -> Option<CrlNumber> {
    let width = digits.len().next_multiple_of(2);
    CrlNumber::try_from(format!("{digits:0>width$}")).ok()
}

/// The number a kind is stored under.
pub(crate) const fn number_of_kind(kind: CrlKind) -> i16 {
    match kind {
        CrlKind::Base => 0,
        CrlKind::Delta => 1,
    }
}

const fn kind_from_number(number: i16) -> Option<CrlKind> {
    match number {
        0 => Some(CrlKind::Base),
        1 => Some(CrlKind::Delta),
        _ => None,
    }
}

/// A poisoned lock still guards whole values here: every critical section is one map operation.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_numbers_come_back_whole() {
        for number in [0, 1, 9, 10, 255, 256, 4_096, u64::MAX] {
            let number = CrlNumber::from(number);
            let stored = String::from(number.clone());
            let trimmed = stored.trim_start_matches('0');
            assert_eq!(number_from_hex(trimmed), Some(number.clone()), "{number}");
            assert_eq!(number_from_hex(&stored), Some(number));
        }
        assert_eq!(number_from_hex("x1"), None);
    }
}
