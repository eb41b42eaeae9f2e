//! Rule TLS-HOST-MATCH over real connections: 421 whenever the request names another host than the handshake did.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use http::StatusCode;
use support::{CERTAUTH, Http2, LOGIN, World, exchange, get_request};

async fn status(world: &World, server_name: &str, request: &str) -> String {
    let mut stream = world.client().connect(server_name).await.unwrap();
    let answer = exchange(&mut stream, request).await.unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn http_1_requests_for_another_host() {
    let world = World::start().await;
    let absolute = |authority: &str, host: &str| {
        format!("GET https://{authority}/facts HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    };
    let two_hosts =
        format!("GET /facts HTTP/1.1\r\nHost: {LOGIN}\r\nHost: {CERTAUTH}\r\nConnection: close\r\n\r\n");
    for (server_name, request, expected) in [
        (LOGIN, get_request(LOGIN, "/facts"), "200"),
        (LOGIN, get_request(&format!("{LOGIN}:8443"), "/facts"), "200"),
        (LOGIN, get_request(CERTAUTH, "/facts"), "421"),
        (LOGIN, get_request("localhost", "/facts"), "421"),
        ("localhost", get_request("localhost:8443", "/facts"), "200"),
        (CERTAUTH, get_request(LOGIN, "/facts"), "421"),
        (CERTAUTH, get_request(&support::tenant_host(), "/facts"), "421"),
        (LOGIN, absolute(CERTAUTH, LOGIN), "421"),
        (LOGIN, absolute(LOGIN, CERTAUTH), "421"),
        (LOGIN, absolute(LOGIN, LOGIN), "200"),
        (LOGIN, "GET /facts HTTP/1.0\r\n\r\n".to_owned(), "400"),
        (LOGIN, two_hosts, "400"),
    ] {
        assert_eq!(
            status(&world, server_name, &request).await,
            expected,
            "{server_name}: {request}"
        );
    }
}

#[tokio::test]
async fn http_2_requests_for_two_hosts_on_one_connection() {
    let world = World::start().await;
    let mut client = world.client();
    client.alpn = &["h2"];
    let mut connection = Http2::over(client.connect(LOGIN).await.unwrap()).await;
    let port = world.address.port();
    for (authority, host, expected) in [
        (LOGIN.to_owned(), None, StatusCode::OK),
        (CERTAUTH.to_owned(), None, StatusCode::MISDIRECTED_REQUEST),
        (format!("{LOGIN}:{port}"), None, StatusCode::OK),
        (LOGIN.to_owned(), Some(CERTAUTH), StatusCode::MISDIRECTED_REQUEST),
        (CERTAUTH.to_owned(), Some(LOGIN), StatusCode::MISDIRECTED_REQUEST),
        (LOGIN.to_owned(), Some(LOGIN), StatusCode::OK),
    ] {
        let (status, body) = connection.ask(&authority, host, "/facts").await;
        assert_eq!(status, expected, "{authority} {host:?}: {body}");
    }
    let (_, body) = connection.ask(LOGIN, None, "/facts").await;
    assert!(body.contains("http=Http2"), "{body}");
}

#[tokio::test]
async fn a_name_that_is_not_ours_gets_421() {
    let world = World::start().await;
    // The certificate cannot cover such a name, so the client is made to accept it for this one connection.
    let mut config = world.client().config();
    config
        .dangerous()
        .set_certificate_verifier(std::sync::Arc::new(AnyServer));
    let stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let name = rustls_pki_types::ServerName::try_from("www.example.test").unwrap();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let mut stream = connector.connect(name, stream).await.unwrap();
    let answer = exchange(&mut stream, &get_request("www.example.test", "/facts"))
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
}

#[tokio::test]
async fn without_a_server_name_only_the_login_host_answers() {
    let world = World::start().await;
    let mut config = world.client().config();
    config
        .dangerous()
        .set_certificate_verifier(std::sync::Arc::new(AnyServer));
    let config = std::sync::Arc::new(config);
    for (host, expected) in [
        ("127.0.0.1", "200"),
        (LOGIN, "200"),
        (CERTAUTH, "421"),
        ("www.example.test", "421"),
    ] {
        let stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
        // An address as name sends no SNI.
        let name = rustls_pki_types::ServerName::try_from("127.0.0.1").unwrap();
        let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::clone(&config));
        let mut stream = connector.connect(name, stream).await.unwrap();
        let answer = exchange(&mut stream, &get_request(host, "/facts")).await.unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(expected), "{host}: {answer}");
        assert!(
            expected != "200" || answer.contains("role=Login sni=None"),
            "{answer}"
        );
    }
}

#[derive(Debug)]
struct AnyServer;

impl rustls::client::danger::ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &[rustls_pki_types::CertificateDer<'_>],
        _: &rustls_pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls_pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
