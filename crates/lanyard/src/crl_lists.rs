//! Joins the engine's CRLs with the downloader and its schedule; neither knows the other.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use lanyard_engine::{CrlDownload, CrlSource, DownloadFailure, DownloadedCrl, Engine, WantedCrl};
use lanyard_fetch::{
    ConditionalHeaders, CrlDownloader, DownloadLimits, Downloaded, ListTimes, RenewableLists,
};
use lanyard_pki::{AuthorityId, CrlKind};
use lanyard_verdict::Code;

/// The downloaders as the engine's source.
pub(crate) struct DownloaderSource {
    /// For revocation lists.
    pub(crate) lists: CrlDownloader,
    /// For files an administrator names: HTTPS, too.
    pub(crate) files: CrlDownloader,
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<DownloadedCrl, DownloadFailure>> + Send + 'a>>;

impl CrlSource for DownloaderSource {
    fn download<'a>(&'a self, download: CrlDownload, progress: watch::Sender<u64>) -> Answer<'a> {
        Box::pin(attempt(&self.lists, download, progress))
    }

    fn download_file<'a>(&'a self, download: CrlDownload, progress: watch::Sender<u64>) -> Answer<'a> {
        Box::pin(attempt(&self.files, download, progress))
    }
}

async fn attempt(
    downloader: &CrlDownloader,
    download: CrlDownload,
    progress: watch::Sender<u64>,
) -> Result<DownloadedCrl, DownloadFailure> {
    let limits = DownloadLimits {
        max_bytes: download.max_bytes,
        timeout: download.timeout,
    };
    let conditional = ConditionalHeaders {
        etag: download.etag,
        last_modified: download.last_modified,
    };
    let downloaded = downloader
        .download(&download.url, limits, &conditional, move |octets| {
            progress.send_replace(octets);
        })
        .await;
    match downloaded {
        Ok(Downloaded::NotModified) => Ok(DownloadedCrl::NotModified),
        Ok(Downloaded::Body {
            octets,
            etag,
            last_modified,
            ..
        }) => Ok(DownloadedCrl::Body {
            octets,
            etag,
            last_modified,
        }),
        Err(fault) => Err(DownloadFailure {
            code: code_of(fault.code_number()),
            detail: fault.to_string(),
        }),
    }
}

/// The catalogue's entry for a download fault.
fn code_of(number: u32) -> Code {
    Code::catalogue()
        .find(|entry| entry.code.number() == number)
        .map_or(Code::CRL_UNUSABLE, |entry| entry.code)
}

/// Every list of every tenant, for the renewal schedule.
pub(crate) struct ListsOfEngine(pub(crate) Arc<Engine>);

impl RenewableLists for ListsOfEngine {
    type List = (AuthorityId, CrlKind);

    fn lists(&self) -> Vec<(Self::List, Option<ListTimes>)> {
        let view = self.0.revocation();
        self.0
            .wanted_crls()
            .into_iter()
            .map(|wanted| {
                let key = (wanted.authority.id(), wanted.kind);
                let fetched = self.0.crls().copy(key.0, key.1).map(|copy| copy.fetched);
                let times = view
                    .index(&key.0, key.1)
                    .zip(fetched)
                    .map(|(index, fetched)| ListTimes {
                        this_update: index.this_update(),
                        next_update: index.next_update(),
                        next_publish: index.next_publish(),
                        fetched,
                    });
                (key, times)
            })
            .collect()
    }

    async fn renew(&self, list: &Self::List) -> bool {
        let wanted: Option<WantedCrl> = self
            .0
            .wanted_crls()
            .into_iter()
            .find(|wanted| (wanted.authority.id(), wanted.kind) == *list);
        match wanted {
            Some(wanted) => self.0.crls().refresh(wanted).await.is_ok(),
            None => true,
        }
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn chance(&self) -> f64 {
        let mut octets = [0_u8; 4];
        if aws_lc_rs::rand::fill(&mut octets).is_err() {
            return 0.5;
        }
        f64::from(u32::from_be_bytes(octets)) / (f64::from(u32::MAX) + 1.0)
    }
}
