//! Use case: callers of the directory API bring applications into the tenant and switch them off, and change consent.

use lanyard_directory::{
    Application, OAuth2PermissionGrant, Operation, Rights, ServicePrincipal, SignInAudience, UserId,
};
use lanyard_storage::{OwnershipKind, Write};
use lanyard_tokens::GRAPH_APP_ID;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::Change;
use crate::administer::commit_for::on_newest;
use crate::{Caller, Engine, NotDone};

fn told(principal: &ServicePrincipal, application: &Application) -> Value {
    json!({
        "id": principal.id,
        "appId": principal.app_id,
        "displayName": application.display_name,
        "accountEnabled": principal.account_enabled,
        "appRoleAssignmentRequired": principal.assignment_required,
    })
}

fn change(activity: &'static str, principal: &ServicePrincipal, old: Value, new: Value) -> Change {
    Change {
        activity,
        target: principal.id.to_string(),
        property: "",
        old,
        new,
    }
}

impl Engine {
    /// Brings an application into the tenant.
    ///
    /// Rule `DIRECTORY-SERVICE-PRINCIPAL`: an application of this tenant, or one open to others, has at most one service principal
    /// in a tenant; that of the directory API itself is always there and never changed. Source: directory-policy-tokens §2.5.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Duplicate`].
    pub async fn add_service_principal(
        &self,
        caller: &Caller,
        app_id: &str,
    ) -> Result<(ServicePrincipal, Application), NotDone> {
        caller.may(&Operation::CREATE_APPLICATION)?;
        let not_found = || NotDone::NotFound(app_id.to_owned());
        let id: lanyard_directory::AppId = app_id.parse().map_err(|_| not_found())?;
        if id == GRAPH_APP_ID {
            return Err(NotDone::Duplicate(
                "The service principal is there already.".to_owned(),
            ));
        }
        let application = self.store.application(id).await?.filter(|application| {
            application.tenant == caller.tenant
                || application.sign_in_audience == SignInAudience::AzureADMultipleOrgs
        });
        let application = application.ok_or_else(not_found)?;
        if matches!(caller.rights, Rights::Application { .. }) {
            // `Application.ReadWrite.OwnedBy` is worth something for what the caller owns only.
            self.check_may(caller, &Operation::CHANGE_APPLICATION, application.id)
                .await?;
        }
        let principal = ServicePrincipal {
            id: self.new_guid()?,
            tenant: caller.tenant,
            app_id: id,
            account_enabled: true,
            assignment_required: false,
        };
        let told = change(
            "Add service principal",
            &principal,
            Value::Null,
            told(&principal, &application),
        );
        let mut writes = vec![Write::InsertServicePrincipal(principal.clone())];
        let owned = (principal.id, OwnershipKind::ServicePrincipal);
        writes.extend(Self::first_owner(caller, owned));
        self.commit_for(caller, told, writes).await?;
        self.directory.forget_application(id).await;
        Ok((principal, application))
    }

    /// A service principal that the caller may change, as its owner or by a role, in the version the caller expects.
    pub(crate) async fn principal_to_change(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
    ) -> Result<(ServicePrincipal, Application), NotDone> {
        Self::check_may_any(caller, &Operation::CHANGE_APPLICATION)?;
        let (principal, application) = self.service_principal_by_key(caller, key, by_client_id).await?;
        self.check_may(caller, &Operation::CHANGE_APPLICATION, principal.id)
            .await?;
        check_own(&principal)?;
        caller.expects(&principal)?;
        Ok((principal, application))
    }

    /// Switches a service principal on or off, or lets only assigned users in.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn change_service_principal(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
        account_enabled: Option<bool>,
        assignment_required: Option<bool>,
    ) -> Result<(), NotDone> {
        on_newest!(
            caller,
            self.change_service_principal_once(
                caller,
                (key, by_client_id),
                account_enabled,
                assignment_required
            )
        )
    }

    async fn change_service_principal_once(
        &self,
        caller: &Caller,
        (key, by_client_id): (&str, bool),
        account_enabled: Option<bool>,
        assignment_required: Option<bool>,
    ) -> Result<(), NotDone> {
        let (was, application) = self.principal_to_change(caller, key, by_client_id).await?;
        let mut becomes = was.clone();
        becomes.account_enabled = account_enabled.unwrap_or(was.account_enabled);
        becomes.assignment_required = assignment_required.unwrap_or(was.assignment_required);
        if becomes == was {
            return Ok(());
        }
        let told = change(
            "Update service principal",
            &was,
            told(&was, &application),
            told(&becomes, &application),
        );
        let app_id = was.app_id;
        let write = Write::ChangeServicePrincipal { was, becomes };
        self.commit_for(caller, told, vec![write]).await?;
        self.directory.forget_application(app_id).await;
        Ok(())
    }

    /// Takes an application out of the tenant.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn remove_service_principal(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
    ) -> Result<(), NotDone> {
        let (was, application) = self.principal_to_change(caller, key, by_client_id).await?;
        let told = change(
            "Remove service principal",
            &was,
            told(&was, &application),
            Value::Null,
        );
        let app_id = was.app_id;
        self.commit_for(caller, told, vec![Write::DeleteServicePrincipal(was)])
            .await?;
        self.directory.forget_application(app_id).await;
        Ok(())
    }

    /// Replaces the scopes of a permission grant; an empty list takes it away.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn change_permission_grant(
        &self,
        caller: &Caller,
        id: &str,
        scopes: Vec<String>,
    ) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_DELEGATED_GRANTS)?;
        let id = Uuid::try_parse(id).map_err(|_| NotDone::NotFound(id.to_owned()))?;
        let was = self.store.permission_grant(caller.tenant, id).await?;
        let was = was.ok_or_else(|| NotDone::NotFound(id.to_string()))?;
        let activity = if scopes.is_empty() {
            "Remove delegated permission grant"
        } else {
            "Add delegated permission grant"
        };
        let told = Change {
            activity,
            target: was.client.to_string(),
            property: "DelegatedPermissionGrant.Scope",
            old: json!(was.scopes),
            new: if scopes.is_empty() {
                Value::Null
            } else {
                json!(scopes)
            },
        };
        let write = if scopes.is_empty() {
            Write::DeletePermissionGrant {
                tenant: caller.tenant,
                grant: id,
            }
        } else {
            Write::UpsertPermissionGrant(OAuth2PermissionGrant { scopes, ..was })
        };
        self.commit_for(caller, told, vec![write]).await?;
        self.directory.forget_consent();
        Ok(())
    }

    /// The object id of a user, when there is one.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn user_id_of(&self, caller: &Caller, key: &str) -> Result<UserId, NotDone> {
        self.profile_view(caller)?;
        Ok(self.user_by_key(caller, key).await?.id)
    }
}

fn check_own(principal: &ServicePrincipal) -> Result<(), NotDone> {
    if principal.app_id == GRAPH_APP_ID {
        return Err(NotDone::invalid(
            "",
            "The service principal of the directory API cannot be changed.",
        ));
    }
    Ok(())
}
