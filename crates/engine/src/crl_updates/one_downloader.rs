//! One downloader for each list among all nodes.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use lanyard_pki::{AuthorityId, CrlKind};
use lanyard_storage::CrlHeader;
use lanyard_verdict::Refusal;

use super::{CrlKey, CrlUpdates, WantedCrl, number_from_hex, number_of_kind};

/// Another node's download is looked after this often: a notice of its end can be late.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

impl CrlUpdates {
    /// Renews a list: by what another process stored since, else by a download of our own.
    ///
    /// Rule `CRL-ONE-DOWNLOADER`: of several nodes on one PostgreSQL one downloads a list; the others wait for what it stores, and
    /// the next one takes over when it fails or dies. Source: certificate-sign-in §4.3 DL-3.
    pub(super) async fn renew(
        &self,
        wanted: &WantedCrl,
        progress: watch::Sender<u64>,
    ) -> Result<(), Refusal> {
        let key = wanted.key();
        let known = self.copy(key.0, key.1).map(|copy| copy.fetched);
        let mut arrivals = self.arrivals();
        loop {
            if self.take_stored(key, known).await {
                return Ok(());
            }
            match self.store.try_download_lock(key.0.0, number_of_kind(key.1)).await {
                Ok(Some(_held)) => {
                    // Whoever had it before may just have finished.
                    if self.take_stored(key, known).await {
                        return Ok(());
                    }
                    return self.download_in_order(wanted, &progress).await;
                }
                Ok(None) => {
                    let _ = tokio::time::timeout(LOOK_AGAIN, arrivals.recv()).await;
                }
                Err(error) => {
                    tracing::warn!(authority = %key.0, kind = ?key.1, %error, "whether another node downloads this CRL cannot be asked; downloading it here");
                    return self.download_in_order(wanted, &progress).await;
                }
            }
        }
    }

    /// Whether another process stored, since `known`, a list that is still good; then it counts here too.
    async fn take_stored(&self, key: CrlKey, known: Option<Timestamp>) -> bool {
        let header = match self.store.crl_header(key.0.0, number_of_kind(key.1)).await {
            Ok(Some(header)) => header,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(authority = %key.0, kind = ?key.1, %error, "stored CRLs cannot be looked at");
                return false;
            }
        };
        if known.is_some_and(|known| header.fetched_us <= known.as_microsecond()) {
            return false;
        }
        if let Err(error) = self.reload(key.0).await {
            tracing::warn!(authority = %key.0, kind = ?key.1, %error, "a stored CRL was not taken over");
            return false;
        }
        let view = self.view();
        let fetched = self.copy(key.0, key.1).map(|copy| copy.fetched);
        fetched > known
            && view
                .index(&key.0, key.1)
                .is_some_and(|index| index.next_update() >= self.clock.now())
    }

    /// Whether the stored list is the one at hand, perhaps found current once more.
    pub(super) fn is_the_one_at_hand(
        &self,
        authority: AuthorityId,
        kind: CrlKind,
        header: &CrlHeader,
    ) -> bool {
        let view = self.view();
        let Some((index, copy)) = view.index(&authority, kind).zip(self.copy(authority, kind)) else {
            return false;
        };
        let number = header.number_hex.as_deref().and_then(number_from_hex);
        index.number() == number.as_ref()
            && number.is_some()
            && index.this_update().as_microsecond() == header.this_update_us
            && Some(index.next_update().as_microsecond()) == header.next_update_us
            && copy.octets == header.der_length
    }
}
