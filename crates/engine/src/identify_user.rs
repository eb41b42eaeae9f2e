//! Use case: a person typed a user name.

use std::sync::Arc;

use lanyard_verdict::{Code, Refusal, RuleId};

use crate::directory_memory::UserEntry;
use crate::flow::FlowContext;
use crate::sign_in_log::Attempt;
use crate::snapshot::{TenantSegment, TenantSnapshot};
use crate::{
    AuthorizationStep, CredentialTypes, Engine, EngineError, MethodPrompt, Problem, RequestFacts, StepOutcome,
};

/// Longest user name that is looked up.
const MAX_USER_NAME_BYTES: usize = 512;

/// A user name that leads to an account.
pub(crate) struct Identified {
    pub(crate) tenant: Arc<TenantSnapshot>,
    pub(crate) user: Arc<UserEntry>,
}

impl Engine {
    /// The "Next" of the user-name page.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn identify_user(
        &self,
        facts: &RequestFacts,
        context: &str,
        flow_token: &str,
        user_name: &str,
    ) -> Result<StepOutcome, EngineError> {
        let context = match self.open_flow(facts, context, Some(flow_token)) {
            Ok((context, _)) => context,
            Err(problem) => return Ok(self.problem_outcome(*problem)),
        };
        let user_name = user_name.trim();
        match self.find_user(&context, user_name).await? {
            Ok(identified) => {
                let certauth_url = self.certauth_url(&identified.tenant, None)?;
                let client = self.application(context.purpose.client()).await?;
                let application = client.map(|client| client.application.display_name.clone());
                let step = AuthorizationStep::ChooseMethod(MethodPrompt {
                    context: self.seal_context(&context)?,
                    flow_token: self.seal_flow_token(&context, Some(user_name))?,
                    tenant: facts.tenant.clone(),
                    user_name: user_name.to_owned(),
                    application: application.unwrap_or_default(),
                    straight_on: identified.user.user.certificate_used_last && certauth_url.is_some(),
                    certauth_url,
                });
                let mut outcome = self.outcome(facts, step);
                outcome.tenant_name = Some(identified.tenant.tenant.display_name.clone());
                Ok(outcome)
            }
            Err(refusal) => {
                if let Err(problem) = self.count_failure(facts) {
                    return Ok(self.problem_outcome(*problem));
                }
                let attempt = Attempt::unidentified(&context, user_name);
                self.log_refusal(facts, attempt, &refusal).await?;
                let mut problem = Problem::new(refusal.code, refusal.detail, facts, self.now());
                problem.rule = Some(refusal.rule);
                let Some(entry) = self.application(context.purpose.client()).await? else {
                    return Ok(self.problem_outcome(problem));
                };
                let name = Some(user_name.chars().take(MAX_USER_NAME_BYTES).collect());
                let step =
                    self.sign_in_prompt(facts, &context, &entry.application, name, Some(Box::new(problem)))?;
                Ok(self.outcome(facts, step))
            }
        }
    }

    /// `GetCredentialType`: the same question from an automation client. It has no browser cookie, so only context-free
    /// state is touched: the flow token gets the user name.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn credential_type(
        &self,
        facts: &RequestFacts,
        user_name: &str,
        flow_token: &str,
    ) -> Result<Result<CredentialTypes, Box<Problem>>, EngineError> {
        use crate::flow::{FlowToken, NO_TENANT};
        use lanyard_tokens::sealed::SealKind;

        let opened = match self.open_value::<FlowToken>(SealKind::FlowToken, None, flow_token) {
            Ok(opened) => opened.payload,
            Err(error) => return Ok(Err(self.broken_flow(facts, &format!("flowToken: {error}")))),
        };
        let user_name = user_name.trim();
        if user_name.len() > MAX_USER_NAME_BYTES {
            return Ok(Err(self.broken_flow(facts, "the user name is too long")));
        }
        // Counted until the sign-in behind it comes to a good end: that gives it back.
        if let Err(problem) = self.count_failure(facts) {
            return Ok(Err(problem));
        }
        // An unknown user gets an answer of the same shape: existence is only told by the user-name page.
        let snapshot = self.snapshot();
        let tenant = match snapshot.segment(&facts.tenant) {
            TenantSegment::Tenant(tenant) => Some(tenant),
            _ => snapshot.tenant_of_user_name(user_name).cloned(),
        };
        let certauth_url = match tenant {
            Some(tenant) => self.certauth_url(&tenant, None)?,
            None => None,
        };
        let token = FlowToken {
            context: opened.context,
            user_name: Some(user_name.to_owned()),
        };
        let flow_token = self.seal_value(
            SealKind::FlowToken,
            NO_TENANT,
            &token,
            self.settings.lifetimes.sign_in_flow,
        )?;
        Ok(Ok(CredentialTypes {
            flow_token,
            certauth_url,
        }))
    }

    /// Finds the account behind a typed name.
    ///
    /// Rule `IDENTIFY-UPN`: the name typed is a user principal name of the tenant; it alone picks the account (50034 when
    /// there is none, 50020 when its tenant is not the one asked for). Source: certificate-sign-in §1.2, §6.3.
    pub(crate) async fn find_user(
        &self,
        context: &FlowContext,
        user_name: &str,
    ) -> Result<Result<Identified, Refusal>, EngineError> {
        let rule = RuleId::new("IDENTIFY-UPN");
        let unknown = |detail: String| Ok(Err(Refusal::new(Code::USER_NOT_FOUND, rule.clone(), detail)));
        let shown = crate::text::shown(user_name);
        if user_name.is_empty() || user_name.len() > MAX_USER_NAME_BYTES {
            return unknown("No user name was given, or it is too long.".to_owned());
        }
        let snapshot = self.snapshot();
        let by_name = snapshot.tenant_of_user_name(user_name).cloned();
        let tenant = match (snapshot.segment(&context.segment), by_name) {
            (TenantSegment::Tenant(asked), Some(named)) if asked.tenant.id != named.tenant.id => {
                let detail = format!("'{shown}' does not belong to {}.", asked.tenant.display_name);
                return Ok(Err(Refusal::new(Code::USER_NOT_IN_TENANT, rule, detail)));
            }
            (TenantSegment::Tenant(asked), _) => asked,
            (_, Some(named)) => named,
            (_, None) => {
                return unknown(format!(
                    "No organisation of this server owns the domain of '{shown}'."
                ));
            }
        };
        match self.user_by_name(tenant.tenant.id, user_name).await? {
            Some(user) => Ok(Ok(Identified { tenant, user })),
            None => unknown(format!(
                "There is no account '{shown}' in {}.",
                tenant.tenant.display_name
            )),
        }
    }

    /// Where the certificate form of a tenant posts; `None` while the method is off.
    ///
    /// Rule `CERTAUTH-HOST-NAME`: with issuer hints the host is the tenant's own, else the shared one; a retry goes to a name
    /// the browser has made no choice for. Source: certificate-sign-in §1.1, §11.3.
    pub(crate) fn certauth_url(
        &self,
        tenant: &TenantSnapshot,
        nonce: Option<&str>,
    ) -> Result<Option<String>, EngineError> {
        let policy = &tenant.configuration.x509_policy;
        if !policy.is_enabled() {
            return Ok(None);
        }
        let id = tenant.tenant.id;
        let label = match nonce {
            Some(nonce) => Some(format!("t{id}-{nonce}")),
            None if policy.issuer_hints_configuration.state.is_enabled() => Some(format!("t{id}")),
            None => None,
        };
        Ok(Some(format!(
            "{}/{id}/certauth",
            self.settings.certauth_origin(label.as_deref())
        )))
    }
}
