//! Use case: an application sends an administrator to consent for the whole organisation.

use std::sync::Arc;

use lanyard_directory::{AppRole, Application, ResourceAccessKind, TenantId};
use lanyard_tokens::redirect_uri::extended_match;
use lanyard_tokens::{AuthorizeAnswer, OAuthFailure, Parameters, ResourceName, ScopeRequest};
use lanyard_verdict::{Code, RuleId};
use url::Url;

use crate::directory_memory::ApplicationEntry;
use crate::flow::{FlowContext, FlowPurpose, digest_text};
use crate::session::LiveSession;
use crate::{Engine, EngineError, RequestFacts, SessionChange, StepOutcome};

/// Longest `state` that is returned.
const MAX_STATE_BYTES: usize = 8 * 1024;
/// Longest `redirect_uri` that is looked at.
const MAX_REDIRECT_BYTES: usize = 2 * 1024;
/// Longest `scope` that is looked at.
const MAX_SCOPE_BYTES: usize = 8 * 1024;

impl Engine {
    /// `adminconsent`: sign in (or use the session), then ask for the whole organisation.
    ///
    /// Rule `CONSENT-ADMINISTRATOR-ENDPOINT`: `/{tenant}/adminconsent` grants what the application is configured to need, the v2.0
    /// form what `scope` names; the answer goes to a registered redirect URI, extended by path segments at most.
    /// Source: directory-policy-tokens §1.1, §2.6.
    ///
    /// # Errors
    /// Only when the database or the crypto module fails.
    pub async fn begin_administrator_consent(
        &self,
        facts: &RequestFacts,
        pairs: Vec<(String, String)>,
        version_one: bool,
        session: Option<&str>,
    ) -> Result<StepOutcome, EngineError> {
        let parameters = Parameters::from_pairs(pairs);
        let entry = match lanyard_tokens::authorize_request::client_id(&parameters) {
            Ok(app_id) => self.application(app_id).await?,
            Err(failure) => return Ok(self.own_page(facts, &failure)),
        };
        let rule = || RuleId::new("CONSENT-ADMINISTRATOR-ENDPOINT");
        let Some(entry) = entry else {
            let detail = "The client_id of the request is not registered here.";
            let failure = OAuthFailure::new(Code::APPLICATION_UNKNOWN, rule(), detail);
            return Ok(self.own_page(facts, &failure));
        };
        let read = self
            .check_tenant_of(facts, &entry.application)
            .and_then(|()| parameters.optional("redirect_uri", MAX_REDIRECT_BYTES))
            .and_then(|requested| extended_match(&entry.application, requested))
            .and_then(|redirect_uri| {
                let state = parameters.optional("state", MAX_STATE_BYTES)?.map(str::to_owned);
                let scope = match parameters.optional("scope", MAX_SCOPE_BYTES)? {
                    _ if version_one => None,
                    Some(text) => Some(ScopeRequest::parse(text)?),
                    None => {
                        let detail = "The request must contain the parameter 'scope'.";
                        return Err(OAuthFailure::new(Code::PARAMETER_MISSING, rule(), detail));
                    }
                };
                Ok((redirect_uri, state, scope))
            });
        let (redirect_uri, state, scope) = match read {
            Ok(read) => read,
            Err(failure) => return Ok(self.own_page(facts, &failure)),
        };
        for name in scope.iter().flat_map(ScopeRequest::resource_names) {
            if self.resource(entry.application.tenant, &name).await?.is_none() {
                let detail = "The request names a resource that is not registered here.";
                let failure = OAuthFailure::new(Code::RESOURCE_UNKNOWN, rule(), detail);
                return Ok(self.own_page(facts, &failure));
            }
        }
        let context = FlowContext {
            id: self.new_guid()?,
            purpose: FlowPurpose::AdministratorConsent {
                client: entry.application.app_id,
                redirect_uri,
                state,
                scope,
            },
            origin: facts.origin.clone(),
            segment: facts.tenant.clone(),
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
}

/// What the application is to be allowed without anybody being signed in.
pub(crate) struct ApplicationPermission {
    /// Whose permission it is.
    pub(crate) resource: Arc<Application>,
    /// The permission: an application role.
    pub(crate) role: AppRole,
}

impl ApplicationPermission {
    /// A line of the consent page.
    pub(crate) fn text(&self) -> String {
        format!(
            "Use {} by itself, with nobody signed in: {}",
            self.resource.display_name, self.role.value
        )
    }
}

impl Engine {
    /// The application permissions that this consent gives: those the application is configured to need and does not hold,
    /// of all resources or (v2.0) of those asked for with `/.default`. None outside an administrator's consent.
    ///
    /// Rule `CONSENT-APPLICATION-PERMISSIONS`: `adminconsent` grants the configured application permissions with the delegated
    /// ones; those of the directory API only a Global or Privileged Role Administrator can grant.
    /// Source: directory-policy-tokens §2.6, §2.7.
    pub(crate) async fn application_permissions(
        &self,
        context: &FlowContext,
        client: &ApplicationEntry,
        live: &LiveSession,
    ) -> Result<Vec<ApplicationPermission>, EngineError> {
        let (FlowPurpose::AdministratorConsent { scope, .. }, Some(principal)) =
            (&context.purpose, &client.service_principal)
        else {
            return Ok(Vec::new());
        };
        let tenant = live.session.tenant;
        let mut asked_for = Vec::new();
        if let Some(scope) = scope {
            for (resource, narrowed) in self.resources_of(tenant, scope).await? {
                let everything = narrowed
                    .for_one_resource(&[&resource])
                    .is_ok_and(|asked| asked.everything);
                asked_for.extend(everything.then_some(resource.app_id));
            }
        }
        let held = self.store.app_role_assignments_of(tenant, principal.id).await?;
        let mut wanted = Vec::new();
        for configured in &client.application.required_resource_access {
            let app_id = configured.resource_app_id;
            if scope.is_some() && !asked_for.contains(&app_id) {
                continue;
            }
            let Some(resource) = self
                .resource(tenant, &ResourceName::Named(app_id.to_string()))
                .await?
            else {
                continue;
            };
            let roles = configured
                .resource_access
                .iter()
                .filter(|access| access.kind == ResourceAccessKind::Role)
                .filter_map(|access| resource.app_roles.iter().find(|role| role.id == access.id))
                .filter(|role| role.enabled)
                .filter(|role| {
                    !held
                        .iter()
                        .any(|known| known.resource == app_id && known.app_role == role.id)
                });
            wanted.extend(roles.map(|role| ApplicationPermission {
                resource: Arc::clone(&resource),
                role: role.clone(),
            }));
        }
        wanted.sort_by(|one, other| {
            (one.resource.app_id, one.role.id).cmp(&(other.resource.app_id, other.role.id))
        });
        wanted.dedup_by(|one, other| {
            one.resource.app_id == other.resource.app_id && one.role.id == other.role.id
        });
        Ok(wanted)
    }
}

/// The answer after consent.
pub(crate) fn administrator_consent_given(
    redirect_uri: &str,
    state: Option<&str>,
    tenant: TenantId,
) -> AuthorizeAnswer {
    let tenant = tenant.to_string();
    let mut pairs = vec![("admin_consent", "True"), ("tenant", tenant.as_str())];
    pairs.extend(state.map(|state| ("state", state)));
    redirect(redirect_uri, &pairs)
}

/// The answer when an administrator, or somebody who is none, went back without consent.
pub(crate) fn administrator_consent_refused(
    redirect_uri: &str,
    state: Option<&str>,
    failure: &OAuthFailure,
) -> AuthorizeAnswer {
    let description = format!("{}: {}", failure.code, failure.detail);
    let mut pairs = vec![
        ("error", "permission_denied"),
        ("error_description", description.as_str()),
    ];
    pairs.extend(state.map(|state| ("state", state)));
    redirect(redirect_uri, &pairs)
}

fn redirect(redirect_uri: &str, pairs: &[(&str, &str)]) -> AuthorizeAnswer {
    let target = Url::parse_with_params(redirect_uri, pairs);
    // A registered redirect URI is a URL; were it none, going back without parameters is all that is left.
    AuthorizeAnswer::Redirect(target.map_or_else(|_| redirect_uri.to_owned(), |url| url.to_string()))
}
