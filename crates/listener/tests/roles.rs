//! Which host does what: certificate request, protocol, resumption, hints.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use lanyard_listener::{CaHints, UntrustedChain};
use rustls::client::Resumption;
use support::{CERTAUTH, Card, LOGIN, TENANT, TLS12, TLS13, World, tenant_host};
use tokio::io::AsyncReadExt;

#[tokio::test]
async fn tls_server_name_decides() {
    // TLS-SERVER-NAME-DECIDES
    let world = World::start().await;
    let card = Card::ordinary();
    for versions in [TLS12, TLS13] {
        let mut client = world.client().with_card(&card);
        client.versions = versions;
        let version = if versions == TLS12 { "Tls12" } else { "Tls13" };

        let login = client.facts(LOGIN).await.unwrap();
        assert!(login.contains("site=login role=Login"), "{login}");
        assert!(
            login.contains(&format!("tls=Some({version}) http=Http1 chain=None")),
            "{login}"
        );
        assert!(
            card.asked.lock().unwrap().is_empty(),
            "login must not ask for a certificate"
        );

        let certauth = client.facts(CERTAUTH).await.unwrap();
        assert!(
            certauth.contains("site=certauth role=Certauth { tenant: None }"),
            "{certauth}"
        );
        assert!(
            certauth.contains(&format!("tls=Some({version}) http=Http1 chain=Some(1)")),
            "{certauth}"
        );

        let tenant = client.facts(&tenant_host()).await.unwrap();
        assert!(
            tenant.contains(&format!("tenant: Some(\"{TENANT}\")")),
            "{tenant}"
        );
        card.asked.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn a_fresh_name_and_the_bare_tenant_name_are_certificate_hosts() {
    let world = World::start().await;
    let card = Card::ordinary();
    for name in [
        format!("t{TENANT}-n0nce.{CERTAUTH}"),
        format!("{TENANT}.{CERTAUTH}"),
    ] {
        let answer = world.client().with_card(&card).facts(&name).await.unwrap();
        assert!(
            answer.contains("site=certauth") && answer.contains("chain=Some(1)"),
            "{name}: {answer}"
        );
    }
}

#[tokio::test]
async fn without_a_certificate_there_is_still_an_answer() {
    let world = World::start().await;
    for versions in [TLS12, TLS13] {
        let mut client = world.client();
        client.versions = versions;
        let answer = client.facts(CERTAUTH).await.unwrap();
        assert!(answer.contains("chain=None unproven=None"), "{answer}");
    }
}

#[tokio::test]
async fn certauth_speaks_http_1_only_and_closes() {
    let world = World::start().await;
    let mut client = world.client();
    client.alpn = &["h2", "http/1.1"];
    let stream = client.connect(CERTAUTH).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let stream = client.connect(LOGIN).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));

    // No `Connection: close` of the client's own: the server closes all the same.
    let mut stream = client.connect(CERTAUTH).await.unwrap();
    let request = format!("GET /facts HTTP/1.1\r\nHost: {CERTAUTH}\r\n\r\n");
    let answer = support::soon(support::exchange(&mut stream, &request))
        .await
        .unwrap();
    assert!(
        answer.to_ascii_lowercase().contains("connection: close"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_client_that_offers_h2_alone_gets_no_certauth_connection() {
    let world = World::start().await;
    let mut client = world.client();
    client.alpn = &["h2"];
    assert!(client.connect(CERTAUTH).await.is_err());
}

#[tokio::test]
async fn tls_certauth_full_handshake_every_time() {
    // TLS-CERTAUTH-FULL-HANDSHAKE
    let world = World::start().await;
    for versions in [TLS12, TLS13] {
        let card = Card::ordinary();
        let mut client = world.client().with_card(&card);
        client.versions = versions;
        client.resumption = Some(Resumption::in_memory_sessions(64));
        for round in 1..=5 {
            let answer = client.facts(CERTAUTH).await.unwrap();
            assert!(answer.contains("chain=Some(1)"), "{answer}");
            assert_eq!(
                card.asked.lock().unwrap().len(),
                round,
                "asked in every handshake"
            );
        }
    }
}

#[tokio::test]
async fn login_resumes_and_certauth_never_takes_its_tickets() {
    let world = World::start().await;
    for versions in [TLS12, TLS13] {
        let card = Card::ordinary();
        let mut client = world.client().with_card(&card);
        client.versions = versions;
        let config = std::sync::Arc::new(client.config());
        let mut kinds = Vec::new();
        for name in [LOGIN, LOGIN, CERTAUTH, CERTAUTH] {
            let stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
            let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::clone(&config));
            let mut stream = connector
                .connect(rustls_pki_types::ServerName::try_from(name).unwrap(), stream)
                .await
                .unwrap();
            let answer = support::exchange(&mut stream, &support::get_request(name, "/facts"))
                .await
                .unwrap();
            let kind = stream.get_ref().1.handshake_kind().unwrap();
            kinds.push((
                name,
                kind == rustls::HandshakeKind::Resumed,
                answer.contains("chain=Some(1)"),
            ));
        }
        assert_eq!(
            kinds,
            [
                (LOGIN, false, false),
                (LOGIN, true, false),
                (CERTAUTH, false, true),
                (CERTAUTH, false, true)
            ]
        );
    }
}

#[tokio::test]
async fn hints_are_read_at_every_handshake() {
    let world = World::start().await;
    let name = |length: u8| [vec![0x30, length], vec![7; usize::from(length)]].concat();
    for hints in [vec![], vec![name(3)], vec![name(4), name(5)]] {
        world
            .hints
            .store(std::sync::Arc::new(CaHints::from_subjects(&hints)));
        for versions in [TLS12, TLS13] {
            let card = Card::ordinary();
            let mut client = world.client().with_card(&card);
            client.versions = versions;
            client.facts(&tenant_host()).await.unwrap();
            assert_eq!(*card.asked.lock().unwrap(), std::slice::from_ref(&hints));
        }
    }
}

#[tokio::test]
async fn a_hundred_thousand_octets_of_hints_cannot_break_the_handshake() {
    // TLS-HINTS-CUT
    let world = World::start().await;
    let names: Vec<Vec<u8>> = (0..1000)
        .map(|_| [vec![0x30, 100], vec![7; 100]].concat())
        .collect();
    world
        .hints
        .store(std::sync::Arc::new(CaHints::from_subjects(&names)));
    for versions in [TLS12, TLS13] {
        let card = Card::ordinary();
        let mut client = world.client().with_card(&card);
        client.versions = versions;
        client.facts(CERTAUTH).await.unwrap();
        assert_eq!(card.asked.lock().unwrap()[0].len(), 16 * 1024 / 104);
    }
}

#[tokio::test]
async fn a_long_chain_is_cut() {
    // TLS-CHAIN-LIMITS
    let world = World::start().await;
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = support::card_certificate(&key);
    let card = Card::new(vec![certificate.clone(); 30], &key);
    let answer = world.client().with_card(&card).facts(CERTAUTH).await.unwrap();
    assert!(answer.contains("chain=Some(10)"), "{answer}");
    assert_eq!(
        UntrustedChain::from_wire(&vec![certificate; 30])
            .unwrap()
            .dropped(),
        20
    );
}

#[tokio::test]
async fn http_proxy_certificate_ignored() {
    // HTTP-PROXY-CERTIFICATE-IGNORED
    let world = World::start().await;
    for name in [LOGIN, CERTAUTH] {
        let mut stream = world.client().connect(name).await.unwrap();
        let request = format!(
            "GET /facts HTTP/1.1\r\nHost: {name}\r\nClient-Cert: :AAAA:\r\nclient-cert: :AAAA:\r\nCLIENT-CERT-CHAIN: :AAAA:\r\nConnection: close\r\n\r\n"
        );
        let answer = support::exchange(&mut stream, &request).await.unwrap();
        assert!(
            answer.contains("chain=None") && answer.contains("proxied=false"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn plain_http_is_told_to_use_https() {
    let world = World::start().await;
    let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let answer = support::exchange(&mut stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 400") && body.contains("https://"),
        "{answer}"
    );
    assert!(
        head.contains(&format!("Content-Length: {}", body.len())),
        "{answer}"
    );
}

#[tokio::test]
async fn what_is_not_tls_gets_no_page_and_harms_nobody() {
    let world = World::start().await;
    let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let answer = support::exchange(&mut stream, "\0\x01\x02 rubbish").await;
    assert!(answer.is_err() || !answer.unwrap().contains("HTTP"));
    let mut gone = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let _ = gone.shutdown_now().await;
    assert!(world.client().facts(LOGIN).await.is_ok());
}

trait ShutdownNow {
    async fn shutdown_now(&mut self) -> std::io::Result<usize>;
}

impl ShutdownNow for tokio::net::TcpStream {
    async fn shutdown_now(&mut self) -> std::io::Result<usize> {
        tokio::io::AsyncWriteExt::shutdown(self).await?;
        self.read(&mut [0; 16]).await
    }
}
