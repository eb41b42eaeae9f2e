//! The program log on standard error.

use tracing_subscriber::EnvFilter;

use crate::configuration::{LogFormat, LogSection};

/// Starts the program log. A second call (tests) changes nothing.
pub(crate) fn start(section: &LogSection) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&section.level)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A subscriber that is already there (a second start in one process) keeps working.
    let _ = match section.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    Ok(())
}
