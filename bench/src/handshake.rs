//! Handshakes with a verdict by size of the CRL, beside nginx; and CRLs exchanged while people sign in.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::crl_files::{CrlShape, Files};
use crate::handshake_client::{Client, at_ms};
use crate::handshake_server::Exchanged;
use crate::measured_process::median;
use crate::nginx::Nginx;
use crate::process_facts;
use crate::report::{self, Better, Figure};

const SHAPES: &[(&str, CrlShape)] = &[
    ("0", CrlShape::plain(0)),
    ("1 k", CrlShape::plain(1_000)),
    ("100 k", CrlShape::plain(100_000)),
    ("1 M", CrlShape::plain(1_000_000)),
];

/// Handshakes, against servers that this program starts itself.
#[derive(Args)]
pub(crate) struct HandshakeArguments {
    /// Where the certificates and CRLs are made; kept for the next run.
    #[arg(long)]
    folder: PathBuf,
    /// Seconds for each figure and round.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// How often each figure is taken; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Handshakes in flight at once.
    #[arg(long, default_value_t = 8)]
    users: usize,
    /// Threads of ours, worker processes of nginx.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Leave nginx out.
    #[arg(long)]
    no_peer: bool,
    /// Leave the exchange of CRLs out.
    #[arg(long)]
    no_exchange: bool,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What a flood of handshakes showed, median of all rounds.
#[derive(Clone, Debug, Default)]
struct Rounds {
    per_second: Vec<f64>,
    cpu_us: Vec<f64>,
}

impl Rounds {
    fn per_second(&self) -> f64 {
        median(self.per_second.clone())
    }

    fn cpu_us(&self) -> f64 {
        median(self.cpu_us.clone())
    }
}

/// Measures and prints.
pub(crate) async fn run(arguments: &HandshakeArguments) -> Result<()> {
    let files = Files::prepare(&arguments.folder)?;
    let with_peer = !arguments.no_peer && Nginx::is_installed();
    if !with_peer && !arguments.no_peer {
        eprintln!("nginx is not installed (Debian: nginx-light): measured without it");
    }
    let mut ours = vec![Rounds::default(); SHAPES.len()];
    let mut peers = vec![Rounds::default(); SHAPES.len()];
    let mut servers = Vec::new();
    for (_, shape) in SHAPES {
        servers.push(Server::start(&files, &files.crl(*shape)?, arguments.workers)?);
    }
    // All sizes in turns, so that what disturbs the machine disturbs all of them.
    for _ in 0..arguments.rounds.max(1) {
        for (server, rounds) in servers.iter().zip(&mut ours) {
            flood(arguments, &files, server.address, server.child.id(), rounds).await?;
        }
    }
    drop(servers);
    if with_peer {
        for ((_, shape), rounds) in SHAPES.iter().zip(&mut peers) {
            let crls = files.crls_as_pem(*shape)?;
            let nginx = Nginx::start(&files, &crls, arguments.workers)?;
            for _ in 0..arguments.rounds.max(1) {
                flood(arguments, &files, nginx.address, nginx.id(), rounds).await?;
            }
        }
    }
    let mut figures = Vec::new();
    for (((name, _), ours), peer) in SHAPES.iter().zip(&ours).zip(&peers) {
        figures.extend(beside(name, ours, with_peer.then_some(peer)));
    }
    if let ([none, .., million], Some(peer)) = (ours.as_slice(), peers.first()) {
        figures.push(Figure::beside(
            "1 M entries: handshakes and verdicts",
            million.per_second(),
            "1/s",
            Better::More,
            "Lanyard, 0 entries",
            none.per_second(),
        ));
        if with_peer {
            figures.push(Figure::beside(
                "1 M entries: handshakes and verdicts",
                million.per_second(),
                "1/s",
                Better::More,
                "nginx, 0 entries",
                peer.per_second(),
            ));
        }
    }
    if !arguments.no_exchange {
        figures.extend(exchange_under_load(arguments, &files).await?);
    }
    report::print(&figures, arguments.json);
    Ok(())
}

fn beside(name: &str, ours: &Rounds, peer: Option<&Rounds>) -> [Figure; 2] {
    let rate = format!("{name} entries: handshakes and verdicts");
    let cost = format!("{name} entries: processor time of one");
    match peer {
        None => [
            Figure::alone(rate, ours.per_second(), "1/s"),
            Figure::alone(cost, ours.cpu_us(), "µs"),
        ],
        Some(peer) => [
            Figure::beside(
                rate,
                ours.per_second(),
                "1/s",
                Better::More,
                "nginx",
                peer.per_second(),
            ),
            Figure::beside(cost, ours.cpu_us(), "µs", Better::Less, "nginx", peer.cpu_us()),
        ],
    }
}

async fn flood(
    arguments: &HandshakeArguments,
    files: &Files,
    address: SocketAddr,
    main_process: u32,
    rounds: &mut Rounds,
) -> Result<()> {
    let client = Client::new(files, address)?;
    client.flood(arguments.users, Duration::from_millis(300)).await?;
    // Only now have all workers been started.
    let mut processes = process_facts::children(main_process);
    processes.push(main_process);
    let processor = || {
        processes
            .iter()
            .map(|process| process_facts::cpu_time(*process))
            .sum::<Result<Duration>>()
    };
    let before = processor()?;
    let (done, elapsed) = client
        .flood(arguments.users, Duration::from_secs(arguments.seconds))
        .await?;
    let cpu = processor()?.saturating_sub(before);
    rounds.per_second.push(done as f64 / elapsed.as_secs_f64());
    rounds.cpu_us.push(cpu.as_secs_f64() * 1e6 / done.max(1) as f64);
    Ok(())
}

/// A server of ours as a process of its own; ends with the value.
struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Server {
    fn start(files: &Files, crl: &Path, workers: usize) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("handshake-server")
            .arg("--folder")
            .arg(files.folder())
            .arg("--crl")
            .arg(crl)
            .args(["--workers", &workers.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().context("no standard input")?;
        let mut output = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        Ok(Self {
            child,
            input,
            output,
            address: line.trim().parse().context("the server did not start")?,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A steady stream of handshakes at a rate well below the limit, first in quiet, then while a CRL with a million
/// entries is taken up and exchanged again and again. A handshake that fails ends the benchmark with an error.
async fn exchange_under_load(arguments: &HandshakeArguments, files: &Files) -> Result<Vec<Figure>> {
    const PER_SECOND: f64 = 200.0;
    const SIGN_INS: usize = 1_000;
    const EXCHANGES: usize = 10;
    const PAUSE_MS: u64 = 250;
    let mut server = Server::start(
        files,
        &files.crl(CrlShape::plain(1_000_000))?,
        arguments.workers.max(2),
    )?;
    let client = Client::new(files, server.address)?;
    client.paced(PER_SECOND, |sent| sent >= 100).await?;
    let quiet = client.paced(PER_SECOND, |sent| sent >= SIGN_INS).await?;
    writeln!(server.input, "swap {EXCHANGES} {PAUSE_MS}")?;
    let waiting = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        server.output.read_line(&mut line)?;
        Ok::<_, anyhow::Error>((server, line))
    });
    let busy = client
        .paced(PER_SECOND, |sent| sent >= SIGN_INS && waiting.is_finished())
        .await?;
    let (server, line) = waiting.await??;
    let exchanged: Exchanged = serde_json::from_str(&line).context("the exchange failed")?;
    ensure!(exchanged.took_ms.len() == EXCHANGES, "an exchange is missing");
    drop(server);
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let percentile = |share: f64, name: &str| {
        Figure::beside(
            format!("1 M entries exchanged {EXCHANGES} times under {PER_SECOND}/s: {name}"),
            at_ms(&busy, share),
            "ms",
            Better::Less,
            "the same in quiet",
            at_ms(&quiet, share),
        )
    };
    Ok(vec![
        percentile(0.5, "p50"),
        percentile(0.99, "p99"),
        Figure::alone("exchange: sign-ins, none failed", busy.len() as f64, "sign-ins"),
        Figure::alone(
            "exchange: taking up and exchanging, median",
            median(exchanged.took_ms),
            "ms",
        ),
        Figure::beside(
            "exchange: peak memory above the resting server",
            megabytes(
                exchanged
                    .peak_bytes
                    .saturating_sub(exchanged.resident_before_bytes),
            ),
            "MB",
            Better::Less,
            "the file and one more index",
            megabytes(exchanged.file_bytes + exchanged.index_octets as u64),
        ),
        Figure::alone(
            "exchange: memory kept afterwards",
            megabytes(exchanged.resident_after_bytes) - megabytes(exchanged.resident_before_bytes),
            "MB",
        ),
    ])
}
