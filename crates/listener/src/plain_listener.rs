//! A listener without TLS: the management port (loopback), and the site that publishes CRLs in a demo.

use std::{net::SocketAddr, sync::Arc, time::SystemTime};

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    ConnectionFacts, DrainOutcome, HostDirectory, HostRole, HttpProtocol, Limits, ListenError, ServedRole,
    accept_loop, http_connection::HttpConnection,
};

/// A bound port that speaks plain HTTP/1.1 and is not served yet.
pub struct PlainListener {
    socket: TcpListener,
    local: SocketAddr,
    router: Router,
    limits: Limits,
}

impl PlainListener {
    /// Takes the port. Whether the address should be more than loopback is the caller's decision.
    ///
    /// # Errors
    /// When the address is in use or not ours.
    pub async fn bind(address: SocketAddr, router: Router, limits: Limits) -> Result<Self, ListenError> {
        let (socket, local) = accept_loop::bind(address).await?;
        Ok(Self {
            socket,
            local,
            router,
            limits,
        })
    }

    /// The address in use; tells the port when port 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Serves until `stop` is cancelled, then lets open requests finish within the drain time.
    pub async fn serve(self, stop: CancellationToken) -> DrainOutcome {
        let directory: Arc<dyn HostDirectory> = Arc::new(|_: &str| HostRole::Unknown);
        let (router, limits) = (self.router, self.limits);
        accept_loop::accept_loop(self.socket, &limits.clone(), stop, |stream, peer, draining| {
            let facts = ConnectionFacts {
                server_name: None,
                role: ServedRole::Plain,
                peer,
                tls_version: None,
                protocol: HttpProtocol::Http1,
                client_chain: None,
                unproven: None,
                started: SystemTime::now(),
            };
            let connection = HttpConnection {
                facts: Arc::new(facts),
                directory: Arc::clone(&directory),
                router: router.clone(),
                limits: limits.clone(),
            };
            connection.serve(stream, draining)
        })
        .await
    }
}
