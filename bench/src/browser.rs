//! A browser reduced to what a sign-in needs: cookies, forms, one connection that stays, and connections that
//! show a client certificate and are new every time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{CipherSuite, ClientConfig, HandshakeKind, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

/// Handshakes seen by all browsers of this process.
#[derive(Debug, Default)]
pub(crate) struct HandshakeCount {
    pub(crate) full: AtomicU64,
    pub(crate) resumed: AtomicU64,
}

/// What a browser trusts and shows; made once, shared by many.
#[derive(Clone)]
pub(crate) struct Setup {
    roots: Arc<RootCertStore>,
    without_certificate: Arc<ClientConfig>,
    with_certificate: Arc<ClientConfig>,
    /// Where every host is found; the port comes from the URL.
    address: SocketAddr,
    /// Where every host is found, whatever port the URL has.
    node: Option<SocketAddr>,
    pub(crate) handshakes: Arc<HandshakeCount>,
}

impl Setup {
    /// `chain` is leaf first, DER; `key` is PKCS#8 DER.
    pub(crate) fn new(
        tls_root_pem: &[u8],
        chain: &[Vec<u8>],
        key: &[u8],
        address: SocketAddr,
    ) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(tls_root_pem) {
            roots.add(certificate?)?;
        }
        let chain = chain
            .iter()
            .map(|der| CertificateDer::from(der.clone()))
            .collect();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()));
        let roots = Arc::new(roots);
        let builder = || {
            ClientConfig::builder_with_provider(Arc::new(as_browsers_prefer()))
                .with_safe_default_protocol_versions()
                .map(|builder| builder.with_root_certificates(Arc::clone(&roots)))
        };
        let mut without_certificate = builder()?.with_no_client_auth();
        let mut with_certificate = builder()?.with_client_auth_cert(chain, key)?;
        for configuration in [&mut without_certificate, &mut with_certificate] {
            configuration.resumption = Resumption::disabled();
            configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
        }
        Ok(Self {
            without_certificate: Arc::new(without_certificate),
            with_certificate: Arc::new(with_certificate),
            address,
            node: None,
            handshakes: Arc::default(),
            roots,
        })
    }

    /// The same with another person's certificate.
    pub(crate) fn showing(&self, chain: &[Vec<u8>], key: &[u8]) -> Result<Self> {
        let chain = chain
            .iter()
            .map(|der| CertificateDer::from(der.clone()))
            .collect();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()));
        let mut with_certificate =
            ClientConfig::builder_with_provider(Arc::clone(self.with_certificate.crypto_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(Arc::clone(&self.roots))
                .with_client_auth_cert(chain, key)?;
        with_certificate.resumption = Resumption::disabled();
        with_certificate.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            with_certificate: Arc::new(with_certificate),
            ..self.clone()
        })
    }

    /// The same at another node, which is found at an address of its own.
    pub(crate) fn at_node(&self, node: SocketAddr) -> Self {
        Self {
            node: Some(node),
            ..self.clone()
        }
    }

    async fn connect(&self, url: &Url, show_certificate: bool) -> Result<SendRequest<Full<Bytes>>> {
        let host = url.host_str().context("a URL without a host")?;
        let port = url.port_or_known_default().unwrap_or(443);
        let address = self.node.unwrap_or(SocketAddr::new(self.address.ip(), port));
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let configuration = if show_certificate {
            &self.with_certificate
        } else {
            &self.without_certificate
        };
        let name = ServerName::try_from(host.to_owned())?;
        let stream = TlsConnector::from(Arc::clone(configuration))
            .connect(name, stream)
            .await?;
        let counter = match stream.get_ref().1.handshake_kind() {
            Some(HandshakeKind::Resumed) => &self.handshakes.resumed,
            _ => &self.handshakes.full,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            // Ends with the server or with the sender; a broken request reports itself.
            let _ = connection.await;
        });
        Ok(sender)
    }
}

/// The cryptography of a browser: AES-128 before AES-256 in TLS 1.3, as Chromium and Firefox ask for it.
fn as_browsers_prefer() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider
        .cipher_suites
        .sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}

/// Form fields as a body. Most values are long and need no escapes.
fn form(pairs: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(
        pairs
            .iter()
            .map(|(name, value)| name.len() + value.len() + 2)
            .sum(),
    );
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        append_escaped(&mut text, name);
        text.push('=');
        append_escaped(&mut text, value);
    }
    text
}

fn append_escaped(text: &mut String, part: &str) {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._*".contains(&octet);
    if part.bytes().all(plain) {
        text.push_str(part);
    } else {
        text.extend(url::form_urlencoded::byte_serialize(part.as_bytes()));
    }
}

/// One answer.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

/// What to send.
pub(crate) enum Body<'a> {
    Nothing,
    Form(&'a [(&'a str, &'a str)]),
    /// A question to the directory API, or a change by it, with an access token.
    Ask(&'a str),
    Patch(&'a str, String),
    /// A form that the application's server sends: no cookies, no origin.
    BackChannel(&'a [(&'a str, &'a str)]),
    Json(String),
}

/// One person at one browser.
pub(crate) struct Browser<'a> {
    setup: &'a Setup,
    cookies: BTreeMap<(String, String), String>,
    staying: Option<(String, SendRequest<Full<Bytes>>)>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(setup: &'a Setup) -> Self {
        Self {
            setup,
            cookies: BTreeMap::new(),
            staying: None,
        }
    }

    /// Another person takes the place; the connection without a certificate stays.
    pub(crate) fn hand_over_to(&mut self, setup: &'a Setup) {
        self.forget();
        self.setup = setup;
    }

    /// Forgets the cookies and keeps the connection: another person at the same machine.
    pub(crate) fn forget(&mut self) {
        self.cookies.clear();
    }

    /// A request on the connection that stays.
    pub(crate) async fn send(&mut self, url: &Url, body: Body<'_>) -> Result<Page> {
        let origin = url.origin().ascii_serialization();
        let usable = matches!(&self.staying, Some((to, sender)) if *to == origin && !sender.is_closed());
        if !usable {
            self.staying = Some((origin, self.setup.connect(url, false).await?));
        }
        let request = self.request(url, body)?;
        let (_, sender) = self.staying.as_mut().context("no connection")?;
        sender.ready().await?;
        let response = sender
            .send_request(request)
            .await
            .with_context(|| format!("no answer from {url}"))?;
        self.page(url, response).await
    }

    /// A request on a new connection that shows the certificate.
    pub(crate) async fn send_with_certificate(&mut self, url: &Url, body: Body<'_>) -> Result<Page> {
        let mut sender = self.setup.connect(url, true).await?;
        let request = self.request(url, body)?;
        let response = sender
            .send_request(request)
            .await
            .with_context(|| format!("no answer from {url}"))?;
        self.page(url, response).await
    }

    fn request(&self, url: &Url, body: Body<'_>) -> Result<http::Request<Full<Bytes>>> {
        let host = url.host_str().unwrap_or_default();
        let authority = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((owner, _), _)| owner == host)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut request = http::Request::builder()
            .uri(path)
            .header(HOST, authority)
            .header("accept", "*/*");
        if !cookies.is_empty() && !matches!(body, Body::BackChannel(_)) {
            request = request.header(COOKIE, cookies.join("; "));
        }
        let request = match body {
            Body::Nothing => request.method("GET").body(Full::default()),
            Body::Form(pairs) | Body::BackChannel(pairs) => {
                let text = form(pairs);
                let mut request = request
                    .method("POST")
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
                if matches!(body, Body::Form(_)) {
                    request = request.header("origin", url.origin().ascii_serialization());
                }
                request.body(Full::from(text))
            }
            Body::Ask(token) => request
                .method("GET")
                .header("authorization", format!("Bearer {token}"))
                .header("consistencylevel", "eventual")
                .body(Full::default()),
            Body::Patch(token, text) => request
                .method("PATCH")
                .header("authorization", format!("Bearer {token}"))
                .header(CONTENT_TYPE, "application/json")
                .body(Full::from(text)),
            Body::Json(text) => request
                .method("POST")
                .header(CONTENT_TYPE, "application/json")
                .body(Full::from(text)),
        };
        Ok(request?)
    }

    async fn page(&mut self, url: &Url, response: http::Response<hyper::body::Incoming>) -> Result<Page> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let (head, body) = response.into_parts();
        for cookie in head.headers.get_all(SET_COOKIE) {
            let Some((name, rest)) = cookie.to_str().unwrap_or_default().split_once('=') else {
                continue;
            };
            let value = rest.split(';').next().unwrap_or_default().to_owned();
            let key = (host.clone(), name.to_owned());
            if value.is_empty() {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value);
            }
        }
        let location = head
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned();
        Ok(Page {
            status: head.status.as_u16(),
            location,
            body,
        })
    }
}

impl Page {
    /// The object after `$Config=`.
    pub(crate) fn config(&self) -> Option<serde_json::Value> {
        let (_, rest) = self.body.split_once("$Config=")?;
        serde_json::Deserializer::from_str(rest)
            .into_iter::<serde_json::Value>()
            .next()?
            .ok()
    }

    /// Name and value of every hidden input.
    pub(crate) fn hidden_inputs(&self) -> BTreeMap<String, String> {
        self.body
            .split("<input")
            .skip(1)
            .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
            .filter(|tag| tag.contains("hidden"))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
            .collect()
    }

    /// The `action` of the first form.
    pub(crate) fn form_action(&self) -> Option<String> {
        let (_, rest) = self.body.split_once("<form")?;
        attribute(rest.split_once('>')?.0, "action")
    }

    /// The code in the redirect to the application.
    pub(crate) fn code(&self) -> Option<String> {
        let location = Url::parse(self.location.as_deref()?).ok()?;
        location
            .query_pairs()
            .find(|(name, _)| name == "code")
            .map(|(_, value)| value.into_owned())
    }

    /// An error that shows what came instead of what was expected.
    pub(crate) fn unexpected<T>(&self, expected: &str) -> Result<T> {
        let start: String = self
            .body
            .chars()
            .filter(|sign| !sign.is_control())
            .take(600)
            .collect();
        bail!(
            "expected {expected}, got HTTP {} {:?} {start}",
            self.status,
            self.location
        )
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&#38;", "&")
            .replace("&amp;", "&")
            .replace("&#34;", "\"")
            .replace("&quot;", "\""),
    )
}
