//! Which permissions were granted, which are missing, and who may grant them.

use lanyard_directory::{
    AppId, Application, ConsentType, DirectoryRole, OAuth2PermissionGrant, PermissionScope, UserId,
};
use lanyard_verdict::{Code, RuleId};

use crate::{OAuthFailure, ResourceScopes, Suberror};

/// What consent says to a request for one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentAnswer<'a> {
    /// Scope values the access token carries.
    pub granted: Vec<String>,
    /// What still needs consent.
    pub missing: Vec<&'a PermissionScope>,
}

/// Rule `CONSENT-NEEDED`: asked are the scopes the request names, less those granted to the client for this user or for
/// everybody; `.default` asks for what was granted, or, when nothing was, for every scope a user may grant; an application an
/// administrator vouches for needs no consent. Source: directory-policy-tokens §2.6.
#[must_use]
pub fn consent<'a>(
    client: &Application,
    asked: &ResourceScopes<'a>,
    user: UserId,
    grants: &[OAuth2PermissionGrant],
) -> ConsentAnswer<'a> {
    let resource = asked.resource;
    let already = granted_values(client.app_id, resource.app_id, user, grants);
    let enabled = || resource.permission_scopes.iter().filter(|scope| scope.enabled);
    let wanted: Vec<&PermissionScope> = if asked.everything {
        let known: Vec<_> = enabled()
            .filter(|scope| already.contains(&scope.value.as_str()))
            .collect();
        if known.is_empty() {
            enabled().filter(|scope| !scope.admin_only).collect()
        } else {
            known
        }
    } else {
        enabled()
            .filter(|scope| asked.values.contains(&scope.value))
            .collect()
    };
    // A client asks nobody for permission to call itself.
    let no_question = client.consent_not_needed || client.app_id == resource.app_id;
    let (granted, missing): (Vec<_>, Vec<_>) = wanted
        .into_iter()
        .partition(|scope| no_question || already.contains(&scope.value.as_str()));
    ConsentAnswer {
        granted: granted.into_iter().map(|scope| scope.value.clone()).collect(),
        missing,
    }
}

/// Rule `CONSENT-ORGANISATION`: consent for everybody, and to permissions reserved to administrators, is given by a Global,
/// Privileged Role, Application or Cloud Application Administrator. Source: directory-policy-tokens §2.6, §2.7.
#[must_use]
pub fn may_consent_for_organisation(roles: &[DirectoryRole]) -> bool {
    roles.iter().any(|role| {
        [
            DirectoryRole::GLOBAL_ADMINISTRATOR,
            DirectoryRole::PRIVILEGED_ROLE_ADMINISTRATOR,
            DirectoryRole::APPLICATION_ADMINISTRATOR,
            DirectoryRole::CLOUD_APPLICATION_ADMINISTRATOR,
        ]
        .contains(role)
    })
}

/// Whether these roles may grant application permissions of the directory API, which are as good as any role: a Global or
/// Privileged Role Administrator. Source: directory-policy-tokens §2.6, §2.7.
#[must_use]
pub fn may_grant_directory_api(roles: &[DirectoryRole]) -> bool {
    roles.iter().any(|role| {
        [
            DirectoryRole::GLOBAL_ADMINISTRATOR,
            DirectoryRole::PRIVILEGED_ROLE_ADMINISTRATOR,
        ]
        .contains(role)
    })
}

fn granted_values(
    client: AppId,
    resource: AppId,
    user: UserId,
    grants: &[OAuth2PermissionGrant],
) -> Vec<&str> {
    grants
        .iter()
        .filter(|grant| grant.client == client && grant.resource == resource)
        .filter(|grant| match grant.consent_type {
            ConsentType::AllPrincipals => true,
            ConsentType::Principal => grant.principal == Some(user),
        })
        .flat_map(|grant| grant.scopes.iter().map(String::as_str))
        .collect()
}

impl ConsentAnswer<'_> {
    /// Rule `CONSENT-ADMINISTRATOR`: a user who is no administrator cannot grant a scope reserved to administrators (90094).
    /// Source: directory-policy-tokens §2.6.
    pub fn check_user_may_grant(&self, is_administrator: bool) -> Result<(), OAuthFailure> {
        if is_administrator || !self.missing.iter().any(|scope| scope.admin_only) {
            return Ok(());
        }
        Err(OAuthFailure::new(
            Code::ADMINISTRATOR_CONSENT_REQUIRED,
            RuleId::new("CONSENT-ADMINISTRATOR"),
            "An administrator has to grant a permission this application asks for.",
        ))
    }

    /// Rule `CONSENT-SILENT`: where nobody can be asked, missing consent is `consent_required` 65001.
    /// Source: directory-policy-tokens §2.6.
    pub fn require_complete(&self) -> Result<(), OAuthFailure> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.missing.iter().map(|scope| scope.value.as_str()).collect();
        Err(OAuthFailure::new(
            Code::CONSENT_REQUIRED,
            RuleId::new("CONSENT-SILENT"),
            format!("Not granted yet: {}.", names.join(" ")),
        )
        .with_suberror(Suberror::ConsentRequired))
    }
}
