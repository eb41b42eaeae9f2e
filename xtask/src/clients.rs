//! Real client libraries against a demo server that is started for them and ended after.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{install, process, workspace};

/// Which clients to run, and against what.
#[derive(Args, Default)]
pub(crate) struct ClientsArguments {
    /// Use a demo that is already running: its `demo.json`.
    #[arg(long, value_name = "FILE")]
    demo: Option<PathBuf>,
    /// Only the scripts whose name contains this.
    #[arg(long)]
    only: Option<String>,
}

/// Variables by which machines impose their own certificate bundle; each beats what a client is told in code.
const FOREIGN_BUNDLES: &[&str] = &[
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
];

/// Runs every script of `tests/clients`; the answer is one line.
pub(crate) fn run(arguments: &ClientsArguments) -> Result<String> {
    let folder = workspace::root().join("tests/clients");
    let scripts: Vec<PathBuf> = ["py", "mjs"]
        .into_iter()
        .flat_map(|extension| workspace::files(&folder, extension))
        .filter(|path| path.parent() == Some(&folder))
        .filter(|path| name_of(path).contains("_client."))
        .filter(|path| {
            arguments
                .only
                .as_ref()
                .is_none_or(|part| name_of(path).contains(part.as_str()))
        })
        .collect();
    if scripts.is_empty() {
        bail!("no script in {}", folder.display());
    }
    let (demo, facts) = match &arguments.demo {
        Some(file) => (None, file.clone()),
        None => {
            let demo = Demo::start("debug", "clients", &[])?;
            let facts = demo.facts.clone();
            (Some(demo), facts)
        }
    };
    let mut failed = Vec::new();
    for script in &scripts {
        println!("{}", name_of(script));
        if let Err(error) = process::run(&mut script_command(script, &facts)?) {
            eprintln!("{error:#}");
            failed.push(name_of(script));
        }
    }
    drop(demo);
    if !failed.is_empty() {
        bail!(
            "{} of {} client scripts failed: {}",
            failed.len(),
            scripts.len(),
            failed.join(", ")
        );
    }
    Ok(format!("{} client scripts", scripts.len()))
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn script_command(script: &Path, facts: &Path) -> Result<std::process::Command> {
    let is_python = script.extension().is_some_and(|extension| extension == "py");
    let mut command = process::command(if is_python {
        install::python()
    } else {
        "node".into()
    });
    for variable in FOREIGN_BUNDLES {
        command.env_remove(variable);
    }
    command.arg(script).env("LANYARD_DEMO", facts);
    if !is_python {
        command.env("NODE_EXTRA_CA_CERTS", fact(facts, "tls_root_pem")?);
    }
    Ok(command)
}

/// A text member of `demo.json`.
fn fact(facts: &Path, member: &str) -> Result<String> {
    let text = std::fs::read_to_string(facts).with_context(|| format!("reading {}", facts.display()))?;
    let facts: serde_json::Value = serde_json::from_str(&text)?;
    let value = facts.get(member).and_then(serde_json::Value::as_str);
    value
        .map(str::to_owned)
        .with_context(|| format!("demo.json has no `{member}`"))
}

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
        if profile == "release" {
            build.arg("--release");
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
