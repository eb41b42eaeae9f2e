//! The Azure CLI's own client, so that administrators sign in with `az login`.

use anyhow::{Context as _, bail};

use lanyard_directory::{AppId, RedirectUri, RedirectUriKind, TenantId};
use lanyard_engine::administer::{Actor, ApplicationChange, NewApplication};
use lanyard_engine::{Application, Caller, Engine, NotDone, SignInAudience};
use lanyard_tokens::GRAPH_APP_ID;

/// The client id that is built into `az`.
pub(crate) const AZURE_CLI_APP_ID: AppId =
    AppId(uuid::Uuid::from_u128(0x04b0_7795_8ddb_461a_bbee_02f9_e1bf_7b46));

/// What `az` may do for whoever signs in with it; their directory roles say how much of it they may.
const DELEGATED: &[&str] = &[
    "AppRoleAssignment.ReadWrite.All",
    "Application.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Device.Read.All",
    "Directory.Read.All",
    "Group.ReadWrite.All",
    "Organization.ReadWrite.All",
    "Policy.ReadWrite.AuthenticationMethod",
    "PublicKeyInfrastructure.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
    "User.DeleteRestore.All",
    "User.ReadWrite.All",
    "User.RevokeSessions.All",
];

/// Registers it, or brings in the one that another tenant opened to every tenant, with consent for everybody.
/// `permissions`: these alone, when there are any.
pub(crate) async fn register(
    engine: &Engine,
    actor: &Actor,
    tenant: TenantId,
    permissions: &[String],
    for_every_tenant: bool,
) -> anyhow::Result<Application> {
    let granted: Vec<String> = if permissions.is_empty() {
        DELEGATED.iter().map(|name| (*name).to_owned()).collect()
    } else {
        permissions.to_vec()
    };
    let offered = &engine.directory_application().permission_scopes;
    if let Some(unknown) = granted
        .iter()
        .find(|name| !offered.iter().any(|scope| scope.value == **name))
    {
        bail!("the directory API has no delegated permission '{unknown}'");
    }
    let operator = Caller::local_operator(tenant);
    let key = AZURE_CLI_APP_ID.to_string();
    if engine.read_service_principal(&operator, &key, true).await.is_ok() {
        bail!(
            "it is registered already\n  hint: `lanyard admin app grant {key} --delegated …` adds a permission"
        );
    }
    let application = match engine.add_service_principal(&operator, &key).await {
        Ok((_, application)) => application,
        Err(NotDone::NotFound(_)) => create(engine, actor, &operator, for_every_tenant).await?,
        Err(error) => return Err(error.into()),
    };
    engine
        .grant_delegated(
            &operator,
            AZURE_CLI_APP_ID,
            &GRAPH_APP_ID.to_string(),
            &granted,
            None,
        )
        .await?;
    Ok(application)
}

async fn create(
    engine: &Engine,
    actor: &Actor,
    operator: &Caller,
    for_every_tenant: bool,
) -> anyhow::Result<Application> {
    let new = NewApplication {
        app_id: Some(AZURE_CLI_APP_ID),
        display_name: "Azure CLI".to_owned(),
        redirect_uris: vec![RedirectUri {
            uri: "http://localhost".to_owned(),
            kind: RedirectUriKind::PublicClient,
        }],
        is_fallback_public_client: true,
        ..NewApplication::default()
    };
    let application = engine
        .create_application(actor, operator.tenant, new)
        .await
        .context(
            "another tenant of this installation registered it for itself, without --for-every-tenant",
        )?;
    if for_every_tenant {
        let change = ApplicationChange {
            sign_in_audience: Some(SignInAudience::AzureADMultipleOrgs),
            ..ApplicationChange::default()
        };
        let key = AZURE_CLI_APP_ID.to_string();
        engine
            .change_application_by(operator, &key, true, &change)
            .await?;
    }
    Ok(application)
}
