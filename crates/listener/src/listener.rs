//! The TLS listener: one port for login host and certificate host.

use std::{io, net::SocketAddr, sync::Arc, time::SystemTime};

use axum::Router;
use rustls::{CommonState, HandshakeKind, ProtocolVersion, ServerConfig, server::Acceptor};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use crate::{
    ConnectionFacts, DrainOutcome, HostDirectory, HostRole, HttpProtocol, Limits, ListenError,
    LiveCertificates, ServedRole, TlsVersion, UntrustedChain, accept_loop,
    counters::{self, HandshakeFailure},
    host_names::normal,
    http_connection::HttpConnection,
    possession::{Finding, Possession},
    tls_configurations::HTTP_2,
};

/// The routers behind the two roles. Handlers find an `Arc<ConnectionFacts>` in the request extensions.
#[derive(Clone, Debug)]
pub struct Sites {
    /// Answers for the login host.
    pub login: Router,
    /// Answers for the certificate host under all its names.
    pub certauth: Router,
}

/// A bound port that is not served yet.
pub struct Listener {
    socket: TcpListener,
    local: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    certificates: Arc<LiveCertificates>,
    directory: Arc<dyn HostDirectory>,
    sites: Sites,
    limits: Limits,
}

impl Listener {
    /// Takes the port.
    ///
    /// # Errors
    /// When the address is in use or not ours.
    pub async fn bind(
        address: SocketAddr,
        certificates: Arc<LiveCertificates>,
        directory: Arc<dyn HostDirectory>,
        sites: Sites,
        limits: Limits,
    ) -> Result<Self, ListenError> {
        let (socket, local) = accept_loop::bind(address).await?;
        let shared = Arc::new(Shared {
            certificates,
            directory,
            sites,
            limits,
        });
        Ok(Self {
            socket,
            local,
            shared,
        })
    }

    /// The address in use; tells the port when port 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Serves until `stop` is cancelled, then lets open requests finish within the drain time.
    pub async fn serve(self, stop: CancellationToken) -> DrainOutcome {
        let shared = self.shared;
        let limits = shared.limits.clone();
        accept_loop::accept_loop(self.socket, &limits, stop, |stream, peer, draining| {
            let shared = Arc::clone(&shared);
            async move { shared.serve_connection(stream, peer, draining).await }
        })
        .await
    }
}

/// A finished handshake.
struct Greeted {
    stream: TlsStream<TcpStream>,
    server_name: Option<String>,
    role: ServedRole,
    finding: Option<Finding>,
}

impl Shared {
    async fn serve_connection(&self, stream: TcpStream, peer: SocketAddr, draining: CancellationToken) {
        let started = SystemTime::now();
        let handshake = timeout(self.limits.handshake_timeout, self.handshake(stream));
        let outcome = tokio::select! {
            outcome = handshake => outcome,
            () = draining.cancelled() => return,
        };
        let failure = match outcome {
            Ok(Ok(greeted)) => {
                let router = match greeted.role {
                    ServedRole::Certauth { .. } => self.sites.certauth.clone(),
                    _ => self.sites.login.clone(),
                };
                let connection = HttpConnection {
                    facts: Arc::new(greeted.facts(peer, started)),
                    directory: Arc::clone(&self.directory),
                    router,
                    limits: self.limits.clone(),
                };
                return connection.serve(greeted.stream, draining).await;
            }
            Ok(Err(error)) => failure_kind(&error),
            Err(_) => HandshakeFailure::Timeout,
        };
        // Counted, never logged as an error: browsers give up handshakes all the time.
        counters::handshake_failed(failure);
        tracing::trace!(%peer, ?failure, "handshake not completed");
    }

    async fn handshake(&self, mut stream: TcpStream) -> io::Result<Greeted> {
        if speaks_plain_http(&stream).await? {
            say_that_this_is_https(&mut stream).await?;
            return Err(io::ErrorKind::Unsupported.into());
        }
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let server_name = start.client_hello().server_name().map(normal);
        let (role, config, finding) = self
            .configuration(server_name.as_deref())
            .map_err(io::Error::other)?;
        let stream = start.into_stream(config).await?;
        Ok(Greeted {
            stream,
            server_name,
            role,
            finding,
        })
    }

    /// Rule `TLS-SERVER-NAME-DECIDES`: without a server name the login host answers; a name that is not ours is greeted
    /// like the login host and every request on it gets 421. Source: certificate-sign-in §1.4.
    fn configuration(
        &self,
        server_name: Option<&str>,
    ) -> Result<(ServedRole, Arc<ServerConfig>, Option<Finding>), rustls::Error> {
        let configurations = self.certificates.current();
        let role = server_name.map_or(HostRole::Login, |name| self.directory.role_of(name));
        Ok(match role {
            HostRole::Login => (ServedRole::Login, configurations.login(), None),
            HostRole::Unknown => (ServedRole::Unknown, configurations.login(), None),
            HostRole::Certauth { tenant, hints } => {
                let (config, finding) = configurations.certauth(hints)?;
                (ServedRole::Certauth { tenant }, Arc::new(config), Some(finding))
            }
        })
    }
}

impl Greeted {
    fn facts(&self, peer: SocketAddr, started: SystemTime) -> ConnectionFacts {
        let (_, tls) = self.stream.get_ref();
        let (client_chain, unproven) = match self.finding.as_ref().and_then(|finding| finding.get()) {
            // Without a finding no signature was checked, so there is no certificate, whatever the TLS state holds.
            None => (None, None),
            Some(Possession::Unproven(reason)) => (None, Some(*reason)),
            Some(Possession::Proven) => (tls.peer_certificates().and_then(UntrustedChain::from_wire), None),
        };
        count_handshake(&self.role, tls, client_chain.is_some(), unproven.is_some());
        ConnectionFacts {
            server_name: self.server_name.clone(),
            role: self.role.clone(),
            peer,
            tls_version: match tls.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => Some(TlsVersion::Tls12),
                _ => Some(TlsVersion::Tls13),
            },
            protocol: match tls.alpn_protocol() {
                Some(HTTP_2) => HttpProtocol::Http2,
                _ => HttpProtocol::Http1,
            },
            client_chain,
            unproven,
            started,
        }
    }
}

/// A TLS connection begins with octet 22, an HTTP request with a letter.
async fn speaks_plain_http(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    Ok(first.first().is_some_and(u8::is_ascii_uppercase))
}

/// For the person who typed the address without `https://`.
async fn say_that_this_is_https(stream: &mut TcpStream) -> io::Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Length: 63\r\nConnection: close\r\n\r\n\
        This port speaks HTTPS: put https:// in front of the address.\r\n";
    // What was sent has to be read, else closing would throw the answer away.
    let mut request = [0; 4096];
    let _some_of_it = stream.read(&mut request).await?;
    stream.write_all(ANSWER).await?;
    stream.shutdown().await
}

fn count_handshake(role: &ServedRole, tls: &CommonState, with_certificate: bool, unproven: bool) {
    let resumed = tls.handshake_kind() == Some(HandshakeKind::Resumed);
    counters::handshake_done(role, with_certificate, resumed);
    if unproven {
        counters::certificate_unproven();
    }
}

fn failure_kind(error: &io::Error) -> HandshakeFailure {
    match error.kind() {
        io::ErrorKind::Unsupported => HandshakeFailure::NotTls,
        io::ErrorKind::InvalidData | io::ErrorKind::Other => HandshakeFailure::Refused,
        _ => HandshakeFailure::Aborted,
    }
}
