//! A program from start to end: how long it took and how much memory it held at its peak.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process_facts;

/// What a run of a program showed.
#[derive(Clone, Debug)]
pub(crate) struct ProcessRun {
    pub(crate) wall: Duration,
    /// The kernel's high-water mark of resident memory, read about once a millisecond until the end.
    pub(crate) peak_bytes: u64,
    pub(crate) output: String,
}

/// Runs a program that must succeed.
pub(crate) fn run(command: &mut Command) -> Result<ProcessRun> {
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let begun = Instant::now();
    let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
    let mut peak_bytes = 0;
    let wall = loop {
        if child.try_wait()?.is_some() {
            break begun.elapsed();
        }
        peak_bytes = process_facts::peak_bytes(child.id()).unwrap_or(0).max(peak_bytes);
        std::thread::sleep(Duration::from_micros(500));
    };
    let output = child.wait_with_output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{name} ended with {}: {errors}", output.status);
    }
    Ok(ProcessRun {
        wall,
        peak_bytes,
        output: String::from_utf8_lossy(&output.stdout).into_owned() + &errors,
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
