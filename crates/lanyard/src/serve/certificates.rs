//! The server certificates from their PEM files.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Context as _;

use lanyard_listener::{ServerCertificate, ServerCertificates};

use crate::configuration::Configuration;

/// Reads both certificates.
pub(crate) fn server_certificates(configuration: &Configuration) -> anyhow::Result<ServerCertificates> {
    let tls = &configuration.tls;
    let login = certificate(&tls.login_certificate, &tls.login_key)?;
    let certauth = certificate(&tls.certauth_certificate, &tls.certauth_key)?;
    let certificates = ServerCertificates::new(vec![login], vec![certauth])?;
    let login_host = format!("login.{}", configuration.server.base);
    if certificates.certauth_covers(&login_host) {
        tracing::warn!(%login_host, "the certauth certificate covers the login host: browsers may reuse connections and get 421");
    }
    Ok(certificates)
}

/// When each file last changed.
pub(crate) fn modified(configuration: &Configuration) -> Vec<Option<SystemTime>> {
    let tls = &configuration.tls;
    [
        &tls.login_certificate,
        &tls.login_key,
        &tls.certauth_certificate,
        &tls.certauth_key,
    ]
    .map(|path| {
        std::fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
    })
    .to_vec()
}

fn certificate(chain: &Path, key: &Path) -> anyhow::Result<ServerCertificate> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    ServerCertificate::from_pem(&read(chain)?, &read(key)?)
        .with_context(|| format!("{} with {}", chain.display(), key.display()))
}
