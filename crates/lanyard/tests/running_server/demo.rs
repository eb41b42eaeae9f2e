//! A running `lanyard demo`, shared by the tests that run at the same time, and its commands.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use lanyard_testkit::{CertificateAuthority, IssuedCertificate, UserProfile, Validity};
use serde_json::Value;

use crate::scripted_browser::{ScriptedBrowser, SignInEnd, SignInRequest};

pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A process that does not outlive its test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) struct Demo {
    pub(crate) process: Running,
    pub(crate) facts: Value,
    pub(crate) home: PathBuf,
    folder: tempfile::TempDir,
}

/// The demo of the tests that run now.
pub(crate) fn demo() -> Arc<Demo> {
    static SHARED: Mutex<Weak<Demo>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(demo) = shared.upgrade() {
        return demo;
    }
    let demo = Arc::new(Demo::start(19_443, &[]));
    *shared = Arc::downgrade(&demo);
    demo
}

/// The program itself.
pub(crate) fn lanyard() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lanyard"));
    for preset in ["SSL_CERT_FILE", "LANYARD_CONFIG", "LANYARD_PFX_PASSWORD"] {
        command.env_remove(preset);
    }
    command.stdin(Stdio::null());
    command
}

/// Waits for something to come true.
pub(crate) fn until(what: &str, mut come: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !come() {
        assert!(begun.elapsed() < Duration::from_secs(120), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

impl Demo {
    pub(crate) fn start(port: u16, extra: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("demo");
        let process = lanyard()
            .args([
                "demo",
                "--no-stay-signed-in",
                "--port",
                &port.to_string(),
                "--folder",
            ])
            .arg(&home)
            .args(extra)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("stderr")).unwrap())
            .spawn()
            .unwrap();
        let mut process = Running(process);
        let facts = home.join("demo.json");
        until("the demo is ready", || {
            let said = std::fs::read_to_string(folder.path().join("stderr")).unwrap_or_default();
            assert!(
                process.0.try_wait().unwrap().is_none(),
                "the demo ended at once: {said}"
            );
            facts.is_file()
        });
        let facts = serde_json::from_slice(&std::fs::read(facts).unwrap()).unwrap();
        Self {
            process,
            facts,
            home,
            folder,
        }
    }

    /// The program log so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr")).unwrap()
    }

    pub(crate) fn text(&self, pointer: &str) -> &str {
        let value = self.facts.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("demo.json has no {pointer}"))
    }

    pub(crate) fn user(&self, name: &str) -> &Value {
        let users = self.facts["users"].as_array().unwrap();
        users.iter().find(|user| user["name"] == name).unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.text("/address").parse().unwrap()
    }

    pub(crate) fn tls_root(&self) -> Vec<u8> {
        std::fs::read(self.text("/tls_root_pem")).unwrap()
    }

    /// The first issuing authority with its key.
    pub(crate) fn authority(&self) -> CertificateAuthority {
        let read =
            |name: &str| std::fs::read_to_string(self.text(&format!("/authorities/0/{name}"))).unwrap();
        let pem = read("certificate_pem");
        let der = lanyard_pki::parse_pem_or_der(pem.as_bytes()).unwrap();
        CertificateAuthority::load(der[0].der(), &read("key_pem")).unwrap()
    }

    /// A card of the first issuing authority.
    pub(crate) fn card(&self, name: &str) -> IssuedCertificate {
        let validity = Validity::days_from(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1), 30);
        let profile = UserProfile::new("Card", validity).user_principal_name(name);
        self.authority().issue_user(&profile).unwrap()
    }

    /// Certificate and key of one of the demo's people, in one text.
    pub(crate) fn identity(&self, user: &str) -> Vec<u8> {
        let user = self.user(user);
        let file = |name: &str| std::fs::read(Path::new(user[name].as_str().unwrap())).unwrap();
        [file("certificate_pem"), file("key_pem")].concat()
    }

    /// Every host a browser may come to for a tenant.
    pub(crate) fn hosts(&self, tenant: &str) -> Vec<String> {
        let certauth = self.text("/certauth_host");
        vec![
            "login.lanyard.localhost".to_owned(),
            certauth.to_owned(),
            format!("t{tenant}.{certauth}"),
        ]
    }

    pub(crate) fn browser(&self, tenant: &str, identity: Option<&[u8]>) -> ScriptedBrowser {
        ScriptedBrowser::new(&self.tls_root(), identity, &self.hosts(tenant), self.address()).unwrap()
    }

    /// A sign-in of one of the demo's people to the demo's portal.
    pub(crate) async fn sign_in(&self, user: &str) -> SignInEnd {
        let identity = self.identity(user);
        let name = self.user(user)["user_principal_name"]
            .as_str()
            .unwrap()
            .to_owned();
        self.sign_in_as(&name, Some(&identity)).await
    }

    pub(crate) async fn sign_in_as(&self, name: &str, identity: Option<&[u8]>) -> SignInEnd {
        let tenant = self.text("/tenant_id");
        let (client, uri) = (
            self.text("/applications/web/client_id"),
            self.text("/applications/web/redirect_uri"),
        );
        self.sign_in_to(tenant, client, uri, name, identity).await
    }

    pub(crate) async fn sign_in_to(
        &self,
        tenant: &str,
        client_id: &str,
        redirect_uri: &str,
        user_name: &str,
        identity: Option<&[u8]>,
    ) -> SignInEnd {
        let request = SignInRequest {
            login_origin: self.text("/login_url"),
            tenant,
            client_id,
            redirect_uri,
            scope: "openid profile offline_access",
            user_name,
            code_challenge: CHALLENGE,
            nonce: "n",
        };
        self.browser(tenant, identity).sign_in(&request).await.unwrap()
    }

    /// Runs a command of the program on the demo's configuration.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let config = self.home.join("lanyard.toml");
        lanyard()
            .args(arguments)
            .arg("--config")
            .arg(config)
            .output()
            .unwrap()
    }

    /// The same, which must succeed; its output.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The rows of the sign-in log of a tenant.
    pub(crate) fn log(&self) -> Vec<Value> {
        let rows = self.ok(&[
            "log",
            "--tenant",
            "agency.example",
            "--limit",
            "1000",
            "--output",
            "json",
        ]);
        serde_json::from_str(&rows).unwrap()
    }
}

pub(crate) fn number(end: &SignInEnd) -> u32 {
    match end {
        SignInEnd::Code(_) => 0,
        SignInEnd::Refused { code, .. } => *code,
    }
}
