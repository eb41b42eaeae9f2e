//! Takes connections from one port and hands each to a task of its own.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{Limits, connection_cap::ConnectionCap, counters};

/// A port cannot be listened on.
#[derive(Debug, Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ListenError {
    /// What was asked for.
    pub address: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

/// How a stop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainOutcome {
    /// Connections that ended by themselves.
    pub finished: usize,
    /// Connections that were cut because the time was over.
    pub cut: usize,
}

pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ListenError> {
    let failed = |source| ListenError { address, source };
    let socket = TcpListener::bind(address).await.map_err(failed)?;
    let local = socket.local_addr().map_err(failed)?;
    Ok((socket, local))
}

/// Accepts until `stop`, then waits for what is open, at most the drain time.
pub(crate) async fn accept_loop<S, F>(
    socket: TcpListener,
    limits: &Limits,
    stop: CancellationToken,
    serve: S,
) -> DrainOutcome
where
    S: Fn(TcpStream, SocketAddr, CancellationToken) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let cap = ConnectionCap::new(limits.max_connections_per_address);
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept_when_there_is_room(&socket, &places) => accepted,
        };
        let (stream, peer, room) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        let Some(place) = cap.take(peer_address(peer)) else {
            counters::connection_over_address_cap();
            continue;
        };
        let _ = stream.set_nodelay(true);
        let serving = serve(stream, peer, stop.clone());
        connections.spawn(async move {
            let _held = (room, place, counters::OpenConnection::new());
            serving.await;
        });
    }
    drop(socket);
    drain(connections, limits.drain_timeout).await
}

async fn accept_when_there_is_room(
    socket: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let room = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = socket.accept().await?;
    Ok((stream, peer, room))
}

fn peer_address(peer: SocketAddr) -> IpAddr {
    peer.ip().to_canonical()
}

/// Errors of one connection are the peer's affair; others (no file handles left) need a moment, not a busy loop.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        tracing::warn!(%error, "cannot accept connections");
        sleep(Duration::from_millis(200)).await;
    }
}

async fn drain(mut connections: JoinSet<()>, at_most: Duration) -> DrainOutcome {
    let mut finished = 0;
    let _ = timeout(at_most, async {
        while connections.join_next().await.is_some() {
            finished += 1;
        }
    })
    .await;
    let cut = connections.len();
    connections.shutdown().await;
    DrainOutcome { finished, cut }
}
