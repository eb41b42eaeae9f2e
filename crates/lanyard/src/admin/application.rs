//! `lanyard admin app`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use lanyard_directory::{
    AppId, Application, PrincipalType, RedirectUri, RedirectUriKind, TenantId, TokenAlgorithm,
};
use lanyard_engine::administer::NewApplication;
use lanyard_engine::{Caller, Engine};

use crate::admin::{InTenant, azure_cli, print_rows};

/// Applications.
#[derive(Debug, Subcommand)]
pub(crate) enum ApplicationCommand {
    /// List the applications
    List,
    /// Register an application
    Create(CreateApplication),
    /// Register the Azure CLI's own client, so that administrators sign in with `az login`
    AzureCli {
        /// Delegated permission of the directory API [default: what `az ad` and `az rest` need for people, groups,
        /// applications, policy, trust stores, roles and logs]
        #[arg(long)]
        permission: Vec<String>,
        /// Let the other tenants of this installation use it, too: each by this command, without this flag
        #[arg(long)]
        for_every_tenant: bool,
    },
    /// Show one application as JSON; of secrets and certificates only which there are
    Show {
        /// Client id
        app: uuid::Uuid,
    },
    /// Delete an application; `lanyard admin deleted restore` brings it back for 30 days
    Delete {
        /// Client id
        app: uuid::Uuid,
    },
    /// Let everybody in, or only who is assigned (others get AADSTS50105)
    Assignment {
        /// Client id
        app: uuid::Uuid,
        /// Who may sign in
        #[arg(value_enum)]
        who: WhoMaySignIn,
    },
    /// Assign a user, or the direct members of a group, to an application
    Assign(Holder),
    /// Take an assignment back
    Unassign(Holder),
    /// Make a client secret; it is printed once
    AddSecret {
        /// Client id
        app: uuid::Uuid,
        /// Name of the secret
        #[arg(long, default_value = "command line")]
        name: String,
        /// Days it lives, at most 730
        #[arg(long, default_value_t = 365)]
        days: i64,
    },
    /// Grant permissions of a resource, the directory API unless another is named
    Grant(GrantPermissions),
    /// Register a certificate for client assertions
    AddCertificate {
        /// Client id
        app: uuid::Uuid,
        /// Certificate, PEM or DER
        certificate: PathBuf,
    },
}

/// Whom an application lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum WhoMaySignIn {
    /// Every user of the tenant
    Everybody,
    /// Only users and groups that are assigned
    Assigned,
}

/// Whom to assign.
#[derive(Debug, Args)]
pub(crate) struct Holder {
    /// Client id
    app: uuid::Uuid,
    /// User principal name
    #[arg(long, required_unless_present = "group", conflicts_with = "group")]
    user: Option<String>,
    /// Name of a group
    #[arg(long)]
    group: Option<String>,
    /// Value of an application role; without it plain access
    #[arg(long)]
    role: Option<String>,
}

/// Permissions to grant.
#[derive(Debug, Args)]
pub(crate) struct GrantPermissions {
    /// Client id
    app: uuid::Uuid,
    /// Permission it may use for every user, such as Policy.Read.All
    #[arg(long)]
    delegated: Vec<String>,
    /// Permission it has for itself, such as User.Read.All
    #[arg(long)]
    application: Vec<String>,
    /// Client id or application ID URI of the resource
    #[arg(long, default_value = "00000003-0000-0000-c000-000000000000")]
    resource: String,
}

/// A new application.
#[derive(Debug, Args)]
pub(crate) struct CreateApplication {
    /// Name shown on consent and error pages
    name: String,
    /// Redirect URI of a web application with a secret or certificate
    #[arg(long)]
    web: Vec<String>,
    /// Redirect URI of a single-page application
    #[arg(long)]
    spa: Vec<String>,
    /// Redirect URI of a native application, such as http://localhost
    #[arg(long)]
    native: Vec<String>,
    /// Front-channel logout URL
    #[arg(long)]
    logout_url: Option<String>,
    /// Application ID URI, such as api://portal
    #[arg(long)]
    identifier_uri: Vec<String>,
    /// Scope it exposes, as value=consent text
    #[arg(long, value_parser = parse_scope)]
    scope: Vec<(String, String)>,
    /// Allow the device code grant without a native redirect URI
    #[arg(long)]
    allow_device_code: bool,
    /// Sign its tokens with ES256 (faster) instead of RS256
    #[arg(long)]
    es256: bool,
    /// Claim to add to its id tokens, such as amr or auth_time
    #[arg(long)]
    id_token_claim: Vec<String>,
    /// Ask nobody for consent
    #[arg(long)]
    trusted: bool,
    /// Scope it needs, such as api://archive/Files.Read; an administrator's consent grants these
    #[arg(long = "needs")]
    required_scopes: Vec<String>,
    /// What its tokens tell of memberships: groups as `groups`, directory roles as `wids`
    #[arg(long, default_value = "None", value_parser = ["None", "SecurityGroup", "DirectoryRole", "All"])]
    membership_claims: String,
}

fn parse_scope(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((value, consent)) if !value.is_empty() && !consent.is_empty() => {
            Ok((value.to_owned(), consent.to_owned()))
        }
        _ => Err("expected value=consent text, such as Files.Read=Read your files".to_owned()),
    }
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: ApplicationCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        actor,
        tenant,
        output,
    } = here;
    let engine = &installation.engine;
    let id = tenant.tenant.id;
    let operator = Caller::local_operator(id);
    match command {
        ApplicationCommand::List => {
            let applications = installation.store.applications(id).await?;
            let rows: Vec<Vec<String>> = applications
                .iter()
                .map(|application| {
                    let uris: Vec<&str> = application
                        .redirect_uris
                        .iter()
                        .map(|uri| uri.uri.as_str())
                        .collect();
                    vec![
                        application.display_name.clone(),
                        application.app_id.to_string(),
                        uris.join(" "),
                    ]
                })
                .collect();
            print_rows(output, &["Name", "Client id", "Redirect URIs"], &rows)
        }
        ApplicationCommand::Create(new) => {
            let uris = |list: Vec<String>, kind| list.into_iter().map(move |uri| RedirectUri { uri, kind });
            let redirect_uris = uris(new.web, RedirectUriKind::Web)
                .chain(uris(new.spa, RedirectUriKind::Spa))
                .chain(uris(new.native, RedirectUriKind::PublicClient))
                .collect();
            let new = NewApplication {
                app_id: None,
                display_name: new.name,
                redirect_uris,
                logout_url: new.logout_url,
                identifier_uris: new.identifier_uri,
                scopes: new.scope,
                is_fallback_public_client: new.allow_device_code,
                token_algorithm: if new.es256 {
                    TokenAlgorithm::ES256
                } else {
                    TokenAlgorithm::RS256
                },
                consent_not_needed: new.trusted,
                optional_id_token_claims: new.id_token_claim,
                required_scopes: new.required_scopes,
                group_membership_claims: serde_json::from_value(new.membership_claims.into())?,
            };
            let application = engine.create_application(actor, id, new).await?;
            println!(
                "Registered {} with client id {}.",
                application.display_name, application.app_id
            );
            Ok(())
        }
        ApplicationCommand::AzureCli {
            permission,
            for_every_tenant,
        } => {
            let application = azure_cli::register(engine, actor, id, &permission, for_every_tenant).await?;
            println!(
                "Registered {} with client id {}.",
                application.display_name, application.app_id
            );
            println!(
                "Whoever signs in with it may do what their directory roles allow: `lanyard admin role`."
            );
            Ok(())
        }
        ApplicationCommand::Show { app } => {
            let application = engine.read_application(&operator, &app.to_string(), true).await?;
            println!(
                "{}",
                serde_json::to_string_pretty(&application_shown(&application))?
            );
            Ok(())
        }
        ApplicationCommand::Delete { app } => {
            let key = app.to_string();
            let application = engine.read_application(&operator, &key, true).await?;
            engine.remove_application(&operator, &key, true).await?;
            println!(
                "Deleted {}. `lanyard admin deleted restore {}` brings it back.",
                application.display_name, application.id
            );
            Ok(())
        }
        ApplicationCommand::Assignment { app, who } => {
            let required = who == WhoMaySignIn::Assigned;
            engine
                .change_service_principal(&operator, &app.to_string(), true, None, Some(required))
                .await?;
            println!(
                "{}",
                if required {
                    "Only who is assigned may sign in: `lanyard admin app assign`."
                } else {
                    "Everybody may sign in."
                }
            );
            Ok(())
        }
        ApplicationCommand::Assign(holder) => {
            let (kind, principal) = holder.principal(engine, id).await?;
            let role = holder.role_id(engine, &operator).await?;
            engine
                .assign_app_role(&operator, (kind, principal), AppId(holder.app), role)
                .await?;
            println!("Assigned.");
            Ok(())
        }
        ApplicationCommand::Unassign(holder) => {
            let (_, principal) = holder.principal(engine, id).await?;
            let role = holder.role_id(engine, &operator).await?;
            let held = engine.app_role_assignments_of(&operator, principal).await?;
            let found = held
                .iter()
                .find(|held| held.resource == AppId(holder.app) && held.app_role == role);
            let Some(found) = found else {
                anyhow::bail!("there is no such assignment")
            };
            engine.remove_app_role_assignment(&operator, found.id).await?;
            println!("Taken back.");
            Ok(())
        }
        ApplicationCommand::AddSecret { app, name, days } => {
            let made = engine.add_client_secret(actor, AppId(app), &name, days).await?;
            println!("{}", made.secret.as_str());
            eprintln!("It is valid until {} and is not shown again.", made.stored.end);
            Ok(())
        }
        ApplicationCommand::Grant(grant) => {
            let client = AppId(grant.app);
            if !grant.delegated.is_empty() {
                engine
                    .grant_delegated(&operator, client, &grant.resource, &grant.delegated, None)
                    .await?;
            }
            for permission in &grant.application {
                engine
                    .grant_application_permission(&operator, client, &grant.resource, permission)
                    .await?;
            }
            println!("Granted.");
            Ok(())
        }
        ApplicationCommand::AddCertificate { app, certificate } => {
            let certificates = lanyard_pki::parse_pem_or_der(&std::fs::read(&certificate)?)?;
            let Some(first) = certificates.first() else {
                anyhow::bail!("no certificate in the file")
            };
            let credential = engine.add_key_credential(actor, AppId(app), first.der()).await?;
            println!("Registered {} until {}.", credential.display_name, credential.end);
            Ok(())
        }
    }
}

impl Holder {
    async fn principal(
        &self,
        engine: &Engine,
        tenant: TenantId,
    ) -> anyhow::Result<(PrincipalType, uuid::Uuid)> {
        if let Some(name) = &self.group {
            let group = engine.group_named(tenant, name).await?;
            return Ok((PrincipalType::Group, group.id.0));
        }
        let user = engine
            .user_named(tenant, self.user.as_deref().unwrap_or_default())
            .await?;
        Ok((PrincipalType::User, user.id.0))
    }

    async fn role_id(&self, engine: &Engine, operator: &Caller) -> anyhow::Result<uuid::Uuid> {
        let Some(value) = &self.role else {
            return Ok(uuid::Uuid::nil());
        };
        let application = engine
            .read_application(operator, &self.app.to_string(), true)
            .await?;
        let role = application.app_roles.iter().find(|role| role.value == *value);
        role.map(|role| role.id).ok_or_else(|| {
            let known: Vec<&str> = application
                .app_roles
                .iter()
                .map(|role| role.value.as_str())
                .collect();
            anyhow::anyhow!(
                "the application has no role '{value}'; it has: {}",
                known.join(", ")
            )
        })
    }
}

/// An application without what its secrets are checked with.
fn application_shown(application: &Application) -> serde_json::Value {
    let mut shown = serde_json::json!(application);
    for secret in shown
        .get_mut("clientSecrets")
        .and_then(serde_json::Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_object_mut)
    {
        secret.remove("sha256");
    }
    shown
}
