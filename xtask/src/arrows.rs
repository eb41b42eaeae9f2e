//! Who may know whom. The table is the architecture; this file only compares it with what Cargo says.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::workspace;

/// A crate and the crates of ours that it may depend on (in its product, not in its tests).
const ALLOWED: &[(&str, &[&str])] = &[
    ("lanyard-verdict", &[]),
    ("lanyard-pki", &["lanyard-verdict"]),
    ("lanyard-directory", &["lanyard-verdict"]),
    ("lanyard-certificate-policy", &["lanyard-verdict", "lanyard-pki"]),
    ("lanyard-tokens", &["lanyard-verdict", "lanyard-directory"]),
    ("lanyard-audit", &["lanyard-verdict"]),
    (
        "lanyard-storage",
        &[
            "lanyard-verdict",
            "lanyard-pki",
            "lanyard-directory",
            "lanyard-certificate-policy",
            "lanyard-tokens",
            "lanyard-audit",
        ],
    ),
    (
        "lanyard-engine",
        &[
            "lanyard-verdict",
            "lanyard-pki",
            "lanyard-directory",
            "lanyard-certificate-policy",
            "lanyard-tokens",
            "lanyard-audit",
            "lanyard-storage",
        ],
    ),
    ("lanyard-fetch", &["lanyard-engine", "lanyard-pki"]),
    ("lanyard-exchange", &["lanyard-engine"]),
    ("lanyard-listener", &[]),
    ("lanyard-oidc-api", &["lanyard-engine"]),
    ("lanyard-graph-api", &["lanyard-engine"]),
    ("lanyard-pages", &["lanyard-engine"]),
    (
        "lanyard",
        &[
            "lanyard-verdict",
            "lanyard-pki",
            "lanyard-directory",
            "lanyard-certificate-policy",
            "lanyard-tokens",
            "lanyard-audit",
            "lanyard-storage",
            "lanyard-engine",
            "lanyard-exchange",
            "lanyard-fetch",
            "lanyard-listener",
            "lanyard-oidc-api",
            "lanyard-graph-api",
            "lanyard-pages",
            "lanyard-testkit",
        ],
    ),
    ("lanyard-testkit", &[]),
    (
        "lanyard-bench",
        &[
            "lanyard-certificate-policy",
            "lanyard-directory",
            "lanyard-engine",
            "lanyard-listener",
            "lanyard-pki",
            "lanyard-testkit",
        ],
    ),
    ("xtask", &[]),
];

/// Pure crates: the world comes in as arguments.
const DOMAIN: &[&str] = &[
    "lanyard-verdict",
    "lanyard-pki",
    "lanyard-directory",
    "lanyard-certificate-policy",
    "lanyard-tokens",
    "lanyard-audit",
];

/// What a pure crate must not reach for.
const OUTSIDE_WORLD: &[&str] = &[
    "tokio",
    "axum",
    "sqlx",
    "reqwest",
    "hyper",
    "hyper-util",
    "rand",
    "getrandom",
    "tower",
    "tower-http",
    "rustls",
    "tokio-rustls",
    "tempfile",
];

/// What only one crate may know.
const ONLY_ONE_MAY: &[(&str, &[&str])] = &[
    ("sqlx", &["lanyard-storage"]),
    ("lanyard-storage", &["lanyard-engine", "lanyard"]),
];

/// Fails when a crate depends on one it must not know.
pub(crate) fn run() -> Result<()> {
    let arrows = arrows_of_the_workspace()?;
    let faults = faults(&arrows);
    if !faults.is_empty() {
        let list: String = faults.iter().map(|fault| format!("\n  - {fault}")).collect();
        bail!("forbidden arrows:{list}");
    }
    println!("{} crates, no forbidden arrow", arrows.len());
    Ok(())
}

/// Crate → its dependencies (normal and build, not dev).
fn arrows_of_the_workspace() -> Result<BTreeMap<String, Vec<String>>> {
    let mut command = MetadataCommand::new();
    command
        .manifest_path(workspace::root().join("Cargo.toml"))
        .no_deps();
    let metadata = command.exec()?;
    Ok(metadata
        .packages
        .iter()
        .map(|package| {
            let dependencies = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind != DependencyKind::Development)
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), dependencies)
        })
        .collect())
}

fn faults(arrows: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let ours = |name: &str| name == "xtask" || name == "lanyard" || name.starts_with("lanyard-");
    let mut faults = Vec::new();
    for (from, dependencies) in arrows {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| name == from) else {
            faults.push(format!(
                "{from} is not in the table of xtask/src/arrows.rs: say what it may know"
            ));
            continue;
        };
        for to in dependencies {
            if ours(to) && !allowed.contains(&to.as_str()) {
                faults.push(format!("{from} → {to}"));
            }
            if DOMAIN.contains(&from.as_str()) && OUTSIDE_WORLD.contains(&to.as_str()) {
                faults.push(format!("{from} → {to}: a domain crate does not touch the world"));
            }
            if let Some((_, may)) = ONLY_ONE_MAY.iter().find(|(name, _)| name == to)
                && !may.contains(&from.as_str())
            {
                faults.push(format!("{from} → {to}: only {} may know it", may.join(" and ")));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_has_no_forbidden_arrow() {
        let faults = faults(&arrows_of_the_workspace().unwrap());
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn forbidden_arrows_are_found() {
        for (from, to, found) in [
            ("lanyard-pki", "lanyard-verdict", false),
            ("lanyard-pki", "lanyard-directory", true),
            ("lanyard-pki", "tokio", true),
            ("lanyard-tokens", "rand", true),
            ("lanyard-pages", "lanyard-storage", true),
            ("lanyard-pages", "lanyard-pki", true),
            ("lanyard-pages", "axum", false),
            ("lanyard-engine", "sqlx", true),
            ("lanyard-listener", "lanyard-engine", true),
            ("lanyard-newcomer", "serde", true),
        ] {
            let arrows = BTreeMap::from([(from.to_owned(), vec![to.to_owned()])]);
            assert_eq!(!faults(&arrows).is_empty(), found, "{from} → {to}");
        }
    }

    #[test]
    fn the_table_has_no_circle() {
        // Crates are listed from the bottom up; testkit and bench stand apart.
        for (at, (name, allowed)) in ALLOWED.iter().enumerate() {
            for to in *allowed {
                let below = ALLOWED.iter().position(|(other, _)| other == to).unwrap();
                assert!(
                    below < at || *to == "lanyard-testkit",
                    "{name} → {to} points upwards"
                );
            }
        }
    }
}
