//! A whole directory API in memory: engine, database in a temporary file, router, and callers with real tokens.
#![allow(dead_code, unreachable_pub, reason = "every test file uses another part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode};
use lanyard_certificate_policy::{MethodPolicy, Switch};
use lanyard_directory::{
    AppId, DirectoryRole, PrincipalType, RedirectUri, RedirectUriKind, RoleAssignment, Tenant, User,
};
use lanyard_engine::administer::{Actor, NewApplication, NewAuthority, NewTenant, NewUser};
use lanyard_engine::{
    AuthorizationStep, AuthorizeAnswer, Caller, Clock, Code, CrlDownload, CrlLimits, CrlSource,
    DownloadFailure, DownloadedCrl, Engine, EngineParts, Lifetimes, PresentedCertificate, RequestFacts,
    SessionChange, Settings, SystemRandomness, TokenPost,
};
use lanyard_graph_api::router;
use lanyard_storage::{DatabaseUrl, Store};
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, FakeClock, UserProfile, Validity};
use lanyard_tokens::GRAPH_APP_ID;
use serde_json::Value;
use tower::ServiceExt;
use url::Url;
use uuid::Uuid;

pub const GRAPH: &str = "https://graph.example.test";
const TOOL_URI: &str = "https://tool.example/cb";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A web of files, and a gate that downloads of `…/slow…` wait at.
pub struct Web {
    pub files: Mutex<HashMap<String, Vec<u8>>>,
    pub gate: tokio::sync::Semaphore,
}

impl CrlSource for Web {
    fn download<'a>(
        &'a self,
        download: CrlDownload,
        _: tokio::sync::watch::Sender<u64>,
    ) -> Pin<Box<dyn Future<Output = Result<DownloadedCrl, DownloadFailure>> + Send + 'a>> {
        Box::pin(async move {
            if download.url.contains("slow") {
                let _ = self.gate.acquire().await.unwrap();
            }
            let found = self.files.lock().unwrap().get(&download.url).cloned();
            let failure = |detail: &str| DownloadFailure {
                code: Code::CRL_UNUSABLE,
                detail: detail.to_owned(),
            };
            match found {
                Some(octets) if octets.len() as u64 > download.max_bytes => Err(failure("too large")),
                Some(octets) => Ok(DownloadedCrl::Body {
                    octets,
                    etag: None,
                    last_modified: None,
                }),
                None => Err(failure("no such file")),
            }
        })
    }
}

struct TestClock(FakeClock);

impl Clock for TestClock {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }
}

pub struct Server {
    pub engine: Arc<Engine>,
    pub store: Store,
    pub clock: FakeClock,
    pub tenant: Tenant,
    pub root: CertificateAuthority,
    pub web: Arc<Web>,
    router: Router,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Status and code of a failure.
    pub fn failure(&self) -> (u16, String) {
        let code = self.json()["error"]["code"].as_str().unwrap().to_owned();
        (self.status.as_u16(), code)
    }

    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

pub fn actor() -> Actor {
    Actor("test".to_owned())
}

pub fn validity() -> Validity {
    Validity::years_from("2026-01-01T00:00:00Z".parse().unwrap(), 5)
}

impl Server {
    pub async fn start() -> Self {
        Self::over(Store::open(&DatabaseUrl::Temporary).await.unwrap()).await
    }

    async fn over(store: Store) -> Self {
        let clock = FakeClock::at("2026-03-01T12:00:00Z".parse().unwrap());
        let web = Arc::new(Web {
            files: Mutex::default(),
            gate: tokio::sync::Semaphore::new(0),
        });
        let engine = Engine::open(EngineParts {
            store: store.clone(),
            clock: Arc::new(TestClock(clock.clone())),
            randomness: Arc::new(SystemRandomness),
            crl_source: Arc::clone(&web) as Arc<dyn CrlSource>,
            settings: Settings {
                login_origin: Url::parse("https://login.example.test").unwrap(),
                login_aliases: vec![Url::parse("https://localhost:8443").unwrap()],
                certauth_host: "certauth.example.test".to_owned(),
                public_port: None,
                fresh_origins: false,
                lifetimes: Lifetimes::default(),
                crl: CrlLimits::default(),
                attempts: lanyard_engine::AttemptLimits::default(),
            },
            master_key: [7; 32],
        })
        .await
        .unwrap();
        let new = NewTenant {
            id: None,
            display_name: "Contoso".to_owned(),
            domain: "contoso.example".to_owned(),
        };
        let tenant = engine.create_tenant(&actor(), new).await.unwrap();
        let root = CertificateAuthority::root(&AuthorityProfile::new("Root", validity())).unwrap();
        let router = router(Arc::clone(&engine));
        Self {
            engine,
            store,
            clock,
            tenant,
            root,
            web,
            router,
        }
    }

    pub fn operator(&self) -> Caller {
        Caller::local_operator(self.tenant.id)
    }

    /// A token of an application that holds these application permissions of the directory API.
    pub async fn application(&self, permissions: &[&str]) -> String {
        let app_id = AppId(Uuid::new_v4());
        let new = NewApplication {
            app_id: Some(app_id),
            display_name: "Daemon".to_owned(),
            ..NewApplication::default()
        };
        self.engine
            .create_application(&actor(), self.tenant.id, new)
            .await
            .unwrap();
        let principal = self
            .store
            .service_principal(self.tenant.id, app_id)
            .await
            .unwrap()
            .unwrap();
        for permission in permissions {
            let role = self.engine.directory_application().app_roles.iter();
            let role = role.clone().find(|role| role.value == *permission).unwrap();
            self.engine
                .assign_app_role(
                    &self.operator(),
                    (PrincipalType::ServicePrincipal, principal.id),
                    GRAPH_APP_ID,
                    role.id,
                )
                .await
                .unwrap();
        }
        let secret = self
            .engine
            .add_client_secret(&actor(), app_id, "test", 1)
            .await
            .unwrap()
            .secret;
        let id = app_id.to_string();
        let scope = format!("{GRAPH}/.default");
        self.token(&[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", &secret),
            ("scope", &scope),
        ])
        .await
    }

    /// A token of a person with these directory roles, through an application that was granted these scopes.
    pub async fn person(&self, name: &str, scopes: &[&str], roles: &[DirectoryRole]) -> String {
        let user = self.user(name, roles).await;
        self.sign_in(&user, scopes).await
    }

    /// A person who can sign in with a certificate.
    pub async fn user(&self, name: &str, roles: &[DirectoryRole]) -> User {
        let new = NewUser {
            user_principal_name: format!("{name}@contoso.example"),
            display_name: name.to_owned(),
            ..NewUser::default()
        };
        let user = self
            .engine
            .create_user(&actor(), self.tenant.id, new)
            .await
            .unwrap();
        for role in roles {
            let assignment = RoleAssignment {
                id: Uuid::new_v4(),
                tenant: self.tenant.id,
                principal: user.id,
                role: *role,
            };
            self.store.add_role_assignment(&assignment).await.unwrap();
        }
        user
    }

    /// A whole sign-in with a certificate; the token carries exactly these scopes. Afterwards the trust store and
    /// the policy are what they were.
    pub async fn sign_in(&self, user: &User, scopes: &[&str]) -> String {
        let before = self
            .store
            .tenant_configuration(self.tenant.id)
            .await
            .unwrap()
            .unwrap();
        let authority = NewAuthority {
            certificate: self.root.certificate_der().to_vec(),
            is_root_authority: true,
            ..NewAuthority::default()
        };
        // Stored already when a test put it there.
        let _ = self
            .engine
            .add_authority(&actor(), self.tenant.id, authority)
            .await;
        let policy = MethodPolicy {
            state: Switch::Enabled,
            ..MethodPolicy::default()
        };
        self.engine
            .set_method_policy(&actor(), self.tenant.id, policy)
            .await
            .unwrap();
        let client = self.tool(scopes).await;
        let asked: Vec<String> = scopes.iter().map(|scope| format!("{GRAPH}/{scope}")).collect();
        let code = self.code(client, user, &asked.join(" ")).await.unwrap();
        let id = client.to_string();
        let token = self
            .token(&[
                ("grant_type", "authorization_code"),
                ("client_id", &id),
                ("code", &code),
                ("redirect_uri", TOOL_URI),
                ("code_verifier", VERIFIER),
            ])
            .await;
        let (now, _) = self
            .store
            .tenant_configuration(self.tenant.id)
            .await
            .unwrap()
            .unwrap();
        self.store
            .save_tenant_configuration(self.tenant.id, Some(now), &before.1, Vec::new())
            .await
            .unwrap();
        self.engine.reload_snapshot().await.unwrap();
        token
    }

    /// A client that was granted these scopes.
    async fn tool(&self, scopes: &[&str]) -> AppId {
        let client = AppId(Uuid::new_v4());
        let new = NewApplication {
            app_id: Some(client),
            display_name: "Tool".to_owned(),
            redirect_uris: vec![RedirectUri {
                uri: TOOL_URI.to_owned(),
                kind: RedirectUriKind::PublicClient,
            }],
            ..NewApplication::default()
        };
        self.engine
            .create_application(&actor(), self.tenant.id, new)
            .await
            .unwrap();
        let granted: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.engine
            .grant_delegated(&self.operator(), client, GRAPH, &granted, None)
            .await
            .unwrap();
        client
    }

    /// A sign-in with the trust store and the policy as they are: nothing, or the number of the refusal.
    pub async fn try_sign_in(&self, user: &User) -> Result<(), u32> {
        let client = self.tool(&["User.Read"]).await;
        let scope = format!("{GRAPH}/User.Read");
        self.code(client, user, &scope).await.map(|_| ())
    }

    fn facts(&self) -> RequestFacts {
        RequestFacts {
            origin: self.engine.settings().login_origin.clone(),
            tenant: self.tenant.id.to_string(),
            correlation_id: Uuid::new_v4(),
            request_id: Uuid::new_v4(),
            ip_address: "192.0.2.7".parse().unwrap(),
            user_agent: "test".to_owned(),
            browser: "browser".to_owned(),
        }
    }

    async fn code(&self, client: AppId, user: &User, scope: &str) -> Result<String, u32> {
        let profile = UserProfile::new("User", validity()).user_principal_name(&user.user_principal_name);
        let certificate = self.root.issue_user(&profile).unwrap();
        let facts = self.facts();
        let client = client.to_string();
        let pairs = [
            ("client_id", client.as_str()),
            ("response_type", "code"),
            ("redirect_uri", TOOL_URI),
            ("scope", scope),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let pairs = pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        let engine = &self.engine;
        let mut session = None;
        let mut outcome = engine
            .begin_authorization(&facts, pairs, false, None)
            .await
            .unwrap();
        loop {
            if let SessionChange::Set { handle, .. } = &outcome.session {
                session = Some(handle.clone());
            }
            outcome = match outcome.step {
                AuthorizationStep::Reply(AuthorizeAnswer::Redirect(location)) => {
                    let location = Url::parse(&location).unwrap();
                    let code = location.query_pairs().find(|(name, _)| name == "code");
                    return Ok(code
                        .unwrap_or_else(|| panic!("no code: {location}"))
                        .1
                        .into_owned());
                }
                AuthorizationStep::SignIn(prompt) => engine
                    .identify_user(
                        &facts,
                        &prompt.context,
                        &prompt.flow_token,
                        &user.user_principal_name,
                    )
                    .await
                    .unwrap(),
                AuthorizationStep::ChooseMethod(prompt) => {
                    let presented = PresentedCertificate {
                        chain: vec![certificate.certificate_der().to_vec()],
                        server_name: "certauth.example.test".to_owned(),
                        tls_version: "TLSv1.3".to_owned(),
                        unproven: None,
                    };
                    let handover = engine
                        .present_certificate(&facts, &prompt.context, &prompt.flow_token, presented)
                        .unwrap()
                        .unwrap();
                    engine
                        .complete_certificate_sign_in(
                            &facts,
                            &handover.context,
                            &handover.flow_token,
                            &handover.certificate_token,
                        )
                        .await
                        .unwrap()
                }
                AuthorizationStep::StaySignedIn(prompt) => engine
                    .answer_stay_signed_in(&facts, &prompt.context, false, session.as_deref())
                    .await
                    .unwrap(),
                AuthorizationStep::Problem(problem) => return Err(problem.code.number()),
                other => panic!("not expected: {other:?}"),
            };
        }
    }

    async fn token(&self, pairs: &[(&str, &str)]) -> String {
        let post = TokenPost {
            pairs: pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            authorization: None,
            origin_header: None,
            version_one: false,
        };
        let answer = self.engine.token(&self.facts(), post).await.unwrap();
        let answer = answer.unwrap_or_else(|failure| panic!("{failure:?}"));
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn send(
        &self,
        token: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "graph.example.test");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json; charset=utf-8");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send_request(request.body(body).unwrap()).await
    }

    /// Every request comes a second after the one before it, so that log rows have an order.
    pub async fn send_request(&self, request: Request<Body>) -> Answer {
        self.clock.advance(jiff::SignedDuration::from_secs(1));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 16 << 20).await.unwrap().to_vec()).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(token, Method::GET, path, &[], None).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.send(token, Method::POST, path, &[], Some(body)).await
    }

    pub async fn patch(&self, token: &str, path: &str, body: Value) -> Answer {
        self.send(token, Method::PATCH, path, &[], Some(body)).await
    }

    pub async fn delete(&self, token: &str, path: &str) -> Answer {
        self.send(token, Method::DELETE, path, &[], None).await
    }

    /// Activity, actor and body of the newest audit rows, newest first.
    pub async fn audits(&self) -> Vec<(String, String, Value)> {
        let rows = self.store.audits(self.tenant.id, None, 20).await.unwrap();
        rows.into_iter()
            .map(|row| (row.activity, row.actor, serde_json::from_str(&row.body).unwrap()))
            .collect()
    }
}
