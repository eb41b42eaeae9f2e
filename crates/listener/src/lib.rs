//! One port, and the server name decides what is served behind it.
//!
//! Owns: the accept loop, TLS, the choice between login host and certificate host, proof that the person holds the
//! private key of the certificate they sent, connection limits, hot reload of server certificates, draining, and the
//! plain-text listeners (management, demo CRL site).
//!
//! Does not own: any trust decision. A chain leaves this crate as an [`UntrustedChain`]; whether it is worth
//! anything is decided elsewhere, so that a person always gets a page and never a TLS alert.
//!
//! The way of one connection: [`Listener`] accepts → reads the server name → asks the [`HostDirectory`] for its
//! [`HostRole`] → finishes the handshake with the matching configuration → every request is checked against the
//! server name (421 when it differs) → the router of the role answers, with [`ConnectionFacts`] in its extensions.
//!
//! Sources: certificate-sign-in §1.3, §1.4, §2.5, §11.3; real-clients rules 10 to 12, §7.3, §7.4.

mod accept_loop;
mod ca_hints;
mod connection_cap;
mod connection_facts;
mod counters;
mod host_names;
mod host_role;
mod http_connection;
mod in_flight;
mod limits;
mod listener;
mod misdirected;
mod plain_listener;
mod possession;
mod server_certificates;
mod subject_public_key;
mod tls_configurations;
mod untrusted_chain;

pub use accept_loop::{DrainOutcome, ListenError};
pub use ca_hints::{CA_HINTS_LIMIT_BYTES, CaHints};
pub use connection_facts::{ConnectionFacts, HttpProtocol, ServedRole, TlsVersion};
pub use host_names::{HostNames, NamedHost};
pub use host_role::{HostDirectory, HostRole};
pub use limits::Limits;
pub use listener::{Listener, Sites};
pub use plain_listener::PlainListener;
pub use server_certificates::{CertificateError, LiveCertificates, ServerCertificate, ServerCertificates};
pub use tokio_util::sync::CancellationToken;
pub use untrusted_chain::{
    MAX_CERTIFICATE_BYTES, MAX_CHAIN_CERTIFICATES, UnprovenCertificate, UntrustedChain,
};
