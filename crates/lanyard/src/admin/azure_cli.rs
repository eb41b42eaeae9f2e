//! The Azure CLI's own client, so that administrators sign in with `az login`.

use lanyard_directory::{AppId, RedirectUri, RedirectUriKind, TenantId};
use lanyard_engine::administer::{Actor, NewApplication};
use lanyard_engine::{Application, Caller, Engine};
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
    let application = engine.create_application(actor, tenant, new).await?;
    let granted: Vec<String> = if permissions.is_empty() {
        DELEGATED.iter().map(|name| (*name).to_owned()).collect()
    } else {
        permissions.to_vec()
    };
    let operator = Caller::local_operator(tenant);
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
