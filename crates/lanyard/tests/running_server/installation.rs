//! An installation made by `lanyard init`: first sign-in, new server certificates, a clean stop, a crash.

use std::path::Path;
use std::process::{Command, Stdio};

use lanyard_testkit::{AuthorityProfile, CertificateAuthority, ServerProfile, Validity};

use crate::demo::{CHALLENGE, Demo, Running, lanyard, text, until};
use crate::scripted_browser::{ScriptedBrowser, SignInEnd, SignInRequest};

const BASE: &str = "idp.agency.example";

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn serve(config: &Path) -> Running {
    Running(
        lanyard()
            .arg("serve")
            .arg("--config")
            .arg(config)
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    )
}

fn signal(process: &Running, name: &str) {
    let sent = Command::new("kill")
        .args([name, &process.0.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Certificate and key of a PFX file, as PEM.
fn identity_of(pfx: &Path, password: &str) -> Vec<u8> {
    let octets = std::fs::read(pfx).unwrap();
    let store =
        p12_keystore::KeyStore::from_pkcs12(&octets, password, p12_keystore::Pkcs12ImportPolicy::default())
            .unwrap();
    let (_, chain) = store.private_key_chain().unwrap();
    let pem = |label: &str, der: &[u8]| {
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            data_encoding::BASE64.encode(der)
        )
    };
    let certificates: String = chain
        .certs()
        .iter()
        .map(|one| pem("CERTIFICATE", one.as_der()))
        .collect();
    (certificates + &pem("PRIVATE KEY", chain.key().as_der())).into_bytes()
}

#[tokio::test]
async fn the_first_administrator_signs_in_and_the_server_stops_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("lanyard.toml");
    let (port, management) = (free_port(), free_port());
    let made = lanyard()
        .args([
            "init",
            "--yes",
            "--base",
            BASE,
            "--domain",
            "agency.example",
            "--organisation",
            "Agency",
        ])
        .args([
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--management-listen",
            &format!("127.0.0.1:{management}"),
        ])
        .arg("--data")
        .arg(folder.path().join("data"))
        .arg("--config")
        .arg(&config)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made));
    let said = text(&made);
    let password = said
        .split_once("password:")
        .unwrap()
        .1
        .split_whitespace()
        .next()
        .unwrap();
    let admin = |arguments: &[&str]| {
        let output = lanyard()
            .arg("admin")
            .args(arguments)
            .arg("--config")
            .arg(&config)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?} {}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let registered = admin(&[
        "app",
        "create",
        "Portal",
        "--web",
        "https://portal.example/cb",
        "--trusted",
    ]);
    let client = registered
        .trim()
        .trim_end_matches('.')
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();

    let mut server = serve(&config);
    let ready = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    until("the server is up", ready);
    let tls = folder.path().join("tls");
    let root = std::fs::read(tls.join("root.pem")).unwrap();
    let identity = identity_of(&folder.path().join("data/first-administrator.pfx"), password);
    let hosts = [format!("login.{BASE}"), format!("certauth.{BASE}")];
    // Addresses carry the port browsers use; here that is the one listened on.
    let login_origin = format!("https://login.{BASE}:{port}");
    let sign_in = async |root: &[u8]| {
        let address = format!("127.0.0.1:{port}").parse().unwrap();
        let mut browser = ScriptedBrowser::new(root, Some(&identity), &hosts, address)?;
        browser
            .sign_in(&SignInRequest {
                login_origin: &login_origin,
                tenant: "agency.example",
                client_id: &client,
                redirect_uri: "https://portal.example/cb",
                scope: "openid",
                user_name: "admin@agency.example",
                code_challenge: CHALLENGE,
                nonce: "n",
            })
            .await
    };
    let end = sign_in(&root).await.unwrap();
    assert!(matches!(end, SignInEnd::Code(_)), "{end:?}");

    // New server certificates are taken up on SIGHUP, without a stop.
    let validity = Validity::days_from(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1), 30);
    let fresh = CertificateAuthority::root(&AuthorityProfile::new("Fresh TLS root", validity)).unwrap();
    let certauth = format!("certauth.{BASE}");
    for (name, names) in [
        ("login", vec![format!("login.{BASE}")]),
        ("certauth", vec![certauth.clone(), format!("*.{certauth}")]),
    ] {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let issued = fresh.issue_server(&ServerProfile::new(&names, validity)).unwrap();
        std::fs::write(tls.join(format!("{name}.pem")), issued.certificate_pem()).unwrap();
        std::fs::write(tls.join(format!("{name}.key")), issued.key().pem()).unwrap();
    }
    signal(&server, "-HUP");
    let begun = std::time::Instant::now();
    while sign_in(fresh.certificate_pem().as_bytes()).await.is_err() {
        assert!(
            begun.elapsed().as_secs() < 20,
            "the new certificates were not taken up"
        );
    }
    signal(&server, "-TERM");
    let status = server.0.wait().unwrap();
    assert_eq!(status.code(), Some(0), "a clean stop");
    assert!(!ready());
}

/// What was answered is on disk: a crash loses no sign-in that anybody was told of.
#[tokio::test]
async fn a_crash_loses_no_sign_in_that_was_answered() {
    let mut demo = Demo::start(19_643, &[]);
    let answered = {
        let demo = &demo;
        let mut answered = 0;
        for _ in 0..5 {
            for end in futures_util::future::join_all((0..4).map(|_| demo.sign_in("single-factor"))).await {
                assert!(matches!(end, SignInEnd::Code(_)), "{end:?}");
                answered += 1;
            }
        }
        answered
    };
    demo.process.0.kill().unwrap();
    demo.process.0.wait().unwrap();
    let rows = demo.log();
    let succeeded = rows
        .iter()
        .filter(|row| row.to_string().contains("sam@agency.example") && !row.to_string().contains("50058"))
        .count();
    assert!(succeeded >= answered, "{succeeded} of {answered} are in the log");
    // The same data serves again.
    let mut again = serve(&demo.home.join("lanyard.toml"));
    let address = demo.address();
    until("the server is up again", || {
        std::net::TcpStream::connect(address).is_ok()
    });
    let browser = demo.browser(demo.text("/tenant_id"), None);
    let url = format!(
        "{}/{}/v2.0/.well-known/openid-configuration",
        demo.text("/login_url"),
        demo.text("/tenant_id")
    );
    assert_eq!(
        browser.http().get(url).send().await.unwrap().status().as_u16(),
        200
    );
    signal(&again, "-TERM");
    assert_eq!(again.0.wait().unwrap().code(), Some(0));
}

/// Killed in the middle of many sign-ins: whatever was answered is in the log after the restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_with_requests_in_flight_no_answered_sign_in_is_lost() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let mut demo = Demo::start(19_743, &[]);
    // The lists are at hand from then on; the demo's own server of lists is gone with it.
    let end = demo.sign_in("single-factor").await;
    assert!(matches!(end, SignInEnd::Code(_)), "{end:?}");
    demo.process.0.kill().unwrap();
    demo.process.0.wait().unwrap();
    let config = demo.home.join("lanyard.toml");
    let mut server = serve(&config);
    let address = demo.address();
    until("the server is up", || {
        std::net::TcpStream::connect(address).is_ok()
    });
    let demo = Arc::new(demo);
    let (answered, begun) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let people: Vec<_> = (0..6)
        .map(|_| {
            let (demo, answered, begun) = (demo.clone(), answered.clone(), begun.clone());
            tokio::spawn(async move {
                let identity = demo.identity("single-factor");
                let tenant = demo.text("/tenant_id");
                loop {
                    let request = SignInRequest {
                        login_origin: demo.text("/login_url"),
                        tenant,
                        client_id: demo.text("/applications/web/client_id"),
                        redirect_uri: demo.text("/applications/web/redirect_uri"),
                        scope: "openid",
                        user_name: "sam@agency.example",
                        code_challenge: CHALLENGE,
                        nonce: "n",
                    };
                    begun.fetch_add(1, Ordering::SeqCst);
                    let Ok(mut browser) = ScriptedBrowser::new(
                        &demo.tls_root(),
                        Some(&identity),
                        &demo.hosts(tenant),
                        demo.address(),
                    ) else {
                        return;
                    };
                    match browser.sign_in(&request).await {
                        Ok(SignInEnd::Code(_)) => answered.fetch_add(1, Ordering::SeqCst),
                        // The kill.
                        _ => return,
                    };
                }
            })
        })
        .collect();
    let started = std::time::Instant::now();
    while answered.load(Ordering::SeqCst) < 12 {
        assert!(started.elapsed().as_secs() < 60, "nobody signs in");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    server.0.kill().unwrap();
    server.0.wait().unwrap();
    for person in people {
        person.await.unwrap();
    }
    let (answered, begun) = (answered.load(Ordering::SeqCst), begun.load(Ordering::SeqCst));
    assert!(begun > answered, "some were in flight");
    let mut again = serve(&config);
    until("the server is up again", || {
        std::net::TcpStream::connect(address).is_ok()
    });
    let succeeded = demo
        .log()
        .iter()
        .filter(|row| {
            let row = row.to_string();
            row.contains("sam@agency.example") && !row.contains("50058")
        })
        .count();
    assert!(
        succeeded > answered,
        "{succeeded} of {answered} answered ones are in the log; {begun} had begun"
    );
    signal(&again, "-TERM");
    assert_eq!(again.0.wait().unwrap().code(), Some(0));
}
