//! A tenant of a given size in an installation of its own, filled once and kept.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::world_files;
use crate::measured_process::{self, ProcessRun};
use crate::report::Figure;
use crate::sign_in::DemoFacts;

/// Changes when a kept tenant has to be made anew.
const FORM: u32 = 1;
/// The revocation lists that were taken in are good for longer.
const KEPT_DAYS: i64 = 20;

/// How large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Size {
    pub(crate) name: &'static str,
    port: u16,
    pub(crate) users: usize,
    /// In a tree: each group above the lowest level holds `fan_out` others.
    pub(crate) groups: usize,
    pub(crate) fan_out: usize,
    pub(crate) authorities: usize,
    pub(crate) rules: usize,
    pub(crate) scopes: usize,
}

pub(crate) const SMALL: Size = Size {
    name: "small",
    port: 19_443,
    users: 1_000,
    groups: 5,
    fan_out: 4,
    authorities: 2,
    rules: 1,
    scopes: 0,
};

pub(crate) const LARGE: Size = Size {
    name: "large",
    port: 19_543,
    users: 1_000_000,
    groups: 10_000,
    fan_out: 10,
    authorities: 250,
    rules: 100,
    scopes: 30,
};

pub(crate) const LARGE_QUICK: Size = Size {
    name: "large-quick",
    users: 50_000,
    port: 19_643,
    ..LARGE
};

/// What is known about a tenant that was filled.
#[derive(Debug, Serialize, Deserialize)]
struct Filled {
    form: u32,
    when: Timestamp,
    users: usize,
    users_seconds: f64,
    users_peak_bytes: u64,
    memberships: usize,
    groups_seconds: f64,
    groups_peak_bytes: u64,
}

/// A filled tenant.
pub(crate) struct World {
    pub(crate) size: Size,
    pub(crate) folder: PathBuf,
    pub(crate) demo: DemoFacts,
    filled: Filled,
}

impl World {
    /// The kept tenant, or a new one: an installation as `lanyard demo` makes it, its directory replaced.
    pub(crate) async fn prepare(
        lanyard: &Path,
        folder: &Path,
        size: Size,
        tell: &impl Fn(&str),
    ) -> Result<Self> {
        let folder = folder.join(size.name);
        let marker = folder.join("filled.json");
        if let Some(filled) = kept(&marker) {
            let demo = DemoFacts::read(&folder.join("demo/demo.json"))?;
            return Ok(Self {
                size,
                folder,
                demo,
                filled,
            });
        }
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        tell(&format!("{}: making an installation", size.name));
        let demo = installation(lanyard, &folder, size.port)?;
        let config = PathBuf::from(demo.text("/config")?);
        let files = world_files::write(&folder, &size)?;
        let run = |arguments: &[&str], file: &Path| -> Result<ProcessRun> {
            let mut command = Command::new(lanyard);
            command.args(arguments).arg(file).arg("--config").arg(&config);
            measured_process::run(&mut command)
        };
        tell(&format!("{}: importing {} users", size.name, size.users));
        let users = run(&["import", "users"], &files.users)?;
        tell(&format!(
            "{}: {:.1} s; importing {} groups with {} memberships",
            size.name,
            users.wall.as_secs_f64(),
            size.groups,
            files.memberships
        ));
        let groups = run(&["import", "groups"], &files.groups)?;
        tell(&format!(
            "{}: {:.1} s; trust store, policy, revocation lists",
            size.name,
            groups.wall.as_secs_f64()
        ));
        run(&["import", "graph"], &files.trust_store)?;
        run(&["import", "graph"], &files.policy)?;
        for list in &files.lists {
            run(&["crl", "upload"], list)?;
        }
        let filled = Filled {
            form: FORM,
            when: Timestamp::now(),
            users: size.users,
            users_seconds: users.wall.as_secs_f64(),
            users_peak_bytes: users.peak_bytes,
            memberships: files.memberships,
            groups_seconds: groups.wall.as_secs_f64(),
            groups_peak_bytes: groups.peak_bytes,
        };
        std::fs::write(marker, serde_json::to_string_pretty(&filled)?)?;
        Ok(Self {
            size,
            folder,
            demo,
            filled,
        })
    }

    pub(crate) fn config(&self) -> Result<PathBuf> {
        Ok(PathBuf::from(self.demo.text("/config")?))
    }

    /// Address of the management listener.
    pub(crate) fn management(&self) -> Result<String> {
        Ok(self.demo.text("/management_url")?.replace("http://", ""))
    }

    /// What the imports took when the tenant was filled.
    pub(crate) fn fill_figures(&self) -> Vec<Figure> {
        let filled = &self.filled;
        let figure = |name: &str, value: f64, unit| Figure::alone(format!("import: {name}"), value, unit);
        vec![
            figure("users", filled.users as f64 / filled.users_seconds, "1/s"),
            figure("users, whole file", filled.users_seconds, "s"),
            figure("users, peak memory", filled.users_peak_bytes as f64 / 1e6, "MB"),
            figure(
                "memberships",
                filled.memberships as f64 / filled.groups_seconds,
                "1/s",
            ),
            figure("memberships, whole file", filled.groups_seconds, "s"),
            figure(
                "memberships, peak memory",
                filled.groups_peak_bytes as f64 / 1e6,
                "MB",
            ),
        ]
    }
}

fn kept(marker: &Path) -> Option<Filled> {
    let filled: Filled = serde_json::from_str(&std::fs::read_to_string(marker).ok()?).ok()?;
    let age = Timestamp::now().duration_since(filled.when);
    (filled.form == FORM && age < SignedDuration::from_hours(24 * KEPT_DAYS)).then_some(filled)
}

/// What `lanyard demo` sets up: tenant, applications, server certificates, configuration.
fn installation(lanyard: &Path, folder: &Path, port: u16) -> Result<DemoFacts> {
    let demo = folder.join("demo");
    let facts = demo.join("demo.json");
    let mut process = Ended(
        Command::new(lanyard)
            .arg("demo")
            .arg("--folder")
            .arg(&demo)
            .args(["--no-stay-signed-in", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting lanyard demo")?,
    );
    let begun = Instant::now();
    while !facts.is_file() {
        if let Some(status) = process.0.try_wait()? {
            bail!("lanyard demo ended ({status})");
        }
        if begun.elapsed() > Duration::from_secs(60) {
            bail!("lanyard demo was not ready within a minute");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    DemoFacts::read(&facts)
}

/// A process that ends with this value.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Ended already, or ends now: there is nobody left to tell.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running `lanyard serve`.
pub(crate) struct Server {
    process: Ended,
    pub(crate) first_answer: Duration,
}

impl Server {
    /// Starts it and waits until it can sign people in.
    pub(crate) async fn start(lanyard: &Path, config: &Path, management: &str) -> Result<Self> {
        let begun = Instant::now();
        let mut process = Ended(
            Command::new(lanyard)
                .args(["serve", "--config"])
                .arg(config)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .context("starting lanyard serve")?,
        );
        while !is_ready(management).await {
            if let Some(status) = process.0.try_wait()? {
                bail!(
                    "lanyard serve --config {} ended ({status}); is a port in use?",
                    config.display()
                );
            }
            if begun.elapsed() > Duration::from_secs(60) {
                bail!("lanyard serve was not ready within a minute");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(Self {
            process,
            first_answer: begun.elapsed(),
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.0.id()
    }
}

async fn is_ready(address: &str) -> bool {
    let answer = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok::<_, std::io::Error>(text)
    };
    answer.await.is_ok_and(|text| text.starts_with("HTTP/1.1 200"))
}
