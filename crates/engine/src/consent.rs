//! Use case: may the application act for the person, or for everybody? Asked on a page, answered, remembered.

use std::sync::Arc;

use lanyard_directory::{
    AppId, AppRoleAssignment, Application, ConsentType, OAuth2PermissionGrant, PermissionScope,
    PrincipalType, ResourceAccessKind, TenantId,
};
use lanyard_storage::Write;
use lanyard_tokens::authorize_request::Prompt;
use lanyard_tokens::consent::{consent, may_consent_for_organisation, may_grant_directory_api};
use lanyard_tokens::{GRAPH_APP_ID, OAuthFailure, ResourceName, ScopeRequest};
use lanyard_verdict::{Code, Refusal, RuleId};
use serde_json::{Value, json};

use crate::administer::{Actor, Told};
use crate::administrator_consent::{ApplicationPermission, administrator_consent_refused};
use crate::directory_memory::ApplicationEntry;
use crate::flow::{FlowContext, FlowPurpose};
use crate::session::LiveSession;
use crate::sign_in_log::Attempt;
use crate::{
    AuthorizationStep, ConsentPrompt, Engine, EngineError, RequestFacts, SessionChange, StepOutcome,
};

/// How the consent page was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentDecision {
    /// No.
    Decline,
    /// Yes, for the person alone.
    Accept,
    /// Yes, for everybody in the organisation.
    AcceptForOrganisation,
}

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
        for name in scope.resource_names() {
            let Some(resource) = self.resource(tenant, &name).await? else {
                continue;
            };
            let narrowed = scope.narrowed_to(&resource);
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
        for name in scope.resource_names() {
            let Some(resource) = self.resource(tenant, &name).await? else {
                continue;
            };
            let narrowed = scope.narrowed_to(&resource);
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

    /// The consent page, or the application's answer when no page may be shown.
    ///
    /// Rule `CONSENT-PAGE`: the page names every permission; whoever may consent for the organisation is offered to; whoever may
    /// not consent at all is told that an administrator is needed (90094), and the log has a row of it.
    /// Source: directory-policy-tokens §2.6.
    pub(crate) async fn ask_consent(
        &self,
        facts: &RequestFacts,
        context: &FlowContext,
        client: &Arc<ApplicationEntry>,
        live: &LiveSession,
        missing: Missing,
    ) -> Result<StepOutcome, EngineError> {
        if let FlowPurpose::Authorize(request) = &context.purpose
            && request.prompt == Some(Prompt::None)
        {
            let failure = OAuthFailure::new(
                Code::CONSENT_REQUIRED,
                RuleId::new("SIGN-IN-INTERRUPTS"),
                "The user has not consented to this application, and prompt=none allows no page.",
            );
            return Ok(self.to_application(facts, &request.target, &failure));
        }
        let for_organisation_only = matches!(context.purpose, FlowPurpose::AdministratorConsent { .. });
        let mut permissions = vec!["Sign you in and read your basic profile".to_owned()];
        if for_organisation_only {
            permissions = vec!["Sign users in and read their basic profile".to_owned()];
        }
        if context.purpose.scope().offline_access {
            permissions.push("Keep the access you give it while you are away".to_owned());
        }
        for (resource, values) in &missing {
            let texts = enabled_scopes(resource).filter(|scope| values.contains(&scope.value));
            permissions.extend(texts.map(|scope| scope.consent_text.clone()));
        }
        let for_itself = self.application_permissions(context, client, live).await?;
        permissions.extend(for_itself.iter().map(ApplicationPermission::text));
        let may_consent_for_organisation = self.is_consent_administrator(live, &for_itself).await?;
        let administrator_needed = !may_consent_for_organisation
            && (for_organisation_only || !self.users_may_consent_to(live.session.tenant, &missing));
        if administrator_needed {
            let refusal = Refusal::new(
                Code::ADMINISTRATOR_CONSENT_REQUIRED,
                RuleId::new("CONSENT-PAGE"),
                format!(
                    "{} asks for permissions that an administrator has to grant.",
                    client.application.display_name
                ),
            );
            self.log_refusal(facts, Attempt::of_session(context, client, live), &refusal)
                .await?;
        }
        let shown = FlowContext {
            consent_shown: keys_of(&missing, &for_itself),
            ..context.clone()
        };
        let step = AuthorizationStep::Consent(ConsentPrompt {
            context: self.seal_context(&shown)?,
            tenant: facts.tenant.clone(),
            user_name: live.session.user_name.clone(),
            application: client.application.display_name.clone(),
            permissions,
            may_consent_for_organisation,
            for_organisation_only,
            administrator_needed,
        });
        Ok(self.outcome(facts, step))
    }

    /// Records consent for everything the flow asks for, and goes on; or tells the application that it was declined.
    ///
    /// Rule `CONSENT-AS-SHOWN`: an answer grants only what its page named; when more is asked for by now, the page comes again with
    /// all of it. Source: directory-policy-tokens §2.6.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn answer_consent(
        &self,
        facts: &RequestFacts,
        context: &str,
        decision: ConsentDecision,
        session: Option<&str>,
    ) -> Result<StepOutcome, EngineError> {
        let (mut context, live) = match self.resume(facts, context, session).await? {
            Ok(resumed) => resumed,
            Err(problem) => return Ok(self.problem_outcome(*problem)),
        };
        if decision == ConsentDecision::Decline {
            let failure = OAuthFailure::new(
                Code::CONSENT_DECLINED,
                RuleId::new("SIGN-IN-INTERRUPTS"),
                "The user declined to consent to this application.",
            );
            return Ok(match &context.purpose {
                FlowPurpose::Authorize(request) => self.to_application(facts, &request.target, &failure),
                FlowPurpose::Device { .. } => self.own_page(facts, &failure),
                FlowPurpose::AdministratorConsent {
                    redirect_uri, state, ..
                } => {
                    let answer = administrator_consent_refused(redirect_uri, state.as_deref(), &failure);
                    self.outcome(facts, AuthorizationStep::Reply(answer))
                }
            });
        }
        let Some(client) = self.application(context.purpose.client()).await? else {
            return Ok(
                self.problem_outcome(*self.broken_flow(facts, "the application was removed meanwhile"))
            );
        };
        let missing = self
            .missing_consent(&context, &client, &live)
            .await?
            .unwrap_or_default();
        let for_itself = self.application_permissions(&context, &client, &live).await?;
        let administrator = self.is_consent_administrator(&live, &for_itself).await?;
        let for_organisation = decision == ConsentDecision::AcceptForOrganisation
            || matches!(context.purpose, FlowPurpose::AdministratorConsent { .. });
        if !administrator && (for_organisation || !self.users_may_consent_to(live.session.tenant, &missing)) {
            let failure = OAuthFailure::new(
                Code::ADMINISTRATOR_CONSENT_REQUIRED,
                RuleId::new("CONSENT-ORGANISATION"),
                "An administrator has to consent to what this application asks for.",
            );
            return Ok(self.own_page(facts, &failure));
        }
        // Whoever owns the application can change what it needs while the page is being read.
        let wanted = keys_of(&missing, &for_itself);
        if wanted.iter().any(|key| !context.consent_shown.contains(key)) {
            return self.ask_consent(facts, &context, &client, &live, missing).await;
        }
        self.remember_consent(&client, &live, missing, for_itself, for_organisation)
            .await?;
        context.consent_given = true;
        self.proceed(facts, context, live, SessionChange::Keep).await
    }

    /// Rule `CONSENT-REMEMBERED`: consent is added to what was granted before, to the person or to everybody, and each time one
    /// audit row tells who consented to what for whom. Source: directory-policy-tokens §2.6, §8.2.
    async fn remember_consent(
        &self,
        client: &ApplicationEntry,
        live: &LiveSession,
        missing: Missing,
        for_itself: Vec<ApplicationPermission>,
        for_organisation: bool,
    ) -> Result<(), EngineError> {
        let principal_of_client = client.service_principal.as_ref().map(|principal| principal.id);
        let client = &client.application;
        let tenant = live.session.tenant;
        let (consent_type, principal) = if for_organisation {
            (ConsentType::AllPrincipals, None)
        } else {
            (ConsentType::Principal, Some(live.session.user))
        };
        let before = self.store.permission_grants(tenant, client.app_id).await?;
        let mut writes = Vec::new();
        let mut told = Vec::new();
        for (resource, values) in missing {
            let known = before.iter().find(|grant| {
                grant.resource == resource.app_id
                    && grant.consent_type == consent_type
                    && grant.principal == principal
            });
            let mut scopes = known.map(|grant| grant.scopes.clone()).unwrap_or_default();
            let fresh: Vec<String> = values
                .into_iter()
                .filter(|value| !scopes.contains(value))
                .collect();
            if fresh.is_empty() && known.is_some() {
                continue;
            }
            scopes.extend(fresh);
            told.push(json!({ "resource": resource.app_id, "scopes": scopes.join(" ") }));
            writes.push(Write::UpsertPermissionGrant(OAuth2PermissionGrant {
                id: match known {
                    Some(grant) => grant.id,
                    None => self.new_guid()?,
                },
                tenant,
                client: client.app_id,
                consent_type,
                principal,
                resource: resource.app_id,
                scopes,
            }));
        }
        for permission in &for_itself {
            let Some(holder) = principal_of_client else { break };
            told.push(json!({ "resource": permission.resource.app_id, "appRole": permission.role.value }));
            writes.push(Write::AddAppRoleAssignment(AppRoleAssignment {
                id: self.new_guid()?,
                tenant,
                principal: holder,
                principal_type: PrincipalType::ServicePrincipal,
                resource: permission.resource.app_id,
                app_role: permission.role.id,
                created: self.now(),
            }));
        }
        if writes.is_empty() {
            return Ok(());
        }
        let told = Told {
            actor: &Actor(live.session.user_name.clone()),
            tenant,
            activity: "Consent to application",
            target: client.display_name.clone(),
            old: Value::Null,
            new: json!({
                "clientAppId": client.app_id,
                "consentType": consent_type,
                "isAdminConsent": for_organisation,
                "grants": told,
            }),
        };
        self.change(told, writes).await?;
        self.directory.forget_consent();
        Ok(())
    }

    async fn is_consent_administrator(
        &self,
        live: &LiveSession,
        for_itself: &[ApplicationPermission],
    ) -> Result<bool, EngineError> {
        let roles = self
            .store
            .roles_of(live.session.tenant, live.session.user)
            .await?;
        let of_directory_api = for_itself
            .iter()
            .any(|permission| permission.resource.app_id == GRAPH_APP_ID);
        Ok(may_consent_for_organisation(&roles) && (!of_directory_api || may_grant_directory_api(&roles)))
    }

    fn users_may_consent_to(&self, tenant: TenantId, missing: &Missing) -> bool {
        let reserved = missing.iter().any(|(resource, values)| {
            resource
                .permission_scopes
                .iter()
                .any(|scope| scope.admin_only && values.contains(&scope.value))
        });
        let users_may = self
            .snapshot()
            .tenant(tenant)
            .is_some_and(|tenant| tenant.configuration.settings.users_may_consent);
        users_may && !reserved
    }
}

/// Every permission by a name of its own.
fn keys_of(missing: &Missing, for_itself: &[ApplicationPermission]) -> Vec<String> {
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

fn enabled_scopes(resource: &Application) -> impl Iterator<Item = &PermissionScope> {
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
