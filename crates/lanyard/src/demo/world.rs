//! The demo's tenant: people, groups, policy and applications.

use std::path::Path;

use serde_json::json;

use lanyard_certificate_policy::MethodPolicy;
use lanyard_directory::{AppId, PrincipalType, RedirectUri, RedirectUriKind, TenantId, TokenAlgorithm};
use lanyard_engine::administer::{Actor, NewApplication, NewAuthority, NewTenant, NewUser};
use lanyard_engine::{Caller, DirectoryRole, Engine, TenantSettings};
use lanyard_tokens::GRAPH_APP_ID;

use crate::admin::register_azure_cli;
use crate::demo::pki::{DOMAIN, DemoPki, MULTIFACTOR_OID, PFX_PASSWORD};
use crate::demo::{BASE, Ports};
use crate::installation::Installation;

/// Application permissions of the demo's program that administers the directory.
const DIRECTORY_TOOL_MAY: &[&str] = &[
    "Application.Read.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "Group.ReadWrite.All",
    "Organization.Read.All",
    "Policy.ReadWrite.AuthenticationMethod",
    "User.ReadWrite.All",
];

/// A registered application with what its operator holds.
pub(crate) struct DemoApplication {
    pub(crate) client_id: AppId,
    pub(crate) client_secret: Option<String>,
    pub(crate) redirect_uri: Option<String>,
}

/// What was set up.
pub(crate) struct World {
    pub(crate) tenant: TenantId,
    pub(crate) login_origin: String,
    pub(crate) web: DemoApplication,
    web_es256: DemoApplication,
    spa: DemoApplication,
    native: DemoApplication,
    service: DemoApplication,
    directory: DemoApplication,
}

/// The demo's global administrator.
const ADMINISTRATOR: &str = "ada";

impl World {
    /// Creates the tenant and everything in it.
    pub(crate) async fn create(
        installation: &Installation,
        pki: &DemoPki,
        ports: &Ports,
        ask_to_stay: bool,
    ) -> anyhow::Result<Self> {
        let engine = &installation.engine;
        let actor = Actor("demo".to_owned());
        let new = NewTenant {
            id: None,
            display_name: "Agency".to_owned(),
            domain: DOMAIN.to_owned(),
        };
        let tenant = engine.create_tenant(&actor, new).await?.id;
        add_authorities(engine, &actor, tenant, pki, ports).await?;
        add_people(engine, &actor, tenant, pki).await?;
        let group = engine.group_named(tenant, "Card holders").await?;
        let policy: MethodPolicy = serde_json::from_value(policy(&group.id.to_string()))?;
        for warning in engine.set_method_policy(&actor, tenant, policy).await? {
            tracing::info!(%warning, "demo policy");
        }
        let settings = TenantSettings {
            ask_to_stay_signed_in: ask_to_stay,
            ..TenantSettings::default()
        };
        engine.set_tenant_settings(&actor, tenant, settings).await?;

        let applications = Applications {
            engine,
            actor: &actor,
            tenant,
        };
        let callback = format!("https://app.{BASE}:{}/callback", ports.application);
        let web = applications
            .web("Demo Portal", &callback, TokenAlgorithm::RS256, ports)
            .await?;
        let web_es256 = applications
            .web("Demo Portal (ES256)", &callback, TokenAlgorithm::ES256, ports)
            .await?;
        let page = format!("https://app.{BASE}:{}/spa", ports.application);
        let spa = applications
            .public("Demo Single-Page App", &page, RedirectUriKind::Spa)
            .await?;
        let native = applications
            .public(
                "Demo Command Line",
                "http://localhost",
                RedirectUriKind::PublicClient,
            )
            .await?;
        let service = applications.service(pki).await?;
        let directory = applications.directory_tool(pki).await?;
        register_azure_cli(engine, &actor, tenant, &[], true).await?;
        let login_origin = format!("https://login.{BASE}:{}", ports.login);
        Ok(Self {
            tenant,
            login_origin,
            web,
            web_es256,
            spa,
            native,
            service,
            directory,
        })
    }

    /// Writes `demo.json`: everything a script needs, with paths of the files.
    pub(crate) fn write_facts(&self, folder: &Path, pki: &DemoPki, ports: &Ports) -> anyhow::Result<()> {
        let application = |application: &DemoApplication| {
            json!({
                "client_id": application.client_id,
                "client_secret": application.client_secret,
                "redirect_uri": application.redirect_uri,
            })
        };
        let thumbprint = DemoPki::facts(&pki.service)?.sha256_thumbprint;
        let with_certificate = |holder: &DemoApplication| {
            let mut facts = application(holder);
            if let Some(members) = facts.as_object_mut() {
                let path = |name: &str| json!(pki.folder.join(name));
                members.insert("certificate_pem".to_owned(), path("service.pem"));
                members.insert("key_pem".to_owned(), path("service.key"));
                members.insert(
                    "key_id".to_owned(),
                    json!(data_encoding::BASE64URL_NOPAD.encode(&thumbprint)),
                );
            }
            facts
        };
        let mut service = with_certificate(&self.service);
        if let Some(members) = service.as_object_mut() {
            members.insert("resource".to_owned(), json!("api://demo-service"));
        }
        let users: Vec<_> = pki
            .certificates
            .iter()
            .map(|certificate| {
                json!({
                    "name": certificate.name,
                    "user_principal_name": certificate.user_name,
                    "certificate_pem": certificate.file("pem"),
                    "key_pem": certificate.file("key"),
                    "pfx": certificate.file("pfx"),
                    "pfx_password": PFX_PASSWORD,
                })
            })
            .collect();
        let [one, two] = ["issuing-1", "issuing-2"].map(|name| {
            json!({
                "certificate_pem": pki.folder.join(format!("{name}.pem")),
                "key_pem": pki.folder.join(format!("{name}.key")),
            })
        });
        let facts = json!({
            "login_url": self.login_origin,
            "localhost_url": format!("https://localhost:{}", ports.login),
            "application_url": format!("https://app.{BASE}:{}", ports.application),
            "certauth_host": format!("certauth.{BASE}"),
            "address": format!("127.0.0.1:{}", ports.login),
            "management_url": format!("http://127.0.0.1:{}", ports.management),
            "graph_url": format!("https://graph.{BASE}:{}", ports.login),
            "tenant_id": self.tenant,
            "tenant_domain": DOMAIN,
            "tls_root_pem": pki.folder.join("tls-root.pem"),
            "config": folder.join("lanyard.toml"),
            "authorities": [one, two],
            "users": users,
            "applications": {
                "web": application(&self.web),
                "web_es256": application(&self.web_es256),
                "spa": application(&self.spa),
                "native": application(&self.native),
                "service": service,
                "directory": with_certificate(&self.directory),
            },
        });
        // Written whole under another name first: a reader never sees half a file.
        let unfinished = folder.join("demo.json.part");
        std::fs::write(&unfinished, serde_json::to_string_pretty(&facts)?)?;
        std::fs::rename(unfinished, folder.join("demo.json"))?;
        Ok(())
    }

    /// What a person sees who ran `lanyard demo`.
    pub(crate) fn print_welcome(&self, folder: &Path, pki: &DemoPki, ports: &Ports) {
        println!("Lanyard is running. Press Ctrl-C to stop it.\n");
        println!("1. Let your browser trust the demo's server certificates: import this authority");
        println!("     {}", pki.folder.join("tls-root.pem").display());
        println!("2. Import one or more of these certificates (password of each: {PFX_PASSWORD})");
        for certificate in &pki.certificates {
            println!("     {}", certificate.file("pfx").display());
            println!(
                "       sign in as {:<28} {}",
                certificate.user_name, certificate.lesson
            );
        }
        println!("3. Open the demo application and sign in");
        println!("     https://app.{BASE}:{}", ports.application);
        println!("\nThen look at what was decided, and why:");
        println!(
            "     lanyard log --config {}",
            folder.join("lanyard.toml").display()
        );
        println!(
            "     lanyard explain {} --user jane@{DOMAIN} --config {}",
            pki.folder.join("foreign.pem").display(),
            folder.join("lanyard.toml").display()
        );
        println!(
            "\nFor programs: issuer https://localhost:{}/{}/v2.0, facts in {}",
            ports.login,
            self.tenant,
            folder.join("demo.json").display()
        );
        println!(
            "Metrics and health: http://127.0.0.1:{}/metrics, /livez, /readyz",
            ports.management
        );
    }
}

async fn add_authorities(
    engine: &Engine,
    actor: &Actor,
    tenant: TenantId,
    pki: &DemoPki,
    ports: &Ports,
) -> anyhow::Result<()> {
    for (name, authority) in pki.authorities() {
        let list = (name != "expired-ca-0").then(|| format!("http://127.0.0.1:{}/{name}.crl", ports.crl));
        let new = NewAuthority {
            certificate: authority.certificate_der().to_vec(),
            is_root_authority: name == "root",
            crl_url: list,
            further_crl_urls: Vec::new(),
            delta_crl_url: None,
            is_issuer_hint_enabled: name.starts_with("issuing"),
            allow_expired: name == "expired-ca-0",
        };
        engine.add_authority(actor, tenant, new).await?;
    }
    Ok(())
}

async fn add_people(engine: &Engine, actor: &Actor, tenant: TenantId, pki: &DemoPki) -> anyhow::Result<()> {
    let group = engine.create_group(actor, tenant, "Card holders").await?;
    let people = [
        (ADMINISTRATOR, "Ada Keys"),
        ("jane", "Jane Doe"),
        ("sam", "Sam Lee"),
        ("rita", "Rita Voss"),
        ("eve", "Eve Old"),
        ("mallory", "Mallory Grey"),
        ("carl", "Carl Past"),
    ];
    for (account, name) in people {
        let user_principal_name = format!("{account}@{DOMAIN}");
        let (given_name, surname) = name.split_once(' ').unwrap_or((name, ""));
        let ids = pki
            .certificates
            .iter()
            .filter(|certificate| {
                certificate.user_name == user_principal_name && certificate.name != "foreign"
            })
            .map(|certificate| {
                let identifier = DemoPki::facts(&certificate.issued)?.subject_key_identifier;
                Ok(identifier.map(|identifier| format!("X509:<SKI>{identifier}")))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let new = NewUser {
            user_principal_name: user_principal_name.clone(),
            display_name: name.to_owned(),
            given_name: Some(given_name.to_owned()),
            surname: Some(surname.to_owned()),
            mail: Some(user_principal_name.clone()),
            certificate_user_ids: ids.into_iter().flatten().collect(),
            ..NewUser::default()
        };
        let user = engine.create_user(actor, tenant, new).await?;
        engine
            .add_group_member(actor, &group, &user_principal_name)
            .await?;
        if account == ADMINISTRATOR {
            let operator = Caller::local_operator(tenant);
            let role = DirectoryRole::GLOBAL_ADMINISTRATOR.0;
            engine.give_role(&operator, &user.id.to_string(), role).await?;
        }
    }
    Ok(())
}

/// The demo's policy, in Graph's shape: a policy OID makes multifactor, key identifiers bind, lists are required.
fn policy(group: &str) -> serde_json::Value {
    json!({
        "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
        "id": "X509Certificate",
        "state": "enabled",
        "certificateUserBindings": [
            { "x509CertificateField": "SubjectKeyIdentifier", "userProperty": "certificateUserIds", "priority": 1 },
            { "x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 2 }
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
        "issuerHintsConfiguration": { "state": "enabled" },
        "crlValidationConfiguration": { "state": "enabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [] },
        "certificateAuthorityScopes": [],
        "excludeTargets": [],
        "includeTargets": [{ "targetType": "group", "id": group, "isRegistrationRequired": false }]
    })
}

struct Applications<'a> {
    engine: &'a Engine,
    actor: &'a Actor,
    tenant: TenantId,
}

impl Applications<'_> {
    async fn web(
        &self,
        name: &str,
        redirect_uri: &str,
        algorithm: TokenAlgorithm,
        ports: &Ports,
    ) -> anyhow::Result<DemoApplication> {
        let home = format!("https://app.{BASE}:{}/", ports.application);
        let uris = [redirect_uri, home.as_str()].map(|uri| RedirectUri {
            uri: uri.to_owned(),
            kind: RedirectUriKind::Web,
        });
        let new = NewApplication {
            display_name: name.to_owned(),
            redirect_uris: uris.to_vec(),
            logout_url: Some(format!("https://app.{BASE}:{}/signed-out", ports.application)),
            token_algorithm: algorithm,
            consent_not_needed: true,
            optional_id_token_claims: vec!["amr".to_owned(), "auth_time".to_owned()],
            ..NewApplication::default()
        };
        self.register(new, true, Some(redirect_uri)).await
    }

    async fn public(
        &self,
        name: &str,
        redirect_uri: &str,
        kind: RedirectUriKind,
    ) -> anyhow::Result<DemoApplication> {
        let new = NewApplication {
            display_name: name.to_owned(),
            redirect_uris: vec![RedirectUri {
                uri: redirect_uri.to_owned(),
                kind,
            }],
            is_fallback_public_client: kind == RedirectUriKind::PublicClient,
            ..NewApplication::default()
        };
        self.register(new, false, Some(redirect_uri)).await
    }

    async fn service(&self, pki: &DemoPki) -> anyhow::Result<DemoApplication> {
        let new = NewApplication {
            display_name: "Demo Service".to_owned(),
            identifier_uris: vec!["api://demo-service".to_owned()],
            scopes: vec![(
                "Files.Read".to_owned(),
                "Read your files in the demo service".to_owned(),
            )],
            ..NewApplication::default()
        };
        let service = self.register(new, true, None).await?;
        self.engine
            .add_key_credential(self.actor, service.client_id, pki.service.certificate_der())
            .await?;
        Ok(service)
    }

    /// A program that administers the directory over its API.
    async fn directory_tool(&self, pki: &DemoPki) -> anyhow::Result<DemoApplication> {
        let new = NewApplication {
            display_name: "Demo Directory Tool".to_owned(),
            ..NewApplication::default()
        };
        let tool = self.register(new, true, None).await?;
        self.engine
            .add_key_credential(self.actor, tool.client_id, pki.service.certificate_der())
            .await?;
        let operator = Caller::local_operator(self.tenant);
        let key = tool.client_id.to_string();
        let (principal, _) = self.engine.read_service_principal(&operator, &key, true).await?;
        for role in &self.engine.directory_application().app_roles {
            if DIRECTORY_TOOL_MAY.contains(&role.value.as_str()) {
                let holder = (PrincipalType::ServicePrincipal, principal.id);
                self.engine
                    .assign_app_role(&operator, holder, GRAPH_APP_ID, role.id)
                    .await?;
            }
        }
        Ok(tool)
    }

    async fn register(
        &self,
        new: NewApplication,
        with_secret: bool,
        redirect_uri: Option<&str>,
    ) -> anyhow::Result<DemoApplication> {
        let application = self
            .engine
            .create_application(self.actor, self.tenant, new)
            .await?;
        let client_secret = if with_secret {
            let made = self
                .engine
                .add_client_secret(self.actor, application.app_id, "demo", 30)
                .await?;
            Some(made.secret.to_string())
        } else {
            None
        };
        Ok(DemoApplication {
            client_id: application.app_id,
            client_secret,
            redirect_uri: redirect_uri.map(str::to_owned),
        })
    }
}
