//! A PostgreSQL cluster of this test run: made once in a temporary folder, reached by a unix socket, gone afterwards.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

/// Runs the server until its input ends, which it does when the tests end, however they end; then removes the folder.
const KEEPER: &str = r#"
    "$@" >"$FOLDER/log" 2>&1 &
    server=$!
    cat >/dev/null
    kill -QUIT $server
    wait $server
    rm -rf "$FOLDER"
"#;
const START_TIMEOUT: Duration = Duration::from_secs(60);

struct Cluster {
    folder: PathBuf,
}

static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();

/// A URL of an empty database of its own, or `None` when there is no PostgreSQL on this machine: then the test is
/// skipped and says so, unless `LANYARD_REQUIRE_POSTGRES=1` makes that a failure.
pub(crate) async fn database() -> Option<String> {
    let cluster = match tokio::task::spawn_blocking(|| CLUSTER.get_or_init(start))
        .await
        .unwrap()
    {
        Ok(cluster) => cluster,
        Err(reason) => {
            assert!(
                std::env::var_os("LANYARD_REQUIRE_POSTGRES").is_none_or(|value| value != "1"),
                "PostgreSQL is required and cannot run: {reason}"
            );
            eprintln!("SKIPPED on PostgreSQL: {reason}");
            return None;
        }
    };
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = options(&cluster.folder).connect().await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    sqlx::query(AssertSqlSafe(create))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let socket = cluster.folder.to_str().unwrap().replace('/', "%2F");
    Some(format!("postgres://lanyard@{socket}/{name}"))
}

fn options(folder: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(folder)
        .username("lanyard")
        .database("postgres")
        .disable_statement_logging()
}

fn start() -> Result<Cluster, String> {
    let binaries = binaries().ok_or("initdb and postgres are not installed")?;
    let folder = std::env::temp_dir().join(format!("lanyard-postgres-{}", uuid::Uuid::new_v4().simple()));
    let data = folder.join("data");
    std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).map_err(|error| error.to_string())?;
    // PostgreSQL refuses to run as root: then it runs as nobody.
    let root = number(Command::new("id").arg("-u"))? == 0;
    if root {
        let user = number(Command::new("id").args(["-u", "nobody"]))?;
        let group = number(Command::new("id").args(["-g", "nobody"]))?;
        chown(&folder, Some(user), Some(group)).map_err(|error| error.to_string())?;
    }
    let program = |name: &str| -> Vec<String> {
        let drop_root = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        let prefix = drop_root.iter().filter(|_| root).map(|&word| word.to_owned());
        prefix
            .chain([binaries.join(name).to_str().unwrap().to_owned()])
            .collect()
    };
    let initdb = program("initdb");
    let made = Command::new(&initdb[0])
        .args(&initdb[1..])
        .args([
            "-U",
            "lanyard",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-D",
        ])
        .arg(&data)
        .current_dir(&folder)
        .output()
        .map_err(|error| format!("initdb: {error}"))?;
    if !made.status.success() {
        let _ = std::fs::remove_dir_all(&folder);
        return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
    }
    let keeper = Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .args(program("postgres"))
        .args([
            "-c",
            "fsync=off",
            "-c",
            "listen_addresses=",
            "-c",
            "max_connections=300",
            "-c",
        ])
        .arg(format!("unix_socket_directories={}", folder.display()))
        .arg("-D")
        .arg(&data)
        .env("FOLDER", &folder)
        .current_dir("/")
        // Whoever stops the tests with a signal to their group must not stop the keeper.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("postgres: {error}"))?;
    // Open as long as this process lives.
    std::mem::forget(keeper.stdin);
    wait_until_ready(&folder)?;
    Ok(Cluster { folder })
}

/// The server writes the last line of its pid file when it takes connections.
fn wait_until_ready(folder: &Path) -> Result<(), String> {
    let started = Instant::now();
    let pid_file = folder.join("data/postmaster.pid");
    while started.elapsed() < START_TIMEOUT {
        let status = std::fs::read_to_string(&pid_file).unwrap_or_default();
        if status.lines().last().is_some_and(|line| line.trim() == "ready") {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    let _ = std::io::stderr().write_all(log.as_bytes());
    Err("postgres did not start".to_owned())
}

fn number(command: &mut Command) -> Result<u32, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .map_err(|error| format!("{command:?}: {error}"))
}

/// The folder with the programs: a version's own folder first, then the path.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}
