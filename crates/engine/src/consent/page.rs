//! The page that asks, and whom it asks for what.

use std::sync::Arc;

use lanyard_directory::TenantId;
use lanyard_tokens::authorize_request::Prompt;
use lanyard_tokens::consent::{may_consent_for_organisation, may_grant_directory_api};
use lanyard_tokens::{GRAPH_APP_ID, OAuthFailure};
use lanyard_verdict::{Code, Refusal, RuleId};

use super::missing::{Missing, enabled_scopes, keys_of};
use crate::administrator_consent::ApplicationPermission;
use crate::directory_memory::ApplicationEntry;
use crate::flow::{FlowContext, FlowPurpose};
use crate::session::LiveSession;
use crate::sign_in_log::Attempt;
use crate::{AuthorizationStep, ConsentPrompt, Engine, EngineError, RequestFacts, StepOutcome};

impl Engine {
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

    pub(super) async fn is_consent_administrator(
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

    pub(super) fn users_may_consent_to(&self, tenant: TenantId, missing: &Missing) -> bool {
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
