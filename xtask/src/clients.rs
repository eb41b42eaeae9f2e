//! Real client libraries against a demo server that is started for them and ended after.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use crate::demo::{self, Demo};
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
    command
        .arg(script)
        .env("LANYARD_DEMO", facts)
        .env("LANYARD_AZ", install::azure_cli())
        .env("LANYARD_BIN", workspace::target().join("debug/lanyard"));
    if !is_python {
        command.env("NODE_EXTRA_CA_CERTS", demo::fact(facts, "tls_root_pem")?);
    }
    Ok(command)
}
