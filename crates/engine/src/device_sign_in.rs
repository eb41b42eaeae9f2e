//! Use cases: a device asks for a code, a person enters and confirms it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use lanyard_directory::{AppId, TenantId, UserId};
use lanyard_storage::{DeviceCodeRow, Write};
use lanyard_tokens::device_code::{DeviceAuthorizationState, device_authorization_answer};
use lanyard_tokens::{
    DeviceAuthorizationRequest, EndpointVersion, OAuthFailure, Parameters, ScopeRequest, SealKind,
    SignInFacts, UserCode,
};
use lanyard_verdict::{Code, OAuthError, RuleId};

use crate::flow::{FlowContext, FlowPurpose, NO_TENANT, digest, digest_text};
use crate::session::MethodRecord;
use crate::{AuthorizationStep, Engine, EngineError, Problem, RequestFacts, SessionChange, StepOutcome};

/// Content of a device code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DeviceHandle {
    pub(crate) client: AppId,
    pub(crate) scope: ScopeRequest,
    pub(crate) origin: Url,
    pub(crate) segment: String,
}

/// Who confirmed a device code, and how that person had signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DeviceApproval {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) sign_in: SignInFacts,
    pub(crate) method: MethodRecord,
}

/// What a pending row remembers.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct PendingDevice {
    scope: ScopeRequest,
    segment: String,
    device_code_sha256: String,
}

impl Engine {
    /// The device authorization endpoint.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn authorize_device(
        &self,
        facts: &RequestFacts,
        pairs: Vec<(String, String)>,
        version_one: bool,
    ) -> Result<Result<Value, OAuthFailure>, EngineError> {
        let parameters = Parameters::from_pairs(pairs);
        let version = if version_one {
            EndpointVersion::V1
        } else {
            EndpointVersion::V2
        };
        let read = lanyard_tokens::authorize_request::client_id(&parameters).and_then(|client| {
            DeviceAuthorizationRequest::read(&parameters, version).map(|request| (client, request))
        });
        let (client_id, request) = match read {
            Ok(read) => read,
            Err(failure) => return Ok(Err(failure)),
        };
        let Some(client) = self.application(client_id).await? else {
            let rule = RuleId::new("TOKEN-CLIENT-KNOWN");
            let failure = OAuthFailure::new(
                Code::APPLICATION_UNKNOWN,
                rule,
                "The client_id of the request is not registered here.",
            );
            return Ok(Err(failure.with_error(OAuthError::UnauthorizedClient)));
        };
        if let Err(failure) = self.check_tenant_of(facts, &client.application) {
            return Ok(Err(failure));
        }
        for name in request.scope.resource_names() {
            if self.resource(client.application.tenant, &name).await?.is_none() {
                let rule = RuleId::new("SCOPE-ONE-RESOURCE");
                return Ok(Err(OAuthFailure::new(
                    Code::RESOURCE_UNKNOWN,
                    rule,
                    "The request names an unknown resource.",
                )));
            }
        }
        let settings = self.settings.lifetimes.device_codes;
        let life = std::time::Duration::from_secs(settings.expires_in_secs.into());
        let handle = DeviceHandle {
            client: client_id,
            scope: request.scope.clone(),
            origin: facts.origin.clone(),
            segment: facts.tenant.clone(),
        };
        let device_code = self.seal_value(SealKind::DeviceCode, NO_TENANT, &handle, life)?;
        let user_code = UserCode::from_random(self.randomness.array()?);
        let pending = PendingDevice {
            scope: request.scope,
            segment: facts.tenant.clone(),
            device_code_sha256: digest_text(&device_code),
        };
        let now = self.now();
        let row = DeviceCodeRow {
            hash: digest(&device_code),
            user_code: user_code.as_str().to_owned(),
            tenant: client.application.tenant,
            client: client_id,
            expires_us: (now + jiff::SignedDuration::from_secs(settings.expires_in_secs.into()))
                .as_microsecond(),
            state: DeviceAuthorizationState::Pending as i16,
            last_poll_us: None,
            body: serde_json::to_string(&pending)
                .map_err(|error| EngineError::Configuration(error.to_string()))?,
        };
        self.store.commit(vec![Write::DeviceCode(row)]).await?;
        let authority = self.settings.authority(&facts.origin);
        Ok(Ok(device_authorization_answer(
            &authority,
            &user_code,
            &device_code,
            &settings,
        )))
    }

    /// A person entered a user code: sign in (or use the session), then confirm.
    ///
    /// Rule `DEVICE-CODE-ENTRY`: a code that is unknown, over or already decided is refused alike (70018).
    /// Source: directory-policy-tokens §1.9.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn begin_device_sign_in(
        &self,
        facts: &RequestFacts,
        typed: &str,
        session: Option<&str>,
    ) -> Result<StepOutcome, EngineError> {
        let wrong = || {
            if let Err(problem) = self.count_failure(facts) {
                return self.problem_outcome(*problem);
            }
            let detail =
                "The code is wrong, over or was used. Look at the device again, or start there anew.";
            let mut problem = Problem::new(Code::USER_CODE_WRONG, detail, facts, self.now());
            problem.rule = Some(RuleId::new("DEVICE-CODE-ENTRY"));
            self.problem_outcome(problem)
        };
        let Some(user_code) = UserCode::parse(typed) else {
            return Ok(wrong());
        };
        let row = self.store.device_code_by_user_code(user_code.as_str()).await?;
        let pending = row.filter(|row| {
            state_from_number(row.state) == DeviceAuthorizationState::Pending
                && row.expires_us > self.now().as_microsecond()
        });
        let Some(row) = pending else { return Ok(wrong()) };
        let Ok(device) = serde_json::from_str::<PendingDevice>(&row.body) else {
            return Ok(wrong());
        };
        let client = row.client;
        let Some(entry) = self.application(client).await? else {
            return Ok(wrong());
        };
        let facts = &RequestFacts {
            tenant: device.segment.clone(),
            ..facts.clone()
        };
        let context = FlowContext {
            id: self.new_guid()?,
            purpose: FlowPurpose::Device {
                handle: device.device_code_sha256,
                client,
                scope: device.scope,
            },
            origin: facts.origin.clone(),
            segment: device.segment,
            correlation_id: facts.correlation_id,
            browser: digest_text(&facts.browser),
            started: self.now(),
            signed_in: None,
            stay_answered: true,
            consent_shown: Vec::new(),
            consent_given: false,
            account_chosen: false,
        };
        let live = self
            .live_session(session)
            .await?
            .filter(|live| self.session_fits(facts, &entry.application, live));
        match live {
            Some(live) => self.proceed(facts, context, live, SessionChange::Keep).await,
            None => {
                let step = self.sign_in_prompt(facts, &context, &entry.application, None, None)?;
                Ok(self.outcome(facts, step))
            }
        }
    }

    /// The confirmation page was answered.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn answer_device(
        &self,
        facts: &RequestFacts,
        context: &str,
        accept: bool,
        session: Option<&str>,
    ) -> Result<StepOutcome, EngineError> {
        let (context, live) = match self.resume(facts, context, session).await? {
            Ok(resumed) => resumed,
            Err(problem) => return Ok(self.problem_outcome(*problem)),
        };
        let FlowPurpose::Device { handle, client, .. } = &context.purpose else {
            return Ok(self.problem_outcome(*self.broken_flow(facts, "this sign-in is not for a device")));
        };
        let hash = data_encoding::BASE64URL_NOPAD
            .decode(handle.as_bytes())
            .ok()
            .and_then(|octets| <[u8; 32]>::try_from(octets).ok());
        let row = match hash {
            Some(hash) => self.store.device_code_by_hash(hash).await?,
            None => None,
        };
        let pending = row.filter(|row| {
            state_from_number(row.state) == DeviceAuthorizationState::Pending
                && row.expires_us > self.now().as_microsecond()
        });
        let Some(mut row) = pending else {
            let mut problem = Problem::new(
                Code::USER_CODE_WRONG,
                "The code is over or was used.",
                facts,
                self.now(),
            );
            problem.rule = Some(RuleId::new("DEVICE-CODE-ENTRY"));
            return Ok(self.problem_outcome(problem));
        };
        let application = self
            .application(*client)
            .await?
            .map(|entry| entry.application.display_name.clone())
            .unwrap_or_default();
        if accept {
            let approval = DeviceApproval {
                tenant: live.session.tenant,
                user: live.session.user,
                sign_in: live.session.sign_in_facts(true),
                method: live.session.method.clone(),
            };
            row.body = serde_json::to_string(&approval)
                .map_err(|error| EngineError::Configuration(error.to_string()))?;
            row.state = DeviceAuthorizationState::Approved as i16;
        } else {
            row.state = DeviceAuthorizationState::Declined as i16;
        }
        self.store.commit(vec![Write::DeviceCode(row)]).await?;
        Ok(self.outcome(
            facts,
            AuthorizationStep::DeviceDone {
                accepted: accept,
                application,
            },
        ))
    }
}

/// The state behind a stored number; an unknown one is no longer pending.
pub(crate) fn state_from_number(number: i16) -> DeviceAuthorizationState {
    [
        DeviceAuthorizationState::Pending,
        DeviceAuthorizationState::Approved,
        DeviceAuthorizationState::Declined,
    ]
    .into_iter()
    .find(|state| *state as i16 == number)
    .unwrap_or(DeviceAuthorizationState::Redeemed)
}
