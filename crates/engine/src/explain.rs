//! Use case: say step by step what would happen if a certificate signed a user in.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use lanyard_certificate_policy::{TargetId, UserBindingProperties};
use lanyard_directory::{AppId, SignInAudience, TenantId, User, UserId, UserType};
use lanyard_pki::{Certificate, CrlIndex, CrlKind, CrlSlot, IngestOptions, RevocationView, TrustStore};
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace, Verdict};

use crate::directory_memory::ApplicationEntry;
use crate::judge::{CertificateOutcome, CertificateQuestion, judge_certificate};
use crate::{Engine, EngineError, TenantSegment, TenantSnapshot};

/// What to explain, without a database.
#[derive(Debug)]
pub struct ExplainRequest<'a> {
    /// Policy and trust store.
    pub tenant: &'a TenantSnapshot,
    /// The certificate.
    pub certificate: &'a Certificate,
    /// The account's properties.
    pub user: UserBindingProperties,
    /// DER of revocation lists to use.
    pub crls: &'a [Vec<u8>],
    /// The moment to decide for.
    pub at: Timestamp,
}

/// What to explain by the live database.
#[derive(Debug)]
pub struct LiveExplainRequest<'a> {
    /// GUID or domain; `None`: the tenant of the user name's domain.
    pub tenant: Option<&'a str>,
    /// The certificate.
    pub certificate: &'a Certificate,
    /// As typed on the sign-in page.
    pub user_name: &'a str,
    /// The application that the sign-in is for; `None`: any that asks for nothing.
    pub application: Option<AppId>,
    /// DER of revocation lists to use beside those at hand.
    pub crls: &'a [Vec<u8>],
    /// The moment to decide for.
    pub at: Timestamp,
}

/// The explanation of a verdict.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The moment decided for.
    pub at: Timestamp,
    /// The account.
    pub user: String,
    /// Display name of the application, when one was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Subject of the certificate.
    pub subject: String,
    /// Why not; `None`: the certificate would sign the user in.
    pub refusal: Option<Refusal>,
    /// Counts as multifactor.
    pub multifactor: bool,
    /// What the explanation could not know.
    pub notes: Vec<String>,
    /// Every step.
    pub steps: Trace,
}

impl Explanation {
    /// For people.
    #[must_use]
    pub fn render(&self) -> String {
        let verdict = match &self.refusal {
            None if self.multifactor => "would sign in, as multifactor".to_owned(),
            None => "would sign in, as a single factor".to_owned(),
            Some(refusal) => format!(
                "would be refused: {} by {}\n  {}",
                refusal.code, refusal.rule, refusal.detail
            ),
        };
        let notes: String = self.notes.iter().map(|note| format!("note: {note}\n")).collect();
        let tree = lanyard_audit::render_tree(&self.steps);
        let application = self.application.iter().map(|name| format!(" to '{name}'"));
        format!(
            "{} as {}{} at {}\n{verdict}\n\n{tree}{notes}",
            self.subject,
            self.user,
            application.collect::<String>(),
            self.at
        )
    }
}

/// Explains by an exported policy. Groups are not part of an export: the user is taken to be in every targeted group.
///
/// # Errors
/// When a list is given that no stored authority signed.
pub fn explain(request: &ExplainRequest<'_>) -> Result<Explanation, EngineError> {
    let notes = vec![
        "group membership is not in an exported policy; the user is taken to be in every group it names"
            .to_owned(),
    ];
    let revocation = ingest(
        &request.tenant.trust,
        RevocationView::new(),
        request.crls,
        request.at,
    )?;
    let groups = groups_named(request.tenant);
    let user = User {
        id: UserId(Uuid::nil()),
        tenant: request.tenant.tenant.id,
        user_principal_name: request.user.user_principal_name.clone(),
        display_name: String::new(),
        given_name: None,
        surname: None,
        mail: None,
        on_premises_user_principal_name: request.user.on_premises_user_principal_name.clone(),
        account_enabled: true,
        user_type: UserType::Member,
        certificate_user_ids: request.user.certificate_user_ids.clone(),
        sign_in_sessions_valid_from: Timestamp::UNIX_EPOCH,
        certificate_used_last: false,
        profile: Default::default(),
        created: Timestamp::UNIX_EPOCH,
    };
    let question = CertificateQuestion {
        tenant: request.tenant,
        user: &user,
        groups: &groups,
        certificate: request.certificate,
        revocation: &revocation,
        now: request.at,
    };
    let verdict = judge_certificate(&question);
    Ok(conclude(
        verdict,
        &user.user_principal_name,
        request.certificate,
        request.at,
        notes,
    ))
}

impl Engine {
    /// Explains by the live database, with the revocation lists at hand and any given ones; missing lists are downloaded.
    ///
    /// With an application the explanation says, too, whether that application takes the person: as a sign-in does, it is
    /// looked at before the certificate (registered, not disabled) and after it (assigned).
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown tenant, user or application.
    pub async fn explain_live(&self, request: &LiveExplainRequest<'_>) -> Result<Explanation, EngineError> {
        let snapshot = self.snapshot();
        let found = match request.tenant.map(|named| snapshot.segment(named)) {
            Some(TenantSegment::Tenant(tenant)) => Some(tenant),
            Some(_) => None,
            None => snapshot.tenant_of_user_name(request.user_name).cloned(),
        };
        let tenant = found.ok_or_else(|| EngineError::NotFound("the tenant".to_owned()))?;
        let id = tenant.tenant.id;
        let entry = self
            .user_by_name(id, request.user_name)
            .await?
            .ok_or_else(|| EngineError::NotFound(format!("the user `{}`", request.user_name)))?;
        let application = match request.application {
            Some(app_id) => {
                let known = self.application(app_id).await?;
                Some(known.ok_or_else(|| EngineError::NotFound(format!("the application `{app_id}`")))?)
            }
            None => None,
        };
        let view = (*self.crls.view()).clone();
        let revocation = Arc::new(ingest(&tenant.trust, view, request.crls, request.at)?);
        let verdict = self
            .judge_with_lists(&tenant, &entry, request.certificate, revocation, Some(request.at))
            .await;
        let user = &entry.user;
        let mut explanation = conclude(
            verdict,
            &user.user_principal_name,
            request.certificate,
            request.at,
            Vec::new(),
        );
        let Some(application) = application else {
            return Ok(explanation);
        };
        let name = application.application.display_name.clone();
        if let Some(refusal) = closed_to(id, &application) {
            let step = Step::new(refusal.rule.clone(), StepResult::Failed).with("application", name.clone());
            explanation.steps = std::iter::once(step)
                .chain(explanation.steps.steps().iter().cloned())
                .collect();
            explanation.refuse(refusal);
        } else if explanation.refusal.is_none() {
            let (step, refusal) = self.assignment_step(id, user.id.0, &application).await?;
            explanation.steps.push(step);
            if let Some(refusal) = refusal {
                explanation.refuse(refusal);
            }
        }
        explanation.application = Some(name);
        Ok(explanation)
    }
}

impl Explanation {
    fn refuse(&mut self, refusal: Refusal) {
        self.refusal = Some(refusal);
        self.multifactor = false;
    }
}

/// Why an application takes nobody of a tenant, whatever their certificate.
fn closed_to(tenant: TenantId, entry: &ApplicationEntry) -> Option<Refusal> {
    let application = &entry.application;
    if application.tenant != tenant && application.sign_in_audience == SignInAudience::AzureADMyOrg {
        return Some(Refusal::new(
            Code::APPLICATION_UNKNOWN,
            RuleId::new("AUTHORIZE-TENANT"),
            "The application is not registered in this tenant.",
        ));
    }
    let disabled = entry
        .service_principal
        .as_ref()
        .is_some_and(|principal| !principal.account_enabled);
    disabled.then(|| {
        Refusal::new(
            Code::APPLICATION_DISABLED,
            RuleId::new("TOKEN-CLIENT-KNOWN"),
            "An administrator disabled this application.",
        )
    })
}

fn conclude(
    verdict: Verdict<CertificateOutcome>,
    user_name: &str,
    certificate: &Certificate,
    at: Timestamp,
    mut notes: Vec<String>,
) -> Explanation {
    let (refusal, multifactor) = match verdict.outcome {
        CertificateOutcome::Accepted(accepted) => (None, accepted.multifactor),
        CertificateOutcome::Refused(refusal) => (Some(refusal), false),
        CertificateOutcome::CrlNeeded(needed) => {
            let refusal = needed.into_iter().next().map(|request| request.otherwise);
            notes.push(
                "a revocation list is missing: a server would download it now; give it with --crl".to_owned(),
            );
            (refusal, false)
        }
    };
    Explanation {
        at,
        user: user_name.to_owned(),
        application: None,
        subject: certificate.facts().subject.to_string(),
        refusal,
        multifactor,
        notes,
        steps: verdict.steps,
    }
}

/// Takes each list in for the authority that signed it.
fn ingest(
    trust: &TrustStore,
    mut view: RevocationView,
    crls: &[Vec<u8>],
    at: Timestamp,
) -> Result<RevocationView, EngineError> {
    for der in crls {
        let index = trust.authorities().find_map(|(id, authority)| {
            [CrlKind::Base, CrlKind::Delta].into_iter().find_map(|kind| {
                let index =
                    CrlIndex::ingest(der, &authority.certificate, kind, &IngestOptions::default(), at)
                        .ok()?;
                Some((id, kind, index))
            })
        });
        let Some((id, kind, index)) = index else {
            return Err(EngineError::InvalidChange(
                "a given CRL was not signed by any stored authority, or is not valid now".to_owned(),
            ));
        };
        view = view.with(id, kind, CrlSlot::Available(Arc::new(index)));
    }
    Ok(view)
}

fn groups_named(tenant: &TenantSnapshot) -> Vec<Uuid> {
    let policy = &tenant.configuration.x509_policy;
    let scoped = policy
        .certificate_authority_scopes
        .iter()
        .flat_map(|scope| &scope.include_targets);
    policy
        .include_targets
        .iter()
        .chain(scoped)
        .filter_map(|target| match target.id {
            TargetId::Group(group) => Some(group),
            _ => None,
        })
        .collect()
}
