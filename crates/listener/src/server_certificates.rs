//! Our own server certificates, and their exchange while connections go on.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::{
    client::verify_server_name,
    crypto::CryptoProvider,
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use thiserror::Error;

use crate::tls_configurations::{TlsConfigurations, provider};

/// One certificate chain with its private key.
#[derive(Clone, Debug)]
pub struct ServerCertificate(Arc<CertifiedKey>);

/// Why a server certificate cannot be used.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// The text is no PEM.
    #[error("cannot read PEM: {0}")]
    Pem(#[from] rustls_pki_types::pem::Error),
    /// There is no certificate in it.
    #[error("no certificate in the chain")]
    Empty,
    /// The key cannot be used or does not belong to the certificate.
    #[error("certificate and key cannot be used together: {0}")]
    Unusable(#[from] rustls::Error),
    /// A role has no certificate.
    #[error("no server certificate for the {0} host")]
    NoneFor(&'static str),
}

impl ServerCertificate {
    /// From a PEM chain (leaf first) and a PEM private key (PKCS#8, SEC1 or PKCS#1).
    ///
    /// # Errors
    /// When either cannot be read or they do not belong together.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, CertificateError> {
        let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>()?;
        Self::from_der(chain, PrivateKeyDer::from_pem_slice(key)?)
    }

    /// From DER.
    ///
    /// # Errors
    /// When the chain is empty, or the key cannot be used or is another certificate's.
    pub fn from_der(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, CertificateError> {
        if chain.is_empty() {
            return Err(CertificateError::Empty);
        }
        let certified = CertifiedKey::from_der(chain, key, provider())?;
        Ok(Self(Arc::new(certified)))
    }

    /// True when the certificate is valid for this DNS name (wildcards included).
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        let parsed = self.0.end_entity_cert().and_then(ParsedCertificate::try_from);
        match (parsed, ServerName::try_from(name)) {
            (Ok(certificate), Ok(name)) => verify_server_name(&certificate, &name).is_ok(),
            _ => false,
        }
    }
}

/// The certificates of both roles. Within a role the first one that covers the server name is served, else the first.
#[derive(Clone, Debug)]
pub struct ServerCertificates {
    login: Vec<ServerCertificate>,
    certauth: Vec<ServerCertificate>,
}

impl ServerCertificates {
    /// # Errors
    /// When a role has none.
    pub fn new(
        login: Vec<ServerCertificate>,
        certauth: Vec<ServerCertificate>,
    ) -> Result<Self, CertificateError> {
        if login.is_empty() {
            return Err(CertificateError::NoneFor("login"));
        }
        if certauth.is_empty() {
            return Err(CertificateError::NoneFor("certificate"));
        }
        Ok(Self { login, certauth })
    }

    /// True when a certificate of the certificate host also covers the login host's name: a browser may then send
    /// requests for one over a connection to the other (answered with 421), so a warning is due at start.
    /// Source: certificate-sign-in §1.4.
    #[must_use]
    pub fn certauth_covers(&self, login_host: &str) -> bool {
        self.certauth
            .iter()
            .any(|certificate| certificate.covers(login_host))
    }
}

/// Picks within one role by server name.
#[derive(Debug)]
struct ByServerName(Vec<ServerCertificate>);

impl ResolvesServerCert for ByServerName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let first = self.0.first()?;
        let chosen = match hello.server_name() {
            Some(name) if self.0.len() > 1 => self.0.iter().find(|candidate| candidate.covers(name)),
            _ => None,
        };
        Some(Arc::clone(&chosen.unwrap_or(first).0))
    }
}

/// The certificates in use, exchangeable at any time.
#[derive(Debug)]
pub struct LiveCertificates(ArcSwap<TlsConfigurations>);

impl LiveCertificates {
    /// # Errors
    /// When the TLS library refuses the configuration.
    pub fn new(certificates: ServerCertificates) -> Result<Arc<Self>, CertificateError> {
        Ok(Arc::new(Self(ArcSwap::from_pointee(configurations(
            certificates,
        )?))))
    }

    /// Serves new handshakes with these certificates; connections that are open stay as they are.
    ///
    /// # Errors
    /// When the TLS library refuses the configuration; the old certificates stay in use.
    pub fn reload(&self, certificates: ServerCertificates) -> Result<(), CertificateError> {
        self.0.store(Arc::new(configurations(certificates)?));
        Ok(())
    }

    pub(crate) fn current(&self) -> Arc<TlsConfigurations> {
        self.0.load_full()
    }
}

fn configurations(certificates: ServerCertificates) -> Result<TlsConfigurations, CertificateError> {
    Ok(TlsConfigurations::new(
        Arc::new(ByServerName(certificates.login)),
        Arc::new(ByServerName(certificates.certauth)),
    )?)
}

/// The one cryptographic module.
pub(crate) type Provider = Arc<CryptoProvider>;
