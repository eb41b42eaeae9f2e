//! What Linux knows about another process.

use std::time::Duration;

use anyhow::{Context, Result};

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux in use.
const TICKS_PER_SECOND: u64 = 100;

/// User and system time together, of all threads.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("the server has ended")?;
    // The program's name, in brackets, may hold blanks; the numbers begin after it.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<u64>().ok())
            .unwrap_or(0)
    };
    Ok(Duration::from_millis(
        (ticks(11) + ticks(12)) * 1000 / TICKS_PER_SECOND,
    ))
}

/// Resident memory in bytes.
pub(crate) fn resident_bytes(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("the server has ended")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    let kilobytes: u64 = line
        .split_whitespace()
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0);
    Ok(kilobytes * 1024)
}
