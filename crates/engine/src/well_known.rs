//! Applications every server has without registering them.

use std::sync::{Arc, LazyLock};

use uuid::Uuid;

use lanyard_directory::{Application, PermissionScope, SignInAudience, TenantId, TokenAlgorithm};
use lanyard_tokens::GRAPH_APP_ID;

/// The directory API ("Microsoft Graph") as a resource: version 1 access tokens, basic scopes.
///
/// Source: directory-policy-tokens §1.8, §2.5. The API itself is not served yet; its tokens open `/oidc/userinfo`.
pub(crate) fn directory_api() -> Arc<Application> {
    Arc::clone(&DIRECTORY_API)
}

static DIRECTORY_API: LazyLock<Arc<Application>> = LazyLock::new(|| {
    let scope = |id: u128, value: &str, consent_text: &str| PermissionScope {
        id: Uuid::from_u128(id),
        value: value.to_owned(),
        admin_only: false,
        enabled: true,
        consent_text: consent_text.to_owned(),
    };
    Arc::new(Application {
        id: GRAPH_APP_ID.0,
        app_id: GRAPH_APP_ID,
        tenant: TenantId(Uuid::nil()),
        display_name: "Directory".to_owned(),
        sign_in_audience: SignInAudience::AzureADMultipleOrgs,
        redirect_uris: Vec::new(),
        logout_url: None,
        identifier_uris: vec!["https://graph.microsoft.com".to_owned()],
        permission_scopes: vec![scope(
            0xe1fe_6dd8_ba31_4d61_89e7_8863_9da4_683d,
            "User.Read",
            "Read your own profile in the directory",
        )],
        app_roles: Vec::new(),
        access_token_version: 1,
        is_fallback_public_client: false,
        client_secrets: Vec::new(),
        key_credentials: Vec::new(),
        token_algorithm: TokenAlgorithm::RS256,
        optional_id_token_claims: Vec::new(),
        optional_access_token_claims: Vec::new(),
        consent_not_needed: false,
        created: jiff::Timestamp::UNIX_EPOCH,
    })
});
