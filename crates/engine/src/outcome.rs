//! Building step outcomes.

use lanyard_tokens::authorize_response::ResponseTarget;
use lanyard_tokens::{FailureContext, OAuthFailure};

use crate::snapshot::TenantSegment;
use crate::{AuthorizationStep, Engine, Problem, RequestFacts, SessionChange, StepOutcome};

impl Engine {
    /// An outcome that leaves the session cookie alone.
    pub(crate) fn outcome(&self, facts: &RequestFacts, step: AuthorizationStep) -> StepOutcome {
        let tenant_name = match self.snapshot().segment(&facts.tenant) {
            TenantSegment::Tenant(tenant) => Some(tenant.tenant.display_name.clone()),
            TenantSegment::AnyTenant | TenantSegment::Unknown => None,
        };
        StepOutcome {
            step,
            session: SessionChange::Keep,
            tenant_name,
            returns_to: None,
        }
    }

    pub(crate) fn problem_outcome(&self, problem: Problem) -> StepOutcome {
        StepOutcome {
            step: AuthorizationStep::Problem(Box::new(problem)),
            session: SessionChange::Keep,
            tenant_name: None,
            returns_to: None,
        }
    }

    /// A failure that must not leave our own page.
    pub(crate) fn own_page(&self, facts: &RequestFacts, failure: &OAuthFailure) -> StepOutcome {
        let mut problem = Problem::new(failure.code, failure.detail.clone(), facts, self.now());
        problem.rule = Some(failure.rule.clone());
        self.outcome(facts, AuthorizationStep::Problem(Box::new(problem)))
    }

    /// A failure the application is told about.
    pub(crate) fn to_application(
        &self,
        facts: &RequestFacts,
        target: &ResponseTarget,
        failure: &OAuthFailure,
    ) -> StepOutcome {
        let origin = facts.origin.as_str().trim_end_matches('/');
        let context = FailureContext {
            now: self.now(),
            trace_id: facts.request_id,
            correlation_id: facts.correlation_id,
            login_base: origin,
        };
        self.outcome(facts, AuthorizationStep::Reply(target.failure(failure, &context)))
    }
}
