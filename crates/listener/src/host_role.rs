//! What a server name stands for, as the owner of the configuration says.

use std::sync::Arc;

use crate::CaHints;

/// What is served under one server name.
#[derive(Clone, Debug)]
pub enum HostRole {
    /// Sign-in pages and protocol endpoints: HTTP/2, no client certificate.
    Login,
    /// The certificate host: client certificate in the first handshake, HTTP/1.1, no resumption.
    Certauth {
        /// Tenant named by the server name; `None` for the bare certificate host.
        tenant: Option<String>,
        /// Authorities to name in the certificate request.
        hints: Arc<CaHints>,
    },
    /// Not one of our names.
    Unknown,
}

/// Tells the role of a server name. Asked at every handshake, so an implementation reads from memory and answers
/// from the live store: a new authority appears in the hints of the next handshake.
pub trait HostDirectory: Send + Sync + 'static {
    /// The role of `server_name`, which is lower case and has neither port nor trailing dot.
    fn role_of(&self, server_name: &str) -> HostRole;
}

impl<F> HostDirectory for F
where
    F: Fn(&str) -> HostRole + Send + Sync + 'static,
{
    fn role_of(&self, server_name: &str) -> HostRole {
        self(server_name)
    }
}
