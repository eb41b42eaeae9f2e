//! `bench sign-in`: the runs and what is made of them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use lanyard_testkit::{CertificateAuthority, KeyAlgorithm, Keypair, UserProfile, Validity};
use serde_json::Value;
use url::Url;

use crate::bare_cryptography::Costs;
use crate::browser::Setup;
use crate::lanyard_sign_in::LanyardSignIn;
use crate::load::{self, Measured};
use crate::peer::{PEER, Peer};
use crate::process_facts;
use crate::report::{self, Better, Figure};

/// What to measure and how long.
#[derive(Args)]
pub(crate) struct SignInArguments {
    /// The `demo.json` of a running `lanyard demo`.
    #[arg(long)]
    demo: PathBuf,
    /// Process id of that server, to read its memory and processor time.
    #[arg(long)]
    pid: u32,
    /// Milliseconds from start to first answer, as the caller saw it.
    #[arg(long)]
    first_answer_ms: Option<u64>,
    /// Resident bytes of an idle `lanyard serve`, as the caller saw them; without it those of the given process.
    #[arg(long)]
    idle_bytes: Option<u64>,
    /// Folder with the peer's packages and server.mjs; without it there is no comparison.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// Seconds for each figure.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// People signing in at once.
    #[arg(long, default_value_t = 8)]
    users: usize,
    /// JSON lines instead of a table.
    #[arg(long)]
    json: bool,
}

/// User key and token algorithm of each run.
const RUNS: &[(KeyAlgorithm, &str, &str)] = &[
    (KeyAlgorithm::P256, "P-256", "es256"),
    (KeyAlgorithm::P256, "P-256", "rs256"),
    (KeyAlgorithm::Rsa2048, "RSA-2048", "es256"),
    (KeyAlgorithm::Rsa2048, "RSA-2048", "rs256"),
];

/// Measures and prints.
pub(crate) async fn run(arguments: &SignInArguments) -> Result<()> {
    let demo = DemoFacts::read(&arguments.demo)?;
    let now = Timestamp::now();
    let validity = Validity::days_from(now - SignedDuration::from_hours(1), 30);
    let length = Duration::from_secs(arguments.seconds);
    let idle_bytes = match arguments.idle_bytes {
        Some(bytes) => bytes,
        None => process_facts::resident_bytes(arguments.pid)?,
    };
    let mut peer = None;
    let mut peer_idle_bytes = 0;
    if let Some(folder) = &arguments.peer {
        let started = Peer::start(folder, now).await?;
        peer_idle_bytes = process_facts::resident_bytes(started.id())?;
        peer = Some(started);
    }
    let costs = Costs::measure()?;
    let mut figures = Vec::new();
    for (algorithm, user_key, tokens) in RUNS {
        let key = Keypair::generate(*algorithm)?;
        let ours = {
            let setup = demo.setup(&key, validity)?;
            let sign_in = Arc::new(demo.sign_in(tokens)?);
            load::run(sign_in, &setup, arguments.users, length, arguments.pid).await?
        };
        let theirs = match &peer {
            Some(peer) => {
                let setup = peer.setup(&key, validity)?;
                let sign_in = Arc::new(peer.sign_in(tokens)?);
                Some(load::run(sign_in, &setup, arguments.users, length, peer.id()).await?)
            }
            None => None,
        };
        let limit_us = costs.sign_in_us(*algorithm == KeyAlgorithm::Rsa2048, *tokens == "rs256");
        let name = format!("{user_key} user, {} tokens", tokens.to_uppercase());
        figures.extend(run_figures(&name, &ours, theirs.as_ref(), limit_us));
        if !arguments.json {
            eprintln!(
                "{name}: {} sign-ins, {} resumed handshakes",
                ours.sign_ins, ours.resumed_handshakes
            );
        }
    }
    figures.extend(standing_figures(
        arguments,
        idle_bytes,
        peer.as_ref(),
        peer_idle_bytes,
    )?);
    figures.extend(cost_figures(&costs));
    report::print(&figures, arguments.json);
    Ok(())
}

/// Two seconds of each run at the peer alone.
pub(crate) async fn run_peer(folder: &Path) -> Result<()> {
    let now = Timestamp::now();
    let validity = Validity::days_from(now - SignedDuration::from_hours(1), 30);
    let peer = Peer::start(folder, now).await?;
    println!("first answer after {:?}", peer.first_answer);
    for (algorithm, user_key, tokens) in RUNS {
        let setup = peer.setup(&Keypair::generate(*algorithm)?, validity)?;
        let sign_in = Arc::new(peer.sign_in(tokens)?);
        let measured = load::run(sign_in, &setup, 8, Duration::from_secs(2), peer.id()).await?;
        println!("{user_key} user, {tokens} tokens: {measured:?}");
    }
    Ok(())
}

fn run_figures(name: &str, ours: &Measured, theirs: Option<&Measured>, limit_us: f64) -> Vec<Figure> {
    let figure = |what: &str, unit: &'static str, better: Better, value: fn(&Measured) -> f64| {
        let name = format!("{name}: {what}");
        match theirs {
            Some(theirs) => Figure::beside(name, value(ours), unit, better, PEER, value(theirs)),
            None => Figure::alone(name, value(ours), unit),
        }
    };
    let per_core = 1e6 / ours.server_cpu_us;
    vec![
        figure("sign-ins", "1/s", Better::More, |measured| measured.per_second),
        figure("p50", "ms", Better::Less, |measured| measured.p50_ms),
        figure("p99", "ms", Better::Less, |measured| measured.p99_ms),
        figure("server processor time", "µs", Better::Less, |measured| {
            measured.server_cpu_us
        }),
        Figure::beside(
            format!("{name}: per server core"),
            per_core,
            "1/s",
            Better::More,
            "bare cryptography",
            1e6 / limit_us,
        ),
        Figure::alone(
            format!("{name}: resumed handshakes"),
            ours.resumed_handshakes as f64,
            "count",
        ),
    ]
}

fn standing_figures(
    arguments: &SignInArguments,
    idle_bytes: u64,
    peer: Option<&Peer>,
    peer_idle_bytes: u64,
) -> Result<Vec<Figure>> {
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let mut figures = Vec::new();
    let mut push = |name: &str, value: f64, unit: &'static str, theirs: Option<f64>| {
        figures.push(match theirs {
            Some(theirs) => Figure::beside(name, value, unit, Better::Less, PEER, theirs),
            None => Figure::alone(name, value, unit),
        });
    };
    push(
        "memory, idle",
        megabytes(idle_bytes),
        "MB",
        peer.map(|_| megabytes(peer_idle_bytes)),
    );
    let loaded = process_facts::resident_bytes(arguments.pid)?;
    let peer_loaded = peer
        .map(|peer| process_facts::resident_bytes(peer.id()))
        .transpose()?;
    push(
        "memory, after the runs",
        megabytes(loaded),
        "MB",
        peer_loaded.map(megabytes),
    );
    if let Some(milliseconds) = arguments.first_answer_ms {
        let theirs = peer.map(|peer| peer.first_answer.as_secs_f64() * 1000.0);
        push("time to first answer", milliseconds as f64, "ms", theirs);
    }
    Ok(figures)
}

fn cost_figures(costs: &Costs) -> Vec<Figure> {
    [
        ("bare: key exchange, X25519 and ML-KEM-768", costs.key_exchange_us),
        ("bare: P-256 signature", costs.p256_sign_us),
        ("bare: P-256 check", costs.p256_verify_us),
        ("bare: RSA-2048 signature", costs.rsa_sign_us),
        ("bare: RSA-2048 check", costs.rsa_verify_us),
    ]
    .into_iter()
    .map(|(name, value)| Figure::alone(name, value, "µs"))
    .collect()
}

/// What `demo.json` says.
pub(crate) struct DemoFacts(Value);

impl DemoFacts {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Ok(Self(serde_json::from_str(&text)?))
    }

    pub(crate) fn text(&self, pointer: &str) -> Result<&str> {
        self.0
            .pointer(pointer)
            .and_then(Value::as_str)
            .with_context(|| format!("demo.json has no {pointer}"))
    }

    pub(crate) fn file(&self, pointer: &str) -> Result<Vec<u8>> {
        let path = self.text(pointer)?;
        std::fs::read(path).with_context(|| format!("reading {path}"))
    }

    /// The person with the multifactor certificate.
    fn user_name(&self) -> Result<&str> {
        let users = self
            .0
            .pointer("/users")
            .and_then(Value::as_array)
            .context("demo.json has no /users")?;
        users
            .iter()
            .find(|user| user.get("name").and_then(Value::as_str) == Some("multifactor"))
            .and_then(|user| user.get("user_principal_name"))
            .and_then(Value::as_str)
            .context("demo.json has no user `multifactor`")
    }

    /// A fresh certificate of the demo's first issuing authority for that person, on this key.
    pub(crate) fn setup(&self, key: &Keypair, validity: Validity) -> Result<Setup> {
        let certificate = self.file("/authorities/0/certificate_pem")?;
        let authority_key = String::from_utf8(self.file("/authorities/0/key_pem")?)?;
        let authority = CertificateAuthority::load(&certificate, &authority_key)?;
        let profile = UserProfile::new("Bench Person", validity)
            .user_principal_name(self.user_name()?)
            .key(key);
        let person = authority.issue_user(&profile)?;
        let chain = [
            person.certificate_der().to_vec(),
            authority.certificate_der().to_vec(),
        ];
        let address: SocketAddr = self.text("/address")?.parse()?;
        Setup::new(&self.file("/tls_root_pem")?, &chain, key.pkcs8_der(), address)
    }

    pub(crate) fn sign_in(&self, tokens: &str) -> Result<LanyardSignIn> {
        let application = if tokens == "es256" { "web_es256" } else { "web" };
        let text = |member: &str| {
            self.text(&format!("/applications/{application}/{member}"))
                .map(str::to_owned)
        };
        Ok(LanyardSignIn {
            login_url: Url::parse(self.text("/login_url")?)?,
            tenant: self.text("/tenant_id")?.to_owned(),
            user_name: self.user_name()?.to_owned(),
            client_id: text("client_id")?,
            client_secret: text("client_secret")?,
            redirect_uri: text("redirect_uri")?,
        })
    }
}
