//! nginx as a peer: it checks the client's certificate and the CRLs at every handshake, then answers one word.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::crl_files::Files;

/// A running nginx; ends with the value.
pub(crate) struct Nginx {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Nginx {
    /// Whether there is one to run.
    pub(crate) fn is_installed() -> bool {
        Command::new("nginx")
            .arg("-v")
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Starts it with the CRLs of both authorities in one PEM file, and waits until it listens.
    pub(crate) fn start(files: &Files, crls: &Path, workers: usize) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let folder = files.path("nginx");
        std::fs::create_dir_all(&folder)?;
        let configuration = folder.join("nginx.conf");
        std::fs::write(&configuration, text(files, crls, workers, address, &folder))?;
        let child = Command::new("nginx")
            .arg("-c")
            .arg(&configuration)
            .args(["-e", "error.log", "-p"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting nginx")?;
        let mut nginx = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = nginx.child.try_wait()? {
                bail!("nginx ended with {status}: see {}/error.log", folder.display());
            }
            if begun.elapsed() > Duration::from_secs(120) {
                bail!("nginx did not listen within 120 s");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }

    /// Its main process; the workers are children of it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The main process ends its workers when it is asked to; killed, it would leave them behind.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn text(files: &Files, crls: &Path, workers: usize, address: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    let file = |name: &str| files.path(name).display().to_string();
    format!(
        "daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {address} ssl;
        ssl_certificate {server};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.3;
        ssl_session_cache off;
        ssl_session_tickets off;
        ssl_client_certificate {root};
        ssl_verify_client on;
        ssl_verify_depth 4;
        ssl_crl {crls};
        location / {{ return 200 \"accepted\"; }}
    }}
}}
",
        server = file("server.pem"),
        key = file("server.key"),
        root = file("root.pem"),
        crls = crls.display(),
    )
}
