//! New server certificates and an orderly end, while connections are open; and what is counted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::time::Duration;

use axum::{Router, routing::get};
use lanyard_listener::{
    CancellationToken, CertificateError, DrainOutcome, Limits, PlainListener, ServerCertificate,
    ServerCertificates,
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use support::{Authority, CERTAUTH, Card, LOGIN, World, exchange, get_request, soon};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn new_handshakes_see_new_certificates_and_old_connections_live_on() {
    let world = World::start().await;
    let mut old = world.client().connect(LOGIN).await.unwrap();
    let successor = Authority::new();
    world
        .certificates
        .reload(successor.server_certificates())
        .unwrap();

    assert!(
        world.client().connect(LOGIN).await.is_err(),
        "the old root no longer fits"
    );
    let mut client = world.client();
    client.roots = successor.roots();
    assert!(client.facts(LOGIN).await.is_ok());
    assert!(client.facts(CERTAUTH).await.is_ok());

    let answer = exchange(&mut old, &get_request(LOGIN, "/facts")).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn within_a_role_the_covering_certificate_is_served() {
    let world = World::start().await;
    let authority = &world.authority;
    let certificates = ServerCertificates::new(
        vec![
            authority.server_certificate(&["localhost"]),
            authority.server_certificate(&[LOGIN]),
        ],
        vec![authority.server_certificate(&[CERTAUTH, LOGIN])],
    )
    .unwrap();
    assert!(certificates.certauth_covers(LOGIN));
    assert!(!authority.server_certificates().certauth_covers(LOGIN));
    world.certificates.reload(certificates).unwrap();
    assert!(world.client().facts(LOGIN).await.is_ok());
    assert!(world.client().facts("localhost").await.is_ok());
}

#[test]
fn certificates_that_cannot_be_used_are_refused() {
    let key = rcgen::KeyPair::generate().unwrap();
    let other = rcgen::KeyPair::generate().unwrap();
    let chain = rcgen::CertificateParams::new(Vec::new())
        .unwrap()
        .self_signed(&key)
        .unwrap()
        .pem();
    let load = |chain: &str, key: &str| ServerCertificate::from_pem(chain.as_bytes(), key.as_bytes());
    assert!(matches!(
        load(&chain, &other.serialize_pem()),
        Err(CertificateError::Unusable(_))
    ));
    assert!(matches!(
        load("", &key.serialize_pem()),
        Err(CertificateError::Empty)
    ));
    assert!(matches!(load(&chain, "no key"), Err(CertificateError::Pem(_))));
    assert!(matches!(
        ServerCertificates::new(vec![], vec![]),
        Err(CertificateError::NoneFor("login"))
    ));
}

#[tokio::test]
async fn a_request_in_flight_finishes_and_idle_connections_end_at_once() {
    let world = World::start().await;
    let mut idle = world.client().connect(LOGIN).await.unwrap();
    let mut busy = world.client().connect(LOGIN).await.unwrap();
    busy.write_all(format!("GET /slow HTTP/1.1\r\nHost: {LOGIN}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    // Answered only when the server has read the request of `busy`, because both run on this one thread.
    for _ in 0..3 {
        world.client().facts(LOGIN).await.unwrap();
    }
    world.stop.cancel();
    let mut rest = Vec::new();
    let _ = soon(idle.read_to_end(&mut rest)).await;
    assert!(rest.is_empty());
    assert!(
        TcpStream::connect(world.address).await.is_err(),
        "no new connections"
    );
    world.gate.add_permits(1);
    let mut answer = String::new();
    soon(busy.read_to_string(&mut answer)).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"),
        "{answer}"
    );
    assert_eq!(soon(world.serving).await.unwrap().cut, 0);
}

#[tokio::test]
async fn after_the_drain_time_connections_are_cut() {
    let world = World::with_limits(Limits {
        drain_timeout: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
    let mut busy = world.client().connect(LOGIN).await.unwrap();
    busy.write_all(format!("GET /slow HTTP/1.1\r\nHost: {LOGIN}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    world.client().facts(LOGIN).await.unwrap();
    world.stop.cancel();
    let outcome: DrainOutcome = soon(world.serving).await.unwrap();
    assert_eq!(outcome.cut, 1);
    let mut rest = Vec::new();
    let _ = soon(busy.read_to_end(&mut rest)).await;
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_plain_listener_answers_for_any_host() {
    let router = Router::new().route("/crl", get(|| async { "crl" }));
    let listener = PlainListener::bind("127.0.0.1:0".parse().unwrap(), router, Limits::default())
        .await
        .unwrap();
    let (address, stop) = (listener.local_addr(), CancellationToken::new());
    let serving = tokio::spawn(listener.serve(stop.clone()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = exchange(&mut stream, &get_request("crl.example.test", "/crl"))
        .await
        .unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("crl"),
        "{answer}"
    );
    stop.cancel();
    assert_eq!(soon(serving).await.unwrap().cut, 0);
}

#[tokio::test]
async fn a_port_in_use_is_said_with_its_address() {
    let world = World::start().await;
    let taken = PlainListener::bind(world.address, Router::new(), Limits::default()).await;
    let message = taken.err().unwrap().to_string();
    assert!(message.contains(&world.address.to_string()), "{message}");
}

#[tokio::test]
async fn handshakes_are_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let world = World::start().await;
    world.client().facts(LOGIN).await.unwrap();
    world
        .client()
        .with_card(&Card::ordinary())
        .facts(CERTAUTH)
        .await
        .unwrap();
    // A speculative connection, as browsers make them: opened and given up.
    drop(TcpStream::connect(world.address).await.unwrap());
    world.client().facts(CERTAUTH).await.unwrap();
    world.stop.cancel();
    soon(world.serving).await.unwrap();

    let mut counted: Vec<(String, String)> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, _, value)| {
            let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
            let value = match value {
                DebugValue::Counter(count) => count.to_string(),
                DebugValue::Gauge(level) => level.to_string(),
                DebugValue::Histogram(_) => String::new(),
            };
            (
                format!("{} {}", key.key().name(), labels.join(","))
                    .trim()
                    .to_owned(),
                value,
            )
        })
        .collect();
    counted.sort();
    let expected = [
        ("lanyard_connections_open", "0"),
        ("lanyard_tls_handshakes_failed_total aborted", "1"),
        ("lanyard_tls_handshakes_total certauth", "2"),
        ("lanyard_tls_handshakes_total login", "1"),
        ("lanyard_tls_handshakes_with_certificate_total", "1"),
    ];
    assert_eq!(
        counted,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}
