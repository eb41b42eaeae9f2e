//! RULES.md: every rule of behaviour, where it is decided, where it comes from, what proves it.

mod render;
mod scan;

use anyhow::{Context, Result, bail};

use crate::source::{self, SourceFile};
use crate::workspace;

/// Writes RULES.md, or compares it when `check`.
pub(crate) fn run(check: bool) -> Result<()> {
    let mut files = Vec::new();
    for path in source::all_rust_files() {
        // This tool's own sources speak about rules in its tests.
        if !path.starts_with(workspace::root().join("xtask")) {
            files.push(SourceFile::read(&path)?);
        }
    }
    let book = scan::scan(&files);
    let faults = book.faults();
    let text = render::markdown(&book);
    let path = workspace::root().join("RULES.md");
    let on_disk = std::fs::read_to_string(&path).unwrap_or_default();
    if check {
        if on_disk != text {
            bail!(
                "RULES.md is not what the sources say; run `cargo xtask rules`{}",
                list(&faults)
            );
        }
    } else if on_disk != text {
        std::fs::write(&path, &text).context("writing RULES.md")?;
    }
    if !faults.is_empty() {
        bail!("the rules are not in order:{}", list(&faults));
    }
    println!(
        "{} rules, each documented once, used and named by a test",
        book.rules.len()
    );
    Ok(())
}

fn list(faults: &[String]) -> String {
    faults.iter().map(|fault| format!("\n  - {fault}")).collect()
}
