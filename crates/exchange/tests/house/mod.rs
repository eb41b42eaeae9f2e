//! An installation with an empty tenant, and what fills it.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use lanyard_engine::administer::{
    Actor, ClassicAuthority, KeptPolicy, NewApplication, NewDenial, NewGroup, NewPkiAuthority, NewTenant,
    NewUser, OwnAuthoritySettings,
};
use lanyard_engine::{
    AttemptLimits, Caller, Clock, Code, CrlDownload, CrlLimits, CrlSource, DownloadFailure, DownloadedCrl,
    Engine, EngineParts, KeptKind, Lifetimes, Settings, SystemRandomness, Tenant, UserProfile,
};
use lanyard_exchange::{ExchangeError, ExportedFile, export};
use lanyard_storage::{DatabaseUrl, Store};
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, FakeClock, Validity};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

struct NoLists;

impl CrlSource for NoLists {
    fn download<'a>(
        &'a self,
        _: CrlDownload,
        _: tokio::sync::watch::Sender<u64>,
    ) -> Pin<Box<dyn Future<Output = Result<DownloadedCrl, DownloadFailure>> + Send + 'a>> {
        Box::pin(async {
            Err(DownloadFailure {
                code: Code::CRL_UNUSABLE,
                detail: "there are none".to_owned(),
            })
        })
    }
}

struct TestClock(FakeClock);

impl Clock for TestClock {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }
}

pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) tenant: Tenant,
}

pub(crate) fn actor() -> Actor {
    Actor("test".to_owned())
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// As another directory writes them.
pub(crate) fn policies() -> [Value; 3] {
    [
        json!({
            "id": "7359d0e0-d8a9-4afa-8a93-e23e099d7be8",
            "displayName": "Card for all",
            "state": "enabled",
            "conditions": { "users": { "includeUsers": ["All"] }, "clientAppTypes": ["all"], "z": 1.5, "a": null },
            "grantControls": { "operator": "AND", "authenticationStrength@odata.context": "https://graph.microsoft.com/x",
                               "authenticationStrength": { "id": "00000000-0000-0000-0000-000000000004" } }
        }),
        json!({
            "id": "00000000-0000-0000-0000-000000000004",
            "displayName": "Phishing resistant MFA",
            "allowedCombinations": ["fido2", "x509CertificateMultiFactor"]
        }),
        json!({
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": "1c4427fd-0885-4a3d-8b23-09a899ffa959",
            "displayName": "Office",
            "isTrusted": true
        }),
    ]
}

impl House {
    pub(crate) async fn open() -> Self {
        let store = Store::open(&DatabaseUrl::Temporary).await.unwrap();
        let engine = Engine::open(EngineParts {
            store,
            clock: Arc::new(TestClock(FakeClock::at("2026-03-01T12:00:00Z".parse().unwrap()))),
            randomness: Arc::new(SystemRandomness),
            crl_source: Arc::new(NoLists),
            settings: Settings {
                login_origin: Url::parse("https://login.example.test").unwrap(),
                login_aliases: Vec::new(),
                certauth_host: "certauth.example.test".to_owned(),
                public_port: None,
                fresh_origins: false,
                lifetimes: Lifetimes::default(),
                crl: CrlLimits::default(),
                attempts: AttemptLimits::default(),
            },
            master_key: [7; 32],
        })
        .await
        .unwrap();
        let new = NewTenant {
            id: None,
            display_name: "Agency".to_owned(),
            domain: "agency.example".to_owned(),
        };
        let tenant = engine.create_tenant(&actor(), new).await.unwrap();
        Self { engine, tenant }
    }

    pub(crate) fn operator(&self) -> Caller {
        Caller::local_operator(self.tenant.id)
    }

    pub(crate) async fn export(
        &self,
        folder: &Path,
        overwrite: bool,
    ) -> Result<Vec<ExportedFile>, ExchangeError> {
        export(&self.engine, &self.operator(), folder, overwrite, |_, _| {}).await
    }

    pub(crate) async fn add_user(&self, name: &str) -> Uuid {
        let new = NewUser {
            user_principal_name: format!("{name}@agency.example"),
            display_name: name.to_owned(),
            ..NewUser::default()
        };
        let user = self.engine.create_user(&actor(), self.tenant.id, new).await;
        user.unwrap().id.0
    }

    /// More than one page of people, groups in groups, both trust stores, settings, a denial, and what is kept.
    pub(crate) async fn fill(&self) {
        let (engine, tenant, caller) = (&self.engine, self.tenant.id, self.operator());
        let mut settings = engine.tenant_configuration(tenant).await.unwrap().1.settings;
        settings.crl_grace_hours = 12;
        settings.ask_to_stay_signed_in = false;
        engine
            .set_tenant_settings(&actor(), tenant, settings)
            .await
            .unwrap();
        let people = (0..1_200).map(|number| NewUser {
            user_principal_name: format!("Person{number:05}@agency.example"),
            display_name: format!("Person {number}"),
            certificate_user_ids: vec![format!("X509:<PN>{number:05}@mil")],
            ..NewUser::default()
        });
        engine
            .import_users(&actor(), tenant, people.collect(), |_, _| {})
            .await
            .unwrap()
            .unwrap();
        let special = NewUser {
            user_principal_name: "zoë@agency.example".to_owned(),
            display_name: "Zoë \"Z\" Müller\u{1f600}".to_owned(),
            given_name: Some("Zoë".to_owned()),
            surname: Some("Müller".to_owned()),
            mail: Some("zoe@agency.example".to_owned()),
            on_premises_user_principal_name: Some("zoe@corp.local".to_owned()),
            disabled: true,
            is_guest: true,
            certificate_user_ids: vec!["X509:<SKI>00c0ffee".to_owned(), "X509:<PN>zoe@mil".to_owned()],
            profile: Box::new(UserProfile {
                job_title: Some("Chief".to_owned()),
                on_premises_distinguished_name: Some(format!("CN={}", "x".repeat(600))),
                proxy_addresses: vec!["SMTP:zoe@agency.example".to_owned()],
                on_premises_sync_enabled: Some(true),
                ..UserProfile::default()
            }),
            ..NewUser::default()
        };
        let zoe = engine.create_user(&actor(), tenant, special).await.unwrap().id.0;
        let (ann, ben) = (self.add_user("ann").await, self.add_user("ben").await);
        let group = |id: u128, name: &str, members: Vec<Uuid>| NewGroup {
            id: Uuid::from_u128(id),
            display_name: name.to_owned(),
            members,
            ..NewGroup::default()
        };
        // The outer group stands first, and two have one name.
        let groups = [
            group(1, "Agency", vec![Uuid::from_u128(2), Uuid::from_u128(3)]),
            group(2, "Staff", vec![zoe, ann]),
            NewGroup {
                description: Some("The other one".to_owned()),
                mail_nickname: Some("other".to_owned()),
                ..group(3, "Staff", vec![ben])
            },
        ];
        engine
            .import_groups(&actor(), tenant, &groups, |_, _| {})
            .await
            .unwrap()
            .unwrap();
        let validity = Validity::years_from("2026-01-01T00:00:00Z".parse().unwrap(), 10);
        let root = CertificateAuthority::root(&AuthorityProfile::new("Agency Root", validity)).unwrap();
        let issuing = root
            .issue_authority(&AuthorityProfile::new("Agency Issuing", validity))
            .unwrap();
        let classic = [
            ClassicAuthority {
                certificate: root.certificate_der().to_vec(),
                is_root_authority: true,
                ..ClassicAuthority::default()
            },
            ClassicAuthority {
                certificate: issuing.certificate_der().to_vec(),
                crl_url: Some("http://crl.agency.example/1.crl".to_owned()),
                own: Some(OwnAuthoritySettings {
                    display_name: Some("Ours".to_owned()),
                    further_crl_urls: vec!["http://crl2.agency.example/1.crl".to_owned()],
                    crl_grace_hours: Some(48),
                    is_issuer_hint_enabled: true,
                }),
                ..ClassicAuthority::default()
            },
        ];
        engine
            .replace_classic_store(&caller, &classic, None)
            .await
            .unwrap();
        let pki = engine.create_pki_container(&caller, "Agency PKI").await.unwrap();
        engine.create_pki_container(&caller, "Agency PKI").await.unwrap();
        for authority in [&root, &issuing] {
            let new = NewPkiAuthority {
                certificate: authority.certificate_der().to_vec(),
                crl_url: Some("http://crl.agency.example/1.crl".to_owned()),
                ..NewPkiAuthority::default()
            };
            engine.add_pki_authority(&caller, pki.id, &new).await.unwrap();
        }
        let denial = NewDenial {
            sha256_thumbprint: Some("ab".repeat(32)),
            issuer: Some("CN=Elsewhere, O=Other".to_owned()),
            serial_number: Some("00c0ffee".to_owned()),
            reason: "lost".to_owned(),
            ..NewDenial::default()
        };
        engine.deny_certificate(&actor(), tenant, denial).await.unwrap();
        let policy = json!({
            "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
            "state": "enabled",
            "issuerHintsConfiguration": { "state": "enabled" },
            "includeTargets": [{ "targetType": "group", "id": Uuid::from_u128(1), "isRegistrationRequired": false }],
            "excludeTargets": [{ "targetType": "group", "id": Uuid::from_u128(3) }]
        });
        engine.patch_method_policy(&caller, &policy, None).await.unwrap();
        let kinds = [
            KeptKind::ConditionalAccessPolicy,
            KeptKind::AuthenticationStrengthPolicy,
            KeptKind::NamedLocation,
        ];
        let kept: Vec<KeptPolicy> = policies()
            .into_iter()
            .zip(kinds)
            .map(|(body, kind)| KeptPolicy {
                kind,
                id: body.get("id").unwrap().as_str().unwrap().parse().unwrap(),
                body,
            })
            .collect();
        engine.keep_policies(&actor(), tenant, &kept).await.unwrap();
        // What must not go out.
        let application = NewApplication {
            display_name: "Portal".to_owned(),
            ..NewApplication::default()
        };
        let application = engine
            .create_application(&actor(), tenant, application)
            .await
            .unwrap();
        engine
            .add_client_secret(&actor(), application.app_id, "test", 30)
            .await
            .unwrap();
    }
}
