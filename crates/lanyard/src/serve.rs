//! `lanyard serve`: one public port, one management port, background work, a clean stop.

mod background;
mod bridge;
mod certificates;
mod crl_watch;
mod host_directory;
mod management;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use lanyard_engine::Engine;
use lanyard_listener::{CancellationToken, Limits, Listener, LiveCertificates, PlainListener, Sites};

use crate::cli::ConfigArg;
use crate::installation::Installation;
use crate::logging;

pub(crate) use certificates::server_certificates;

/// The longest a request may take; a sign-in waits up to 10 seconds for a CRL.
const REQUEST_DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);

/// A server that is up.
pub(crate) struct Running {
    /// Address of the public port.
    pub(crate) address: SocketAddr,
    /// Address of the management port.
    pub(crate) management: SocketAddr,
    /// Cancel it to stop.
    pub(crate) stop: CancellationToken,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Running {
    /// Waits until everything has stopped after [`Running::stop`] was cancelled.
    pub(crate) async fn stopped(self) {
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Runs until SIGTERM or SIGINT.
pub(crate) async fn run(args: &ConfigArg) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config).await?;
    logging::start(&installation.configuration.log)?;
    let certificates = LiveCertificates::new(server_certificates(&installation.configuration)?)?;
    let running = start(&installation, Arc::clone(&certificates)).await?;
    tracing::info!(address = %running.address, management = %running.management, origin = %installation.engine.settings().login_origin, "serving");
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    wait_for_stop(&installation, &certificates).await?;
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    tracing::info!("stopping: running requests may finish");
    running.stop.cancel();
    running.stopped().await;
    installation.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Binds both ports and starts serving and the background work.
pub(crate) async fn start(
    installation: &Installation,
    certificates: Arc<LiveCertificates>,
) -> anyhow::Result<Running> {
    let configuration = &installation.configuration;
    let engine = &installation.engine;
    let stop = CancellationToken::new();
    let limits = Limits {
        drain_timeout: std::time::Duration::from_secs(configuration.server.stop_deadline_secs),
        ..Limits::default()
    };
    let directory = host_directory::HostDirectoryOfEngine::new(Arc::clone(engine));
    let listener = Listener::bind(
        configuration.server.listen,
        certificates,
        Arc::new(directory),
        sites(engine),
        limits.clone(),
    )
    .await
    .with_context(|| format!("cannot listen on {}", configuration.server.listen))?;
    let management = PlainListener::bind(
        configuration.server.management_listen,
        management::router(engine),
        limits,
    )
    .await
    .with_context(|| format!("cannot listen on {}", configuration.server.management_listen))?;
    let address = listener.local_addr();
    let management_address = management.local_addr();
    let mut tasks = background::start(
        engine,
        &installation.store,
        configuration.retention.of_rows(),
        &stop,
    );
    let (public_stop, management_stop) = (stop.clone(), stop.clone());
    tasks.push(tokio::spawn(async move {
        listener.serve(public_stop).await;
    }));
    tasks.push(tokio::spawn(async move {
        management.serve(management_stop).await;
    }));
    Ok(Running {
        address,
        management: management_address,
        stop,
        tasks,
    })
}

fn sites(engine: &Arc<Engine>) -> Sites {
    let guard = |router: Router| {
        router
            .layer(axum::middleware::from_fn(bridge::describe_connection))
            .layer(TimeoutLayer::with_status_code(
                http::StatusCode::SERVICE_UNAVAILABLE,
                REQUEST_DEADLINE,
            ))
            .layer(CatchPanicLayer::new())
    };
    let login = lanyard_pages::login_router(Arc::clone(engine))
        .merge(lanyard_oidc_api::router(Arc::clone(engine)))
        .merge(lanyard_graph_api::router(Arc::clone(engine)))
        .fallback(lanyard_pages::not_found)
        .method_not_allowed_fallback(lanyard_pages::method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(engine),
            lanyard_graph_api::only_on_its_host,
        ));
    Sites {
        login: guard(lanyard_oidc_api::with_plain_paths(login)),
        certauth: guard(lanyard_pages::certauth_router(Arc::clone(engine))),
    }
}

/// Returns when the process is asked to stop; reloads server certificates on SIGHUP and when their files change.
async fn wait_for_stop(installation: &Installation, certificates: &LiveCertificates) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut look = tokio::time::interval(std::time::Duration::from_secs(30));
    let mut seen = certificates::modified(&installation.configuration);
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hang_up.recv() => {}
            _ = look.tick() => {
                let now = certificates::modified(&installation.configuration);
                if now == seen {
                    continue;
                }
                seen = now;
            }
        }
        match server_certificates(&installation.configuration).map(|fresh| certificates.reload(fresh)) {
            Ok(Ok(())) => tracing::info!("server certificates reloaded"),
            Ok(Err(error)) => tracing::error!(%error, "server certificates not reloaded; the old ones stay"),
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "server certificates not reloaded; the old ones stay"
            ),
        }
    }
}
