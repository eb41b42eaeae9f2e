//! Use case: a person is signed in; what is still asked before the application gets its answer.

use std::sync::Arc;

use lanyard_directory::{AppId, Application, SignInAudience, TenantId};
use lanyard_storage::{StorageError, Write};
use lanyard_tokens::authorize_request::Prompt;
use lanyard_tokens::{AuthorizationCode, AuthorizeRequest, OAuthFailure, ResourceName, SealKind};
use lanyard_verdict::{Code, RuleId};

use crate::administrator_consent::administrator_consent_given;
use crate::authorization_code::SealedCode;
use crate::begin_authorization::sign_in_suffices;
use crate::directory_memory::ApplicationEntry;
use crate::flow::{FlowContext, FlowPurpose};
use crate::session::LiveSession;
use crate::sign_in_log::Attempt;
use crate::{
    AuthorizationStep, DevicePrompt, Engine, EngineError, RequestFacts, SessionChange, StaySignedInPrompt,
    StepOutcome,
};

impl Engine {
    /// The next thing to ask, or the answer to the application; a page that says so when the session ended meanwhile.
    pub(crate) async fn proceed(
        &self,
        facts: &RequestFacts,
        context: FlowContext,
        live: LiveSession,
        change: SessionChange,
    ) -> Result<StepOutcome, EngineError> {
        match self.proceed_while_live(facts, context, live, change).await {
            Err(EngineError::Storage(StorageError::AlreadyEnded { .. })) => {
                Ok(self.problem_outcome(*self.session_over(facts, "the session of this sign-in is over")))
            }
            outcome => outcome,
        }
    }

    /// The same; [`StorageError::AlreadyEnded`] when the session ended between looking at it and using it.
    ///
    /// Rule `SIGN-IN-INTERRUPTS`: after a fresh sign-in "stay signed in?" is asked once if the tenant wants it (50140), then
    /// consent if something asked for is not granted (65001 when no page may be shown), then the application is answered.
    /// Source: certificate-sign-in §1.2, directory-policy-tokens §1.14, §2.6.
    pub(crate) async fn proceed_while_live(
        &self,
        facts: &RequestFacts,
        context: FlowContext,
        live: LiveSession,
        change: SessionChange,
    ) -> Result<StepOutcome, EngineError> {
        let Some(client) = self.application(context.purpose.client()).await? else {
            return Ok(
                self.problem_outcome(*self.broken_flow(facts, "the application was removed meanwhile"))
            );
        };
        let (tenant, user) = (live.session.tenant, live.session.user.0);
        if let Some(refusal) = self.unassigned_in_flow(&context, &client, tenant, user).await? {
            let mut outcome = self
                .refuse_unassigned(facts, &context, &client, (&live, refusal))
                .await?;
            outcome.session = change;
            return Ok(outcome);
        }
        let fresh = context.signed_in == Some(live.session.id);
        let asks = self
            .snapshot()
            .tenant(live.session.tenant)
            .is_some_and(|tenant| tenant.configuration.settings.ask_to_stay_signed_in);
        let mut outcome = if fresh && asks && !context.stay_answered && !live.session.persistent {
            let step = AuthorizationStep::StaySignedIn(StaySignedInPrompt {
                context: self.seal_context(&context)?,
                tenant: facts.tenant.clone(),
                user_name: live.session.user_name.clone(),
            });
            self.outcome(facts, step)
        } else {
            match self.missing_consent(&context, &client, &live).await? {
                Some(missing) => self.ask_consent(facts, &context, &client, &live, missing).await?,
                None => self.answer(facts, &context, &client, live).await?,
            }
        };
        if outcome.session == SessionChange::Keep {
            outcome.session = change;
        }
        outcome.returns_to = context.purpose.redirect_uri();
        Ok(outcome)
    }

    async fn answer(
        &self,
        facts: &RequestFacts,
        context: &FlowContext,
        client: &Arc<ApplicationEntry>,
        live: LiveSession,
    ) -> Result<StepOutcome, EngineError> {
        let request = match &context.purpose {
            FlowPurpose::Authorize(request) => request,
            FlowPurpose::AdministratorConsent {
                redirect_uri, state, ..
            } => {
                let answer = administrator_consent_given(redirect_uri, state.as_deref(), live.session.tenant);
                return Ok(self.outcome(facts, AuthorizationStep::Reply(answer)));
            }
            FlowPurpose::Device { .. } => {
                let step = AuthorizationStep::ConfirmDevice(DevicePrompt {
                    context: self.seal_context(context)?,
                    tenant: facts.tenant.clone(),
                    user_name: live.session.user_name,
                    application: client.application.display_name.clone(),
                });
                return Ok(self.outcome(facts, step));
            }
        };
        if request.claims.multifactor && !live.session.method.multifactor {
            let failure = OAuthFailure::new(
                Code::STRONG_AUTHENTICATION_REQUIRED,
                RuleId::new("AUTHORIZE-SESSION-USE"),
                "The application demands multifactor authentication, and the certificate counts as a single factor.",
            );
            return Ok(self.to_application(facts, &request.target, &failure));
        }
        let fresh = context.signed_in == Some(live.session.id);
        let mut unit = Vec::new();
        let mut session = live.session.clone();
        let known = session.clients.contains(&request.client_id);
        if !known {
            session.clients.push(request.client_id);
        }
        // A session that is used lives on: its row is written even when nothing but the moment changed.
        if !known || !fresh {
            let created = jiff::Timestamp::from_microsecond(live.row.created_us).unwrap_or(self.now());
            unit.push(Write::Session(self.session_row(
                live.row.id_hash,
                &session,
                created,
            )?));
        }
        if !fresh {
            let attempt = Attempt::of_session(context, client, &live);
            unit.push(self.session_used_row(facts, attempt)?);
        }
        if !unit.is_empty() {
            self.store.commit(unit).await?;
        }
        let code = self.seal_authorization_code(request, &session, &facts.origin, context.correlation_id)?;
        let client_info = request
            .client_info
            .then(|| lanyard_tokens::claims::client_info(session.user, session.tenant));
        let answer = request
            .target
            .success(&code, client_info.as_deref(), &session.id.to_string());
        Ok(self.outcome(facts, AuthorizationStep::Reply(answer)))
    }

    fn seal_authorization_code(
        &self,
        request: &AuthorizeRequest,
        session: &crate::session::Session,
        origin: &url::Url,
        correlation_id: uuid::Uuid,
    ) -> Result<String, EngineError> {
        let code = SealedCode {
            code: AuthorizationCode {
                client: request.client_id,
                redirect_uri: request.target.redirect_uri.clone(),
                redirect_uri_given: request.redirect_uri_given,
                redirect_kind: request.redirect_kind,
                code_challenge: request.code_challenge.clone(),
                user: session.user,
                sign_in: session.sign_in_facts(false),
                scope: request.scope.clone(),
                nonce: request.nonce.clone(),
                auth_time_asked: request.max_age_secs.is_some() || request.claims.auth_time,
                handles_challenges: request.claims.handles_challenges,
            },
            method: session.method.clone(),
            origin: origin.clone(),
            correlation_id,
        };
        let life = std::time::Duration::from_secs(self.settings.lifetimes.tokens.code_secs.into());
        self.seal_value(SealKind::AuthorizationCode, session.tenant, &code, life)
    }

    /// "Stay signed in?" was answered: yes makes the session persistent.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn answer_stay_signed_in(
        &self,
        facts: &RequestFacts,
        context: &str,
        stay: bool,
        session: Option<&str>,
    ) -> Result<StepOutcome, EngineError> {
        let (mut context, mut live) = match self.resume(facts, context, session).await? {
            Ok(resumed) => resumed,
            Err(problem) => return Ok(self.problem_outcome(*problem)),
        };
        context.stay_answered = true;
        let mut change = SessionChange::Keep;
        if stay
            && context.signed_in == Some(live.session.id)
            && let Some(handle) = session
        {
            live.session.persistent = true;
            let created = jiff::Timestamp::from_microsecond(live.row.created_us).unwrap_or(self.now());
            live.row = self.session_row(live.row.id_hash, &live.session, created)?;
            match self.store.commit(vec![Write::Session(live.row.clone())]).await {
                Err(StorageError::AlreadyEnded { .. }) => {
                    let problem = self.session_over(facts, "the session of this sign-in is over");
                    return Ok(self.problem_outcome(*problem));
                }
                outcome => outcome?,
            }
            let life = self.session_life(true).as_secs();
            change = SessionChange::Set {
                handle: handle.to_owned(),
                max_age_secs: u64::try_from(life).ok(),
            };
        }
        self.proceed(facts, context, live, change).await
    }

    /// The account page was answered: go on with the session, or ask for another name.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn choose_account(
        &self,
        facts: &RequestFacts,
        context: &str,
        use_session: bool,
        session: Option<&str>,
    ) -> Result<StepOutcome, EngineError> {
        if use_session {
            match self.resume(facts, context, session).await? {
                Ok((mut context, live)) => {
                    context.account_chosen = true;
                    return self.proceed(facts, context, live, SessionChange::Keep).await;
                }
                // The account is right but its sign-in is over, too old or too weak: sign in again.
                Err(problem) if problem.code == Code::SESSION_INVALID => {}
                Err(problem) => return Ok(self.problem_outcome(*problem)),
            }
        }
        let context = match self.open_flow(facts, context, None) {
            Ok((context, _)) => context,
            Err(problem) => return Ok(self.problem_outcome(*problem)),
        };
        let Some(client) = self.application(context.purpose.client()).await? else {
            return Ok(
                self.problem_outcome(*self.broken_flow(facts, "the application was removed meanwhile"))
            );
        };
        let step = self.sign_in_prompt(facts, &context, &client.application, None, None)?;
        Ok(self.outcome(facts, step))
    }

    fn session_over(&self, facts: &RequestFacts, detail: &str) -> Box<crate::Problem> {
        let mut problem = crate::Problem::new(Code::SESSION_INVALID, detail, facts, self.now());
        problem.rule = Some(RuleId::new("FLOW-NEEDS-ITS-SESSION"));
        Box::new(problem)
    }

    /// The flow and the session that belongs to it.
    ///
    /// Rule `FLOW-NEEDS-ITS-SESSION`: later pages of a flow go on only with the session made in it, or with the one the
    /// person chose at its start; any other is refused. Source: directory-policy-tokens §1.14.
    pub(crate) async fn resume(
        &self,
        facts: &RequestFacts,
        context: &str,
        session: Option<&str>,
    ) -> Result<Result<(FlowContext, LiveSession), Box<crate::Problem>>, EngineError> {
        let context = match self.open_flow(facts, context, None) {
            Ok((context, _)) => context,
            Err(problem) => return Ok(Err(problem)),
        };
        let refused = |detail: &str| self.session_over(facts, detail);
        let Some(live) = self.live_session(session).await? else {
            return Ok(Err(refused("the session of this sign-in is over")));
        };
        if context.signed_in.is_some_and(|made| made != live.session.id) {
            return Ok(Err(refused(
                "another session was started in this browser meanwhile",
            )));
        }
        let Some(client) = self.application(context.purpose.client()).await? else {
            return Ok(Err(refused("the application was removed meanwhile")));
        };
        if !self.session_fits(facts, &client.application, &live) {
            return Ok(Err(refused("the session belongs to another tenant")));
        }
        if let FlowPurpose::Authorize(request) = &context.purpose
            && context.signed_in.is_none()
            && (request.prompt == Some(Prompt::Login)
                || !sign_in_suffices(request, &live, self.now().as_second()))
        {
            return Ok(Err(refused("the application asked for a fresh sign-in")));
        }
        Ok(Ok((context, live)))
    }

    /// A resource by the name a client used; `None` when the tenant cannot name it so.
    ///
    /// Rule `RESOURCE-OF-TENANT`: a name means a resource of the tenant the token is for; one of another tenant only when that
    /// application is open to every organisation, and never in place of the tenant's own.
    /// Source: directory-policy-tokens §1.8, §2.5.
    pub(crate) async fn resource(
        &self,
        tenant: TenantId,
        name: &ResourceName,
    ) -> Result<Option<Arc<Application>>, EngineError> {
        if name.names(&self.directory_api) {
            return Ok(Some(Arc::clone(&self.directory_api)));
        }
        let ResourceName::Named(text) = name else {
            return Ok(None);
        };
        let usable = |application: &Application| {
            application.tenant == tenant
                || application.sign_in_audience == SignInAudience::AzureADMultipleOrgs
        };
        if let Ok(app_id) = text.parse::<AppId>() {
            let entry = self.application(app_id).await?;
            return Ok(entry
                .filter(|entry| usable(&entry.application))
                .map(|entry| Arc::new(entry.application.clone())));
        }
        let snapshot = self.snapshot();
        let mut tenants: Vec<TenantId> = snapshot.tenants().map(|known| known.tenant.id).collect();
        tenants.sort_by_key(|known| (*known != tenant, *known));
        for owner in tenants {
            let found = self.store.application_by_identifier_uri(owner, text).await?;
            if let Some(application) = found.filter(&usable) {
                return Ok(Some(Arc::new(application)));
            }
        }
        Ok(None)
    }
}
