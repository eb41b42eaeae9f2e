//! A program from start to end: how long it took and how much memory it held at its peak.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process_facts;

/// What a run of a program showed.
#[derive(Clone, Debug)]
pub(crate) struct ProcessRun {
    pub(crate) wall: Duration,
    /// The kernel's high-water mark of resident memory, read about once a millisecond until the end.
    pub(crate) peak_bytes: u64,
    /// What it printed, the first [`MOST_KEPT`] octets of each stream.
    pub(crate) output: String,
}

/// Octets of a stream that are kept.
const MOST_KEPT: u64 = 1 << 20;

/// Runs a program that must succeed.
pub(crate) fn run(command: &mut Command) -> Result<ProcessRun> {
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let begun = Instant::now();
    let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
    // Somebody has to read what it prints: with a full pipe it would wait for ever.
    let output = drained(child.stdout.take());
    let errors = drained(child.stderr.take());
    let mut peak_bytes = 0;
    let (status, wall) = loop {
        if let Some(status) = child.try_wait()? {
            break (status, begun.elapsed());
        }
        peak_bytes = process_facts::peak_bytes(child.id()).unwrap_or(0).max(peak_bytes);
        std::thread::sleep(Duration::from_micros(500));
    };
    let text = |reader: JoinHandle<String>| reader.join().unwrap_or_default();
    let (output, errors) = (text(output), text(errors));
    if !status.success() {
        bail!("{name} ended with {status}: {errors}");
    }
    Ok(ProcessRun {
        wall,
        peak_bytes,
        output: output + &errors,
    })
}

/// Reads to the end; keeps the beginning.
fn drained(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let Some(mut stream) = stream else {
            return String::new();
        };
        let mut kept = Vec::new();
        let _ = stream.by_ref().take(MOST_KEPT).read_to_end(&mut kept);
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
        String::from_utf8_lossy(&kept).into_owned()
    })
}

/// The median.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The least: what else the machine does only ever adds time.
pub(crate) fn least(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().min_by(f64::total_cmp).unwrap_or_default()
}
