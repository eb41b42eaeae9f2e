//! Use case: the login host gets the certificate token back and decides.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use lanyard_pki::Certificate;
use lanyard_storage::{StorageError, Write};
use lanyard_tokens::sealed::SealKind;
use lanyard_verdict::{Code, Input, Refusal, RuleId, Step, Trace};

use crate::assignment::assignment_step;
use crate::flow::{CertificateToken, FlowContext, OneTimePurpose};
use crate::identify_user::Identified;
use crate::judge::{AcceptedCertificate, CertificateOutcome};
use crate::problem::CertificateSummary;
use crate::session::{LiveSession, Session};
use crate::sign_in_log::Attempt;
use crate::{Engine, EngineError, Problem, RequestFacts, Retry, SessionChange, StepOutcome};

/// What was decided about one presented certificate.
struct Decision {
    outcome: Result<AcceptedCertificate, Refusal>,
    steps: Trace,
    certificate: Option<Certificate>,
}

impl Engine {
    /// The certificate step of a sign-in: judge, log, and either start a session or explain.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn complete_certificate_sign_in(
        &self,
        facts: &RequestFacts,
        context: &str,
        flow_token: &str,
        certificate_token: &str,
    ) -> Result<StepOutcome, EngineError> {
        let (mut context, token) = match self.open_flow(facts, context, Some(flow_token)) {
            Ok(opened) => opened,
            Err(problem) => return Ok(self.problem_outcome(*problem)),
        };
        let facts = &RequestFacts {
            correlation_id: context.correlation_id,
            ..facts.clone()
        };
        let user_name = token.and_then(|token| token.user_name).unwrap_or_default();
        let identified = match self.find_user(&context, &user_name).await? {
            Ok(identified) => identified,
            Err(refusal) => {
                if let Err(problem) = self.count_failure(facts) {
                    return Ok(self.problem_outcome(*problem));
                }
                self.log_refusal(facts, Attempt::unidentified(&context, &user_name), &refusal)
                    .await?;
                let mut problem = Problem::new(refusal.code, refusal.detail, facts, self.now());
                problem.rule = Some(refusal.rule);
                return Ok(self.problem_outcome(problem));
            }
        };
        let tenant = identified.tenant.tenant.id;
        // Rule `CERTIFICATE-TOKEN-ONCE` is enforced where the unit is committed: a replay commits nothing.
        let opened = match self.open_value::<CertificateToken>(
            SealKind::CertificateToken,
            Some(tenant),
            certificate_token,
        ) {
            Ok(opened) if opened.payload.context == context.id => opened,
            Ok(_) => {
                return Ok(self.problem_outcome(
                    *self.broken_flow(facts, "certificatetoken: the value belongs to another sign-in"),
                ));
            }
            Err(error) => {
                return Ok(
                    self.problem_outcome(*self.broken_flow(facts, &format!("certificatetoken: {error}")))
                );
            }
        };
        let mut decision = self.decide(&identified, &opened.payload).await;
        let mut unit = vec![Write::OneTime {
            id: *opened.id.as_bytes(),
            purpose: OneTimePurpose::CertificateToken as i16,
            expires_us: opened.expires.as_microsecond(),
        }];
        let Some(client) = self.application(context.purpose.client()).await? else {
            return Ok(
                self.problem_outcome(*self.broken_flow(facts, "the application was removed meanwhile"))
            );
        };
        if decision.outcome.is_ok() {
            let user = identified.user.user.id.0;
            if let Some(refusal) = self.unassigned_in_flow(&context, &client, tenant, user).await? {
                decision.steps.push(assignment_step(&client, false));
                decision.outcome = Err(refusal);
            }
        }
        let mut attempt =
            Attempt::of_certificate(&context, &client, &identified, decision.certificate.as_ref());
        attempt.server_name = Some(opened.payload.server_name.clone());
        attempt.tls_version = Some(opened.payload.tls_version.clone());
        match decision.outcome {
            Ok(accepted) => {
                context.signed_in = Some(self.new_guid()?);
                let (handle, live) = self.start_session(&context, &identified, &accepted)?;
                attempt.session = context.signed_in;
                unit.push(Write::Session(live.row.clone()));
                if !identified.user.user.certificate_used_last {
                    let was = Box::new(identified.user.user.clone());
                    let mut becomes = was.clone();
                    becomes.certificate_used_last = true;
                    unit.push(Write::UserIfUnchanged { was, becomes });
                }
                unit.extend(self.certificate_rows(facts, attempt, Ok(&accepted), decision.steps)?);
                if let Err(problem) = self.commit_once(facts, unit).await? {
                    return Ok(self.problem_outcome(*problem));
                }
                if !identified.user.user.certificate_used_last {
                    self.forget_user(&identified.user.user).await;
                }
                self.forgive_attempt(facts);
                metrics::counter!("lanyard_sign_ins_total", "outcome" => "ok").increment(1);
                let change = SessionChange::Set {
                    handle,
                    max_age_secs: None,
                };
                let mut outcome = self.proceed(facts, context, live, change).await?;
                outcome.tenant_name = Some(identified.tenant.tenant.display_name.clone());
                Ok(outcome)
            }
            Err(refusal) => {
                if proves_nothing(&refusal)
                    && let Err(problem) = self.count_failure(facts)
                {
                    return Ok(self.problem_outcome(*problem));
                }
                let compared = compared_values(&decision.steps, &refusal);
                unit.extend(self.certificate_rows(facts, attempt, Err(&refusal), decision.steps)?);
                if let Err(problem) = self.commit_once(facts, unit).await? {
                    return Ok(self.problem_outcome(*problem));
                }
                metrics::counter!("lanyard_sign_ins_total", "outcome" => "refused").increment(1);
                let mut problem = Problem::new(refusal.code, refusal.detail, facts, self.now());
                problem.rule = Some(refusal.rule);
                problem.compared = compared;
                problem.certificate = decision.certificate.as_ref().map(summary);
                problem.http_status = 200;
                // Another certificate assigns nobody to an application.
                if problem.code != Code::ASSIGNMENT_REQUIRED {
                    problem.retry = self.retry(&context, &identified, &user_name)?;
                }
                let mut outcome = self.problem_outcome(problem);
                outcome.tenant_name = Some(identified.tenant.tenant.display_name.clone());
                Ok(outcome)
            }
        }
    }

    /// Commits a unit that starts with a one-time id.
    ///
    /// Rule `CERTIFICATE-TOKEN-ONCE`: a certificate token is used once; a replay is refused (90100) and changes nothing.
    /// Source: certificate-sign-in §1.3.
    async fn commit_once(
        &self,
        facts: &RequestFacts,
        unit: Vec<Write>,
    ) -> Result<Result<(), Box<Problem>>, EngineError> {
        match self.store.commit(unit).await {
            Ok(()) => Ok(Ok(())),
            Err(StorageError::AlreadyUsed) => {
                let mut problem = Problem::new(
                    Code::PARAMETER_INVALID,
                    "certificatetoken: the value was used before; start again",
                    facts,
                    self.now(),
                );
                problem.rule = Some(RuleId::new("CERTIFICATE-TOKEN-ONCE"));
                Ok(Err(Box::new(problem)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Rule `CERTIFICATE-PRESENT`: without a readable certificate in the handshake there is nothing to judge (50192), nor with
    /// one whose key the browser could not be checked to hold (50017). Source: certificate-sign-in §1.4, §3.3.
    async fn decide(&self, identified: &Identified, token: &CertificateToken) -> Decision {
        let refused = |code, rule, detail: String| Decision {
            outcome: Err(Refusal::new(code, rule, detail)),
            steps: Trace::new(),
            certificate: None,
        };
        let Some(leaf) = token.chain.first() else {
            if let Some(reason) = &token.unproven {
                return refused(
                    Code::CERTIFICATE_VALIDATION_FAILED,
                    RuleId::new("CERTIFICATE-PRESENT"),
                    format!("A certificate was sent, but it cannot be used here: {reason}."),
                );
            }
            return refused(
                Code::NO_CERTIFICATE_SENT,
                RuleId::new("CERTIFICATE-PRESENT"),
                format!(
                    "No certificate was in the TLS handshake for {}. The picker was cancelled, no matching certificate is on \
                     this device, or a proxy inspects TLS: exempt *{} from inspection.",
                    token.server_name, self.settings.certauth_host
                ),
            );
        };
        let parsed = BASE64.decode(leaf).ok().map(|der| Certificate::parse(&der));
        let certificate = match parsed {
            Some(Ok(certificate)) => certificate,
            Some(Err(error)) => {
                return refused(
                    Code::CERTIFICATE_VALIDATION_FAILED,
                    RuleId::new("CERTIFICATE-PRESENT"),
                    error.to_string(),
                );
            }
            None => {
                return refused(
                    Code::CERTIFICATE_VALIDATION_FAILED,
                    RuleId::new("CERTIFICATE-PRESENT"),
                    "the certificate is unreadable".to_owned(),
                );
            }
        };
        let verdict = self
            .judge_with_lists(
                &identified.tenant,
                &identified.user,
                &certificate,
                self.crls.view(),
                None,
            )
            .await;
        let steps = verdict.steps;
        let outcome = match verdict.outcome {
            CertificateOutcome::Accepted(accepted) => Ok(*accepted),
            CertificateOutcome::Refused(refusal) => Err(refusal),
            CertificateOutcome::CrlNeeded(_) => Err(Refusal::new(
                Code::CRL_MISSING,
                RuleId::new("CERTIFICATE-PRESENT"),
                "the revocation lists of this chain could not be gathered",
            )),
        };
        Decision {
            outcome,
            steps,
            certificate: Some(certificate),
        }
    }

    fn start_session(
        &self,
        context: &FlowContext,
        identified: &Identified,
        accepted: &AcceptedCertificate,
    ) -> Result<(String, LiveSession), EngineError> {
        let user = &identified.user.user;
        let session = Session {
            id: context.signed_in.unwrap_or_default(),
            tenant: user.tenant,
            user: user.id,
            user_name: user.user_principal_name.clone(),
            authenticated: self.now(),
            method: accepted.method.clone(),
            persistent: false,
            clients: vec![context.purpose.client()],
        };
        let (handle, row) = self.new_session(&session)?;
        Ok((
            handle,
            LiveSession {
                session,
                row,
                user: user.clone(),
            },
        ))
    }

    /// Another attempt, on a host name for which the browser has made no choice yet.
    fn retry(
        &self,
        context: &FlowContext,
        identified: &Identified,
        user_name: &str,
    ) -> Result<Option<Retry>, EngineError> {
        let octets: [u8; 6] = self.randomness.array()?;
        let nonce: Option<String> = self
            .settings
            .fresh_origins
            .then(|| data_encoding::HEXLOWER.encode(&octets));
        let Some(certauth_url) = self.certauth_url(&identified.tenant, nonce.as_deref())? else {
            return Ok(None);
        };
        Ok(Some(Retry {
            certauth_url,
            context: self.seal_context(context)?,
            flow_token: self.seal_flow_token(context, Some(user_name))?,
            user_name: user_name.to_owned(),
        }))
    }
}

/// What the page may say about a certificate.
fn summary(certificate: &Certificate) -> CertificateSummary {
    let facts = certificate.facts();
    CertificateSummary {
        subject: facts.subject.to_string(),
        issuer: facts.issuer.to_string(),
        not_after: facts.not_after,
    }
}

/// Whether anybody could have made an attempt that ended so. The others needed a certificate of a trusted authority.
fn proves_nothing(refusal: &Refusal) -> bool {
    ![
        Code::CERTIFICATE_REVOKED,
        Code::BINDING_VALUE_NOT_ACQUIRED,
        Code::CERTIFICATE_NOT_BOUND_TO_USER,
        Code::METHOD_NOT_ALLOWED_FOR_USER,
        Code::ISSUER_OUT_OF_SCOPE,
        Code::STRENGTH_NOT_MET,
        Code::USER_DISABLED,
        Code::ASSIGNMENT_REQUIRED,
    ]
    .contains(&refusal.code)
}

/// What a page may tell of the deciding step.
///
/// Rule `PAGE-COMPARED-OWN-VALUES`: a page tells what the certificate offered to each binding and that none of it belongs to the
/// account; what the account's own values are stands in the log alone, for whoever holds some trusted certificate must not
/// learn those of others. Source: certificate-sign-in §1.2, §10.
fn compared_values(steps: &Trace, refusal: &Refusal) -> Vec<Input> {
    let rule = refusal.rule.as_str();
    if rule == "BIND-NO-MATCH" || rule == "BIND-NO-VALUE" {
        return steps.steps().iter().filter_map(tried_binding).collect();
    }
    steps
        .steps()
        .iter()
        .rev()
        .find(|step| step.rule == refusal.rule)
        .map(|step| step.inputs.clone())
        .unwrap_or_default()
}

/// One binding that did not match: the field and what the certificate has in it.
fn tried_binding(step: &Step) -> Option<Input> {
    let value = |name: &str| {
        let input = step.inputs.iter().find(|input| input.name == name);
        input.map(|input| input.value.as_str())
    };
    let outcome = match step.rule.as_str() {
        "BIND-AFFINITY" => "not used: a value of high affinity is required".to_owned(),
        "BIND-FALL-THROUGH" => match value("certificate") {
            None | Some("absent") => "not in the certificate".to_owned(),
            Some(offered) => format!("{offered} – none of the account's values"),
        },
        _ => return None,
    };
    Some(Input {
        name: value("field")?.to_owned().into(),
        value: outcome,
    })
}
