//! The two ways TLS is spoken: for the login host and for the certificate host.

use std::sync::{Arc, LazyLock};

use rustls::{
    Error, ServerConfig,
    crypto::aws_lc_rs,
    server::{NoServerSessionStorage, ResolvesServerCert},
};

use crate::{
    CaHints,
    possession::{Finding, PossessionVerifier},
    server_certificates::Provider,
};

const HTTP_1_1: &[u8] = b"http/1.1";
pub(crate) const HTTP_2: &[u8] = b"h2";

/// Configurations made from one set of server certificates.
#[derive(Debug)]
pub(crate) struct TlsConfigurations {
    login: Arc<ServerConfig>,
    certauth_certificates: Arc<dyn ResolvesServerCert>,
}

impl TlsConfigurations {
    pub(crate) fn new(
        login_certificates: Arc<dyn ResolvesServerCert>,
        certauth_certificates: Arc<dyn ResolvesServerCert>,
    ) -> Result<Self, Error> {
        let mut login = ServerConfig::builder_with_provider(Arc::clone(provider()))
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
            .with_no_client_auth()
            .with_cert_resolver(login_certificates);
        login.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1_1.to_vec()];
        login.ticketer = aws_lc_rs::Ticketer::new()?;
        login.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self {
            login: Arc::new(login),
            certauth_certificates,
        })
    }

    /// For the login host and for names that are not ours.
    pub(crate) fn login(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.login)
    }

    /// For one handshake at the certificate host.
    ///
    /// Rule `TLS-CERTAUTH-FULL-HANDSHAKE`: the certificate host asks for a client certificate in every first
    /// handshake, requires none, speaks HTTP/1.1 only, and neither issues nor accepts tickets or sessions, so that
    /// each connection proves possession anew. Source: certificate-sign-in §1.4.
    pub(crate) fn certauth(&self, hints: Arc<CaHints>) -> Result<(ServerConfig, Finding), Error> {
        let algorithms = provider().signature_verification_algorithms;
        let (verifier, finding) = PossessionVerifier::new(hints, algorithms);
        let mut config = ServerConfig::builder_with_provider(Arc::clone(provider()))
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::clone(&self.certauth_certificates));
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok((config, finding))
    }
}

/// The one cryptographic module, set up once.
pub(crate) fn provider() -> &'static Provider {
    static PROVIDER: LazyLock<Provider> = LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));
    &PROVIDER
}
