//! The sign-in log: what is written about an attempt.

mod certificate;
mod read;

use std::sync::Arc;

use uuid::Uuid;

use lanyard_audit::{
    AppCredential, Application as LoggedApplication, AuthenticationDetail, AuthenticationRequirement,
    ClientApp, ConditionalAccessStatus, DeviceDetails, KeyValue, ServicePrincipal as LoggedPrincipal,
    SignInKind, SignInRecord, SignInStatus, SignInUser,
};
use lanyard_directory::{AppId, ServicePrincipal, TenantId, User, UserId};
use lanyard_pki::Certificate;
use lanyard_storage::{SignInRow, Write};
use lanyard_tokens::TokenGrant;
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace};

use crate::directory_memory::{ApplicationEntry, UserEntry};
use crate::flow::{FlowContext, FlowPurpose};
use crate::identify_user::Identified;
use crate::judge::AcceptedCertificate;
use crate::session::{LiveSession, MethodRecord, Session};
use crate::snapshot::TenantSnapshot;
use crate::token::Exchange;
use crate::{Engine, EngineError, RequestFacts};

use certificate::{details, replay};

pub(crate) use certificate::binding_properties;
pub use read::SignInQuery;

/// What is known about an attempt when its rows are written.
#[derive(Default)]
pub(crate) struct Attempt {
    pub(crate) tenant: Option<Arc<TenantSnapshot>>,
    pub(crate) user: Option<Arc<UserEntry>>,
    pub(crate) typed: Option<String>,
    pub(crate) application: Option<Arc<ApplicationEntry>>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) session: Option<Uuid>,
    pub(crate) by_device_code: bool,
    pub(crate) server_name: Option<String>,
    pub(crate) tls_version: Option<String>,
    method: Option<MethodRecord>,
}

impl Attempt {
    /// Nobody was found behind the typed name.
    pub(crate) fn unidentified(context: &FlowContext, typed: &str) -> Self {
        let by_device_code = matches!(context.purpose, FlowPurpose::Device { .. });
        Self {
            typed: Some(crate::text::shown(typed)),
            by_device_code,
            ..Self::default()
        }
    }

    /// A certificate was presented.
    pub(crate) fn of_certificate(
        context: &FlowContext,
        client: &Arc<ApplicationEntry>,
        identified: &Identified,
        certificate: Option<&Certificate>,
    ) -> Self {
        Self {
            tenant: Some(Arc::clone(&identified.tenant)),
            user: Some(Arc::clone(&identified.user)),
            application: Some(Arc::clone(client)),
            certificate: certificate.cloned(),
            by_device_code: matches!(context.purpose, FlowPurpose::Device { .. }),
            ..Self::default()
        }
    }

    /// A live session answered for the person.
    pub(crate) fn of_session(
        context: &FlowContext,
        client: &Arc<ApplicationEntry>,
        live: &LiveSession,
    ) -> Self {
        Self {
            user: Some(Arc::new(UserEntry {
                user: live.user.clone(),
                groups: Vec::new(),
            })),
            application: Some(Arc::clone(client)),
            session: Some(live.session.id),
            by_device_code: matches!(context.purpose, FlowPurpose::Device { .. }),
            method: Some(live.session.method.clone()),
            ..Self::default()
        }
    }

    fn tenant_id(&self) -> TenantId {
        match (&self.tenant, &self.user) {
            (Some(tenant), _) => tenant.tenant.id,
            (None, Some(user)) => user.user.tenant,
            (None, None) => TenantId(Uuid::nil()),
        }
    }
}

/// A row of the token endpoint.
pub(crate) enum TokenRow<'a> {
    Refresh {
        user: &'a User,
        method: &'a MethodRecord,
        session: Uuid,
        unique_id: [u8; 16],
    },
    Application {
        principal: &'a ServicePrincipal,
        unique_id: [u8; 16],
    },
}

impl Engine {
    /// Writes the row of an attempt that ended before a certificate was judged.
    pub(crate) async fn log_refusal(
        &self,
        facts: &RequestFacts,
        mut attempt: Attempt,
        refusal: &Refusal,
    ) -> Result<(), EngineError> {
        if attempt.tenant.is_none() {
            let snapshot = self.snapshot();
            attempt.tenant = match snapshot.segment(&facts.tenant) {
                crate::TenantSegment::Tenant(tenant) => Some(tenant),
                _ => attempt
                    .typed
                    .as_deref()
                    .and_then(|name| snapshot.tenant_of_user_name(name))
                    .cloned(),
            };
        }
        let mut record = self.record(facts, &attempt)?;
        record.status = SignInStatus::of_refusal(refusal);
        self.store.commit(vec![row_of(&record)?]).await?;
        Ok(())
    }

    /// The two rows of a certificate attempt: the interrupt that asked for the certificate, and the outcome.
    ///
    /// Rule `LOG-TWO-ROWS`: every certificate attempt writes an interrupted row (50058) with the certificate's data and a row
    /// with the outcome, under one correlation id, good or bad. Both are written when the certificate has come, so that
    /// pages nobody finishes cannot fill the log. Source: certificate-sign-in §9.1.
    pub(crate) fn certificate_rows(
        &self,
        facts: &RequestFacts,
        attempt: Attempt,
        outcome: Result<&AcceptedCertificate, &Refusal>,
        steps: Trace,
    ) -> Result<Vec<Write>, EngineError> {
        let now = self.now();
        let mut record = self.record(facts, &attempt)?;
        record.certificate = attempt
            .certificate
            .as_ref()
            .map(|certificate| Box::new(details(certificate, outcome.ok(), attempt.tenant.as_deref())));
        for (key, value) in [
            ("Certificate host", &attempt.server_name),
            ("TLS version", &attempt.tls_version),
        ] {
            record
                .processing_details
                .extend(value.as_ref().map(|value| KeyValue::new(key, value.clone())));
        }
        let mut interrupted = record.clone();
        interrupted.id = self.new_guid()?;
        // One microsecond before its outcome, so that the log lists the two in the order of events.
        interrupted.created = now - jiff::SignedDuration::from_micros(1);
        interrupted.status = SignInStatus::of_refusal(&Refusal::new(
            Code::NO_SESSION,
            RuleId::new("LOG-TWO-ROWS"),
            "A certificate was asked for to continue the sign-in.",
        ));
        record.status = match outcome {
            Ok(_) => SignInStatus::Success,
            Err(refusal) => SignInStatus::of_refusal(refusal),
        };
        let multifactor = outcome.is_ok_and(|accepted| accepted.multifactor);
        if multifactor {
            record.authentication_requirement = AuthenticationRequirement::MultiFactorAuthentication;
        }
        if let Some(certificate) = &attempt.certificate {
            let subject = certificate.facts().subject.to_string();
            record
                .authentication_details
                .push(AuthenticationDetail::certificate(
                    now,
                    &subject,
                    multifactor,
                    &record.status,
                ));
        }
        record.trace = steps;
        record.replay = attempt
            .certificate
            .as_ref()
            .map(|certificate| Box::new(replay(certificate, &attempt)));
        Ok(vec![row_of(&interrupted)?, row_of(&record)?])
    }

    /// The row of a sign-in that a live session answered.
    pub(crate) fn session_used_row(
        &self,
        facts: &RequestFacts,
        attempt: Attempt,
    ) -> Result<Write, EngineError> {
        let mut record = self.record(facts, &attempt)?;
        record.authentication_details.push(AuthenticationDetail {
            authentication_step_date_time: self.now(),
            authentication_method: "Previously satisfied".to_owned(),
            authentication_method_detail: String::new(),
            succeeded: true,
            authentication_step_result_detail: "First factor requirement satisfied by claim in the session"
                .to_owned(),
            authentication_step_requirement: "Primary authentication".to_owned(),
        });
        row_of(&record)
    }

    /// The row of a token request without a person at a page.
    pub(crate) fn token_row(
        &self,
        exchange: &Exchange<'_>,
        row: &TokenRow<'_>,
        refusal: Option<&Refusal>,
    ) -> Result<Write, EngineError> {
        let attempt = Attempt {
            tenant: exchange.tenant.clone(),
            application: Some(Arc::clone(&exchange.client)),
            ..match row {
                TokenRow::Refresh {
                    user,
                    method,
                    session,
                    ..
                } => Attempt {
                    user: Some(Arc::new(UserEntry {
                        user: (*user).clone(),
                        groups: Vec::new(),
                    })),
                    session: Some(*session),
                    method: Some((*method).clone()),
                    ..Attempt::default()
                },
                TokenRow::Application { .. } => Attempt::default(),
            }
        };
        let mut record = self.record(exchange.facts, &attempt)?;
        let unique_id = match row {
            TokenRow::Refresh { unique_id, .. } => {
                record.kind = SignInKind::NonInteractiveUser;
                if matches!(exchange.request.grant, TokenGrant::RefreshToken { .. }) {
                    record.incoming_token_type = Some("refreshToken".to_owned());
                }
                unique_id
            }
            TokenRow::Application { principal, unique_id } => {
                record.kind = SignInKind::ServicePrincipal;
                record.authentication_protocol = Some("clientCredentials".to_owned());
                record.service_principal = Some(LoggedPrincipal {
                    id: principal.id,
                    display_name: exchange.client.application.display_name.clone(),
                    credential: AppCredential::None,
                });
                unique_id
            }
        };
        record.client_app_used = ClientApp::MobileAppsAndDesktopClients;
        match refusal {
            None => {
                record.unique_token_identifier = Some(data_encoding::BASE64URL_NOPAD.encode(unique_id));
            }
            Some(refusal) => {
                record.status = SignInStatus::of_refusal(refusal);
                record
                    .trace
                    .push(Step::new(refusal.rule.clone(), StepResult::Failed));
            }
        }
        row_of(&record)
    }

    /// A row about a session that something other than a request ended.
    pub(crate) fn event_row(
        &self,
        tenant: TenantId,
        session: &Session,
        kind: SignInKind,
        client: ClientApp,
        refusal: &Refusal,
    ) -> Result<Write, EngineError> {
        let facts = RequestFacts {
            origin: self.settings.login_origin.clone(),
            tenant: tenant.to_string(),
            correlation_id: session.id,
            request_id: session.id,
            ip_address: std::net::Ipv4Addr::UNSPECIFIED.into(),
            user_agent: String::new(),
            browser: String::new(),
        };
        let mut record = self.record(
            &facts,
            &Attempt {
                session: Some(session.id),
                ..Attempt::default()
            },
        )?;
        record.tenant_id = tenant.0;
        record.home_tenant_id = Some(tenant.0);
        record.ip_address = None;
        record.user = Some(SignInUser {
            id: session.user.0,
            user_principal_name: session.user_name.clone(),
            display_name: String::new(),
            is_guest: false,
        });
        record.kind = kind;
        record.client_app_used = client;
        record.status = SignInStatus::of_refusal(refusal);
        row_of(&record)
    }

    fn record(&self, facts: &RequestFacts, attempt: &Attempt) -> Result<SignInRecord, EngineError> {
        let version = attempt.tenant.as_ref().map(|tenant| tenant.version);
        let multifactor = attempt.method.as_ref().is_some_and(|method| method.multifactor);
        Ok(SignInRecord {
            id: self.new_guid()?,
            created: self.now(),
            correlation_id: facts.correlation_id,
            original_request_id: Some(facts.request_id),
            kind: SignInKind::InteractiveUser,
            status: SignInStatus::Success,
            tenant_id: attempt.tenant_id().0,
            home_tenant_id: Some(attempt.tenant_id().0),
            user: attempt.user.as_ref().map(|entry| SignInUser {
                id: entry.user.id.0,
                user_principal_name: entry.user.user_principal_name.clone(),
                display_name: entry.user.display_name.clone(),
                is_guest: entry.user.user_type == lanyard_directory::UserType::Guest,
            }),
            sign_in_identifier: attempt.typed.clone(),
            application: attempt.application.as_ref().map(|entry| LoggedApplication {
                app_id: entry.application.app_id.0,
                display_name: entry.application.display_name.clone(),
            }),
            service_principal: None,
            resource: None,
            ip_address: Some(facts.ip_address),
            user_agent: Some(facts.user_agent.clone()),
            client_app_used: ClientApp::Browser,
            device: DeviceDetails::default(),
            authentication_protocol: Some(
                if attempt.by_device_code {
                    "deviceCode"
                } else {
                    "oAuth2"
                }
                .to_owned(),
            ),
            incoming_token_type: Some("none".to_owned()),
            authentication_requirement: if multifactor {
                AuthenticationRequirement::MultiFactorAuthentication
            } else {
                AuthenticationRequirement::SingleFactorAuthentication
            },
            authentication_details: Vec::new(),
            certificate: None,
            processing_details: Vec::new(),
            conditional_access_status: ConditionalAccessStatus::NotApplied,
            session_id: attempt.session,
            unique_token_identifier: None,
            processing_time_ms: None,
            policy_version: version.and_then(|version| u64::try_from(version).ok()),
            trace: Trace::new(),
            replay: None,
        })
    }
}

fn row_of(record: &SignInRecord) -> Result<Write, EngineError> {
    let body =
        serde_json::to_string(record).map_err(|error| EngineError::Configuration(error.to_string()))?;
    let user_name = record
        .user
        .as_ref()
        .map(|user| &user.user_principal_name)
        .or(record.sign_in_identifier.as_ref());
    Ok(Write::SignIn(SignInRow {
        id: record.id,
        tenant: TenantId(record.tenant_id),
        created_us: record.created.as_microsecond(),
        correlation_id: record.correlation_id,
        user_id: record.user.as_ref().map(|user| UserId(user.id)),
        upn_key: user_name.map(|name| User::upn_key(name)),
        app_id: record
            .application
            .as_ref()
            .map(|application| AppId(application.app_id)),
        error_code: i64::from(record.status.error_code()),
        kind: record.kind as i16,
        body,
    }))
}
