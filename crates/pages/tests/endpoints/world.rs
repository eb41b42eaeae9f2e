//! A tenant with one person, one application and one authority, behind the two routers.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use lanyard_directory::{RedirectUri, RedirectUriKind};
use lanyard_engine::administer::{Actor, NewApplication, NewAuthority, NewTenant, NewUser};
use lanyard_engine::{
    CrlDownload, CrlLimits, CrlSource, DownloadFailure, DownloadedCrl, Engine, EngineParts, Lifetimes,
    PresentedCertificate, Settings, SystemClock, SystemRandomness, TenantSettings,
};
use lanyard_storage::{DatabaseUrl, Store};
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, CrlProfile, UserProfile, Validity};
use tower::ServiceExt as _;

pub(crate) const LOGIN: &str = "https://login.agency.example";
pub(crate) const USER: &str = "jane@agency.example";
pub(crate) const REDIRECT_URI: &str = "https://portal.agency.example/callback";

pub(crate) struct World {
    pub(crate) login: Router,
    pub(crate) certauth: Router,
    pub(crate) client_id: String,
    /// The certificate of [`USER`].
    pub(crate) certificate: Vec<u8>,
    /// A certificate that belongs to nobody here.
    pub(crate) strange_certificate: Vec<u8>,
}

struct OneList(Vec<u8>);

impl CrlSource for OneList {
    fn download<'a>(
        &'a self,
        _download: CrlDownload,
        _progress: tokio::sync::watch::Sender<u64>,
    ) -> Pin<Box<dyn Future<Output = Result<DownloadedCrl, DownloadFailure>> + Send + 'a>> {
        let octets = self.0.clone();
        Box::pin(async move {
            Ok(DownloadedCrl::Body {
                octets,
                etag: None,
                last_modified: None,
            })
        })
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let now = Timestamp::now();
        let past = now - SignedDuration::from_hours(1);
        let authority =
            CertificateAuthority::root(&AuthorityProfile::new("Agency CA", Validity::years_from(past, 5)))
                .expect("authority");
        let issue = |name: &str, user: &str| {
            let profile = UserProfile::new(name, Validity::days_from(past, 30)).user_principal_name(user);
            authority
                .issue_user(&profile)
                .expect("certificate")
                .certificate_der()
                .to_vec()
        };
        let list = CrlProfile::new(1, past, now + SignedDuration::from_hours(24));
        let engine = Engine::open(EngineParts {
            store: Store::open(&DatabaseUrl::Temporary).await.expect("store"),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            crl_source: Arc::new(OneList(authority.crl(&list).expect("list"))),
            settings: Settings {
                login_origin: LOGIN.parse().expect("url"),
                login_aliases: Vec::new(),
                certauth_host: "certauth.login.agency.example".into(),
                public_port: None,
                fresh_origins: true,
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
        .expect("engine");
        let client_id = populate(&engine, authority.certificate_der()).await;
        Self {
            login: lanyard_pages::login_router(Arc::clone(&engine))
                .fallback(lanyard_pages::not_found)
                .method_not_allowed_fallback(lanyard_pages::method_not_allowed),
            certauth: lanyard_pages::certauth_router(engine),
            client_id,
            certificate: issue("Jane Doe", USER),
            strange_certificate: issue("Mallory Grey", "mallory@agency.example"),
        }
    }

    /// The path of an authorization request, with parameters added or replaced.
    pub(crate) fn authorize(&self, more: &[(&str, &str)]) -> String {
        let mut parameters = BTreeMap::from([
            ("client_id", self.client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid"),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ]);
        parameters.extend(more.iter().copied());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        format!("/agency.example/oauth2/v2.0/authorize?{query}")
    }
}

async fn populate(engine: &Engine, authority: &[u8]) -> String {
    let actor = Actor("test".into());
    let tenant = NewTenant {
        id: None,
        display_name: "Agency".into(),
        domain: "agency.example".into(),
    };
    let tenant = engine.create_tenant(&actor, tenant).await.expect("tenant").id;
    let authority = NewAuthority {
        certificate: authority.to_vec(),
        is_root_authority: true,
        crl_url: Some("http://crl.agency.example/ca.crl".into()),
        is_issuer_hint_enabled: true,
        ..NewAuthority::default()
    };
    engine
        .add_authority(&actor, tenant, authority)
        .await
        .expect("authority");
    let user = NewUser {
        user_principal_name: USER.into(),
        display_name: "Jane Doe".into(),
        ..NewUser::default()
    };
    engine.create_user(&actor, tenant, user).await.expect("user");
    let policy = serde_json::json!({
        "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
        "id": "X509Certificate",
        "state": "enabled",
        "certificateUserBindings": [
            { "x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 1 }
        ],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
            "x509CertificateDefaultRequiredAffinityLevel": "low",
            "rules": []
        },
        "issuerHintsConfiguration": { "state": "enabled" },
        "includeTargets": [{ "targetType": "group", "id": "all_users", "isRegistrationRequired": false }]
    });
    let policy = serde_json::from_value(policy).expect("policy");
    engine
        .set_method_policy(&actor, tenant, policy)
        .await
        .expect("policy");
    let settings = TenantSettings {
        ask_to_stay_signed_in: true,
        ..TenantSettings::default()
    };
    engine
        .set_tenant_settings(&actor, tenant, settings)
        .await
        .expect("settings");
    let application = NewApplication {
        display_name: "Portal".into(),
        redirect_uris: vec![RedirectUri {
            uri: REDIRECT_URI.into(),
            kind: RedirectUriKind::Web,
        }],
        ..NewApplication::default()
    };
    let application = engine
        .create_application(&actor, tenant, application)
        .await
        .expect("application");
    application.app_id.to_string()
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |value| value.to_str().unwrap_or_default())
    }

    /// The value of a hidden input.
    pub(crate) fn hidden(&self, name: &str) -> String {
        self.body
            .split_once(&format!("name=\"{name}\" value=\""))
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(value, _)| value.to_owned())
            .unwrap_or_else(|| panic!("no hidden {name} in {}", self.body))
    }

    /// The address of the form that holds a text.
    pub(crate) fn action_before(&self, text: &str) -> String {
        let (before, _) = self
            .body
            .split_once(text)
            .unwrap_or_else(|| panic!("no {text} in {}", self.body));
        let (_, form) = before.rsplit_once("action=\"").expect("a form");
        form.split_once('"').expect("quoted").0.to_owned()
    }
}

/// One browser: cookies of the login host, and a certificate for the certificate host.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) chain: Vec<Vec<u8>>,
}

impl Browser {
    pub(crate) fn with_certificate(certificate: &[u8]) -> Self {
        Self {
            chain: vec![certificate.to_vec()],
            ..Self::default()
        }
    }

    pub(crate) async fn open(&mut self, router: &Router, path: &str) -> Answer {
        let request = Request::get(path).header(header::HOST, "login.agency.example");
        self.send(router, request, Body::empty()).await
    }

    /// Posts a form, from a page of ours, to a path of the login host or an address of the certificate host.
    pub(crate) async fn post(&mut self, router: &Router, address: &str, fields: &[(&str, &str)]) -> Answer {
        let url = url::Url::parse(LOGIN)
            .and_then(|base| base.join(address))
            .expect("address");
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(url.path())
            .header(header::HOST, url.host_str().expect("host"))
            .header(header::ORIGIN, LOGIN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(router, request, Body::from(body)).await
    }

    pub(crate) async fn send(
        &mut self,
        router: &Router,
        request: http::request::Builder,
        body: Body,
    ) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(header::COOKIE, cookies.join("; "))
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 5000))))
            .extension(PresentedCertificate {
                chain: self.chain.clone(),
                server_name: "certauth.login.agency.example".into(),
                tls_version: "TLSv1.3".into(),
                unproven: None,
            })
            .body(body)
            .expect("request");
        let response = router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().expect("text");
            let (name, rest) = text.split_once('=').expect("cookie");
            let value = rest.split(';').next().unwrap_or_default();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let octets = body.collect().await.expect("body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&octets).into_owned(),
        }
    }

    /// From the application to the page after the certificate step.
    pub(crate) async fn sign_in_with_certificate(&mut self, world: &World) -> Answer {
        let page = self.open(&world.login, &world.authorize(&[])).await;
        let page = self
            .post(
                &world.login,
                "/agency.example/login",
                &[
                    ("ctx", &page.hidden("ctx")),
                    ("flowtoken", &page.hidden("flowtoken")),
                    ("login", USER),
                ],
            )
            .await;
        let certauth = page.action_before("Use a certificate or smart card");
        let page = self
            .post(
                &world.certauth,
                &certauth,
                &[
                    ("ctx", &page.hidden("ctx")),
                    ("flowToken", &page.hidden("flowToken")),
                ],
            )
            .await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        self.post(
            &world.login,
            "/agency.example/login",
            &[
                ("ctx", &page.hidden("ctx")),
                ("flowtoken", &page.hidden("flowtoken")),
                ("certificatetoken", &page.hidden("certificatetoken")),
            ],
        )
        .await
    }
}
