//! The product's listener and its judgement of certificates, and nothing else: what a handshake with a verdict costs.
//!
//! Talks to its parent by lines: says where it listens, and takes `swap COUNT PAUSE_MS` on its standard input.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use arc_swap::ArcSwap;
use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use http::StatusCode;
use jiff::Timestamp;
use lanyard_certificate_policy::Switch;
use lanyard_directory::{Tenant, TenantId, User, UserId, UserType};
use lanyard_engine::{
    CertificateOutcome, CertificateQuestion, ConfiguredAuthority, Snapshot, TenantConfiguration,
    TenantSnapshot, judge_certificate,
};
use lanyard_listener::{
    CaHints, CancellationToken, ConnectionFacts, HostRole, Limits, Listener, LiveCertificates,
    ServerCertificate, ServerCertificates, Sites,
};
use lanyard_pki::{AuthorityId, Certificate, CrlKind, CrlSlot, RevocationView};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::crl_files::{CERTAUTH_HOST, Files, USER_NAME};
use crate::{crl_once, process_facts};

/// A server for one CRL.
#[derive(Args)]
pub(crate) struct HandshakeServerArguments {
    #[arg(long)]
    folder: PathBuf,
    /// The issuing authority's CRL, DER.
    #[arg(long)]
    crl: PathBuf,
    /// Threads that serve.
    #[arg(long)]
    workers: usize,
}

/// What the server says about its exchanges of CRLs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Exchanged {
    /// Milliseconds from reading the file to the exchange, for each exchange.
    pub(crate) took_ms: Vec<f64>,
    pub(crate) resident_before_bytes: u64,
    pub(crate) peak_bytes: u64,
    pub(crate) resident_after_bytes: u64,
    pub(crate) file_bytes: u64,
    pub(crate) index_octets: usize,
}

/// Everything a verdict needs; the revocation view is exchanged whole.
struct World {
    tenant: Arc<TenantSnapshot>,
    user: User,
    revocation: ArcSwap<RevocationView>,
}

/// Serves until standard input ends.
pub(crate) fn run(arguments: &HandshakeServerArguments) -> Result<()> {
    let files = Files::open(&arguments.folder)?;
    let issuing = Certificate::parse(&files.read("issuing.der")?)?;
    let world = Arc::new(world(&files, &issuing, &arguments.crl)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(arguments.workers)
        .enable_all()
        .build()?;
    let address = runtime.block_on(listen(&files, Arc::clone(&world)))?;
    println!("{address}");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let ("swap", Some(count), Some(pause_ms)) = (
            words.next().unwrap_or_default(),
            words.next().and_then(|word| word.parse().ok()),
            words.next().and_then(|word| word.parse().ok()),
        ) else {
            break;
        };
        let exchanged = exchange(
            &world,
            &issuing,
            &arguments.crl,
            count,
            Duration::from_millis(pause_ms),
        )?;
        println!("{}", serde_json::to_string(&exchanged)?);
        std::io::stdout().flush()?;
    }
    runtime.shutdown_background();
    Ok(())
}

fn world(files: &Files, issuing: &Certificate, crl: &Path) -> Result<World> {
    let root = Certificate::parse(&files.read("root.der")?)?;
    let id = TenantId(Uuid::from_u128(1));
    let now = Timestamp::now();
    let configured = |certificate: &Certificate, is_root: bool| ConfiguredAuthority {
        display_name: String::new(),
        is_root_authority: is_root,
        certificate: STANDARD.encode(certificate.der()),
        certificate_revocation_list_url: Some("http://crl.bench.test/list.crl".to_owned()),
        further_certificate_revocation_list_urls: Vec::new(),
        crl_grace_hours: None,
        delta_certificate_revocation_list_url: None,
        is_issuer_hint_enabled: false,
        added: now,
    };
    let mut configuration = TenantConfiguration {
        certificate_authorities: vec![configured(&root, true), configured(issuing, false)],
        ..TenantConfiguration::default()
    };
    configuration.x509_policy.state = Switch::Enabled;
    let tenant = Tenant {
        id,
        display_name: "Bench".to_owned(),
        domains: vec!["bench.test".to_owned()],
        created: now,
    };
    let snapshot = Snapshot::build(vec![(tenant, 1, configuration)])?;
    let user = User {
        id: UserId(Uuid::from_u128(2)),
        tenant: id,
        user_principal_name: USER_NAME.to_owned(),
        display_name: "Person".to_owned(),
        given_name: None,
        surname: None,
        mail: None,
        on_premises_user_principal_name: None,
        account_enabled: true,
        user_type: UserType::Member,
        certificate_user_ids: Vec::new(),
        sign_in_sessions_valid_from: Timestamp::UNIX_EPOCH,
        certificate_used_last: true,
        profile: Default::default(),
        created: now,
    };
    let slot = |index| CrlSlot::Available(Arc::new(index));
    let root_crl = crl_once::ingest(&files.read("root-crl.der")?, &root)?;
    let issuing_crl = crl_once::ingest(&std::fs::read(crl)?, issuing)?;
    let view = RevocationView::new()
        .with(AuthorityId::of(&root), CrlKind::Base, slot(root_crl))
        .with(AuthorityId::of(issuing), CrlKind::Base, slot(issuing_crl));
    Ok(World {
        tenant: Arc::clone(snapshot.tenant(id).context("the tenant is missing")?),
        user,
        revocation: ArcSwap::from_pointee(view),
    })
}

async fn listen(files: &Files, world: Arc<World>) -> Result<std::net::SocketAddr> {
    let certificate = ServerCertificate::from_pem(&files.read("server.pem")?, &files.read("server.key")?)?;
    let certificates = ServerCertificates::new(vec![certificate.clone()], vec![certificate])?;
    let hints = Arc::new(CaHints::from_subjects(world.tenant.issuer_hints()));
    let directory = move |name: &str| {
        if name == CERTAUTH_HOST {
            HostRole::Certauth {
                tenant: None,
                hints: Arc::clone(&hints),
            }
        } else {
            HostRole::Login
        }
    };
    let sites = Sites {
        login: Router::new(),
        certauth: Router::new().route("/", get(verdict)).with_state(world),
    };
    let limits = Limits::default();
    let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(
        any_port,
        LiveCertificates::new(certificates)?,
        Arc::new(directory),
        sites,
        limits,
    )
    .await?;
    let address = listener.local_addr();
    tokio::spawn(listener.serve(CancellationToken::new()));
    Ok(address)
}

async fn verdict(
    State(world): State<Arc<World>>,
    Extension(facts): Extension<Arc<ConnectionFacts>>,
) -> (StatusCode, String) {
    match judge(&world, &facts) {
        Ok(()) => (StatusCode::OK, "accepted".to_owned()),
        Err(why) => (StatusCode::FORBIDDEN, why.to_string()),
    }
}

fn judge(world: &World, facts: &ConnectionFacts) -> Result<()> {
    let chain = facts.client_chain.as_ref().context("no certificate was shown")?;
    let certificate = Certificate::parse(chain.leaf())?;
    let verdict = judge_certificate(&CertificateQuestion {
        tenant: &world.tenant,
        user: &world.user,
        groups: &[],
        certificate: &certificate,
        revocation: &world.revocation.load(),
        now: Timestamp::now(),
    });
    match verdict.outcome {
        CertificateOutcome::Accepted(_) => Ok(()),
        other => Err(anyhow!("{other:?}")),
    }
}

/// Takes the CRL up again and again, and puts each new index in the place of the one before.
fn exchange(
    world: &World,
    issuing: &Certificate,
    crl: &Path,
    count: usize,
    pause: Duration,
) -> Result<Exchanged> {
    let authority = AuthorityId::of(issuing);
    let resident_before_bytes = process_facts::own_resident_bytes()?;
    process_facts::forget_own_peak()?;
    let mut exchanged = Exchanged {
        took_ms: Vec::new(),
        resident_before_bytes,
        peak_bytes: 0,
        resident_after_bytes: 0,
        file_bytes: std::fs::metadata(crl)?.len(),
        index_octets: 0,
    };
    for _ in 0..count {
        let begun = Instant::now();
        let bytes = std::fs::read(crl)?;
        let index = Arc::new(crl_once::ingest(&bytes, issuing)?);
        drop(bytes);
        exchanged.index_octets = index.resident_octets();
        let view = world
            .revocation
            .load()
            .with(authority, CrlKind::Base, CrlSlot::Available(index));
        world.revocation.store(Arc::new(view));
        exchanged.took_ms.push(begun.elapsed().as_secs_f64() * 1000.0);
        std::thread::sleep(pause);
    }
    exchanged.peak_bytes = process_facts::own_peak_bytes()?;
    exchanged.resident_after_bytes = process_facts::own_resident_bytes()?;
    Ok(exchanged)
}
