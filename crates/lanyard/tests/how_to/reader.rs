//! Somebody who does what the page says, in one of its ways.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::block::{Block, Kind};
use crate::expected::{check_answer, check_output};
use crate::scripted_browser::{ScriptedBrowser, SignInEnd, SignInRequest};

const BASE: &str = "idp.agency.example";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Reader {
    way: String,
    folder: tempfile::TempDir,
    port: u16,
    management_port: u16,
    variables: BTreeMap<String, String>,
    printed: Option<String>,
    answer: Option<(u16, Value)>,
    server: Option<Child>,
    pub(crate) ran: usize,
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

impl Reader {
    pub(crate) fn at_an_empty_desk(way: &str) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_lanyard")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        Self {
            way: way.to_owned(),
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
            management_port: free_port(),
            variables: BTreeMap::from([("PATH".to_owned(), path)]),
            printed: None,
            answer: None,
            server: None,
            ran: 0,
        }
    }

    /// Does what a block says, or passes over what is for another way.
    pub(crate) async fn read(&mut self, block: &Block, next: Option<&Kind>) {
        let text = self.here(&block.body);
        let line = block.line;
        if !matches!(block.kind, Kind::Output | Kind::Answer) {
            (self.printed, self.answer) = (None, None);
        }
        match &block.kind {
            kind if !kind.is_done_by(&self.way)
                && !matches!(kind, Kind::Output | Kind::Answer | Kind::File { .. }) => {}
            Kind::Shell { fails, .. } => self.run(&text, *fails, line),
            Kind::Server => self.serve(&text),
            Kind::Output => {
                if let Some(printed) = &self.printed {
                    check_output(&text, printed, line);
                }
            }
            Kind::File { name } => {
                std::fs::write(self.folder.path().join(name), self.with_values(&text, line)).unwrap();
            }
            Kind::Request { kept } => {
                self.send(&text, kept, line).await;
                if !matches!(next, Some(Kind::Answer)) {
                    let (status, body) = self.answer.as_ref().unwrap();
                    assert!(*status < 300, "line {line}: {status} {body}");
                }
            }
            Kind::Answer => self.check(&text, line),
            Kind::Person { name } => self.sign_in(name, line).await,
        }
    }

    /// The page's names as they are on this machine.
    fn here(&self, text: &str) -> String {
        let ports = format!(
            "lanyard init --yes --listen 127.0.0.1:{} --management-listen 127.0.0.1:{} ",
            self.port, self.management_port
        );
        ["login", "graph"]
            .into_iter()
            .fold(text.replace("lanyard init ", &ports), |text, host| {
                let name = format!("https://{host}.{BASE}");
                text.replace(&name, &format!("{name}:{}", self.port))
            })
    }

    /// With the values of `$NAMES`; other dollar signs stay.
    fn with_values(&self, text: &str, line: usize) -> String {
        let mut pieces = text.split('$');
        let mut whole = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = piece
                .find(|letter: char| !letter.is_ascii_uppercase() && letter != '_')
                .unwrap_or(piece.len());
            let (name, rest) = piece.split_at(end);
            if name.is_empty() {
                whole.push('$');
            } else {
                let value = self.variables.get(name);
                whole.push_str(value.unwrap_or_else(|| panic!("line {line}: ${name} has no value")));
            }
            whole.push_str(rest);
        }
        whole
    }

    fn run(&mut self, commands: &str, fails: bool, line: usize) {
        let script = format!("set -eua -o pipefail\n{commands}\nenv -0 > .variables\n");
        let done = Command::new("bash")
            .args(["-c", &script])
            .current_dir(self.folder.path())
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed =
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.success(), !fails, "line {line}:\n{printed}");
        if !fails {
            let variables = std::fs::read_to_string(self.folder.path().join(".variables")).unwrap();
            let pairs = variables.split('\0').filter_map(|pair| pair.split_once('='));
            self.variables = pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
        }
        self.printed = Some(printed);
        self.ran += 1;
    }

    fn serve(&mut self, command: &str) {
        let words: Vec<&str> = command.split_whitespace().collect();
        assert_eq!(words.first(), Some(&"lanyard"));
        let started = Command::new(env!("CARGO_BIN_EXE_lanyard"))
            .args(&words[1..])
            .current_dir(self.folder.path())
            .stderr(Stdio::null())
            .spawn();
        self.server = Some(started.unwrap());
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the server does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        self.ran += 1;
    }

    async fn send(&mut self, request: &str, kept: &[(String, String)], line: usize) {
        let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
        let mut head = head.lines();
        let (verb, address) = head.next().unwrap().split_once(' ').unwrap();
        let address = self.with_values(address, line).replace(' ', "%20");
        let body = match body.trim().strip_prefix('@') {
            Some(file) => std::fs::read_to_string(self.folder.path().join(file)).unwrap(),
            None => self.with_values(body.trim_end(), line),
        };
        let root = std::fs::read(self.folder.path().join("tls/root.pem")).unwrap();
        let client = ["login", "graph"]
            .into_iter()
            .fold(reqwest::Client::builder().no_proxy(), |client, host| {
                client.resolve(&format!("{host}.{BASE}"), self.address())
            })
            .tls_certs_only([reqwest::Certificate::from_pem(&root).unwrap()])
            .build()
            .unwrap();
        let mut sent = client.request(verb.parse().unwrap(), &address).body(body);
        for header in head {
            let (name, value) = header.split_once(": ").unwrap();
            sent = sent.header(name, value);
        }
        if let Some(token) = self.variables.get("TOKEN") {
            sent = sent.bearer_auth(token);
        }
        let came = sent.send().await.unwrap();
        let status = came.status().as_u16();
        let text = came.text().await.unwrap();
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap()
        };
        for (name, member) in kept {
            let place = format!("/{}", member.replace('.', "/"));
            let value = body.pointer(&place).and_then(Value::as_str);
            let value = value.unwrap_or_else(|| panic!("line {line}: {status} {body} has no {member}"));
            self.variables.insert(name.clone(), value.to_owned());
        }
        self.answer = Some((status, body));
        self.ran += 1;
    }

    fn check(&self, expected: &str, line: usize) {
        let Some((status, body)) = &self.answer else {
            return;
        };
        let (first, wanted) = expected.split_once('\n').unwrap();
        let wanted_status = first.split(' ').nth(1).unwrap();
        assert_eq!(wanted_status, status.to_string(), "line {line}: {body}");
        if !wanted.trim().is_empty() {
            check_answer(
                &serde_json::from_str(wanted).unwrap(),
                body,
                &format!("line {line}: "),
            );
        }
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    fn tenant_id(&self) -> String {
        let listed = Command::new(env!("CARGO_BIN_EXE_lanyard"))
            .args(["admin", "tenant", "list", "--output", "json"])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let tenants: Value = serde_json::from_slice(&listed.stdout).unwrap();
        tenants[0]["id"].as_str().unwrap().to_owned()
    }

    /// Opens the address that was printed last, with the person's certificate.
    async fn sign_in(&mut self, name: &str, line: usize) {
        let file = |kind: &str| std::fs::read(self.folder.path().join(format!("{name}.{kind}"))).unwrap();
        let tenant = "agency.example";
        let client = self.variables["CLIENT"].clone();
        // With issuer hints a tenant has a certificate host of its own.
        let hosts = [
            format!("login.{BASE}"),
            format!("certauth.{BASE}"),
            format!("t{}.certauth.{BASE}", self.tenant_id()),
        ];
        let identity = [
            file("pem"),
            std::fs::read(self.folder.path().join("issuing.pem")).unwrap(),
            file("key"),
        ]
        .concat();
        let root = std::fs::read(self.folder.path().join("tls/root.pem")).unwrap();
        let mut browser = ScriptedBrowser::new(&root, Some(&identity), &hosts, self.address()).unwrap();
        let end = browser
            .sign_in(&SignInRequest {
                login_origin: &format!("https://login.{BASE}:{}", self.port),
                tenant,
                client_id: &client,
                redirect_uri: "http://localhost",
                scope: "openid",
                user_name: &format!("{name}@{tenant}"),
                code_challenge: CHALLENGE,
                nonce: "n",
            })
            .await
            .unwrap();
        assert!(matches!(end, SignInEnd::Code(_)), "line {line}: {end:?}");
        self.ran += 1;
    }
}
