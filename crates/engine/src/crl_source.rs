//! Where CRLs come from: the trait that the downloader implements.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;

use lanyard_verdict::Code;

/// What to download, and how much of it at the most.
#[derive(Clone, Debug)]
pub struct CrlDownload {
    /// Address from the configured authority.
    pub url: String,
    /// Most octets to accept, decoded.
    pub max_bytes: u64,
    /// Most time to take in all.
    pub timeout: Duration,
    /// `ETag` of the copy at hand.
    pub etag: Option<String>,
    /// `Last-Modified` of the copy at hand.
    pub last_modified: Option<String>,
}

/// A download that came to its end.
#[derive(Clone, Debug)]
pub enum DownloadedCrl {
    /// The copy at hand is current (304).
    NotModified,
    /// A new body.
    Body {
        /// The octets as published.
        octets: Vec<u8>,
        /// `ETag`, for the next time.
        etag: Option<String>,
        /// `Last-Modified`, for the next time.
        last_modified: Option<String>,
    },
}

/// A download that failed: 500173, 500174, 500179, 2205012 or 2205014 with the filled-in sentence.
#[derive(Clone, Debug)]
pub struct DownloadFailure {
    /// The error number.
    pub code: Code,
    /// What happened, without credentials or query.
    pub detail: String,
}

/// Downloads CRLs. Does not retry, cache or decide; each call is one attempt.
pub trait CrlSource: Send + Sync {
    /// Downloads once; `progress` is told the number of octets received so far (and, first, the announced length).
    fn download<'a>(
        &'a self,
        download: CrlDownload,
        progress: watch::Sender<u64>,
    ) -> Pin<Box<dyn Future<Output = Result<DownloadedCrl, DownloadFailure>> + Send + 'a>>;

    /// Downloads another kind of file by the same rules; `https` is always allowed for it.
    fn download_file<'a>(
        &'a self,
        download: CrlDownload,
        progress: watch::Sender<u64>,
    ) -> Pin<Box<dyn Future<Output = Result<DownloadedCrl, DownloadFailure>> + Send + 'a>> {
        self.download(download, progress)
    }
}
