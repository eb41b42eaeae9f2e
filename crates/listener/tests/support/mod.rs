//! A listener with its own small PKI, and clients that say exactly what they want.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test support; each test binary uses a part"
)]

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use arc_swap::ArcSwap;
use axum::{Extension, Router, body::Body, routing::get};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use lanyard_listener::{
    CaHints, CancellationToken, ConnectionFacts, DrainOutcome, HostNames, HostRole, Limits, Listener,
    LiveCertificates, NamedHost, ServerCertificate, ServerCertificates, Sites,
};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion,
    client::{ResolvesClientCert, Resumption},
    crypto::aws_lc_rs,
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

pub const LOGIN: &str = "login.example.test";
pub const CERTAUTH: &str = "certauth.login.example.test";
pub const TENANT: &str = "6f2c1d1e-0000-4000-8000-00000000abcd";
pub const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
pub const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

pub fn tenant_host() -> String {
    format!("t{TENANT}.{CERTAUTH}")
}

/// Issues the server certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn server_certificate(&self, names: &[&str]) -> ServerCertificate {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &self.0)
            .unwrap();
        ServerCertificate::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap()
    }

    pub fn server_certificates(&self) -> ServerCertificates {
        let wildcard = format!("*.{CERTAUTH}");
        ServerCertificates::new(
            vec![self.server_certificate(&[LOGIN, "localhost"])],
            vec![self.server_certificate(&[CERTAUTH, &wildcard])],
        )
        .unwrap()
    }

    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }
}

/// A running listener.
pub struct World {
    pub authority: Authority,
    pub address: SocketAddr,
    pub stop: CancellationToken,
    pub certificates: Arc<LiveCertificates>,
    pub hints: Arc<ArcSwap<CaHints>>,
    pub serving: JoinHandle<DrainOutcome>,
    /// Released permits let `/slow` answer.
    pub gate: Arc<tokio::sync::Semaphore>,
}

impl World {
    pub async fn start() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub async fn with_limits(limits: Limits) -> Self {
        let authority = Authority::new();
        let certificates = LiveCertificates::new(authority.server_certificates()).unwrap();
        let hints = Arc::new(ArcSwap::from_pointee(CaHints::default()));
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let names = HostNames::new([LOGIN, "localhost"], CERTAUTH);
        let live_hints = Arc::clone(&hints);
        let directory = move |name: &str| match names.classify(name) {
            NamedHost::Login => HostRole::Login,
            NamedHost::Certauth { tenant, .. } => HostRole::Certauth {
                tenant,
                hints: live_hints.load_full(),
            },
            NamedHost::Unknown => HostRole::Unknown,
        };
        let sites = Sites {
            login: site("login", Arc::clone(&gate)),
            certauth: site("certauth", Arc::clone(&gate)),
        };
        let listener = Listener::bind(
            "127.0.0.1:0".parse().unwrap(),
            Arc::clone(&certificates),
            Arc::new(directory),
            sites,
            limits,
        )
        .await
        .unwrap();
        let stop = CancellationToken::new();
        Self {
            authority,
            address: listener.local_addr(),
            serving: tokio::spawn(listener.serve(stop.clone())),
            stop,
            certificates,
            hints,
            gate,
        }
    }

    pub fn client(&self) -> Client {
        Client {
            address: self.address,
            roots: self.authority.roots(),
            versions: rustls::DEFAULT_VERSIONS,
            alpn: &[],
            card: None,
            resumption: None,
        }
    }
}

fn site(name: &'static str, gate: Arc<tokio::sync::Semaphore>) -> Router {
    let facts = move |Extension(facts): Extension<Arc<ConnectionFacts>>, headers: HeaderMap| async move {
        let chain = facts.client_chain.as_ref().map(|chain| chain.as_der().len());
        let proxied = headers.contains_key("client-cert") || headers.contains_key("client-cert-chain");
        format!(
            "site={name} role={:?} sni={:?} tls={:?} http={:?} chain={chain:?} unproven={:?} proxied={proxied}",
            facts.role, facts.server_name, facts.tls_version, facts.protocol, facts.unproven
        )
    };
    let slow = move || async move {
        let _ = gate.acquire().await.map(tokio::sync::SemaphorePermit::forget);
        "done"
    };
    Router::new()
        .route("/facts", get(facts))
        .route("/slow", get(slow))
        .route(
            "/echo",
            axum::routing::post(|body: axum::body::Bytes| async move { body }),
        )
}

/// How to greet the server.
#[derive(Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub roots: RootCertStore,
    pub versions: &'static [&'static SupportedProtocolVersion],
    pub alpn: &'static [&'static str],
    pub card: Option<Arc<Card>>,
    pub resumption: Option<Resumption>,
}

impl Client {
    pub fn with_card(mut self, card: &Arc<Card>) -> Self {
        self.card = Some(Arc::clone(card));
        self
    }

    pub fn config(&self) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(self.versions)
            .unwrap()
            .with_root_certificates(self.roots.clone());
        let mut config = match &self.card {
            Some(card) => builder.with_client_cert_resolver(Arc::clone(card) as Arc<dyn ResolvesClientCert>),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = self.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        if let Some(resumption) = &self.resumption {
            config.resumption = resumption.clone();
        }
        config
    }

    pub async fn connect(&self, server_name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        // As browsers do; else the request waits for the acknowledgement of the certificate, which nothing hurries.
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(server_name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(self.config()))
            .connect(name, stream)
            .await
    }

    /// One HTTP/1.1 request on a connection of its own, answered in full.
    pub async fn facts(&self, server_name: &str) -> std::io::Result<String> {
        let mut stream = self.connect(server_name).await?;
        exchange(&mut stream, &get_request(server_name, "/facts")).await
    }
}

pub fn get_request(host: &str, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

/// Sends text, reads to the end.
pub async fn exchange<S>(stream: &mut S, request: &str) -> std::io::Result<String>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // A close without close_notify after a full answer is no error here.
    match stream.read_to_end(&mut answer).await {
        Err(error) if answer.is_empty() => Err(error),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

/// An HTTP/2 connection on which any authority can be asked for.
pub struct Http2(hyper::client::conn::http2::SendRequest<Body>);

impl Http2 {
    pub async fn over(stream: TlsStream<TcpStream>) -> Self {
        let (sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    pub async fn ask(&mut self, authority: &str, host: Option<&str>, path: &str) -> (StatusCode, String) {
        let mut request = Request::get(format!("https://{authority}{path}"));
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let response: Response<_> = self
            .0
            .send_request(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

/// A client certificate with whatever key is put beside it; remembers the hints it was asked with.
#[derive(Debug)]
pub struct Card {
    pub key: Arc<CertifiedKey>,
    pub asked: Mutex<Vec<Vec<Vec<u8>>>>,
}

impl Card {
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Arc<Self> {
        let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = aws_lc_rs::default_provider();
        Self::with_signing_key(chain, provider.key_provider.load_private_key(private).unwrap())
    }

    pub fn with_signing_key(
        chain: Vec<CertificateDer<'static>>,
        key: Arc<dyn rustls::sign::SigningKey>,
    ) -> Arc<Self> {
        Arc::new(Self {
            key: Arc::new(CertifiedKey::new(chain, key)),
            asked: Mutex::default(),
        })
    }

    /// An ordinary P-256 card from an authority nobody knows.
    pub fn ordinary() -> Arc<Self> {
        let key = KeyPair::generate().unwrap();
        Self::new(vec![card_certificate(&key)], &key)
    }
}

pub fn card_certificate(key: &KeyPair) -> CertificateDer<'static> {
    let issuer = Authority::new();
    CertificateParams::new(vec!["alice".to_owned()])
        .unwrap()
        .signed_by(key, &issuer.0)
        .unwrap()
        .der()
        .clone()
}

impl ResolvesClientCert for Card {
    fn resolve(&self, hints: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked
            .lock()
            .unwrap()
            .push(hints.iter().map(|hint| hint.to_vec()).collect());
        Some(Arc::clone(&self.key))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Fails instead of hanging.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), what)
        .await
        .expect("in time")
}
