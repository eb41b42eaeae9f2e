//! The Azure CLI's own client, so that administrators sign in with `az login`.

use anyhow::{Context as _, bail};

use lanyard_directory::{AppId, RedirectUri, RedirectUriKind, TenantId};
use lanyard_engine::administer::{Actor, NewApplication};
use lanyard_engine::{Application, Caller, Engine, NotDone};
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

/// Registers it with consent for everybody. `permissions`: these alone, when there are any.
pub(crate) async fn register(
    engine: &Engine,
    actor: &Actor,
    tenant: TenantId,
    permissions: &[String],
) -> anyhow::Result<Application> {
    let operator = Caller::local_operator(tenant);
    let key = AZURE_CLI_APP_ID.to_string();
    match engine.read_application(&operator, &key, true).await {
        Ok(_) => bail!(
            "it is registered already\n  hint: `lanyard admin app grant {key} --delegated …` adds a permission"
        ),
        Err(NotDone::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
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
        .create_application(actor, tenant, new)
        .await
        .context("the client id of the Azure CLI can belong to one tenant of an installation")?;
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
