//! The certificate step with a TLS client that presents whatever it is given, signed as it is told.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, SignatureAlgorithm, SignatureScheme, StreamOwned,
};

use crate::demo::Demo;
use crate::scripted_browser::Page;

/// Presents one certificate, or none, and remembers which authorities it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Presenter {
    card: Option<Arc<CertifiedKey>>,
    asked: Mutex<Option<Vec<Vec<u8>>>>,
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, root_hint_subjects: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let subjects = root_hint_subjects.iter().map(|subject| subject.to_vec());
        *self.asked.lock().unwrap() = Some(subjects.collect());
        self.card.clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A key that signs with nonsense, for kinds of key that no library here has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scribble(pub(crate) SignatureScheme);

impl SigningKey for Scribble {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&self.0)
            .then(|| Box::new(*self) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for Scribble {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![7; 128])
    }

    fn scheme(&self) -> SignatureScheme {
        self.0
    }
}

fn connect(demo: &Demo, host: &str, presenter: &Arc<Presenter>) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(&demo.tls_root()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::clone(presenter) as Arc<dyn ResolvesClientCert>);
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, TcpStream::connect(demo.address()).unwrap())
}

/// Subjects in the certificate request of a host; `None`: no certificate is asked for.
pub(crate) fn asked_for(demo: &Demo, host: &str) -> Option<Vec<Vec<u8>>> {
    let presenter = Arc::new(Presenter::default());
    let mut stream = connect(demo, host, &presenter);
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).unwrap();
    }
    presenter.asked.lock().unwrap().clone()
}

/// Posts a form to an address of the certificate host, presenting `certificate`.
pub(crate) fn present(
    demo: &Demo,
    url: &str,
    form: &[(&str, &str)],
    certificate: &[u8],
    key: Arc<dyn SigningKey>,
) -> Page {
    let url = url::Url::parse(url).unwrap();
    let host = url.host_str().unwrap();
    let chain = vec![CertificateDer::from(certificate.to_vec())];
    let presenter = Arc::new(Presenter {
        card: Some(Arc::new(CertifiedKey::new(chain, key))),
        asked: Mutex::default(),
    });
    let mut stream = connect(demo, host, &presenter);
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {host}:{}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        url.path(),
        url.port().unwrap(),
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // The end may come without close_notify.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no HTTP answer: {head:?}"));
    Page {
        status,
        location: None,
        body: body.to_owned(),
    }
}
