//! CRLs by size: taking one up beside OpenSSL and beside the bare cost, memory per entry, looking one up.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;
use lanyard_pki::{Certificate, SerialNumber};

use crate::crl_files::{CrlShape, Files};
use crate::crl_once::{self, Taken, Work};
use crate::measured_process::{self, least, median};
use crate::report::{self, Better, Figure};

const SHAPES: &[(&str, CrlShape)] = &[
    ("1 k", CrlShape::plain(1_000)),
    ("100 k", CrlShape::plain(100_000)),
    ("1 M", CrlShape::plain(1_000_000)),
    ("45 MB", CrlShape::LARGEST),
];

const BARE: &str = "read + hash + one signature check";

/// Serial numbers looked up, and how many of them in one measurement: short enough to be left alone by the machine.
const LOOK_UPS: usize = 200_000;
const LOOK_UPS_AT_ONCE: usize = 2_000;

/// CRLs, without any server.
#[derive(Args)]
pub(crate) struct CrlArguments {
    /// Where the CRLs are made; kept for the next run.
    #[arg(long)]
    folder: PathBuf,
    /// How often each is taken up; the fastest time and the median of memory and processor time count.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Leave OpenSSL out.
    #[arg(long)]
    no_peer: bool,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Measures and prints.
pub(crate) fn run(arguments: &CrlArguments) -> Result<()> {
    let files = Files::prepare(&arguments.folder)?;
    let mut figures = Vec::new();
    for (name, shape) in SHAPES {
        let path = files.crl(*shape)?;
        figures.extend(taking_up(arguments, &files, name, &path)?);
        figures.extend(looking_up(&files, name, *shape, &path)?);
    }
    report::print(&figures, arguments.json);
    Ok(())
}

fn taking_up(arguments: &CrlArguments, files: &Files, name: &str, path: &Path) -> Result<Vec<Figure>> {
    let (mut ours, mut bare, mut whole, mut openssl) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // In turns, so that what disturbs the machine disturbs all of them.
    for _ in 0..arguments.rounds.max(1) {
        let (taken, run) = once(files, path, Work::Ingest)?;
        ours.push(taken);
        whole.push(run);
        bare.push(once(files, path, Work::Bare)?.0);
        if !arguments.no_peer {
            openssl.push(openssl_once(files, path)?);
        }
    }
    let ms = |all: &[Taken]| least(all.iter().map(|taken| taken.ms));
    let cpu = |all: &[Taken]| median(all.iter().map(|taken| taken.cpu_ms).collect());
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let peak = |all: &[Taken]| median(all.iter().map(|taken| megabytes(taken.peak_bytes)).collect());
    let file = megabytes(std::fs::metadata(path)?.len());
    let first = ours.first().context("no round")?;
    let mut figures = vec![
        Figure::alone(format!("{name}: file"), file, "MB"),
        Figure::beside(
            format!("{name}: take up"),
            ms(&ours),
            "ms",
            Better::Less,
            BARE,
            ms(&bare),
        ),
        Figure::beside(
            format!("{name}: peak memory of taking up"),
            peak(&ours),
            "MB",
            Better::Less,
            BARE,
            peak(&bare),
        ),
        Figure::alone(
            format!("{name}: index, by entry"),
            first.index_octets as f64 / first.entries as f64,
            "bytes",
        ),
    ];
    // The kernel counts in steps too coarse for small CRLs.
    if cpu(&bare) >= 10.0 {
        figures.push(Figure::beside(
            format!("{name}: take up, processor time"),
            cpu(&ours),
            "ms",
            Better::Less,
            BARE,
            cpu(&bare),
        ));
    }
    if !openssl.is_empty() {
        let wall = |all: &[measured_process::ProcessRun]| {
            least(all.iter().map(|run| run.wall.as_secs_f64() * 1000.0))
        };
        let peak = |all: &[measured_process::ProcessRun]| {
            median(all.iter().map(|run| megabytes(run.peak_bytes)).collect())
        };
        const PEER: &str = "openssl crl -CAfile -noout";
        figures.push(Figure::beside(
            format!("{name}: whole process"),
            wall(&whole),
            "ms",
            Better::Less,
            PEER,
            wall(&openssl),
        ));
        figures.push(Figure::beside(
            format!("{name}: peak memory of the process"),
            peak(&whole),
            "MB",
            Better::Less,
            PEER,
            peak(&openssl),
        ));
    }
    Ok(figures)
}

fn once(files: &Files, path: &Path, work: Work) -> Result<(Taken, measured_process::ProcessRun)> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("crl-once")
        .arg(path)
        .arg("--issuer")
        .arg(files.path("issuing.der"))
        .args(["--work", work.name()]);
    let run = measured_process::run(&mut command)?;
    Ok((serde_json::from_str(run.output.trim())?, run))
}

/// Decodes every entry and checks the signature; builds nothing to look serial numbers up with.
fn openssl_once(files: &Files, path: &Path) -> Result<measured_process::ProcessRun> {
    let mut command = Command::new("openssl");
    command
        .args(["crl", "-inform", "DER", "-noout", "-in"])
        .arg(path)
        .arg("-CAfile")
        .arg(files.path("issuing.pem"));
    let run = measured_process::run(&mut command)?;
    ensure!(run.output.contains("verify OK"), "openssl: {}", run.output);
    Ok(run)
}

fn looking_up(files: &Files, name: &str, shape: CrlShape, path: &Path) -> Result<Vec<Figure>> {
    let issuer = Certificate::parse(&files.read("issuing.der")?)?;
    let index = crl_once::ingest(&std::fs::read(path)?, &issuer)?;
    let serial = |octets: Vec<u8>| SerialNumber::from_big_endian(&octets);
    let mut revoked: Vec<SerialNumber> = shape.serials().map(serial).collect();
    let good: Vec<SerialNumber> = shape.other_serials().take(LOOK_UPS).map(serial).collect();
    // The CRL lists them in this order already; strides keep neighbours apart.
    let stride = 7_919;
    revoked = (0..LOOK_UPS)
        .filter_map(|turn| revoked.get(turn * stride % revoked.len()).cloned())
        .collect();
    ensure!(
        revoked.iter().all(|serial| index.is_revoked(serial).is_some())
            && good.iter().all(|serial| index.is_revoked(serial).is_none()),
        "the index of {} is wrong",
        path.display()
    );
    let nanoseconds = |serials: &[SerialNumber]| {
        let chunks = serials.chunks(LOOK_UPS_AT_ONCE).map(|chunk| {
            let begun = Instant::now();
            for serial in chunk {
                black_box(index.is_revoked(black_box(serial)));
            }
            begun.elapsed().as_nanos() as f64 / chunk.len() as f64
        });
        median(chunks.collect())
    };
    Ok(vec![
        Figure::alone(format!("{name}: look up, revoked"), nanoseconds(&revoked), "ns"),
        Figure::alone(format!("{name}: look up, not revoked"), nanoseconds(&good), "ns"),
    ])
}
