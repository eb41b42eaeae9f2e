//! Use case: callers of the directory API register, change, delete and restore applications.

use std::collections::BTreeSet;

use lanyard_directory::{
    AppId, AppRole, Application, ApplicationDetails, GroupMembershipClaims, Operation, PermissionScope,
    RedirectUri, RedirectUriKind, RequiredResourceAccess, ServicePrincipal, SignInAudience, TokenAlgorithm,
};
use lanyard_storage::{DeletedKind, DeletedRow, OwnershipKind, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::administer::Change;
use crate::administer::application_keys::KeyChange;
use crate::administer::commit_for::{invalid_property, on_newest};
use crate::{Caller, Engine, NotDone};

/// What shall be different; `None` stays as it is, `Some(None)` is removed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApplicationChange {
    /// Name shown to people.
    pub display_name: Option<String>,
    /// Who may sign in.
    pub sign_in_audience: Option<SignInAudience>,
    /// Application ID URIs.
    pub identifier_uris: Option<Vec<String>>,
    /// Redirect URIs of a kind: the whole new list.
    pub redirect_uris: Vec<(RedirectUriKind, Vec<String>)>,
    /// Front-channel logout URL.
    pub logout_url: Option<Option<String>>,
    /// Where people start.
    pub home_page_url: Option<Option<String>>,
    /// The device grant works without a public redirect URI.
    pub is_fallback_public_client: Option<bool>,
    /// Delegated permissions it exposes.
    pub permission_scopes: Option<Vec<PermissionScope>>,
    /// Application roles it exposes.
    pub app_roles: Option<Vec<AppRole>>,
    /// Certificates: the whole new list.
    pub keys: Option<Vec<KeyChange>>,
    /// For administrators.
    pub notes: Option<Option<String>>,
    /// Words.
    pub tags: Option<Vec<String>>,
    /// What it asks an administrator to consent to.
    pub required_resource_access: Option<Vec<RequiredResourceAccess>>,
    /// Which groups and roles its tokens carry.
    pub group_membership_claims: Option<GroupMembershipClaims>,
    /// Version of the access tokens made for it as a resource.
    pub access_token_version: Option<u8>,
}

/// A deleted application with its presence in its tenant.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeletedApplication {
    pub(crate) application: Application,
    principal: Option<ServicePrincipal>,
    #[serde(default)]
    owners: Vec<uuid::Uuid>,
}

/// An application as the audit log tells it: of secrets and keys only which there are.
pub(crate) fn told(application: &Application) -> Value {
    let ids = |ids: Vec<uuid::Uuid>| json!(ids);
    json!({
        "id": application.id,
        "appId": application.app_id,
        "displayName": application.display_name,
        "signInAudience": application.sign_in_audience,
        "identifierUris": application.identifier_uris,
        "redirectUris": application.redirect_uris,
        "logoutUrl": application.logout_url,
        "isFallbackPublicClient": application.is_fallback_public_client,
        "oauth2PermissionScopes": application.permission_scopes,
        "appRoles": application.app_roles,
        "passwordCredentials": ids(application.client_secrets.iter().map(|secret| secret.key_id).collect()),
        "keyCredentials": ids(application.key_credentials.iter().map(|key| key.key_id).collect()),
        "requiredResourceAccess": application.required_resource_access,
        "groupMembershipClaims": application.group_membership_claims,
        "details": application.details,
        "requestedAccessTokenVersion": application.access_token_version,
    })
}

impl ApplicationChange {
    fn applied(&self, application: &Application) -> Result<Application, NotDone> {
        let mut becomes = application.clone();
        if let Some(name) = &self.display_name {
            becomes.display_name.clone_from(name);
        }
        becomes.sign_in_audience = self.sign_in_audience.unwrap_or(application.sign_in_audience);
        if let Some(uris) = &self.identifier_uris {
            becomes.identifier_uris.clone_from(uris);
        }
        for (kind, uris) in &self.redirect_uris {
            becomes.redirect_uris.retain(|known| known.kind != *kind);
            for uri in uris {
                lanyard_tokens::redirect_uri::check_registration(uri, *kind)
                    .map_err(|reason| NotDone::invalid("redirectUris", format!("'{uri}': {reason}.")))?;
                becomes.redirect_uris.push(RedirectUri {
                    uri: uri.clone(),
                    kind: *kind,
                });
            }
        }
        if let Some(url) = &self.logout_url {
            becomes.logout_url.clone_from(url);
        }
        if let Some(fallback) = self.is_fallback_public_client {
            becomes.is_fallback_public_client = fallback;
        }
        if let Some(claims) = self.group_membership_claims {
            becomes.group_membership_claims = claims;
        }
        if let Some(version) = self.access_token_version {
            becomes.access_token_version = version;
        }
        self.apply_permissions(application, &mut becomes)?;
        let details = &mut becomes.details;
        if let Some(url) = &self.home_page_url {
            details.home_page_url.clone_from(url);
        }
        if let Some(notes) = &self.notes {
            details.notes.clone_from(notes);
        }
        if let Some(tags) = &self.tags {
            details.tags.clone_from(tags);
        }
        if let Some(access) = &self.required_resource_access {
            becomes.required_resource_access.clone_from(access);
        }
        becomes.check().map_err(|property| invalid_property(&property))?;
        Ok(becomes)
    }

    /// Rule `DIRECTORY-PERMISSION-DISABLED-FIRST`: a scope or application role is taken away only after it was disabled. Source:
    /// directory-policy-tokens §2.5.
    fn apply_permissions(&self, was: &Application, becomes: &mut Application) -> Result<(), NotDone> {
        let refuse = |property: &str| {
            Err(NotDone::invalid(
                property,
                "Property value cannot be deleted unless it is disabled first.",
            ))
        };
        if let Some(scopes) = &self.permission_scopes {
            let kept: BTreeSet<_> = scopes.iter().map(|scope| scope.id).collect();
            if was
                .permission_scopes
                .iter()
                .any(|scope| scope.enabled && !kept.contains(&scope.id))
            {
                return refuse("api.oauth2PermissionScopes");
            }
            becomes.permission_scopes.clone_from(scopes);
        }
        if let Some(roles) = &self.app_roles {
            let kept: BTreeSet<_> = roles.iter().map(|role| role.id).collect();
            if was
                .app_roles
                .iter()
                .any(|role| role.enabled && !kept.contains(&role.id))
            {
                return refuse("appRoles");
            }
            becomes.app_roles.clone_from(roles);
        }
        Ok(())
    }
}

impl Engine {
    /// Registers an application; it gets a service principal by a request of its own.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Invalid`], [`NotDone::Duplicate`].
    pub async fn add_application(
        &self,
        caller: &Caller,
        new: &ApplicationChange,
    ) -> Result<Application, NotDone> {
        caller.may(&Operation::CREATE_APPLICATION)?;
        let blank = Application {
            id: self.new_guid()?,
            app_id: AppId(self.new_guid()?),
            tenant: caller.tenant,
            display_name: String::new(),
            sign_in_audience: SignInAudience::AzureADMyOrg,
            redirect_uris: Vec::new(),
            logout_url: None,
            identifier_uris: Vec::new(),
            permission_scopes: Vec::new(),
            app_roles: Vec::new(),
            access_token_version: 2,
            is_fallback_public_client: false,
            client_secrets: Vec::new(),
            key_credentials: Vec::new(),
            token_algorithm: TokenAlgorithm::RS256,
            optional_id_token_claims: Vec::new(),
            optional_access_token_claims: Vec::new(),
            consent_not_needed: false,
            required_resource_access: Vec::new(),
            group_membership_claims: GroupMembershipClaims::None,
            details: ApplicationDetails::default(),
            created: self.now(),
        };
        let mut application = new.applied(&blank)?;
        self.apply_keys(&mut application, new.keys.as_deref())?;
        let change = change("Add application", &application, Value::Null, told(&application));
        let mut writes = vec![Write::InsertApplication(Box::new(application.clone()))];
        // Who registers an application for oneself has to be able to go on with it.
        let owned = (application.id, OwnershipKind::Application);
        writes.extend(Self::first_owner(caller, owned));
        self.commit_for(caller, change, writes).await?;
        self.directory.forget_application(application.app_id).await;
        Ok(application)
    }

    /// Changes an application.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`], [`NotDone::Duplicate`].
    pub async fn change_application_by(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
        changes: &ApplicationChange,
    ) -> Result<(), NotDone> {
        on_newest!(
            caller,
            self.change_application_once(caller, (key, by_client_id), changes)
        )
    }

    async fn change_application_once(
        &self,
        caller: &Caller,
        (key, by_client_id): (&str, bool),
        changes: &ApplicationChange,
    ) -> Result<(), NotDone> {
        let was = self.application_to_change(caller, key, by_client_id).await?;
        let mut becomes = changes.applied(&was)?;
        self.apply_keys(&mut becomes, changes.keys.as_deref())?;
        if becomes == was {
            return Ok(());
        }
        let activity = if was.key_credentials == becomes.key_credentials {
            "Update application"
        } else {
            crate::administer::application_keys::CREDENTIALS_CHANGED
        };
        self.save_application(caller, activity, &was, becomes).await
    }

    /// An application that the caller may change, as its owner or by a role, in the version the caller expects.
    pub(crate) async fn application_to_change(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
    ) -> Result<Application, NotDone> {
        Self::check_may_any(caller, &Operation::CHANGE_APPLICATION)?;
        let application = self.application_by_key(caller, key, by_client_id).await?;
        self.check_may(caller, &Operation::CHANGE_APPLICATION, application.id)
            .await?;
        caller.expects(&application)?;
        Ok(application)
    }

    pub(crate) async fn save_application(
        &self,
        caller: &Caller,
        activity: &'static str,
        was: &Application,
        becomes: Application,
    ) -> Result<(), NotDone> {
        let change = change(activity, was, told(was), told(&becomes));
        let write = Write::ChangeApplication {
            was: Box::new(was.clone()),
            becomes: Box::new(becomes),
        };
        self.commit_for(caller, change, vec![write]).await?;
        self.directory.forget_application(was.app_id).await;
        Ok(())
    }

    /// Deletes an application with its service principal; it can be restored for 30 days.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn remove_application(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
    ) -> Result<(), NotDone> {
        let application = self.application_to_change(caller, key, by_client_id).await?;
        let (id, app_id) = (application.id, application.app_id);
        let principal = self.store.service_principal(caller.tenant, app_id).await?;
        let change = change(
            "Delete application",
            &application,
            told(&application),
            Value::Null,
        );
        let owners = self.store.owners(caller.tenant, id).await?;
        let deleted = DeletedApplication {
            application,
            principal,
            owners: owners.into_iter().map(|(owner, _)| owner).collect(),
        };
        let kept = self.kept(caller, DeletedKind::Application, id, &deleted)?;
        let delete = Write::DeleteApplication {
            tenant: caller.tenant,
            app_id,
        };
        self.commit_for(caller, change, vec![kept, delete]).await?;
        self.directory.forget_application(app_id).await;
        Ok(())
    }

    pub(crate) async fn restore_application(
        &self,
        caller: &Caller,
        row: &DeletedRow,
    ) -> Result<Application, NotDone> {
        let DeletedApplication {
            application,
            principal,
            owners,
        } = crate::administer::restore::read(row)?;
        let mut writes = vec![
            Write::ForgetDeleted {
                tenant: caller.tenant,
                id: row.id,
            },
            Write::InsertApplication(Box::new(application.clone())),
        ];
        writes.extend(principal.map(Write::InsertServicePrincipal));
        let owned = (application.id, OwnershipKind::Application);
        writes.extend(self.owners_again(caller, owned, &owners).await?);
        let change = change(
            "Restore application",
            &application,
            Value::Null,
            told(&application),
        );
        self.commit_for(caller, change, writes).await?;
        self.directory.forget_application(application.app_id).await;
        Ok(application)
    }
}

fn change(activity: &'static str, application: &Application, old: Value, new: Value) -> Change {
    Change {
        activity,
        target: application.id.to_string(),
        property: "",
        old,
        new,
    }
}

/// The audit row of changed secrets or certificates.
pub(crate) fn credentials_change(application: &Application, old: Value, new: Value) -> Change {
    change(
        crate::administer::application_keys::CREDENTIALS_CHANGED,
        application,
        old,
        new,
    )
}
