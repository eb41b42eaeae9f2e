//! A whole login host in memory: engine, database in a temporary file, router.
#![allow(dead_code, unreachable_pub, reason = "every test file uses another part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode};
use lanyard_directory::{AppId, RedirectUri, RedirectUriKind, Tenant};
use lanyard_engine::administer::{Actor, NewApplication, NewTenant};
use lanyard_engine::{
    Clock, CrlDownload, CrlLimits, CrlSource, DownloadFailure, DownloadedCrl, Engine, EngineParts, Lifetimes,
    Settings, SystemRandomness,
};
use lanyard_oidc_api::{router, with_plain_paths};
use lanyard_storage::{DatabaseUrl, Store};
use lanyard_testkit::FakeClock;
use serde_json::Value;
use tower::ServiceExt;
use url::Url;
use uuid::Uuid;

pub mod person;

pub const PORTAL: AppId = AppId(Uuid::from_u128(0xa001));
pub const SPA: AppId = AppId(Uuid::from_u128(0xa002));
pub const NATIVE: AppId = AppId(Uuid::from_u128(0xa003));
pub const ARCHIVE: AppId = AppId(Uuid::from_u128(0xa004));

/// No CRL is ever downloaded here.
struct NoCrls;

impl CrlSource for NoCrls {
    fn download<'a>(
        &'a self,
        _: CrlDownload,
        _: tokio::sync::watch::Sender<u64>,
    ) -> Pin<Box<dyn Future<Output = Result<DownloadedCrl, DownloadFailure>> + Send + 'a>> {
        Box::pin(async { panic!("no download is expected") })
    }
}

/// The settable clock as the engine's clock.
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
    pub secret: String,
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

    /// Status, OAuth error and number of a failure.
    pub fn failure(&self) -> (u16, String, u64) {
        let body = self.json();
        (
            self.status.as_u16(),
            body["error"].as_str().unwrap().to_owned(),
            body["error_codes"][0].as_u64().unwrap(),
        )
    }
}

impl Server {
    pub async fn start() -> Self {
        let clock = FakeClock::at("2026-03-01T12:00:00Z".parse().unwrap());
        let store = Store::open(&DatabaseUrl::Temporary).await.unwrap();
        let engine = Engine::open(EngineParts {
            store: store.clone(),
            clock: Arc::new(TestClock(clock.clone())),
            randomness: Arc::new(SystemRandomness),
            crl_source: Arc::new(NoCrls),
            settings: Settings {
                login_origin: Url::parse("https://login.example.test").unwrap(),
                login_aliases: vec![Url::parse("https://localhost:8443").unwrap()],
                certauth_host: "certauth.example.test".to_owned(),
                public_port: None,
                fresh_origins: false,
                lifetimes: Lifetimes::default(),
                crl: CrlLimits::default(),
                attempts: lanyard_engine::AttemptLimits {
                    burst: 20,
                    per_minute: 60,
                },
            },
            master_key: [7; 32],
        })
        .await
        .unwrap();
        let actor = Actor("test".to_owned());
        let new = NewTenant {
            id: None,
            display_name: "Contoso".to_owned(),
            domain: "contoso.example".to_owned(),
        };
        let tenant = engine.create_tenant(&actor, new).await.unwrap();
        let application = |app_id, name: &str, uri: Option<(&str, RedirectUriKind)>| NewApplication {
            app_id: Some(app_id),
            display_name: name.to_owned(),
            redirect_uris: uri
                .map(|(uri, kind)| RedirectUri {
                    uri: uri.to_owned(),
                    kind,
                })
                .into_iter()
                .collect(),
            consent_not_needed: true,
            ..NewApplication::default()
        };
        let archive = NewApplication {
            identifier_uris: vec!["api://archive".to_owned()],
            scopes: vec![("Read".to_owned(), "Read the archive".to_owned())],
            ..application(ARCHIVE, "Archive", None)
        };
        for new in [
            application(
                PORTAL,
                "Portal",
                Some(("https://portal.example/cb", RedirectUriKind::Web)),
            ),
            application(SPA, "Board", Some(("https://spa.example/", RedirectUriKind::Spa))),
            application(
                NATIVE,
                "Tool",
                Some(("http://localhost", RedirectUriKind::PublicClient)),
            ),
            archive,
        ] {
            engine.create_application(&actor, tenant.id, new).await.unwrap();
        }
        let secret = engine
            .add_client_secret(&actor, PORTAL, "test", 1)
            .await
            .unwrap()
            .secret
            .to_string();
        let router = with_plain_paths(router(Arc::clone(&engine)));
        Self {
            engine,
            store,
            clock,
            tenant,
            secret,
            router,
        }
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "login.example.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send_request(request.body(body.into()).unwrap()).await
    }

    pub async fn send_request(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    /// The flow token of a sign-in page of the portal.
    pub async fn flow_token(&self) -> String {
        let facts = lanyard_engine::RequestFacts {
            origin: self.engine.settings().login_origin.clone(),
            tenant: self.tenant.id.to_string(),
            correlation_id: Uuid::new_v4(),
            request_id: Uuid::new_v4(),
            ip_address: "192.0.2.7".parse().unwrap(),
            user_agent: String::new(),
            browser: String::new(),
        };
        let client = PORTAL.to_string();
        let pairs = [
            ("client_id", client.as_str()),
            ("response_type", "code"),
            ("redirect_uri", "https://portal.example/cb"),
            ("scope", "openid"),
            ("code_challenge", person::CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let outcome = self
            .engine
            .begin_authorization(&facts, pairs.to_vec(), false, None)
            .await
            .unwrap();
        match outcome.step {
            lanyard_engine::AuthorizationStep::SignIn(prompt) => prompt.flow_token,
            other => panic!("{other:?}"),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    pub async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.post_with(path, &[], pairs).await
    }

    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], pairs: &[(&str, &str)]) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded;charset=utf-8")];
        all.extend(headers);
        self.send(Method::POST, path, &all, form).await
    }

    /// The path of an endpoint of the tenant.
    pub fn at(&self, rest: &str) -> String {
        format!("/{}/{rest}", self.tenant.id)
    }
}
