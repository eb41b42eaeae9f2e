//! What an application asks for and is not granted.

use std::sync::Arc;

use lanyard_directory::{
    AppId, Application, ConsentType, OAuth2PermissionGrant, PermissionScope, ResourceAccessKind, TenantId,
};
use lanyard_tokens::authorize_request::Prompt;
use lanyard_tokens::consent::consent;
use lanyard_tokens::{ResourceName, ScopeRequest};

use crate::administrator_consent::ApplicationPermission;
use crate::directory_memory::ApplicationEntry;
use crate::flow::{FlowContext, FlowPurpose};
use crate::session::LiveSession;
use crate::{Engine, EngineError};

/// What is asked for and not granted: scope values of one resource.
pub(crate) type Missing = Vec<(Arc<Application>, Vec<String>)>;

impl Engine {
    /// What still needs consent before the flow may go on.
    pub(crate) async fn missing_consent(
        &self,
        context: &FlowContext,
        client: &ApplicationEntry,
        live: &LiveSession,
    ) -> Result<Option<Missing>, EngineError> {
        if context.consent_given {
            return Ok(None);
        }
        let tenant = live.session.tenant;
        if let FlowPurpose::AdministratorConsent { scope, .. } = &context.purpose {
            return Ok(Some(
                self.configured_permissions(client, scope.as_ref(), tenant)
                    .await?,
            ));
        }
        let forced = matches!(&context.purpose, FlowPurpose::Authorize(request) if request.prompt == Some(Prompt::Consent));
        if client.application.consent_not_needed && !forced {
            return Ok(None);
        }
        let own = &client.application;
        let scope = context.purpose.scope();
        let all = self.consent_of(tenant, own.app_id, live.session.user).await?;
        let grants: &[OAuth2PermissionGrant] = if forced { &[] } else { &all };
        let mut missing = Vec::new();
        for (resource, narrowed) in self.resources_of(tenant, scope).await? {
            let Ok(asked) = narrowed.for_one_resource(&[&resource]) else {
                continue;
            };
            let lacking: Vec<String> = consent(own, &asked, live.session.user, grants)
                .missing
                .iter()
                .map(|scope| scope.value.clone())
                .collect();
            if !lacking.is_empty() {
                missing.push((Arc::clone(&resource), lacking));
            }
        }
        // Signing in itself is consented to once: a grant on the client's own id remembers it.
        let known = grants.iter().any(|grant| {
            grant.consent_type == ConsentType::AllPrincipals || grant.principal == Some(live.session.user)
        });
        if missing.is_empty() && !known {
            missing.push((Arc::new(own.clone()), vec!["openid".to_owned()]));
        }
        Ok((!missing.is_empty()).then_some(missing))
    }

    /// The resources that a scope names and the tenant can name, each with what is asked of it.
    pub(crate) async fn resources_of(
        &self,
        tenant: TenantId,
        scope: &ScopeRequest,
    ) -> Result<Vec<(Arc<Application>, ScopeRequest)>, EngineError> {
        let mut found = Vec::new();
        for name in scope.resource_names() {
            if let Some(resource) = self.resource(tenant, &name).await? {
                let narrowed = scope.narrowed_to(&resource);
                found.push((resource, narrowed));
            }
        }
        Ok(found)
    }

    /// What an administrator is asked to grant to everybody: the named scopes, or what the application is configured to need.
    async fn configured_permissions(
        &self,
        client: &ApplicationEntry,
        scope: Option<&ScopeRequest>,
        tenant: TenantId,
    ) -> Result<Missing, EngineError> {
        let mut wanted = vec![(Arc::new(client.application.clone()), vec!["openid".to_owned()])];
        let Some(scope) = scope else {
            for configured in &client.application.required_resource_access {
                let name = ResourceName::Named(configured.resource_app_id.to_string());
                if let Some(resource) = self.resource(tenant, &name).await? {
                    let values = configured_values(&client.application, &resource);
                    wanted.push((resource, values));
                }
            }
            return Ok(wanted);
        };
        for (resource, narrowed) in self.resources_of(tenant, scope).await? {
            let Ok(asked) = narrowed.for_one_resource(&[&resource]) else {
                continue;
            };
            let values = if asked.everything {
                configured_values(&client.application, &resource)
            } else {
                enabled_scopes(&resource)
                    .filter(|scope| asked.values.contains(&scope.value))
                    .map(|scope| scope.value.clone())
                    .collect()
            };
            wanted.push((Arc::clone(&resource), values));
        }
        Ok(wanted)
    }
}

/// Every permission by a name of its own.
pub(super) fn keys_of(missing: &Missing, for_itself: &[ApplicationPermission]) -> Vec<String> {
    let scopes = missing.iter().flat_map(|(resource, values)| {
        values
            .iter()
            .map(move |value| format!("scope {}/{value}", resource.app_id))
    });
    let roles = for_itself
        .iter()
        .map(|permission| format!("role {}/{}", permission.resource.app_id, permission.role.id));
    scopes.chain(roles).collect()
}

pub(super) fn enabled_scopes(resource: &Application) -> impl Iterator<Item = &PermissionScope> {
    resource.permission_scopes.iter().filter(|scope| scope.enabled)
}

/// Scope values of a resource that an application is configured to need.
fn configured_values(client: &Application, resource: &Application) -> Vec<String> {
    let of_resource = |app_id: AppId| app_id == resource.app_id;
    let ids: Vec<_> = client
        .required_resource_access
        .iter()
        .filter(|configured| of_resource(configured.resource_app_id))
        .flat_map(|configured| &configured.resource_access)
        .filter(|access| access.kind == ResourceAccessKind::Scope)
        .map(|access| access.id)
        .collect();
    enabled_scopes(resource)
        .filter(|scope| ids.contains(&scope.id))
        .map(|scope| scope.value.clone())
        .collect()
}
