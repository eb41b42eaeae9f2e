//! The answer: granted and remembered, or declined.

use lanyard_directory::{AppRoleAssignment, ConsentType, OAuth2PermissionGrant, PrincipalType};
use lanyard_storage::{StorageError, Write};
use lanyard_tokens::OAuthFailure;
use lanyard_verdict::{Code, RuleId};
use serde_json::{Value, json};

use super::missing::{Missing, keys_of};
use crate::administer::{Actor, Told};
use crate::administrator_consent::{ApplicationPermission, administrator_consent_refused};
use crate::directory_memory::ApplicationEntry;
use crate::flow::FlowPurpose;
use crate::session::LiveSession;
use crate::{AuthorizationStep, Engine, EngineError, RequestFacts, SessionChange, StepOutcome};

/// Answers to the same question at the same moment that are sorted out before one of them is given up.
const MAX_ATTEMPTS: u32 = 5;

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

impl Engine {
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
        let for_organisation = decision == ConsentDecision::AcceptForOrganisation
            || matches!(context.purpose, FlowPurpose::AdministratorConsent { .. });
        let mut attempt = 1;
        loop {
            let missing = self
                .missing_consent(&context, &client, &live)
                .await?
                .unwrap_or_default();
            let for_itself = self.application_permissions(&context, &client, &live).await?;
            let administrator = self.is_consent_administrator(&live, &for_itself).await?;
            if !administrator
                && (for_organisation || !self.users_may_consent_to(live.session.tenant, &missing))
            {
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
            match self
                .remember_consent(&client, &live, missing, for_itself, for_organisation)
                .await
            {
                // Another answer granted some of it between looking and writing: what is left is looked at again.
                Err(EngineError::Storage(StorageError::Duplicate { .. })) if attempt < MAX_ATTEMPTS => {
                    attempt += 1;
                }
                remembered => {
                    remembered?;
                    break;
                }
            }
        }
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
        writes.push(Write::Audit(self.audit_row(told)?));
        self.store.commit(writes).await?;
        self.directory.forget_consent();
        Ok(())
    }
}
