//! By the live database.

use std::sync::Arc;

use jiff::Timestamp;

use lanyard_directory::AppId;
use lanyard_pki::Certificate;
use lanyard_verdict::{Refusal, Step, StepResult};

use super::{Explanation, conclude, ingest};
use crate::application_access::{disabled, not_in_tenant};
use crate::assignment::assignment_step;
use crate::{Engine, EngineError, TenantSegment};

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
        let closed = not_in_tenant(&application.application, id).or_else(|| disabled(&application));
        if let Some(refusal) = closed {
            let step = Step::new(refusal.rule.clone(), StepResult::Failed).with("application", name.clone());
            explanation.steps = std::iter::once(step)
                .chain(explanation.steps.steps().iter().cloned())
                .collect();
            explanation.refuse(refusal);
        } else if explanation.refusal.is_none() {
            let refusal = self.unassigned(id, user.id.0, &application).await?;
            explanation
                .steps
                .push(assignment_step(&application, refusal.is_none()));
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
