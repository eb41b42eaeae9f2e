//! A `lanyard demo` of our own, for the clients and the benchmarks.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{process, workspace};

/// A running `lanyard demo`; dropping it ends the process.
pub(crate) struct Demo {
    process: Child,
    pub(crate) facts: PathBuf,
}

impl Demo {
    /// Builds the program, starts `lanyard demo` in a fresh folder below `target/` and waits until it is ready.
    pub(crate) fn start(profile: &str, name: &str, more: &[&str]) -> Result<Self> {
        let mut build = process::cargo();
        build.args(["build", "--package", "lanyard"]);
        if profile != "debug" {
            build.args(["--profile", profile]);
        }
        process::run(&mut build)?;
        let folder = workspace::target().join(format!("{name}-demo"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let log = std::fs::File::create(workspace::target().join(format!("{name}-demo.log")))?;
        let mut command = process::command(workspace::target().join(profile).join("lanyard"));
        command.arg("demo").arg("--folder").arg(&folder).args(more);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let begun = Instant::now();
        let process = command.spawn().context("starting lanyard demo")?;
        let facts = folder.join("demo.json");
        let mut demo = Self { process, facts };
        while !demo.facts.is_file() {
            if let Some(status) = demo.process.try_wait()? {
                bail!("lanyard demo ended ({status}); see target/{name}-demo.log");
            }
            if begun.elapsed() > Duration::from_secs(60) {
                bail!("lanyard demo was not ready within a minute; see target/{name}-demo.log");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(demo)
    }

    /// A text member of its `demo.json`.
    pub(crate) fn text(&self, member: &str) -> Result<String> {
        fact(&self.facts, member)
    }

    /// Ends it; its folder stays.
    pub(crate) fn stop(self) {
        drop(self);
    }

    /// The process id, to read its memory.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Ended already, or ends now: there is nobody left to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A text member of `demo.json`.
pub(crate) fn fact(facts: &Path, member: &str) -> Result<String> {
    let text = std::fs::read_to_string(facts).with_context(|| format!("reading {}", facts.display()))?;
    let facts: serde_json::Value = serde_json::from_str(&text)?;
    let value = facts.get(member).and_then(serde_json::Value::as_str);
    value
        .map(str::to_owned)
        .with_context(|| format!("demo.json has no `{member}`"))
}
