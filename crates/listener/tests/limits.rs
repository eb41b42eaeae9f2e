//! Slow, greedy and rude clients. Times are milliseconds so that nobody waits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::time::Duration;

use lanyard_listener::Limits;
use support::{LOGIN, World, exchange, soon};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SHORT: Duration = Duration::from_millis(60);

/// Reads until the other side ends the connection, in whatever way.
async fn closed<S: tokio::io::AsyncRead + Unpin>(stream: &mut S) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = soon(stream.read_to_end(&mut rest)).await;
    rest
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_ended() {
    let world = World::with_limits(Limits {
        handshake_timeout: SHORT,
        ..Limits::default()
    })
    .await;
    let mut silent = TcpStream::connect(world.address).await.unwrap();
    assert!(closed(&mut silent).await.is_empty());
    let mut dripping = TcpStream::connect(world.address).await.unwrap();
    // A TLS record header that promises 512 octets of ClientHello.
    dripping
        .write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
        .await
        .unwrap();
    assert!(closed(&mut dripping).await.is_empty());
    assert!(world.client().facts(LOGIN).await.is_ok());
}

#[tokio::test]
async fn headers_that_never_end_are_ended() {
    let world = World::with_limits(Limits {
        header_read_timeout: SHORT,
        ..Limits::default()
    })
    .await;
    for start in ["", "GET /facts HTTP/1.1\r\nHost: login"] {
        let mut slow = world.client().connect(LOGIN).await.unwrap();
        slow.write_all(start.as_bytes()).await.unwrap();
        closed(&mut slow).await;
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_answered() {
    let world = World::with_limits(Limits {
        request_timeout: SHORT,
        drain_timeout: SHORT,
        ..Limits::default()
    })
    .await;
    let mut slow = world.client().connect(LOGIN).await.unwrap();
    let request = format!("POST /echo HTTP/1.1\r\nHost: {LOGIN}\r\nContent-Length: 100\r\n\r\nabc");
    slow.write_all(request.as_bytes()).await.unwrap();
    let answer = String::from_utf8(closed(&mut slow).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn an_idle_http_2_connection_is_closed() {
    let world = World::with_limits(Limits {
        idle_timeout: SHORT,
        drain_timeout: SHORT,
        ..Limits::default()
    })
    .await;
    let mut client = world.client();
    client.alpn = &["h2"];
    // One that never even sends the preface.
    let mut mute = client.connect(LOGIN).await.unwrap();
    closed(&mut mute).await;
}

#[tokio::test]
async fn an_old_connection_is_closed() {
    let world = World::with_limits(Limits {
        max_connection_age: SHORT,
        ..Limits::default()
    })
    .await;
    let mut stream = world.client().connect(LOGIN).await.unwrap();
    let request = format!("GET /facts HTTP/1.1\r\nHost: {LOGIN}\r\n\r\n");
    let answer = soon(exchange(&mut stream, &request)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn headers_that_are_too_big_or_too_many_are_refused() {
    let world = World::with_limits(Limits {
        max_header_bytes: 8192,
        max_headers: 20,
        ..Limits::default()
    })
    .await;
    let big = format!(
        "GET /facts HTTP/1.1\r\nHost: {LOGIN}\r\nX: {}\r\n\r\n",
        "x".repeat(20_000)
    );
    let many = format!(
        "GET /facts HTTP/1.1\r\nHost: {LOGIN}\r\n{}\r\n",
        "X: y\r\n".repeat(30)
    );
    for request in [big, many] {
        let mut stream = world.client().connect(LOGIN).await.unwrap();
        let answer = soon(exchange(&mut stream, &request)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test]
async fn one_address_may_hold_only_so_many_connections() {
    let world = World::with_limits(Limits {
        max_connections_per_address: Some(2),
        ..Limits::default()
    })
    .await;
    let first = world.client().connect(LOGIN).await.unwrap();
    let _second = world.client().connect(LOGIN).await.unwrap();
    assert!(world.client().connect(LOGIN).await.is_err());
    drop(first);
    // The place is free as soon as the server has seen the end of the first.
    soon(async {
        while world.client().facts(LOGIN).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn with_all_places_taken_the_next_one_waits_and_is_served() {
    let world = World::with_limits(Limits {
        max_connections: 1,
        ..Limits::default()
    })
    .await;
    let first = world.client().connect(LOGIN).await.unwrap();
    let client = world.client();
    let waiting = tokio::spawn(async move { client.facts(LOGIN).await });
    drop(first);
    assert!(soon(waiting).await.unwrap().unwrap().contains("site=login"));
}

#[tokio::test]
async fn a_flood_of_resets_ends_the_connection() {
    let world = World::with_limits(Limits {
        http2_max_reset_streams: 8,
        ..Limits::default()
    })
    .await;
    let mut client = world.client();
    client.alpn = &["h2"];
    let mut stream = client.connect(LOGIN).await.unwrap();
    let mut flood = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    flood.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]); // SETTINGS
    for stream_id in (1_u32..4001).step_by(2) {
        // HEADERS with :method GET, :scheme https, :path /, END_HEADERS and END_STREAM; then RST_STREAM (CANCEL).
        flood.extend([0, 0, 3, 1, 5]);
        flood.extend(stream_id.to_be_bytes());
        flood.extend([0x82, 0x87, 0x84]);
        flood.extend([0, 0, 4, 3, 0]);
        flood.extend(stream_id.to_be_bytes());
        flood.extend([0, 0, 0, 8]);
    }
    let _ = stream.write_all(&flood).await;
    let rest = closed(&mut stream).await;
    let go_away = rest.windows(15).any(|frame| frame == b"too_many_resets");
    assert!(go_away, "{}", String::from_utf8_lossy(&rest));
    assert!(world.client().facts(LOGIN).await.is_ok());
}

#[tokio::test]
async fn http_2_clients_are_told_how_many_streams_and_header_octets_they_may_use() {
    let world = World::with_limits(Limits {
        http2_max_concurrent_streams: 2,
        max_header_bytes: 0x4321,
        ..Limits::default()
    })
    .await;
    let mut client = world.client();
    client.alpn = &["h2"];
    let mut stream = client.connect(LOGIN).await.unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    let mut header = [0; 9];
    soon(stream.read_exact(&mut header)).await.unwrap();
    let mut settings = vec![0; usize::from(header[2])];
    soon(stream.read_exact(&mut settings)).await.unwrap();
    let has = |setting: [u8; 6]| settings.chunks(6).any(|candidate| candidate == setting);
    assert!(
        has([0, 3, 0, 0, 0, 2]) && has([0, 6, 0, 0, 0x43, 0x21]),
        "{settings:?}"
    );
}
