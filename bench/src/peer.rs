//! The peer: npm `oidc-provider` on Node, started with certificates of our making, and a sign-in at it.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, Keypair, ServerProfile, UserProfile, Validity,
};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::browser::{Body, Browser, Setup};
use crate::load::SignIn;

/// The name shown in reports.
pub(crate) const PEER: &str = "npm oidc-provider 9";

const HOST: &str = "login.peer.localhost";
const CERTIFICATE_HOST: &str = "certauth.login.peer.localhost";
const REDIRECT_URI: &str = "https://app.peer.localhost/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A running peer.
pub(crate) struct Peer {
    process: Child,
    address: SocketAddr,
    certificate_port: u16,
    tls_root_pem: String,
    issuing: CertificateAuthority,
    /// From the start of the process to its first answered request.
    pub(crate) first_answer: Duration,
}

impl Peer {
    /// Starts `node server.mjs` in `folder`, where its packages are.
    pub(crate) async fn start(folder: &Path, now: Timestamp) -> Result<Self> {
        let validity = Validity::days_from(now - jiff::SignedDuration::from_hours(1), 30);
        let tls_root = CertificateAuthority::root(&AuthorityProfile::new("Peer TLS Root", validity))?;
        let server = tls_root.issue_server(&ServerProfile::new(&[HOST, CERTIFICATE_HOST], validity))?;
        let root = CertificateAuthority::root(&AuthorityProfile::new("Peer Root", validity))?;
        let issuing = root.issue_authority(&AuthorityProfile::new("Peer Issuing CA", validity))?;
        let list = CrlProfile::new(1, validity.not_before, validity.not_after).revoke(&[1, 2, 3]);
        let (port, certificate_port) = (free_port()?, free_port()?);
        let config = serde_json::json!({
            "issuer": format!("https://{HOST}:{port}"),
            "port": port,
            "certificatePort": certificate_port,
            "key": server.key().pem(),
            "certificate": server.certificate_pem(),
            "clientAuthorities": [root.certificate_pem(), issuing.certificate_pem()],
            "crl": [crl_pem(&issuing.crl(&list)?), crl_pem(&root.crl(&list)?)],
            "redirectUri": REDIRECT_URI,
        });
        let config_file = folder.join("config.json");
        std::fs::write(&config_file, config.to_string())?;

        let begun = Instant::now();
        let mut process = Command::new("node")
            .arg("server.mjs")
            .arg(&config_file)
            .current_dir(folder)
            .env("NODE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting node")?;
        let stdout = process.stdout.take().context("no output of node")?;
        let mut lines = BufReader::new(stdout).lines();
        loop {
            match tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await?? {
                Some(line) if line.contains("\"ready\"") => break,
                Some(_) => {}
                None => bail!("the peer ended at once"),
            }
        }
        // It writes more later, and a closed pipe would end it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let tls_root_pem = tls_root.certificate_pem();
        let mut peer = Self {
            process,
            address,
            certificate_port,
            tls_root_pem,
            issuing,
            first_answer: Duration::ZERO,
        };
        let setup = peer.setup(&Keypair::generate(lanyard_testkit::KeyAlgorithm::P256)?, validity)?;
        let discovery = Url::parse(&format!("https://{HOST}:{port}/.well-known/openid-configuration"))?;
        Browser::new(&setup).send(&discovery, Body::Nothing).await?;
        peer.first_answer = begun.elapsed();
        Ok(peer)
    }

    /// A browser set-up for a person with this key.
    pub(crate) fn setup(&self, key: &Keypair, validity: Validity) -> Result<Setup> {
        let profile = UserProfile::new("Bench Person", validity)
            .user_principal_name("bench@peer.test")
            .key(key);
        let person = self.issuing.issue_user(&profile)?;
        let chain = [
            person.certificate_der().to_vec(),
            self.issuing.certificate_der().to_vec(),
        ];
        Setup::new(
            self.tls_root_pem.as_bytes(),
            &chain,
            key.pkcs8_der(),
            self.address,
        )
    }

    /// A sign-in for the application that gets tokens in this algorithm (`rs256`, `es256`).
    pub(crate) fn sign_in(&self, application: &'static str) -> Result<PeerSignIn> {
        let port = self.address.port();
        Ok(PeerSignIn {
            origin: Url::parse(&format!("https://{HOST}:{port}/"))?,
            certificate_url: Url::parse(&format!(
                "https://{CERTIFICATE_HOST}:{}/certauth",
                self.certificate_port
            ))?,
            application,
        })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id().unwrap_or_default()
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn crl_pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n",
        lines.join("\n")
    )
}

/// One sign-in at the peer: authorize, certificate host, back, resume, token.
pub(crate) struct PeerSignIn {
    origin: Url,
    certificate_url: Url,
    application: &'static str,
}

impl SignIn for PeerSignIn {
    async fn once(&self, browser: &mut Browser<'_>) -> Result<()> {
        let mut authorize = self.origin.join("/auth")?;
        authorize
            .query_pairs_mut()
            .append_pair("client_id", self.application)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", REDIRECT_URI)
            .append_pair("scope", "openid profile offline_access read")
            .append_pair("state", "bench")
            .append_pair("nonce", "bench-nonce")
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256");
        let page = browser.send(&authorize, Body::Nothing).await?;
        let Some(uid) = page
            .location
            .as_deref()
            .and_then(|location| location.rsplit_once("/interaction/"))
        else {
            return page.unexpected("an interaction");
        };
        let form = [("uid", uid.1)];
        let page = browser
            .send_with_certificate(&self.certificate_url, Body::Form(&form))
            .await?;
        let Some(action) = page.form_action() else {
            return page.unexpected("the hand-over form");
        };
        let fields = page.hidden_inputs();
        let pairs: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let page = browser.send(&Url::parse(&action)?, Body::Form(&pairs)).await?;
        let Some(resume) = &page.location else {
            return page.unexpected("a redirect to go on");
        };
        let page = browser.send(&self.origin.join(resume)?, Body::Nothing).await?;
        let Some(code) = page.code() else {
            return page.unexpected("a code");
        };
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", self.application),
            ("client_secret", "a-secret-of-the-peer"),
            ("redirect_uri", REDIRECT_URI),
            ("code", &code),
            ("code_verifier", VERIFIER),
        ];
        let answer = browser
            .send(&self.origin.join("/token")?, Body::BackChannel(&form))
            .await?;
        let tokens: serde_json::Value =
            serde_json::from_str(&answer.body).or_else(|_| answer.unexpected("tokens"))?;
        let is_jwt = |name: &str| {
            tokens
                .get(name)
                .and_then(serde_json::Value::as_str)
                .is_some_and(|token| token.split('.').count() == 3)
        };
        if !is_jwt("id_token") || !is_jwt("access_token") {
            return answer.unexpected("an id token and a signed access token");
        }
        Ok(())
    }
}
