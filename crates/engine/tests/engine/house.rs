//! One installation: two authorities, a tenant, applications, and Jane, Sam and Rita with their cards.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lanyard_directory::{AppId, RedirectUri, RedirectUriKind, Tenant, TenantId};
use lanyard_engine::administer::{Actor, NewApplication, NewAuthority, NewTenant, NewUser};
use lanyard_engine::{
    Clock, CrlLimits, CrlSource, Engine, EngineParts, Lifetimes, Settings, SignInQuery, SignInRecord,
    SystemRandomness, TokenPost, WantedCrl,
};
use lanyard_storage::{DatabaseUrl, Store};
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, FakeClock, IssuedCertificate, UserProfile, Validity,
};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::browser::Browser;
use crate::crl_server::{CrlServer, Script};

pub(crate) const JANE: &str = "jane@agency.example";
pub(crate) const SAM: &str = "sam@agency.example";
pub(crate) const RITA: &str = "rita@agency.example";
pub(crate) const PORTAL: AppId = AppId(Uuid::from_u128(0xa001));
pub(crate) const BOARD: AppId = AppId(Uuid::from_u128(0xa002));
pub(crate) const TOOL: AppId = AppId(Uuid::from_u128(0xa003));
pub(crate) const PORTAL_URI: &str = "https://portal.example/cb";
pub(crate) const BOARD_URI: &str = "https://board.example/cb";
pub(crate) const CRL_URL: &str = "http://crl.agency.example/issuing.crl";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const MULTIFACTOR_OID: &str = "2.16.840.1.101.3.2.1.3.13";

struct TestClock(FakeClock);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Store,
    pub(crate) clock: FakeClock,
    pub(crate) crls: Arc<CrlServer>,
    pub(crate) tenant: Tenant,
    pub(crate) root: CertificateAuthority,
    pub(crate) issuing: CertificateAuthority,
    pub(crate) secret: String,
    _folder: Option<tempfile::TempDir>,
}

pub(crate) fn actor() -> Actor {
    Actor("test".to_owned())
}

/// Ten years from the start of the year everything plays in.
pub(crate) fn validity() -> Validity {
    Validity::years_from("2026-01-01T00:00:00Z".parse().unwrap(), 10)
}

pub(crate) fn policy() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
        "id": "X509Certificate",
        "state": "enabled",
        "certificateUserBindings": [
            { "x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 1 }
        ],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
            "x509CertificateDefaultRequiredAffinityLevel": "low",
            "rules": [{
                "x509CertificateRuleType": "policyOID",
                "identifier": MULTIFACTOR_OID,
                "x509CertificateAuthenticationMode": "x509CertificateMultiFactor",
                "x509CertificateRequiredAffinityLevel": "low"
            }]
        },
        "issuerHintsConfiguration": { "state": "disabled" },
        "crlValidationConfiguration": { "state": "enabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [] },
        "certificateAuthorityScopes": [],
        "excludeTargets": [],
        "includeTargets": [{ "targetType": "group", "id": "all_users", "isRegistrationRequired": false }]
    })
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with_limits(CrlLimits::default()).await
    }

    pub(crate) async fn with_limits(crl: CrlLimits) -> Self {
        Self::on(None, crl).await
    }

    /// An installation on PostgreSQL; `None` where there is none.
    pub(crate) async fn on_postgres() -> Option<Self> {
        let url = crate::throwaway_postgres::database().await?;
        Some(Self::on(Some(DatabaseUrl::parse(&url).unwrap()), CrlLimits::default()).await)
    }

    async fn on(url: Option<DatabaseUrl>, crl: CrlLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = url.unwrap_or_else(|| DatabaseUrl::Sqlite(folder.path().join("house.db")));
        let clock = FakeClock::at("2026-03-01T12:00:00Z".parse().unwrap());
        let crls = Arc::new(CrlServer::default());
        let store = Store::open(&url).await.unwrap();
        let engine = start(store.clone(), &clock, crls.clone(), crl).await;
        let new = NewTenant {
            id: None,
            display_name: "Agency".to_owned(),
            domain: "agency.example".to_owned(),
        };
        let tenant = engine.create_tenant(&actor(), new).await.unwrap();
        let root = CertificateAuthority::root(&AuthorityProfile::new("Agency Root", validity())).unwrap();
        let issuing = root
            .issue_authority(&AuthorityProfile::new("Agency Issuing", validity()).path_length(0))
            .unwrap();
        for (authority, is_root, url) in [(&root, true, None), (&issuing, false, Some(CRL_URL))] {
            let new = NewAuthority {
                certificate: authority.certificate_der().to_vec(),
                is_root_authority: is_root,
                crl_url: url.map(str::to_owned),
                ..NewAuthority::default()
            };
            engine.add_authority(&actor(), tenant.id, new).await.unwrap();
        }
        let mut house = Self {
            engine,
            store,
            clock,
            crls,
            tenant,
            root,
            issuing,
            secret: String::new(),
            _folder: Some(folder),
        };
        house.set_policy(policy()).await;
        house.publish(1, &[]);
        for (name, shown) in [(JANE, "Jane Doe"), (SAM, "Sam Lee"), (RITA, "Rita Voss")] {
            house.add_user(house.tenant.id, name, shown).await;
        }
        house.add_applications().await;
        house
    }

    async fn add_applications(&mut self) {
        let uri = |uri: &str, kind| {
            vec![RedirectUri {
                uri: uri.to_owned(),
                kind,
            }]
        };
        let applications = [
            (PORTAL, "Portal", uri(PORTAL_URI, RedirectUriKind::Web), true),
            (BOARD, "Board", uri(BOARD_URI, RedirectUriKind::Web), false),
            (
                TOOL,
                "Tool",
                uri("http://localhost", RedirectUriKind::PublicClient),
                true,
            ),
        ];
        for (app_id, name, redirect_uris, consent_not_needed) in applications {
            let new = NewApplication {
                app_id: Some(app_id),
                display_name: name.to_owned(),
                redirect_uris,
                consent_not_needed,
                logout_url: (app_id == PORTAL).then(|| "https://portal.example/bye".to_owned()),
                is_fallback_public_client: app_id == TOOL,
                ..NewApplication::default()
            };
            self.engine
                .create_application(&actor(), self.tenant.id, new)
                .await
                .unwrap();
        }
        let made = self
            .engine
            .add_client_secret(&actor(), PORTAL, "test", 30)
            .await
            .unwrap();
        self.secret = made.secret.to_string();
    }

    /// A second server process on the same database, as after a restart.
    pub(crate) async fn second_engine(&self) -> Arc<Engine> {
        self.engine_with(self.crls.clone()).await
    }

    /// The same with a source of its own.
    pub(crate) async fn engine_with(&self, source: Arc<dyn CrlSource>) -> Arc<Engine> {
        Self::node(self.store.url(), &self.clock, source).await
    }

    /// A node of an installation that exists.
    pub(crate) async fn node(
        url: &DatabaseUrl,
        clock: &FakeClock,
        source: Arc<dyn CrlSource>,
    ) -> Arc<Engine> {
        start(
            Store::open(url).await.unwrap(),
            clock,
            source,
            CrlLimits::default(),
        )
        .await
    }

    /// The same installation as another node answers for it.
    pub(crate) fn seen_from(&self, engine: &Arc<Engine>) -> Self {
        Self {
            engine: engine.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            crls: self.crls.clone(),
            tenant: self.tenant.clone(),
            root: self.root.clone(),
            issuing: self.issuing.clone(),
            secret: self.secret.clone(),
            _folder: None,
        }
    }

    /// Forty further issuing authorities with their lists; a card of Jane's from each.
    pub(crate) async fn forty_authorities(&self) -> Vec<IssuedCertificate> {
        let mut cards = Vec::new();
        for number in 0..40 {
            let profile =
                AuthorityProfile::new(&format!("Agency Issuing {number}"), validity()).path_length(0);
            let authority = self.root.issue_authority(&profile).unwrap();
            let url = format!("http://crl.agency.example/{number}.crl");
            let new = NewAuthority {
                certificate: authority.certificate_der().to_vec(),
                crl_url: Some(url.clone()),
                ..NewAuthority::default()
            };
            self.engine
                .add_authority(&actor(), self.tenant.id, new)
                .await
                .unwrap();
            let now = self.clock.now();
            let list = CrlProfile::new(
                1,
                now - SignedDuration::from_mins(1),
                now + SignedDuration::from_hours(168),
            );
            self.crls.put(&url, Script::Serve(authority.crl(&list).unwrap()));
            let person = UserProfile::new("Card", validity()).user_principal_name(JANE);
            cards.push(authority.issue_user(&person).unwrap());
        }
        cards
    }

    /// The database behind the engine.
    pub(crate) async fn store(&self) -> Store {
        self.store.clone()
    }

    pub(crate) async fn add_user(&self, tenant: TenantId, name: &str, shown: &str) {
        let new = NewUser {
            user_principal_name: name.to_owned(),
            display_name: shown.to_owned(),
            ..NewUser::default()
        };
        self.engine.create_user(&actor(), tenant, new).await.unwrap();
    }

    pub(crate) async fn set_policy(&self, policy: Value) {
        let policy = serde_json::from_value(policy).unwrap();
        self.engine
            .set_method_policy(&actor(), self.tenant.id, policy)
            .await
            .unwrap();
    }

    /// Publishes the issuing authority's list, a week long.
    pub(crate) fn publish(&self, number: u64, revoked: &[&IssuedCertificate]) {
        self.crls.put(CRL_URL, Script::Serve(self.list(number, revoked)));
    }

    pub(crate) fn list(&self, number: u64, revoked: &[&IssuedCertificate]) -> Vec<u8> {
        let now = self.clock.now();
        let profile = CrlProfile::new(
            number,
            now - SignedDuration::from_mins(1),
            now + SignedDuration::from_hours(168),
        );
        let profile = revoked
            .iter()
            .fold(profile, |profile, one| profile.revoke(one.serial()));
        self.issuing.crl(&profile).unwrap()
    }

    /// A plain card for somebody.
    pub(crate) fn card(&self, name: &str) -> IssuedCertificate {
        self.issuing
            .issue_user(&UserProfile::new("Card", validity()).user_principal_name(name))
            .unwrap()
    }

    /// A card that counts as multifactor.
    pub(crate) fn strong_card(&self, name: &str) -> IssuedCertificate {
        let profile = UserProfile::new("Card", validity())
            .user_principal_name(name)
            .policy(MULTIFACTOR_OID);
        self.issuing.issue_user(&profile).unwrap()
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self, &self.tenant.id.to_string())
    }

    /// The list every card depends on.
    pub(crate) fn wanted(&self) -> WantedCrl {
        self.engine.wanted_crls().into_iter().next().unwrap()
    }

    pub(crate) async fn log(&self) -> Vec<SignInRecord> {
        let query = SignInQuery {
            limit: 1000,
            ..SignInQuery::default()
        };
        self.engine.sign_ins(self.tenant.id, &query).await.unwrap()
    }

    /// The token endpoint, as the portal's server asks it. The error is the number of the refusal.
    pub(crate) async fn token(&self, pairs: &[(&str, &str)]) -> Result<Value, u32> {
        let (id, secret) = (PORTAL.to_string(), self.secret.clone());
        let mut all = vec![("client_id", id.as_str()), ("client_secret", secret.as_str())];
        all.extend(pairs);
        self.token_at(&self.tenant.id.to_string(), &all).await
    }

    pub(crate) async fn token_at(&self, segment: &str, pairs: &[(&str, &str)]) -> Result<Value, u32> {
        let post = TokenPost {
            pairs: owned(pairs),
            authorization: None,
            origin_header: None,
            version_one: false,
        };
        let facts = Browser::new(self, segment).facts;
        self.engine
            .token(&facts, post)
            .await
            .unwrap()
            .map_err(|failure| failure.code.number())
    }

    pub(crate) async fn redeem(&self, code: &str) -> Result<Value, u32> {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", PORTAL_URI),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, tokens: &Value) -> Result<Value, u32> {
        let token = tokens["refresh_token"].as_str().unwrap();
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
            .await
    }
}

pub(crate) fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

async fn start(
    store: Store,
    clock: &FakeClock,
    crl_source: Arc<dyn CrlSource>,
    crl: CrlLimits,
) -> Arc<Engine> {
    Engine::open(EngineParts {
        store,
        clock: Arc::new(TestClock(clock.clone())),
        randomness: Arc::new(SystemRandomness),
        crl_source,
        settings: Settings {
            login_origin: Url::parse("https://login.example.test").unwrap(),
            login_aliases: Vec::new(),
            certauth_host: "certauth.example.test".to_owned(),
            public_port: None,
            fresh_origins: true,
            lifetimes: Lifetimes::default(),
            crl,
            attempts: lanyard_engine::AttemptLimits {
                burst: 20,
                per_minute: 60,
            },
        },
        master_key: [7; 32],
    })
    .await
    .unwrap()
}
