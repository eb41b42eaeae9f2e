//! `lanyard demo`: everything on one machine, in one folder, in seconds.

mod application;
mod crl_site;
mod once;
mod pki;
mod scripted_browser;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};

use lanyard_listener::{CancellationToken, LiveCertificates};

use crate::cli::DemoArgs;
use crate::configuration;
use crate::demo::pki::DemoPki;
use crate::demo::world::World;
use crate::installation::{Installation, create_master_key};
use crate::serve;

/// Base name; every name below `.localhost` leads browsers to this machine.
const BASE: &str = "lanyard.localhost";
/// How many ports are tried before giving up.
const PORT_TRIES: u16 = 50;

/// Ports of one demo.
pub(crate) struct Ports {
    pub(crate) login: u16,
    pub(crate) application: u16,
    pub(crate) crl: u16,
    pub(crate) management: u16,
}

/// Runs the demo.
pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    crate::logging::start(&configuration::LogSection {
        level: "warn".to_owned(),
        ..Default::default()
    })?;
    let (folder, temporary) = prepare_folder(args.folder.as_deref())?;
    let progress = spinner();
    let outcome = run_in(&args, &folder, &progress).await;
    progress.finish_and_clear();
    if temporary && let Err(error) = std::fs::remove_dir_all(&folder) {
        eprintln!("note: {} was not removed: {error}", folder.display());
    }
    outcome
}

async fn run_in(args: &DemoArgs, folder: &Path, progress: &ProgressBar) -> anyhow::Result<ExitCode> {
    let ports = choose_ports(args.port)?;
    if ports.login != args.port {
        progress.println(format!("Port {} is in use; taking {}.", args.port, ports.login));
    }
    progress.set_message("making a root, two issuing authorities, an expired one and seven certificates");
    let crl_origin = format!("http://crl.{BASE}:{}", ports.crl);
    let now = jiff::Timestamp::now();
    let pki_folder = folder.join("pki");
    let crl_url = crl_origin.replace(&format!("crl.{BASE}"), "127.0.0.1");
    let pki = tokio::task::spawn_blocking(move || DemoPki::make(&pki_folder, now, &crl_url)).await??;

    progress.set_message("setting up the database, a tenant, users and an application");
    create_master_key(folder)?;
    let text = configuration::sample(&configuration::SampleValues {
        base: BASE.to_owned(),
        listen: format!("127.0.0.1:{}", ports.login),
        management_listen: format!("127.0.0.1:{}", ports.management),
        data: folder.display().to_string(),
        database_url: match &args.database_url {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", folder.join("lanyard.db").display()),
        },
        login_aliases: vec!["localhost".to_owned()],
        allowed_networks: vec!["127.0.0.0/8".to_owned()],
    });
    let config_path = folder.join("lanyard.toml");
    std::fs::write(&config_path, text)?;
    pki.write_server_certificates(&folder.join("tls"), BASE)?;
    let installation = Installation::open(&config_path).await?;
    let world = World::create(&installation, &pki, &ports, !args.no_stay_signed_in && !args.once).await?;

    progress.set_message("starting");
    let stop = CancellationToken::new();
    let crl_site = crl_site::start(&pki, ports.crl, stop.clone()).await?;
    let certificates = LiveCertificates::new(serve::server_certificates(&installation.configuration)?)?;
    let running = serve::start(&installation, certificates).await?;
    let application = application::start(&world, &pki, &ports, stop.clone()).await?;
    world.write_facts(folder, &pki, &ports)?;
    progress.finish_and_clear();

    let code = if args.once {
        once::run(&installation, &world, &pki, &ports).await?
    } else {
        world.print_welcome(folder, &pki, &ports);
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
        println!("\nStopping.");
        ExitCode::SUCCESS
    };
    stop.cancel();
    running.stop.cancel();
    running.stopped().await;
    for task in [crl_site, application] {
        let _ = task.await;
    }
    installation.store.close().await;
    Ok(code)
}

/// A folder of the demo's own: the named one, if it is empty or an earlier demo's, or a new temporary one.
fn prepare_folder(named: Option<&Path>) -> anyhow::Result<(PathBuf, bool)> {
    let Some(folder) = named else {
        let folder = std::env::temp_dir().join(format!("lanyard-demo-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder)?;
        return Ok((folder, true));
    };
    let folder = std::path::absolute(folder)?;
    if folder.exists() {
        let empty = std::fs::read_dir(&folder)?.next().is_none();
        if !empty && !folder.join("lanyard.toml").exists() {
            bail!(
                "{} is neither empty nor an earlier demo's folder; nothing was touched",
                folder.display()
            );
        }
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok((folder, false))
}

/// Four free ports, the login port as near to the wish as possible.
fn choose_ports(wish: u16) -> anyhow::Result<Ports> {
    let free = |port: u16| std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let any = || -> anyhow::Result<u16> { Ok(free(0)?.local_addr()?.port()) };
    let login = (wish..=wish.saturating_add(PORT_TRIES))
        .find(|port| free(*port).is_ok())
        .with_context(|| format!("no free port from {wish} on\n  hint: choose another with --port"))?;
    Ok(Ports {
        login,
        application: any()?,
        crl: any()?,
        management: any()?,
    })
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} …") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}
