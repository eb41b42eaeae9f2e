//! Applications every server has without registering them.

use aws_lc_rs::digest;
use url::Url;
use uuid::Uuid;

use lanyard_directory::{
    Application, ServicePrincipal, SignInAudience, TenantId, TokenAlgorithm, graph_app_roles,
    graph_permission_scopes,
};
use lanyard_tokens::GRAPH_APP_ID;

use crate::Engine;

/// The directory API ("Microsoft Graph") as a resource: version 1 access tokens, its published permissions.
///
/// Rule `GRAPH-RESOURCE`: the directory API is a resource of every tenant, named by its published client id, by
/// `https://graph.microsoft.com` or by an origin it is served at. Source: directory-policy-tokens §1.8, §2.5, §10.
pub(crate) fn directory_api(origins: impl Iterator<Item = Url>) -> Application {
    let mut identifier_uris = vec!["https://graph.microsoft.com".to_owned()];
    identifier_uris.extend(origins.map(|origin| origin.as_str().trim_end_matches('/').to_owned()));
    Application {
        id: GRAPH_APP_ID.0,
        app_id: GRAPH_APP_ID,
        tenant: TenantId(Uuid::nil()),
        display_name: "Microsoft Graph".to_owned(),
        sign_in_audience: SignInAudience::AzureADMultipleOrgs,
        redirect_uris: Vec::new(),
        logout_url: None,
        identifier_uris,
        permission_scopes: graph_permission_scopes(),
        app_roles: graph_app_roles(),
        access_token_version: 1,
        is_fallback_public_client: false,
        client_secrets: Vec::new(),
        key_credentials: Vec::new(),
        token_algorithm: TokenAlgorithm::RS256,
        optional_id_token_claims: Vec::new(),
        optional_access_token_claims: Vec::new(),
        consent_not_needed: false,
        required_resource_access: Vec::new(),
        group_membership_claims: lanyard_directory::GroupMembershipClaims::DirectoryRole,
        details: Default::default(),
        created: jiff::Timestamp::UNIX_EPOCH,
    }
}

impl Engine {
    /// The directory API's service principal in a tenant: stored nowhere, its object id follows from the tenant.
    #[must_use]
    pub fn directory_service_principal(&self, tenant: TenantId) -> ServicePrincipal {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"service principal of the directory API");
        context.update(tenant.0.as_bytes());
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        ServicePrincipal {
            id: uuid::Builder::from_custom_bytes(id).into_uuid(),
            tenant,
            app_id: GRAPH_APP_ID,
            account_enabled: true,
            assignment_required: false,
        }
    }

    /// The directory API as an application.
    #[must_use]
    pub fn directory_application(&self) -> &Application {
        &self.directory_api
    }
}
