//! Use case: an application sends a browser to sign in.

use uuid::Uuid;

use lanyard_directory::{Application, SignInAudience};
use lanyard_storage::StorageError;
use lanyard_tokens::authorize_request::{AuthorizeSettings, EndpointVersion, Prompt, client_id};
use lanyard_tokens::{AuthorizeRequest, OAuthFailure, Parameters};
use lanyard_verdict::{Code, RuleId};

use crate::application_access::{disabled, not_in_tenant};
use crate::flow::{FlowContext, FlowPurpose, digest_text};
use crate::session::LiveSession;
use crate::snapshot::TenantSegment;
use crate::{
    AccountChoice, AuthorizationStep, Engine, EngineError, Problem, RequestFacts, SessionChange,
    SignInPrompt, StepOutcome,
};

/// What to do with a request, given the session at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    /// Ask for the user name.
    SignIn,
    /// Show the account.
    PickAccount,
    /// The session suffices.
    UseSession,
    /// `prompt=none` and no usable session.
    LoginRequired,
}

impl Engine {
    /// Handles an authorize request: `version` 2 unless it came to a v1 endpoint.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn begin_authorization(
        &self,
        facts: &RequestFacts,
        pairs: Vec<(String, String)>,
        version_one: bool,
        session: Option<&str>,
    ) -> Result<StepOutcome, EngineError> {
        let parameters = Parameters::from_pairs(pairs);
        match self.authorize(facts, &parameters, version_one, session).await {
            // The session ended between looking at it and using it: looked at again, it is no session.
            Err(EngineError::Storage(StorageError::AlreadyEnded { .. })) => {
                self.authorize(facts, &parameters, version_one, session).await
            }
            outcome => outcome,
        }
    }

    async fn authorize(
        &self,
        facts: &RequestFacts,
        parameters: &Parameters,
        version_one: bool,
        session: Option<&str>,
    ) -> Result<StepOutcome, EngineError> {
        let application = match client_id(parameters) {
            Ok(app_id) => self.application(app_id).await?,
            Err(failure) => return Ok(self.own_page(facts, &failure)),
        };
        let Some(entry) = application else {
            let failure = OAuthFailure::new(
                Code::APPLICATION_UNKNOWN,
                RuleId::new("OAUTH-CLIENT-ID"),
                "The client_id of the request is not registered here.",
            );
            return Ok(self.own_page(facts, &failure));
        };
        if let Err(failure) = self.check_tenant_of(facts, &entry.application) {
            return Ok(self.own_page(facts, &failure));
        }
        if let Some(refusal) = disabled(&entry) {
            return Ok(self.own_page(facts, &refusal.into()));
        }
        let version = if version_one {
            EndpointVersion::V1
        } else {
            EndpointVersion::V2
        };
        let request = match AuthorizeRequest::read(
            parameters,
            &entry.application,
            version,
            &AuthorizeSettings::default(),
        ) {
            Ok(request) => request,
            Err(refusal) => {
                return Ok(match refusal.target {
                    Some(target) => self.to_application(facts, &target, &refusal.failure),
                    None => self.own_page(facts, &refusal.failure),
                });
            }
        };
        if let Err(failure) = self.check_resources(facts, &entry.application, &request).await? {
            return Ok(self.to_application(facts, &request.target, &failure));
        }

        let live = self
            .live_session(session)
            .await?
            .filter(|live| self.session_fits(facts, &entry.application, live));
        let path = choose_path(&request, live.as_ref(), self.now().as_second());
        let context = FlowContext {
            id: self.new_guid()?,
            purpose: FlowPurpose::Authorize(Box::new(request)),
            origin: facts.origin.clone(),
            segment: facts.tenant.clone(),
            correlation_id: facts.correlation_id,
            browser: digest_text(&facts.browser),
            started: self.now(),
            signed_in: None,
            stay_answered: false,
            consent_shown: Vec::new(),
            consent_given: false,
            account_chosen: false,
        };
        self.follow_path(facts, context, path, live, &entry.application)
            .await
    }

    async fn follow_path(
        &self,
        facts: &RequestFacts,
        mut context: FlowContext,
        path: Path,
        live: Option<LiveSession>,
        application: &Application,
    ) -> Result<StepOutcome, EngineError> {
        let FlowPurpose::Authorize(request) = &context.purpose else {
            return Ok(self.problem_outcome(*self.broken_flow(facts, "not an authorization request")));
        };
        match (path, live) {
            (Path::UseSession, Some(live)) => {
                context.account_chosen = true;
                self.proceed_while_live(facts, context, live, SessionChange::Keep)
                    .await
            }
            (Path::LoginRequired, _) => {
                let failure = OAuthFailure::new(
                    Code::NO_SESSION,
                    RuleId::new("AUTHORIZE-SESSION-USE"),
                    "No session that meets the request exists, and prompt=none allows no page.",
                );
                Ok(self.to_application(facts, &request.target, &failure))
            }
            (Path::PickAccount, Some(live)) => {
                let step = AuthorizationStep::PickAccount(AccountChoice {
                    context: self.seal_context(&context)?,
                    flow_token: self.seal_flow_token(&context, None)?,
                    tenant: facts.tenant.clone(),
                    user_name: live.session.user_name.clone(),
                    display_name: live.user.display_name.clone(),
                    application: application.display_name.clone(),
                });
                let mut outcome = self.outcome(facts, step);
                outcome.returns_to = context.purpose.redirect_uri();
                Ok(outcome)
            }
            _ => {
                let user_name = request.login_hint.clone();
                let step = self.sign_in_prompt(facts, &context, application, user_name, None)?;
                Ok(self.outcome(facts, step))
            }
        }
    }

    /// The user-name page of a flow.
    pub(crate) fn sign_in_prompt(
        &self,
        facts: &RequestFacts,
        context: &FlowContext,
        application: &Application,
        user_name: Option<String>,
        error: Option<Box<Problem>>,
    ) -> Result<AuthorizationStep, EngineError> {
        Ok(AuthorizationStep::SignIn(SignInPrompt {
            context: self.seal_context(context)?,
            flow_token: self.seal_flow_token(context, None)?,
            tenant: facts.tenant.clone(),
            user_name,
            application: application.display_name.clone(),
            error,
        }))
    }

    /// Rule `AUTHORIZE-TENANT`: an application is used in its own tenant, a multi-tenant one in any; a single-tenant one
    /// not under `common` (50194); an unknown tenant is told so (90002). Source: directory-policy-tokens §1.1, §2.5.
    pub(crate) fn check_tenant_of(
        &self,
        facts: &RequestFacts,
        application: &Application,
    ) -> Result<(), OAuthFailure> {
        let rule = RuleId::new("AUTHORIZE-TENANT");
        let single = application.sign_in_audience == SignInAudience::AzureADMyOrg;
        match self.snapshot().segment(&facts.tenant) {
            TenantSegment::Unknown => Err(crate::user_info::unknown_tenant(&facts.tenant)),
            TenantSegment::AnyTenant if single => Err(OAuthFailure::new(
                Code::SINGLE_TENANT_APPLICATION_ON_COMMON,
                rule,
                "This application belongs to one tenant: use the tenant's own address instead of 'common'.",
            )),
            TenantSegment::Tenant(tenant) => {
                not_in_tenant(application, tenant.tenant.id).map_or(Ok(()), |refusal| Err(refusal.into()))
            }
            TenantSegment::AnyTenant => Ok(()),
        }
    }

    async fn check_resources(
        &self,
        facts: &RequestFacts,
        application: &Application,
        request: &AuthorizeRequest,
    ) -> Result<Result<(), OAuthFailure>, EngineError> {
        let tenant = match self.snapshot().segment(&facts.tenant) {
            TenantSegment::Tenant(tenant) => tenant.tenant.id,
            TenantSegment::AnyTenant | TenantSegment::Unknown => application.tenant,
        };
        for name in request.scope.resource_names() {
            if self.resource(tenant, &name).await?.is_none() {
                return Ok(Err(OAuthFailure::new(
                    Code::RESOURCE_UNKNOWN,
                    RuleId::new("SCOPE-ONE-RESOURCE"),
                    "The request names a resource that is not registered here.",
                )));
            }
        }
        Ok(Ok(()))
    }

    /// A session of another tenant is no session here.
    pub(crate) fn session_fits(
        &self,
        facts: &RequestFacts,
        application: &Application,
        live: &LiveSession,
    ) -> bool {
        let tenant_fits = match self.snapshot().segment(&facts.tenant) {
            TenantSegment::Tenant(tenant) => tenant.tenant.id == live.session.tenant,
            TenantSegment::AnyTenant => true,
            TenantSegment::Unknown => false,
        };
        let audience_fits = application.sign_in_audience != SignInAudience::AzureADMyOrg
            || application.tenant == live.session.tenant;
        tenant_fits && audience_fits
    }
}

/// Rule `AUTHORIZE-SESSION-USE`: an existing session answers the request unless `prompt=login`, another user is hinted, it
/// is older than `max_age` or the demanded moment, or multifactor is demanded and it is single-factor; `prompt=none` then
/// gets `login_required` (50058); `select_account` shows the account. A fresh single-factor sign-in does not meet demanded
/// multifactor either (50076). Source: directory-policy-tokens §1.4, §1.11.
fn choose_path(request: &AuthorizeRequest, live: Option<&LiveSession>, now_secs: i64) -> Path {
    let same_user = |live: &&LiveSession| {
        request
            .login_hint
            .as_ref()
            .is_none_or(|hint| hint.eq_ignore_ascii_case(&live.session.user_name))
            && request.session_id.is_none_or(|id: Uuid| id == live.session.id)
    };
    let usable = live
        .filter(|live| sign_in_suffices(request, live, now_secs))
        .filter(same_user)
        .is_some();
    match (request.prompt, usable) {
        (Some(Prompt::None), false) => Path::LoginRequired,
        (Some(Prompt::None | Prompt::Consent) | None, true) => Path::UseSession,
        (Some(Prompt::SelectAccount), _) if live.is_some() => Path::PickAccount,
        _ => Path::SignIn,
    }
}

/// Whether the sign-in behind a session is as fresh and as strong as the request demands, whichever page it is chosen on.
pub(crate) fn sign_in_suffices(request: &AuthorizeRequest, live: &LiveSession, now_secs: i64) -> bool {
    let authenticated = live.session.authenticated.as_second();
    let age = u64::try_from(now_secs - authenticated).unwrap_or(0);
    let fresh_enough = request.max_age_secs.is_none_or(|max_age| age <= max_age)
        && request
            .claims
            .not_before_unix_secs
            .is_none_or(|moment| authenticated >= moment);
    fresh_enough && (!request.claims.multifactor || live.session.method.multifactor)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use lanyard_directory::{AppId, RedirectUri, RedirectUriKind, TenantId, User, UserId, UserType};
    use lanyard_storage::SessionRow;

    use super::*;
    use crate::session::{MethodRecord, Session};

    const NOW_SECS: i64 = 1_772_366_400;
    const JANE: &str = "jane@agency.example";

    fn request(extra: &[(&str, &str)]) -> AuthorizeRequest {
        let client = AppId(Uuid::from_u128(1));
        let mut application = crate::well_known::directory_api(std::iter::empty());
        application.app_id = client;
        application.redirect_uris = vec![RedirectUri {
            uri: "https://portal.example/cb".to_owned(),
            kind: RedirectUriKind::Web,
        }];
        let id = client.to_string();
        let mut pairs = vec![
            ("client_id", id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", "https://portal.example/cb"),
            ("scope", "openid"),
        ];
        pairs.extend(extra);
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        AuthorizeRequest::read(
            &Parameters::from_pairs(pairs.collect::<Vec<_>>()),
            &application,
            EndpointVersion::V2,
            &AuthorizeSettings::default(),
        )
        .unwrap()
    }

    /// Jane signed in so many seconds ago.
    fn session(age_secs: i64, multifactor: bool) -> LiveSession {
        let (tenant, user) = (TenantId(Uuid::from_u128(2)), UserId(Uuid::from_u128(3)));
        let session = Session {
            id: Uuid::from_u128(4),
            tenant,
            user,
            user_name: JANE.to_owned(),
            authenticated: Timestamp::from_second(NOW_SECS - age_secs).unwrap(),
            method: MethodRecord {
                multifactor,
                amr: Vec::new(),
                issuing_authority: String::new(),
                issuer_key_identifier: None,
                serial_number: String::new(),
                policy_oids: Vec::new(),
                certificate_sha256: None,
            },
            persistent: false,
            clients: Vec::new(),
        };
        let row = SessionRow {
            id_hash: [0; 32],
            tenant,
            user,
            created_us: 0,
            last_seen_us: 0,
            expires_us: i64::MAX,
            ended_us: None,
            ended_reason: None,
            certificate_issuer: None,
            certificate_serial: None,
            certificate_sha256: None,
            body: String::new(),
        };
        let user = User {
            id: user,
            tenant,
            user_principal_name: JANE.to_owned(),
            display_name: String::new(),
            given_name: None,
            surname: None,
            mail: None,
            on_premises_user_principal_name: None,
            account_enabled: true,
            user_type: UserType::Member,
            certificate_user_ids: Vec::new(),
            sign_in_sessions_valid_from: Timestamp::UNIX_EPOCH,
            certificate_used_last: false,
            profile: Default::default(),
            created: Timestamp::UNIX_EPOCH,
        };
        LiveSession { session, row, user }
    }

    #[test]
    fn authorize_session_use() {
        let demands_multifactor = r#"{"access_token":{"amr":{"essential":true,"values":["mfa"]}}}"#;
        let (plain, strong) = (session(600, false), session(600, true));
        type Row<'a> = (&'a [(&'a str, &'a str)], Option<&'a LiveSession>, Path);
        let rows: &[Row<'_>] = &[
            (&[], None, Path::SignIn),
            (&[], Some(&plain), Path::UseSession),
            (&[("prompt", "none")], None, Path::LoginRequired),
            (&[("prompt", "none")], Some(&plain), Path::UseSession),
            (&[("prompt", "login")], Some(&plain), Path::SignIn),
            (&[("prompt", "login")], None, Path::SignIn),
            (&[("prompt", "select_account")], Some(&plain), Path::PickAccount),
            (&[("prompt", "select_account")], None, Path::SignIn),
            (&[("prompt", "consent")], Some(&plain), Path::UseSession),
            (
                &[("login_hint", "JANE@agency.example")],
                Some(&plain),
                Path::UseSession,
            ),
            (
                &[("login_hint", "sam@agency.example")],
                Some(&plain),
                Path::SignIn,
            ),
            (
                &[("login_hint", "sam@agency.example"), ("prompt", "none")],
                Some(&plain),
                Path::LoginRequired,
            ),
            (&[("max_age", "600")], Some(&plain), Path::UseSession),
            (&[("max_age", "599")], Some(&plain), Path::SignIn),
            (&[("max_age", "0")], Some(&plain), Path::SignIn),
            (
                &[("max_age", "599"), ("prompt", "none")],
                Some(&plain),
                Path::LoginRequired,
            ),
            (&[("claims", demands_multifactor)], Some(&plain), Path::SignIn),
            (
                &[("claims", demands_multifactor)],
                Some(&strong),
                Path::UseSession,
            ),
            (
                &[("claims", demands_multifactor), ("prompt", "none")],
                Some(&plain),
                Path::LoginRequired,
            ),
        ];
        for (extra, live, expected) in rows {
            let path = choose_path(&request(extra), *live, NOW_SECS);
            assert_eq!(path, *expected, "AUTHORIZE-SESSION-USE {extra:?}");
        }
        // The system clock was set back: the session is not taken for endlessly old.
        let ahead = session(-30, false);
        assert_eq!(
            choose_path(&request(&[("max_age", "10")]), Some(&ahead), NOW_SECS),
            Path::UseSession
        );
    }
}
