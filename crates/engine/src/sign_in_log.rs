//! Writing and reading the sign-in log.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use lanyard_audit::{
    AppCredential, Application as LoggedApplication, AuthenticationDetail, AuthenticationRequirement,
    BindingDetails, CertificateDetails, ClientApp, ConditionalAccessStatus, CrlCheckDetails, DeviceDetails,
    KeyValue, LegacyStore, LevelDetails, ReplayInputs, ServicePrincipal as LoggedPrincipal, SignInKind,
    SignInRecord, SignInStatus, SignInUser,
};
use lanyard_certificate_policy::{BindingOutcome, UserBindingProperties};
use lanyard_directory::{AppId, ServicePrincipal, TenantId, User, UserId};
use lanyard_pki::{Certificate, CrlStatus};
use lanyard_storage::{Cursor, SignInFilter, SignInRow, Write};
use lanyard_verdict::{Code, Refusal, RuleId, Trace};

use crate::engine::{ApplicationEntry, UserEntry};
use crate::flow::{FlowContext, FlowPurpose};
use crate::identify_user::Identified;
use crate::judge::AcceptedCertificate;
use crate::session::{LiveSession, MethodRecord, Session};
use crate::snapshot::TenantSnapshot;
use crate::token::Exchange;
use crate::{Engine, EngineError, RequestFacts};

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

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct SignInQuery {
    /// Only this user principal name.
    pub user_name: Option<String>,
    /// Only this correlation id.
    pub correlation_id: Option<Uuid>,
    /// Only refused ones.
    pub refused_only: bool,
    /// At most so many.
    pub limit: u32,
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
            .map(|certificate| Box::new(details(certificate, outcome.ok())));
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
                record.incoming_token_type = Some("refreshToken".to_owned());
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
        record.unique_token_identifier = Some(data_encoding::BASE64URL_NOPAD.encode(unique_id));
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

    /// Sign-ins of a tenant, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sign_ins(
        &self,
        tenant: TenantId,
        query: &SignInQuery,
    ) -> Result<Vec<SignInRecord>, EngineError> {
        let user = match &query.user_name {
            Some(name) => match self.store.user_by_upn(tenant, name).await? {
                Some(user) => Some(user.id),
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let filter = SignInFilter {
            user,
            correlation_id: query.correlation_id,
            limit: Some(if query.refused_only {
                query.limit.saturating_mul(20)
            } else {
                query.limit
            }),
            ..SignInFilter::default()
        };
        let rows = self.store.sign_ins(tenant, &filter).await?;
        let wanted = rows
            .iter()
            .filter(|row| !query.refused_only || row.error_code != 0);
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        wanted.take(limit).map(|row| record_of(&row.body)).collect()
    }

    /// Sign-ins after a row, oldest first: for following the log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sign_ins_after(
        &self,
        tenant: TenantId,
        last: Option<(Timestamp, Uuid)>,
    ) -> Result<Vec<SignInRecord>, EngineError> {
        let cursor = match last {
            Some((created, id)) => Cursor {
                created_us: created.as_microsecond(),
                id,
            },
            None => Cursor::START,
        };
        self.store
            .sign_ins_after(tenant, cursor, 500)
            .await?
            .iter()
            .map(|row| record_of(&row.body))
            .collect()
    }

    /// One sign-in by its id or the first characters of it.
    ///
    /// # Errors
    /// When the database cannot be read, or several rows fit.
    pub async fn sign_in(&self, tenant: TenantId, id: &str) -> Result<Option<SignInRecord>, EngineError> {
        self.store
            .sign_in(tenant, id)
            .await?
            .map(|row| record_of(&row.body))
            .transpose()
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

fn record_of(body: &str) -> Result<SignInRecord, EngineError> {
    serde_json::from_str(body)
        .map_err(|error| EngineError::Configuration(format!("a sign-in log row: {error}")))
}

fn details(certificate: &Certificate, accepted: Option<&AcceptedCertificate>) -> CertificateDetails {
    let facts = certificate.facts();
    let mut details = CertificateDetails {
        subject: facts.subject.to_string(),
        issuer: facts.issuer.to_string(),
        serial_number: facts.serial_number.to_hex(),
        sha1_thumbprint: data_encoding::HEXUPPER.encode(&facts.sha1_thumbprint),
        sha256_thumbprint: data_encoding::HEXUPPER.encode(&facts.sha256_thumbprint),
        subject_key_identifier: facts.subject_key_identifier.as_ref().map(ToString::to_string),
        authority_key_identifier: facts.authority_key_identifier.as_ref().map(ToString::to_string),
        not_before: Some(facts.not_before),
        not_after: Some(facts.not_after),
        policy_oids: facts.policy_oids.clone(),
        legacy_store: Some(LegacyStore {
            used: true,
            reason: "The authorities come from the classic store.".to_owned(),
        }),
        ..CertificateDetails::default()
    };
    let Some(accepted) = accepted else { return details };
    let policy = &accepted.policy;
    if let BindingOutcome::Bound(bound) = &policy.binding {
        details.binding = Some(BindingDetails {
            field: bound.field.as_str().to_owned(),
            user_property: bound.user_property.as_str().to_owned(),
            rank: bound.priority,
        });
    }
    details.level = Some(LevelDetails {
        level: if accepted.multifactor {
            "multiFactorAuthentication"
        } else {
            "singleFactorAuthentication"
        }
        .to_owned(),
        decided_by: policy.strength.decided_by.as_str().to_owned(),
        identifier: policy.strength.identifier.clone(),
        required_affinity: policy.strength.required_affinity.as_str().to_owned(),
    });
    details.chain = accepted.chain.iter().flatten().map(ToString::to_string).collect();
    details.crl_checks = accepted.crl_status.iter().map(crl_check).collect();
    details
}

fn crl_check(status: &lanyard_pki::AuthorityCrlStatus) -> CrlCheckDetails {
    let authority = status.authority.to_string();
    match &status.status {
        CrlStatus::Checked {
            number,
            this_update,
            next_update,
            ..
        } => CrlCheckDetails {
            authority,
            status: "checked".to_owned(),
            this_update: Some(*this_update),
            next_update: Some(*next_update),
            crl_number: number.as_ref().map(ToString::to_string),
        },
        CrlStatus::SkippedNoDistributionPoint => CrlCheckDetails {
            authority,
            status: "skipped:no-cdp".to_owned(),
            ..CrlCheckDetails::default()
        },
        CrlStatus::SkippedExempt => CrlCheckDetails {
            authority,
            status: "skipped:exempt".to_owned(),
            ..CrlCheckDetails::default()
        },
    }
}

/// What a later replay against another policy needs.
fn replay(certificate: &Certificate, attempt: &Attempt) -> ReplayInputs {
    let facts = certificate.facts();
    let user = attempt.user.as_ref();
    ReplayInputs {
        certificate_sha256: Some(data_encoding::HEXLOWER.encode(&facts.sha256_thumbprint)),
        certificate_facts: serde_json::to_value(facts).ok(),
        chain: Vec::new(),
        user_properties: user.and_then(|entry| serde_json::to_value(binding_properties(&entry.user)).ok()),
        group_ids: user.map(|entry| entry.groups.clone()).unwrap_or_default(),
    }
}

/// The properties of a user that bindings look at.
pub(crate) fn binding_properties(user: &User) -> UserBindingProperties {
    UserBindingProperties {
        user_principal_name: user.user_principal_name.clone(),
        on_premises_user_principal_name: user.on_premises_user_principal_name.clone(),
        certificate_user_ids: user.certificate_user_ids.clone(),
    }
}
