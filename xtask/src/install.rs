//! Gets what the stages need and is not here. Everything but Debian packages goes below `target/`.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{process, workspace};

const CARGO_DENY_VERSION: &str = "0.20.2";
const CARGO_FUZZ_VERSION: &str = "0.13.2";

/// What the browser and client libraries need at least; Debian 12 has 18.
const NODE_MAJOR: u32 = 20;
const NODE_VERSION: &str = "20.20.2";

/// A program and the Debian package it comes in.
const DEBIAN: &[(&str, &str)] = &[
    ("chromium", "chromium"),
    ("certutil", "libnss3-tools"),
    ("pk12util", "libnss3-tools"),
    ("openssl", "openssl"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("python3", "python3-venv"),
    ("setpriv", "util-linux"),
];

/// Installs; the answer is one line about what was done. What cannot be had is an error that lists all of it.
pub(crate) fn run() -> Result<String> {
    let mut done = Vec::new();
    let mut troubles = Vec::new();
    let mut step = |name: &str, result: Result<bool>| match result {
        Ok(true) => done.push(name.to_owned()),
        Ok(false) => {}
        Err(error) => troubles.push(format!("{name}: {error:#}")),
    };
    step("Debian packages", debian_packages());
    step("Node", node());
    step("cargo-deny", cargo_tool("cargo-deny", CARGO_DENY_VERSION));
    if has_nightly() {
        step("cargo-fuzz", cargo_tool("cargo-fuzz", CARGO_FUZZ_VERSION));
    }
    step(
        "tests/browser",
        npm_packages(&workspace::root().join("tests/browser")),
    );
    step(
        "tests/clients",
        npm_packages(&workspace::root().join("tests/clients")),
    );
    step(
        "Python packages",
        python_packages("python", "tests/clients/requirements.txt"),
    );
    step(
        "Azure CLI",
        python_packages("azure", "tests/clients/azure-requirements.txt"),
    );
    if !troubles.is_empty() {
        bail!("could not get:\n  - {}", troubles.join("\n  - "));
    }
    Ok(if done.is_empty() {
        "everything was here".to_owned()
    } else {
        format!("installed {}", done.join(", "))
    })
}

/// Whether the nightly toolchain, which fuzzing needs, is installed.
pub(crate) fn has_nightly() -> bool {
    process::captured(process::command("rustup").args(["toolchain", "list"]))
        .is_ok_and(|list| list.contains("nightly"))
}

/// The Python of the virtual environment with the client libraries.
pub(crate) fn python() -> std::path::PathBuf {
    workspace::target().join("python/bin/python")
}

/// The Azure CLI; it has a virtual environment of its own because it pins what the other libraries want newer.
pub(crate) fn azure_cli() -> std::path::PathBuf {
    workspace::target().join("azure/bin/az")
}

fn debian_packages() -> Result<bool> {
    let mut missing: Vec<&str> = DEBIAN
        .iter()
        .filter(|(program, _)| process::find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    let postgresql =
        std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| versions.next().is_some());
    if !postgresql && process::find("initdb").is_none() {
        missing.push("postgresql");
    }
    missing.dedup();
    if missing.is_empty() {
        return Ok(false);
    }
    let list = missing.join(" ");
    if !process::is_root() || process::find("apt-get").is_none() {
        bail!("please install: {list}");
    }
    println!("installing {list}");
    let apt = |arguments: &[&str]| {
        process::run(
            process::command("apt-get")
                .env("DEBIAN_FRONTEND", "noninteractive")
                .args(arguments),
        )
    };
    apt(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(missing);
    apt(&arguments)?;
    Ok(true)
}

/// A newer Node below `target/` where the system's is too old, from the package registry.
fn node() -> Result<bool> {
    let version = process::captured(process::command("node").arg("--version")).unwrap_or_default();
    if major_of(&version) >= NODE_MAJOR {
        return Ok(false);
    }
    println!(
        "installing Node {NODE_VERSION} (the system's is {})",
        version.trim()
    );
    let folder = workspace::tools().join("node");
    std::fs::create_dir_all(&folder)?;
    let mut command = process::command("npm");
    command
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--prefix",
        ])
        .arg(&folder)
        .arg(format!("node@{NODE_VERSION}"));
    process::run(&mut command)?;
    let binaries = workspace::tools().join("bin");
    std::fs::create_dir_all(&binaries)?;
    let link = binaries.join("node");
    if link.symlink_metadata().is_ok() {
        std::fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink(folder.join("node_modules/node/bin/node"), link)?;
    Ok(true)
}

/// 20 of `v20.20.2`; 0 when it is no version.
fn major_of(version: &str) -> u32 {
    version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse().ok())
        .unwrap_or(0)
}

fn cargo_tool(name: &str, version: &str) -> Result<bool> {
    if process::find(name).is_some() {
        return Ok(false);
    }
    let root = workspace::tools();
    println!("installing {name} {version} (takes minutes, once)");
    let mut command = process::cargo();
    command
        .args([
            "install",
            name,
            "--version",
            version,
            "--locked",
            "--quiet",
            "--root",
        ])
        .arg(&root);
    command.arg("--target-dir").arg(root.join("build"));
    process::run(&mut command)?;
    Ok(true)
}

fn npm_packages(folder: &Path) -> Result<bool> {
    let wanted = folder.join("package-lock.json");
    let installed = folder.join("node_modules/.package-lock.json");
    if !wanted.is_file() || is_newer(&installed, &wanted) {
        return Ok(false);
    }
    let mut command = process::command("npm");
    process::run(
        command
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(folder),
    )?;
    Ok(true)
}

/// A virtual environment below `target/` with what a file of requirements names.
fn python_packages(environment: &str, requirements: &str) -> Result<bool> {
    let wanted = workspace::root().join(requirements);
    let folder = workspace::target().join(environment);
    let stamp = folder.join("installed.txt");
    if !wanted.is_file() || std::fs::read(&wanted).ok() == std::fs::read(&stamp).ok() {
        return Ok(false);
    }
    println!("installing {requirements}");
    process::run(process::command("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut command = process::command(folder.join("bin/python"));
    process::run(
        command
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&wanted),
    )?;
    std::fs::copy(&wanted, &stamp)?;
    Ok(true)
}

fn is_newer(one: &Path, other: &Path) -> bool {
    let modified = |path: &Path| std::fs::metadata(path).and_then(|facts| facts.modified()).ok();
    matches!((modified(one), modified(other)), (Some(one), Some(other)) if one >= other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node() {
        for (text, major) in [
            ("v20.20.2\n", 20),
            ("v18.20.4", 18),
            ("26.1.0", 26),
            ("", 0),
            ("node", 0),
        ] {
            assert_eq!(major_of(text), major, "{text}");
        }
    }
}
