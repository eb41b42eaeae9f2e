//! Who may use an application that is only for whom it was assigned to.

use std::sync::Arc;

use lanyard_directory::{AppId, TenantId};
use lanyard_tokens::authorize_request::Prompt;
use lanyard_tokens::{GRAPH_APP_ID, OAuthFailure};
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult};
use uuid::Uuid;

use crate::directory_memory::ApplicationEntry;
use crate::flow::{FlowContext, FlowPurpose};
use crate::session::LiveSession;
use crate::sign_in_log::Attempt;
use crate::{Engine, EngineError, Problem, RequestFacts, StepOutcome};

/// The rule that refuses.
const RULE: &str = "APPLICATION-ASSIGNMENT";

/// Whether a person may use the application, as it stands in a trace.
pub(crate) fn assignment_step(application: &ApplicationEntry, passed: bool) -> Step {
    let result = if passed {
        StepResult::Passed
    } else {
        StepResult::Failed
    };
    Step::new(RuleId::new(RULE), result).with("application", application.application.display_name.clone())
}

impl Engine {
    /// Why a person or an application may not use an application of the tenant; `None` when it may.
    ///
    /// Rule `APPLICATION-ASSIGNMENT`: where an application asks for assignment, only those may use it, or get a token for it, who hold
    /// any role of it (default access counts) themselves or by a group they are direct members of (50105): at sign-in, with a
    /// session, when a code, refresh token or device code is redeemed, and for applications themselves.
    /// Source: directory-policy-tokens §1.6, §1.10, §2.5.
    pub(crate) async fn unassigned(
        &self,
        tenant: TenantId,
        principal: Uuid,
        application: &ApplicationEntry,
    ) -> Result<Option<Refusal>, EngineError> {
        let app_id = application.application.app_id;
        let required = if application.application.tenant == tenant {
            application
                .service_principal
                .as_ref()
                .is_some_and(|presence| presence.assignment_required)
        } else {
            let presence = self.store.service_principal(tenant, app_id).await?;
            presence.is_some_and(|presence| presence.assignment_required)
        };
        if !required {
            return Ok(None);
        }
        let mut holders = vec![principal];
        let groups = self.store.groups_of(tenant, principal).await?;
        holders.extend(groups.into_iter().map(|group| group.0));
        for holder in holders {
            let held = self.store.app_role_assignments_of(tenant, holder).await?;
            if held.iter().any(|assignment| assignment.resource == app_id) {
                return Ok(None);
            }
        }
        let name = &application.application.display_name;
        let detail = format!(
            "'{name}' ({app_id}) is only for whom it was assigned to, and neither the account nor a group it is a direct member of was."
        );
        Ok(Some(Refusal::new(
            Code::ASSIGNMENT_REQUIRED,
            RuleId::new(RULE),
            detail,
        )))
    }

    /// The same for a client and a resource that a token is for.
    pub(crate) async fn unassigned_to_either(
        &self,
        tenant: TenantId,
        principal: Uuid,
        client: Option<&ApplicationEntry>,
        resource: AppId,
    ) -> Result<Option<Refusal>, EngineError> {
        if let Some(client) = client {
            let refusal = self.unassigned(tenant, principal, client).await?;
            if refusal.is_some() || client.application.app_id == resource {
                return Ok(refusal);
            }
        }
        if resource == GRAPH_APP_ID {
            return Ok(None);
        }
        match self.application(resource).await? {
            Some(entry) => self.unassigned(tenant, principal, &entry).await,
            None => Ok(None),
        }
    }

    /// What a flow asks for that the person is not assigned to: the client, or a resource of the request.
    pub(crate) async fn unassigned_in_flow(
        &self,
        context: &FlowContext,
        client: &ApplicationEntry,
        tenant: TenantId,
        user: Uuid,
    ) -> Result<Option<Refusal>, EngineError> {
        // Consent for everybody is an administrator's act, not the use of an application.
        if matches!(context.purpose, FlowPurpose::AdministratorConsent { .. }) {
            return Ok(None);
        }
        let refusal = self.unassigned(tenant, user, client).await?;
        if refusal.is_some() {
            return Ok(refusal);
        }
        for name in context.purpose.scope().resource_names() {
            if let Some(resource) = self.resource(tenant, &name).await? {
                let refusal = self
                    .unassigned_to_either(tenant, user, None, resource.app_id)
                    .await?;
                if refusal.is_some() {
                    return Ok(refusal);
                }
            }
        }
        Ok(None)
    }

    /// Ends a flow with a session: a row of the log, and a page, or the answer where no page may be shown.
    pub(crate) async fn refuse_unassigned(
        &self,
        facts: &RequestFacts,
        context: &FlowContext,
        client: &Arc<ApplicationEntry>,
        (live, refusal): (&LiveSession, Refusal),
    ) -> Result<StepOutcome, EngineError> {
        let mut attempt = Attempt::of_session(context, client, live);
        attempt.tenant = self.snapshot().tenant(live.session.tenant).cloned();
        self.log_refusal(facts, attempt, &refusal).await?;
        if let FlowPurpose::Authorize(request) = &context.purpose
            && request.prompt == Some(Prompt::None)
        {
            let failure = OAuthFailure::new(refusal.code, refusal.rule, refusal.detail);
            return Ok(self.to_application(facts, &request.target, &failure));
        }
        let mut problem = Problem::new(refusal.code, refusal.detail, facts, self.now());
        problem.rule = Some(refusal.rule);
        problem.http_status = 200;
        Ok(self.problem_outcome(problem))
    }
}
