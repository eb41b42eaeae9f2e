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
    status_bytes(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// The most resident memory it ever had, in bytes.
pub(crate) fn peak_bytes(pid: u32) -> Result<u64> {
    status_bytes(&format!("/proc/{pid}/status"), "VmHWM:")
}

/// The most resident memory this process ever had, in bytes.
pub(crate) fn own_peak_bytes() -> Result<u64> {
    status_bytes("/proc/self/status", "VmHWM:")
}

/// Resident memory of this process, in bytes.
pub(crate) fn own_resident_bytes() -> Result<u64> {
    status_bytes("/proc/self/status", "VmRSS:")
}

/// Begins the peak of this process anew.
pub(crate) fn forget_own_peak() -> Result<()> {
    std::fs::write("/proc/self/clear_refs", "5").context("resetting the peak of memory")
}

/// Processes that this one started.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|child| child.parse().ok())
        .collect()
}

fn status_bytes(path: &str, field: &str) -> Result<u64> {
    let status = std::fs::read_to_string(path).context("the server has ended")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .unwrap_or_default();
    let kilobytes: u64 = line
        .split_whitespace()
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0);
    Ok(kilobytes * 1024)
}
