//! What a handler may know about the connection its request came over.

use std::{net::SocketAddr, time::SystemTime};

use crate::{UnprovenCertificate, UntrustedChain};

/// Facts of one connection, the same for every request on it. In request extensions as `Arc<ConnectionFacts>`.
#[derive(Debug)]
pub struct ConnectionFacts {
    /// Server name of the TLS handshake, lower case; `None` when the client sent none, and on plain listeners.
    pub server_name: Option<String>,
    /// Whose router answers.
    pub role: ServedRole,
    /// Address of the other end of the TCP connection.
    pub peer: SocketAddr,
    /// `None` on plain listeners.
    pub tls_version: Option<TlsVersion>,
    /// Protocol spoken on the connection.
    pub protocol: HttpProtocol,
    /// Certificates the client sent and proved to hold the key of. Always `None` outside the certificate host.
    pub client_chain: Option<UntrustedChain>,
    /// Set when a certificate was sent whose key the client could not be checked to hold; `client_chain` is then `None`.
    pub unproven: Option<UnprovenCertificate>,
    /// When the connection was accepted.
    pub started: SystemTime,
}

/// The role a connection is served in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServedRole {
    /// The login host.
    Login,
    /// The certificate host.
    Certauth {
        /// Tenant named by the server name.
        tenant: Option<String>,
    },
    /// A name that is not ours: every request is answered with 421.
    Unknown,
    /// A listener without TLS.
    Plain,
}

impl ServedRole {
    /// Short word for metrics.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Certauth { .. } => "certauth",
            Self::Unknown => "unknown",
            Self::Plain => "plain",
        }
    }
}

/// TLS versions offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2
    Tls12,
    /// TLS 1.3
    Tls13,
}

/// HTTP versions offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpProtocol {
    /// HTTP/1.1 (or 1.0)
    Http1,
    /// HTTP/2, only after ALPN.
    Http2,
}
