//! The addresses of one list, asked in order.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use lanyard_verdict::{Code, Refusal, RuleId};

use super::{AddressFault, CrlKey, CrlUpdates, WantedCrl, lock, number_of_kind};
use crate::crl_source::{CrlDownload, DownloadFailure, DownloadedCrl};

impl CrlUpdates {
    /// Downloads a list and takes it in.
    ///
    /// Rule `CRL-ADDRESSES-IN-ORDER`: the addresses of a list are asked in the configured order, and the first that gives a list
    /// by all rules counts; one that sends nothing for its share of the interactive wait is passed over, the last one is
    /// waited for. When none gives it, the answer names what each one did. Source: certificate-sign-in §4.3.
    pub(super) async fn download_in_order(
        &self,
        wanted: &WantedCrl,
        progress: &watch::Sender<u64>,
    ) -> Result<(), Refusal> {
        let addresses = wanted.addresses();
        let mut faults = Vec::new();
        let mut outcome = Err(Refusal::new(
            Code::CRL_MISSING,
            RuleId::new("CRL-ADDRESSES-IN-ORDER"),
            "no address is configured for this list",
        ));
        for (position, address) in addresses.iter().enumerate() {
            let share = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
            let is_last = position + 1 == addresses.len();
            let patience = (!is_last).then(|| self.limits.interactive_wait / share.max(1));
            outcome = self
                .download_from(wanted, address, addresses.len() == 1, patience, progress)
                .await;
            let Err(refusal) = &outcome else { break };
            if !is_last {
                tracing::warn!(authority = %wanted.authority.id(), kind = ?wanted.kind, code = %refusal.code, detail = %refusal.detail, "an address of a CRL does not give it; asking the next one");
            }
            faults.push(AddressFault {
                address: without_query(address),
                refusal: refusal.clone(),
            });
        }
        if outcome.is_err() && faults.len() > 1 {
            outcome = Err(all_of(&faults));
        }
        lock(&self.address_faults).insert(wanted.key(), faults);
        outcome
    }

    async fn download_from(
        &self,
        wanted: &WantedCrl,
        address: &str,
        is_only: bool,
        patience: Option<Duration>,
        progress: &watch::Sender<u64>,
    ) -> Result<(), Refusal> {
        let key = wanted.key();
        let rule = || RuleId::new("CRL-SINGLE-FLIGHT");
        let copy = self.copy(key.0, key.1).filter(|copy| copy.url == address);
        let download = CrlDownload {
            url: address.to_owned(),
            max_bytes: self.limits.background_bytes,
            timeout: self.limits.background_time,
            etag: copy.as_ref().and_then(|copy| copy.etag.clone()),
            last_modified: copy.as_ref().and_then(|copy| copy.last_modified.clone()),
        };
        let (received, mut begins) = watch::channel(0);
        let mut forwarded = received.subscribe();
        let nothing_comes = async {
            match patience {
                Some(patience) => {
                    if tokio::time::timeout(patience, begins.wait_for(|octets| *octets > 0))
                        .await
                        .is_ok()
                    {
                        std::future::pending::<()>().await;
                    }
                    patience
                }
                None => std::future::pending().await,
            }
        };
        let forward = async {
            while forwarded.changed().await.is_ok() {
                progress.send_replace(*forwarded.borrow_and_update());
            }
            std::future::pending::<()>().await;
        };
        let downloaded = tokio::select! {
            // An answer that is there counts before a wait that is over.
            biased;
            downloaded = self.source.download(download, received) => downloaded,
            waited = nothing_comes => Err(DownloadFailure {
                code: Code::CRL_DOWNLOAD_TIMED_OUT,
                detail: format!("nothing was sent within {} ms", waited.as_millis()),
            }),
            () = forward => return Ok(()),
        };
        let now = self.clock.now();
        match downloaded {
            Err(DownloadFailure { code, detail }) => Err(Refusal::new(code, rule(), detail)),
            Ok(DownloadedCrl::NotModified) => {
                let index = self.view().index(&key.0, key.1).cloned();
                let has_expired = index.is_none_or(|index| index.next_update() < now);
                if has_expired && !is_only {
                    return Err(Refusal::new(
                        Code::CERTIFICATE_NOT_VALID_NOW,
                        RuleId::new("CRL-ADDRESSES-IN-ORDER"),
                        "the server calls a list current that has expired",
                    ));
                }
                self.confirmed(key, now);
                self.store_confirmation(key, now).await;
                Ok(())
            }
            Ok(DownloadedCrl::Body {
                octets,
                etag,
                last_modified,
            }) => {
                self.ingest(wanted, address, octets, etag, last_modified, now)
                    .await
            }
        }
    }

    /// The copy at hand was current at `now`.
    pub(super) fn confirmed(&self, key: CrlKey, now: Timestamp) {
        if let Some(copy) = lock(&self.copies).get_mut(&key) {
            copy.fetched = copy.fetched.max(now);
        }
    }

    /// Tells the other nodes, and the next start, that the list needs no download yet.
    async fn store_confirmation(&self, key: CrlKey, now: Timestamp) {
        let Some(copy) = self.copy(key.0, key.1) else {
            return;
        };
        let (etag, last_modified) = (copy.etag.as_deref(), copy.last_modified.as_deref());
        let stored = self
            .store
            .confirm_crl(
                key.0.0,
                number_of_kind(key.1),
                now.as_microsecond(),
                etag,
                last_modified,
            )
            .await;
        if let Err(error) = stored {
            tracing::warn!(authority = %key.0, kind = ?key.1, %error, "that a CRL is still current was not stored");
        }
    }
}

/// One refusal of several: that of a list that is suspicious, else the first; its sentence names each address.
fn all_of(faults: &[AddressFault]) -> Refusal {
    let is_suspicious = |fault: &&AddressFault| {
        let refusal = &fault.refusal;
        refusal.code == Code::CRL_NOT_FROM_ISSUER || refusal.rule.as_str() == "CRL-NUMBER-RISES"
    };
    let told = faults.iter().find(is_suspicious).or(faults.first());
    let sentences: Vec<String> = faults
        .iter()
        .enumerate()
        .map(|(position, fault)| {
            format!(
                "{}. {}: {} ({})",
                position + 1,
                fault.address,
                fault.refusal.detail,
                fault.refusal.code
            )
        })
        .collect();
    let (code, rule) = told.map_or(
        (Code::CRL_MISSING, RuleId::new("CRL-ADDRESSES-IN-ORDER")),
        |fault| (fault.refusal.code, fault.refusal.rule.clone()),
    );
    Refusal::new(code, rule, sentences.join("; "))
}

fn without_query(address: &str) -> String {
    address.split(['?', '#']).next().unwrap_or_default().to_owned()
}
