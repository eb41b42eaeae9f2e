//! Who calls the directory API, and what they may do.

use std::net::IpAddr;

use serde::Serialize;
use uuid::Uuid;

use lanyard_directory::{AppId, Operation, Rights, TenantId, UserId};
use lanyard_tokens::grant::check_user;
use lanyard_tokens::{Authority, Bearer, DirectoryApiToken, OAuthFailure};
use lanyard_verdict::{Code, RuleId};

use crate::administer::Actor;
use crate::{Engine, EngineError, NotDone};

/// A caller of the directory API: one tenant, one identity, what it holds.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant everything happens in.
    pub tenant: TenantId,
    /// Who it is.
    pub identity: CallerIdentity,
    /// What it holds.
    pub rights: Rights,
    /// Address of the peer, when there is one.
    pub ip_address: Option<IpAddr>,
    /// Ties audit rows to the request.
    pub correlation_id: Uuid,
    /// The version of the object it read, when the change shall be made on that one only: `If-Match`.
    pub expected: Option<String>,
}

/// Who a caller is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerIdentity {
    /// A person, through an application.
    User {
        /// Object id.
        id: UserId,
        /// Sign-in name.
        user_principal_name: String,
        /// The application.
        client: AppId,
    },
    /// An application for itself.
    Application {
        /// Client id.
        client: AppId,
        /// Object id of its service principal.
        service_principal: Uuid,
        /// Its name.
        display_name: String,
    },
    /// Who operates this machine, at its command line.
    LocalOperator,
}

/// A token with what is known about its request.
#[derive(Clone, Debug)]
pub struct BearerFacts<'a> {
    /// The access token.
    pub token: &'a str,
    /// Address of the peer.
    pub ip_address: Option<IpAddr>,
    /// Ties audit rows to the request.
    pub correlation_id: Uuid,
}

impl Caller {
    /// Who operates this machine: may do everything in the tenant.
    #[must_use]
    pub fn local_operator(tenant: TenantId) -> Self {
        Self {
            tenant,
            identity: CallerIdentity::LocalOperator,
            rights: Rights::Operator,
            ip_address: None,
            correlation_id: Uuid::nil(),
            expected: None,
        }
    }

    /// Ends a use case that the caller may not perform.
    ///
    /// # Errors
    /// [`NotDone::Denied`] with what is missing.
    pub fn may(&self, operation: &Operation) -> Result<(), NotDone> {
        self.rights.may(operation).map_err(|denial| {
            tracing::info!(rule = %denial.rule, operation = denial.operation, correlation_id = %self.correlation_id, "denied");
            NotDone::Denied(denial)
        })
    }

    /// Ends a change when the caller read another version of the object than the one that is there.
    ///
    /// Rule `OBJECT-VERSION`: a change of a user, group, application, service principal or device that names the version it was made for
    /// is made on that version only; and no change overwrites another made since the object was read. Source:
    /// directory-policy-tokens §2.1.
    ///
    /// # Errors
    /// [`NotDone::Changed`].
    pub(crate) fn expects(&self, object: &impl Serialize) -> Result<(), NotDone> {
        match &self.expected {
            Some(expected) if *expected != version_of(object) => Err(NotDone::Changed),
            _ => Ok(()),
        }
    }

    /// Object id of the user or of the application's service principal.
    #[must_use]
    pub fn object_id(&self) -> Option<Uuid> {
        match &self.identity {
            CallerIdentity::User { id, .. } => Some(id.0),
            CallerIdentity::Application {
                service_principal, ..
            } => Some(*service_principal),
            CallerIdentity::LocalOperator => None,
        }
    }

    /// How the audit log names the caller.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor(match &self.identity {
            CallerIdentity::User {
                user_principal_name, ..
            } => user_principal_name.clone(),
            CallerIdentity::Application { display_name, .. } => display_name.clone(),
            CallerIdentity::LocalOperator => "command line".to_owned(),
        })
    }

    /// The user, when it is one.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match &self.identity {
            CallerIdentity::User { id, .. } => Some(*id),
            CallerIdentity::Application { .. } | CallerIdentity::LocalOperator => None,
        }
    }
}

/// The version of an object: the same as long as nothing about it changes.
#[must_use]
pub fn version_of(object: &impl Serialize) -> String {
    let body = serde_json::to_string(object).unwrap_or_default();
    let digest = crate::flow::digest(&body);
    digest
        .iter()
        .take(8)
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

impl Engine {
    /// The caller an access token for the directory API speaks for.
    ///
    /// Rule `API-CALLER`: a token is worth something while its user is enabled and was not signed out everywhere after it was
    /// issued, or while its application's service principal is there and enabled; directory roles and
    /// application permissions are those held now.
    /// Source: directory-policy-tokens §1.15, §2.7.
    ///
    /// # Errors
    /// Only when the database fails; the inner error is a 401.
    pub async fn caller(&self, facts: &BearerFacts<'_>) -> Result<Result<Caller, OAuthFailure>, EngineError> {
        let refused =
            |code, detail: &str| Ok(Err(OAuthFailure::new(code, RuleId::new("API-CALLER"), detail)));
        let keys = self.keys();
        let authorities: Vec<Authority> = self
            .settings
            .login_origins()
            .map(|origin| self.settings.authority(origin))
            .collect();
        let read = DirectoryApiToken::read(
            facts.token,
            &keys.signing,
            &authorities,
            &self.directory_api,
            self.now(),
        );
        let token = match read {
            Ok(token) => token,
            Err(error) => return refused(Code::ASSERTION_INVALID, &error.to_string()),
        };
        if self.snapshot().tenant(token.tenant).is_none() {
            return refused(Code::TENANT_UNKNOWN, "the tenant of the token is gone");
        }
        let (identity, rights) = match token.bearer {
            Bearer::User { user, scopes } => {
                let found = self.user_by_id(token.tenant, user).await?;
                if let Err(failure) = check_user(found.as_ref(), token.issued) {
                    return Ok(Err(failure));
                }
                let Some(found) = found else {
                    return refused(Code::USER_DISABLED, "the user is gone");
                };
                let roles = self.store.roles_of(token.tenant, user).await?;
                let identity = CallerIdentity::User {
                    id: user,
                    user_principal_name: found.user_principal_name,
                    client: token.client,
                };
                (identity, Rights::Delegated { scopes, roles })
            }
            Bearer::Application {
                service_principal,
                roles,
            } => {
                let stored = self.store.service_principal(token.tenant, token.client).await?;
                let known = stored
                    .as_ref()
                    .is_some_and(|stored| stored.id == service_principal && stored.account_enabled);
                let application = self.application(token.client).await?.filter(|_| known);
                let Some(application) = application else {
                    return refused(Code::APPLICATION_UNKNOWN, "the application is gone or disabled");
                };
                let identity = CallerIdentity::Application {
                    client: token.client,
                    service_principal,
                    display_name: application.application.display_name.clone(),
                };
                let held = self
                    .app_role_values(token.tenant, service_principal, &self.directory_api)
                    .await?;
                let permissions = roles.into_iter().filter(|role| held.contains(role)).collect();
                (identity, Rights::Application { permissions })
            }
        };
        Ok(Ok(Caller {
            tenant: token.tenant,
            identity,
            rights,
            ip_address: facts.ip_address,
            correlation_id: facts.correlation_id,
            expected: None,
        }))
    }
}
