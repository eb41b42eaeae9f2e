//! Counts the requests of one connection that are not yet answered to the last octet.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// Requests begun and finished on one connection.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    begun: AtomicUsize,
    finished: AtomicUsize,
}

/// One request; ends when dropped.
#[derive(Debug)]
pub(crate) struct OneRequest(Arc<InFlight>);

impl InFlight {
    pub(crate) fn begin(self: &Arc<Self>) -> OneRequest {
        self.begun.fetch_add(1, Ordering::Relaxed);
        OneRequest(Arc::clone(self))
    }

    /// Returns when no request was in flight and none began for `limit` (noticed after twice the limit at latest).
    pub(crate) async fn idle_for(&self, limit: Duration) {
        loop {
            let begun = self.begun.load(Ordering::Relaxed);
            let idle = self.finished.load(Ordering::Relaxed) == begun;
            tokio::time::sleep(limit).await;
            if idle && self.begun.load(Ordering::Relaxed) == begun {
                return;
            }
        }
    }
}

impl Drop for OneRequest {
    fn drop(&mut self) {
        self.0.finished.fetch_add(1, Ordering::Relaxed);
    }
}

/// A response body that keeps its request in flight until it is sent or given up.
pub(crate) struct InFlightBody {
    inner: Body,
    _request: OneRequest,
}

impl InFlightBody {
    pub(crate) fn new(inner: Body, request: OneRequest) -> Self {
        Self {
            inner,
            _request: request,
        }
    }
}

impl HttpBody for InFlightBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn idle_is_seen_only_when_nothing_is_in_flight() {
        let requests = Arc::new(InFlight::default());
        let limit = Duration::from_millis(2);
        let open = requests.begin();
        assert!(
            tokio::time::timeout(limit * 10, requests.idle_for(limit))
                .await
                .is_err()
        );
        drop(open);
        let started = std::time::Instant::now();
        requests.idle_for(limit).await;
        assert!(started.elapsed() >= limit);
    }
}
