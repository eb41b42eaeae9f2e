//! A CRL server that does as it is told, and counts.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lanyard_engine::{Code, CrlDownload, CrlSource, DownloadFailure, DownloadedCrl};
use tokio::sync::watch;

/// What a URL answers.
#[derive(Clone)]
pub(crate) enum Script {
    /// This list, at once.
    Serve(Vec<u8>),
    /// "The copy at hand is current" (304), whatever its age.
    Unchanged,
    /// Nothing: the server is down.
    Down,
    /// Reports so many octets received, then the list once the gate opens.
    Slow {
        received: u64,
        gate: watch::Receiver<bool>,
        list: Vec<u8>,
    },
}

#[derive(Default)]
pub(crate) struct CrlServer {
    scripts: Mutex<HashMap<String, Script>>,
    asked: AtomicUsize,
}

impl CrlServer {
    pub(crate) fn put(&self, url: &str, script: Script) {
        self.scripts.lock().unwrap().insert(url.to_owned(), script);
    }

    /// Requests so far.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl CrlSource for CrlServer {
    fn download<'a>(
        &'a self,
        download: CrlDownload,
        progress: watch::Sender<u64>,
    ) -> Pin<Box<dyn Future<Output = Result<DownloadedCrl, DownloadFailure>> + Send + 'a>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let script = self.scripts.lock().unwrap().get(&download.url).cloned();
            let body = |octets| {
                Ok(DownloadedCrl::Body {
                    octets,
                    etag: None,
                    last_modified: None,
                })
            };
            match script {
                Some(Script::Serve(list)) => {
                    // One turn for the others, as any network gives.
                    tokio::task::yield_now().await;
                    body(list)
                }
                Some(Script::Unchanged) => Ok(DownloadedCrl::NotModified),
                Some(Script::Slow {
                    received,
                    mut gate,
                    list,
                }) => {
                    progress.send_replace(received);
                    let _ = gate.wait_for(|open| *open).await;
                    body(list)
                }
                Some(Script::Down) | None => Err(DownloadFailure {
                    code: Code::CRL_DOWNLOAD_TIMED_OUT,
                    detail: "no connection".to_owned(),
                }),
            }
        })
    }
}
