//! Connections that show a client certificate: each new, each with a full handshake, each asking for the verdict.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, HandshakeKind, ProtocolVersion, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::crl_files::{CERTAUTH_HOST, Files};

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct Client {
    configuration: Arc<ClientConfig>,
    address: SocketAddr,
}

impl Client {
    /// TLS 1.3, X25519, no resumption: the same for every server, whatever else it could do.
    pub(crate) fn new(files: &Files, address: SocketAddr) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(files.read("root.der")?))?;
        let mut provider = aws_lc_rs::default_provider();
        provider.kx_groups = vec![aws_lc_rs::kx_group::X25519];
        let chain = ["user.der", "issuing.der"]
            .into_iter()
            .map(|name| files.read(name).map(CertificateDer::from))
            .collect::<Result<Vec<_>>>()?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(files.read("user.key")?));
        let mut configuration = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)?;
        configuration.resumption = Resumption::disabled();
        Ok(Self {
            configuration: Arc::new(configuration),
            address,
        })
    }

    /// One handshake and one verdict, which must be good.
    pub(crate) async fn once(&self) -> Result<()> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(CERTAUTH_HOST)?;
        let mut stream = TlsConnector::from(Arc::clone(&self.configuration))
            .connect(name, stream)
            .await?;
        let tls = stream.get_ref().1;
        ensure!(
            tls.handshake_kind() == Some(HandshakeKind::Full)
                && tls.protocol_version() == Some(ProtocolVersion::TLSv1_3),
            "not a full handshake of TLS 1.3"
        );
        let request = format!("GET / HTTP/1.1\r\nHost: {CERTAUTH_HOST}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        stream.flush().await?;
        let mut answer = Vec::with_capacity(1024);
        if let Err(error) = stream.read_to_end(&mut answer).await
            && error.kind() != std::io::ErrorKind::UnexpectedEof
        {
            bail!(error);
        }
        let answer = String::from_utf8_lossy(&answer);
        ensure!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("accepted"),
            "a person was turned away: {answer}"
        );
        Ok(())
    }

    /// So many at once, each starting again when done, for so long; returns how many were done in what time.
    pub(crate) async fn flood(&self, users: usize, length: Duration) -> Result<(usize, Duration)> {
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..users {
            let client = self.clone();
            tasks.spawn(async move {
                let mut done = 0;
                while begun.elapsed() < length {
                    client.once().await?;
                    done += 1;
                }
                Ok::<usize, anyhow::Error>(done)
            });
        }
        let mut done = 0;
        while let Some(finished) = tasks.join_next().await {
            done += finished??;
        }
        Ok((done, begun.elapsed()))
    }

    /// So many in a second until `enough` says so, none waiting for the one before; returns the sorted times from the
    /// moment each was due to its verdict.
    pub(crate) async fn paced(
        &self,
        per_second: f64,
        mut enough: impl FnMut(usize) -> bool,
    ) -> Result<Vec<Duration>> {
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        let mut sent = 0;
        while !enough(sent) {
            let due = begun + Duration::from_secs_f64(sent as f64 / per_second);
            tokio::time::sleep_until(due.into()).await;
            let client = self.clone();
            tasks.spawn(async move {
                client.once().await?;
                Ok::<Duration, anyhow::Error>(due.elapsed())
            });
            sent += 1;
        }
        let mut took = Vec::with_capacity(sent);
        while let Some(finished) = tasks.join_next().await {
            took.push(finished?.context("a sign-in failed")?);
        }
        took.sort_unstable();
        Ok(took)
    }
}

/// A percentile of sorted times, in milliseconds.
pub(crate) fn at_ms(sorted: &[Duration], share: f64) -> f64 {
    let index = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(0.0, |took| took.as_secs_f64() * 1000.0)
}
