//! Which authorities the TLS handshake asks for.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, SignatureScheme, StreamOwned};

use crate::demo::{Demo, demo, until};

/// Sends no certificate, and remembers which authorities it was asked for.
#[derive(Debug, Default)]
struct Listener(Mutex<Option<usize>>);

impl ResolvesClientCert for Listener {
    fn resolve(&self, root_hint_subjects: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.0.lock().unwrap() = Some(root_hint_subjects.len());
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Authorities in the certificate request of a host; `None`: no certificate is asked for.
fn asked_for(demo: &Demo, host: &str) -> Option<usize> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(&demo.tls_root()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let listener = Arc::new(Listener::default());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(listener.clone());
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(demo.address()).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).unwrap();
    }
    *listener.0.lock().unwrap()
}

#[test]
fn hints_are_those_of_the_tenant_and_of_now() {
    let demo = demo();
    let certauth = demo.text("/certauth_host");
    assert_eq!(
        asked_for(&demo, "login.lanyard.localhost"),
        None,
        "the login host asks for no certificate"
    );
    assert_eq!(
        asked_for(&demo, certauth),
        Some(0),
        "the shared host narrows nothing"
    );
    let tenant = demo.text("/tenant_id");
    let own = asked_for(&demo, &format!("t{tenant}.{certauth}"));
    assert!(own.is_some_and(|count| count >= 2), "TLS-HINTS-LIVE: {own:?}");
    assert_eq!(
        asked_for(&demo, &format!("t{tenant}-0a1b2c.{certauth}")),
        own,
        "a retry's host as well"
    );

    // A tenant of its own, because others use the demo's: off, on, one authority more.
    demo.ok(&["admin", "tenant", "create", "hints.example", "--name", "Hints"]);
    let listed = demo.ok(&["admin", "tenant", "list", "--output", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let row = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row.to_string().contains("hints.example"))
        .unwrap();
    let members = row.as_object().unwrap();
    let id = members
        .values()
        .filter_map(|value| value.as_str())
        .find(|text| text.len() == 36)
        .unwrap();
    let host = format!("t{id}.{certauth}");
    assert_eq!(asked_for(&demo, &host), Some(0));
    let authority = demo.text("/authorities/0/certificate_pem");
    demo.ok(&["admin", "ca", "add", authority, "--tenant", "hints.example"]);
    let policy: serde_json::Value =
        serde_json::from_str(&demo.ok(&["admin", "policy", "show", "--tenant", "hints.example"])).unwrap();
    let mut policy = policy;
    policy["state"] = "enabled".into();
    policy["issuerHintsConfiguration"]["state"] = "enabled".into();
    let file = demo.home.join("hints-policy.json");
    std::fs::write(&file, policy.to_string()).unwrap();
    demo.ok(&[
        "admin",
        "policy",
        "set",
        file.to_str().unwrap(),
        "--tenant",
        "hints.example",
    ]);
    until("TLS-HINTS-LIVE: the running server offers the hint", || {
        asked_for(&demo, &host) == Some(1)
    });
}
