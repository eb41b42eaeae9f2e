//! Servers that are slow, gone, wrong, huge or hostile, and what each of them comes to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use lanyard_fetch::{
    ConditionalHeaders, CrlDownloader, DownloadFault, DownloadLimits, DownloadSettings, Downloaded,
    EgressRules,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// One answer: octets as they are, then the connection closes (or stays open).
#[derive(Clone, Default)]
struct Answer {
    octets: Vec<u8>,
    /// Sent over and over after `octets`.
    endless: Option<Vec<u8>>,
    /// Wait for ever instead of closing.
    hang: bool,
}

impl Answer {
    fn body(head: &str, body: &[u8]) -> Self {
        let mut octets = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        octets.extend_from_slice(body);
        Self {
            octets,
            ..Self::default()
        }
    }
}

struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    sent: Arc<AtomicU64>,
}

impl Server {
    /// Gives the answers in turn, one for each connection.
    async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let sent = Arc::new(AtomicU64::new(0));
        let (seen, count) = (Arc::clone(&requests), Arc::clone(&sent));
        tokio::spawn(async move {
            let mut answers = answers.into_iter().cycle();
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answers.next().unwrap();
                tokio::spawn(serve(stream, answer, Arc::clone(&seen), Arc::clone(&count)));
            }
        });
        Self {
            address,
            requests,
            sent,
        }
    }

    async fn saying(answer: Answer) -> Self {
        Self::start(vec![answer]).await
    }

    fn url(&self) -> String {
        format!("http://{}/crl/issuing.crl", self.address)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, seen: Arc<Mutex<Vec<String>>>, sent: Arc<AtomicU64>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(octet) => request.push(octet),
            Err(_) => return,
        }
    }
    seen.lock().unwrap().push(String::from_utf8(request).unwrap());
    let _ = stream.write_all(&answer.octets).await;
    while let Some(more) = &answer.endless {
        if stream.write_all(more).await.is_err() {
            return;
        }
        sent.fetch_add(more.len() as u64, Ordering::Relaxed);
    }
    if answer.hang {
        std::future::pending::<()>().await;
    }
}

fn downloader() -> CrlDownloader {
    with_rules(EgressRules {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        deny: vec![],
    })
}

#[tokio::test]
async fn files_that_are_no_lists_may_have_any_form() {
    let settings = DownloadSettings {
        any_form: true,
        egress: EgressRules {
            allow: vec!["127.0.0.1/32".parse().unwrap()],
            deny: vec![],
        },
        ..DownloadSettings::default()
    };
    let downloader = CrlDownloader::new(&settings).unwrap();
    let server = Server::saying(Answer::body("200 OK", b"-----BEGIN PKCS7-----")).await;
    let nothing = ConditionalHeaders::default();
    let ask = async |max_bytes| {
        let limits = DownloadLimits { max_bytes, ..LIMITS };
        downloader.download(&server.url(), limits, &nothing, |_| ()).await
    };
    let Ok(Downloaded::Body { octets, .. }) = ask(100).await else {
        panic!("refused")
    };
    assert_eq!(octets, b"-----BEGIN PKCS7-----");
    assert_eq!(ask(5).await, Err(DownloadFault::TooLarge { limit: 5 }));
}

fn with_rules(egress: EgressRules) -> CrlDownloader {
    let settings = DownloadSettings {
        egress,
        ..DownloadSettings::default()
    };
    CrlDownloader::new(&settings).unwrap()
}

const LIMITS: DownloadLimits = DownloadLimits {
    max_bytes: 1 << 20,
    timeout: Duration::from_secs(10),
};

async fn download(url: &str) -> Result<Downloaded, DownloadFault> {
    downloader()
        .download(url, LIMITS, &ConditionalHeaders::default(), |_| ())
        .await
}

async fn fault_of(answer: Answer) -> DownloadFault {
    download(&Server::saying(answer).await.url()).await.unwrap_err()
}

/// A SEQUENCE of this many octets in all.
fn der(octets: usize) -> Vec<u8> {
    let mut der = vec![0x30, 0x84];
    der.extend(u32::try_from(octets - 6).unwrap().to_be_bytes());
    der.resize(octets, 0x5a);
    der
}

#[tokio::test]
async fn a_good_list_arrives_with_its_validators() {
    let body = der(100_000);
    let server = Server::saying(Answer::body(
        "200 OK\r\nETag: \"7\"\r\nLast-Modified: yesterday",
        &body,
    ))
    .await;
    let progress = Mutex::new(Vec::new());
    let url = format!("{}?key=secret#part", server.url());
    let downloaded = downloader()
        .download(&url, LIMITS, &ConditionalHeaders::default(), |octets| {
            progress.lock().unwrap().push(octets)
        })
        .await
        .unwrap();
    let Downloaded::Body {
        octets,
        etag,
        last_modified,
        final_url,
        ..
    } = downloaded
    else {
        panic!("no body");
    };
    assert!(octets == body);
    assert_eq!(
        (etag.as_deref(), last_modified.as_deref()),
        (Some("\"7\""), Some("yesterday"))
    );
    assert_eq!(final_url, server.url(), "shown without its query");
    let progress = progress.into_inner().unwrap();
    assert!(
        progress.iter().all(|octets| *octets == 100_000),
        "announced first, and never less: {progress:?}"
    );

    let request = server.requests()[0].to_ascii_lowercase();
    assert!(
        request.starts_with("get /crl/issuing.crl?key=secret http/1.1"),
        "{request}"
    );
    assert!(
        request.contains("user-agent: lanyard/") && request.contains("accept-encoding: identity"),
        "{request}"
    );
    for absent in [
        "cookie",
        "authorization",
        "referer",
        "if-none-match",
        "if-modified-since",
    ] {
        assert!(!request.contains(absent), "{request}");
    }
}

#[tokio::test]
async fn a_current_copy_is_not_sent_again() {
    let server = Server::saying(Answer::body("304 Not Modified", b"")).await;
    let held = ConditionalHeaders {
        etag: Some("\"7\"".to_owned()),
        last_modified: Some("yesterday".to_owned()),
    };
    let answer = downloader().download(&server.url(), LIMITS, &held, |_| ()).await;
    assert_eq!(answer, Ok(Downloaded::NotModified));
    let request = server.requests()[0].to_ascii_lowercase();
    assert!(request.contains("if-none-match: \"7\"") && request.contains("if-modified-since: yesterday"));
    assert_eq!(
        download(&server.url()).await,
        Err(DownloadFault::Status(304)),
        "304 to a question without condition"
    );
}

#[tokio::test]
async fn fetch_fault_codes_of_wrong_answers() {
    // FETCH-FAULT-CODES
    let page = b"<!DOCTYPE html><title>Sign in to the network</title>";
    let pem = b"-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n";
    let mut cut_short = Answer::body("200 OK", &der(1000));
    cut_short.octets.truncate(500);
    let no_length = |body: &[u8]| Answer {
        octets: [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", body].concat(),
        ..Answer::default()
    };
    let rubbish = Answer {
        octets: b"220 mail.example.test ESMTP\r\n".to_vec(),
        ..Answer::default()
    };
    for (answer, expected, code) in [
        (Answer::body("403 Forbidden", page), "HTTP 403", 500_173),
        (Answer::body("404 Not Found", b""), "HTTP 404", 500_173),
        (Answer::body("500 Oops", b""), "HTTP 500", 500_173),
        (Answer::body("206 Partial Content", &der(10)), "HTTP 206", 500_173),
        (rubbish, "cannot be reached", 500_173),
        (Answer::default(), "cannot be reached", 500_173),
        (Answer::body("200 OK", b""), "empty body", 500_174),
        (no_length(b""), "empty body", 500_174),
        (cut_short, "ended after", 500_174),
        (no_length(&der(1000)[..500]), "ended after 500", 500_174),
        (no_length(b"\x30\x84\x00"), "ended after 3", 500_174),
        (Answer::body("200 OK", page), "looks like a web page", 2_205_011),
        (Answer::body("200 OK", pem), "it is PEM", 2_205_011),
        (
            Answer::body("200 OK", b"\x1f\x8b\x08\x00"),
            "it is compressed",
            2_205_011,
        ),
        (
            Answer::body("200 OK", b"\x02\x01\x00"),
            "not begin with a SEQUENCE",
            2_205_011,
        ),
    ] {
        let fault = fault_of(answer).await;
        assert!(
            fault.to_string().contains(expected),
            "{fault} should say {expected}"
        );
        assert_eq!(fault.code_number(), code, "{fault}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x.crl?key=secret", listener.local_addr().unwrap());
    drop(listener);
    let fault = download(&url).await.unwrap_err();
    assert_eq!(fault.code_number(), 500_173);
    assert!(matches!(fault, DownloadFault::Unreachable { .. }), "{fault:?}");
    assert!(!fault.to_string().contains("secret"), "{fault}");
    let fault = download("http://no-such-host.invalid/x.crl").await.unwrap_err();
    assert!(matches!(fault, DownloadFault::Unreachable { .. }), "{fault:?}");
}

#[tokio::test]
async fn slow_servers_run_out_of_time() {
    let started = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\x30\x82";
    for octets in [&b""[..], &started[..20], started] {
        let answer = Answer {
            octets: octets.to_vec(),
            hang: true,
            ..Answer::default()
        };
        let server = Server::saying(answer).await;
        let limits = DownloadLimits {
            timeout: Duration::from_millis(150),
            ..LIMITS
        };
        let nothing = ConditionalHeaders::default();
        let fault = downloader()
            .download(&server.url(), limits, &nothing, |_| ())
            .await
            .unwrap_err();
        assert_eq!(fault, DownloadFault::TimedOut(limits.timeout));
        assert_eq!(fault.code_number(), 2_205_012);
    }
}

#[tokio::test]
async fn fetch_body_limits() {
    // FETCH-BODY-LIMITS
    let two_hundred_million =
        b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n\x30\x84\x0b\xeb\xc1\xfa".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let announced_inside = [&chunked[..], b"6\r\n\x30\x84\x0b\xeb\xc1\xfa\r\n"].concat();
    let lying_inside = [&chunked[..], b"4\r\n\x30\x82\x01\x00\r\n"].concat();
    let chunk = [b"10000\r\n".to_vec(), vec![0; 0x10000], b"\r\n".to_vec()].concat();
    for (octets, endless) in [
        (two_hundred_million, Some(vec![0; 0x10000])),
        (announced_inside, None),
        (lying_inside, Some(chunk)),
    ] {
        let answer = Answer {
            octets,
            endless,
            hang: true,
        };
        let server = Server::saying(answer).await;
        let fault = download(&server.url()).await.unwrap_err();
        assert_eq!(fault, DownloadFault::TooLarge { limit: 1 << 20 });
        assert_eq!(fault.code_number(), 2_205_014);
        let sent = server.sent.load(Ordering::Relaxed);
        assert!(
            sent < 16 << 20,
            "the connection was cut early, {sent} octets went out"
        );
    }
}

#[tokio::test]
async fn a_compressed_bomb_is_never_opened() {
    let server = Server::saying(Answer {
        octets: b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08".to_vec(),
        endless: Some(vec![0; 0x10000]),
        hang: false,
    })
    .await;
    let fault = download(&server.url()).await.unwrap_err();
    assert_eq!(fault, DownloadFault::NotDer("compressed although not asked for"));
}

#[tokio::test]
async fn fetch_redirects() {
    // FETCH-REDIRECTS
    let to = |target: &str| Answer::body(&format!("302 Found\r\nLocation: {target}"), b"");
    let target = Server::saying(Answer::body("200 OK", &der(50))).await;
    let server = Server::saying(to(&target.url())).await;
    assert!(matches!(
        download(&server.url()).await,
        Ok(Downloaded::Body { .. })
    ));

    let relative = Server::start(vec![to("/elsewhere.crl"), Answer::body("200 OK", &der(50))]).await;
    assert!(matches!(
        download(&relative.url()).await,
        Ok(Downloaded::Body { .. })
    ));
    assert!(relative.requests()[1].starts_with("GET /elsewhere.crl "));

    let circle = Server::saying(to("/again.crl")).await;
    assert_eq!(download(&circle.url()).await, Err(DownloadFault::BadRedirect));
    assert_eq!(circle.requests().len(), 4, "the first and three more");

    let nowhere = Server::saying(Answer::body("302 Found", b"")).await;
    assert_eq!(download(&nowhere.url()).await, Err(DownloadFault::BadRedirect));

    for (target, expected) in [
        (
            "https://127.0.0.1/x.crl",
            DownloadFault::RedirectToOtherScheme("https".to_owned()),
        ),
        (
            "file:///etc/passwd",
            DownloadFault::RedirectToOtherScheme("file".to_owned()),
        ),
        (
            "http://169.254.169.254/latest",
            DownloadFault::AddressRefused("169.254.169.254".to_owned()),
        ),
        (
            "http://[::ffff:169.254.169.254]/",
            DownloadFault::AddressRefused("::ffff:169.254.169.254".to_owned()),
        ),
        (
            "http://2852039166/latest",
            DownloadFault::AddressRefused("169.254.169.254".to_owned()),
        ),
        (
            "http://user:pass@127.0.0.1/",
            DownloadFault::BadAddress("has user information"),
        ),
    ] {
        let server = Server::saying(to(target)).await;
        assert_eq!(download(&server.url()).await, Err(expected), "{target}");
    }
}

#[tokio::test]
async fn fetch_egress_holds_for_names_and_numbers() {
    // FETCH-EGRESS
    let server = Server::saying(Answer::body("200 OK", &der(50))).await;
    let port = server.address.port();
    let nothing = ConditionalHeaders::default();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0.0.0.0",
        "127.1",
        "0x7f000001",
        "[::ffff:127.0.0.1]",
    ] {
        let url = format!("http://{host}:{port}/x.crl");
        let fault = with_rules(EgressRules::default())
            .download(&url, LIMITS, &nothing, |_| ())
            .await
            .unwrap_err();
        assert!(
            matches!(fault, DownloadFault::AddressRefused(_)),
            "{host}: {fault:?}"
        );
        assert_eq!(fault.code_number(), 500_173);
    }
    assert!(server.requests().is_empty(), "no connection was made");
    let url = format!("http://localhost:{port}/x.crl");
    assert!(
        downloader()
            .download(&url, LIMITS, &nothing, |_| ())
            .await
            .is_ok(),
        "allowed by setting"
    );
}

#[tokio::test]
async fn addresses_that_are_never_fetched() {
    let long = format!("http://example.test/{}", "x".repeat(2048));
    for (url, expected) in [
        (
            "ldap://directory.example.test/cn=ca",
            DownloadFault::SchemeRefused("ldap".to_owned()),
        ),
        (
            "https://example.test/x.crl",
            DownloadFault::SchemeRefused("https".to_owned()),
        ),
        ("file:///x.crl", DownloadFault::SchemeRefused("file".to_owned())),
        ("x.crl", DownloadFault::BadAddress("not a URL")),
        ("http://", DownloadFault::BadAddress("not a URL")),
        (
            "http://me@example.test/",
            DownloadFault::BadAddress("has user information"),
        ),
        (&long, DownloadFault::BadAddress("longer than 2048 characters")),
    ] {
        assert_eq!(download(url).await, Err(expected), "{url}");
    }
}

#[tokio::test]
async fn https_needs_the_setting_and_obeys_the_same_rules() {
    let settings = DownloadSettings {
        https: true,
        https_roots_pem: Some(String::new()),
        ..DownloadSettings::default()
    };
    let downloader = CrlDownloader::new(&settings).unwrap();
    let nothing = ConditionalHeaders::default();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("https://{host}:1/x.crl");
        let fault = downloader
            .download(&url, LIMITS, &nothing, |_| ())
            .await
            .unwrap_err();
        assert!(matches!(fault, DownloadFault::AddressRefused(_)), "{fault:?}");
    }
}
