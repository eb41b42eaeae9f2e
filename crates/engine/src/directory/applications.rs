//! Use case: reading applications, service principals, application roles and consent.

use lanyard_directory::{
    AppId, AppRoleAssignment, Application, GroupId, OAuth2PermissionGrant, Operation, PrincipalType,
    ServicePrincipal, UserId,
};
use lanyard_storage::GrantScan;
use lanyard_tokens::GRAPH_APP_ID;
use uuid::Uuid;

use crate::{Caller, Engine, NotDone};

impl Engine {
    /// Every application registered in the tenant, by client id.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn read_applications(&self, caller: &Caller) -> Result<Vec<Application>, NotDone> {
        caller.may(&Operation::READ_APPLICATIONS)?;
        Ok(self.store.applications(caller.tenant).await?)
    }

    /// An application by object id, or with `by_client_id` by that.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_application(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
    ) -> Result<Application, NotDone> {
        caller.may(&Operation::READ_APPLICATIONS)?;
        self.application_by_key(caller, key, by_client_id).await
    }

    pub(crate) async fn application_by_key(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
    ) -> Result<Application, NotDone> {
        let not_found = || NotDone::NotFound(key.to_owned());
        let id = Uuid::try_parse(key).map_err(|_| not_found())?;
        let found = if by_client_id {
            let found = self.store.application(lanyard_directory::AppId(id)).await?;
            found.filter(|application| application.tenant == caller.tenant)
        } else {
            self.store.application_by_object_id(caller.tenant, id).await?
        };
        found.ok_or_else(not_found)
    }

    /// Every service principal of the tenant with its application, the directory API's own included.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn read_service_principals(
        &self,
        caller: &Caller,
    ) -> Result<Vec<(ServicePrincipal, Application)>, NotDone> {
        caller.may(&Operation::READ_APPLICATIONS)?;
        let own = self.directory_service_principal(caller.tenant);
        let mut found = vec![(own, self.directory_application().clone())];
        for principal in self.store.service_principals(caller.tenant).await? {
            if let Some(application) = self.store.application(principal.app_id).await? {
                found.push((principal, application));
            }
        }
        Ok(found)
    }

    /// A service principal by object id, or with `by_client_id` by that, with its application.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_service_principal(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
    ) -> Result<(ServicePrincipal, Application), NotDone> {
        caller.may(&Operation::READ_APPLICATIONS)?;
        self.service_principal_by_key(caller, key, by_client_id).await
    }

    pub(crate) async fn service_principal_by_key(
        &self,
        caller: &Caller,
        key: &str,
        by_client_id: bool,
    ) -> Result<(ServicePrincipal, Application), NotDone> {
        let not_found = || NotDone::NotFound(key.to_owned());
        let id = Uuid::try_parse(key).map_err(|_| not_found())?;
        let own = self.directory_service_principal(caller.tenant);
        if id == own.id || (by_client_id && id == GRAPH_APP_ID.0) {
            return Ok((own, self.directory_application().clone()));
        }
        let found = if by_client_id {
            let app_id = lanyard_directory::AppId(id);
            self.store.service_principal(caller.tenant, app_id).await?
        } else {
            self.store.service_principal_by_id(caller.tenant, id).await?
        };
        let principal = found.ok_or_else(not_found)?;
        let application = self.store.application(principal.app_id).await?;
        Ok((principal, application.ok_or_else(not_found)?))
    }

    /// Consent in the order of its ids.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn permission_grant_page(
        &self,
        caller: &Caller,
        of: &GrantScan,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<OAuth2PermissionGrant>, NotDone> {
        caller.may(&Operation::READ_DELEGATED_GRANTS)?;
        let page = self.store.permission_grant_page(caller.tenant, of, after, limit);
        Ok(page.await?)
    }

    /// One consent.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_permission_grant(
        &self,
        caller: &Caller,
        key: &str,
    ) -> Result<OAuth2PermissionGrant, NotDone> {
        caller.may(&Operation::READ_DELEGATED_GRANTS)?;
        let not_found = || NotDone::NotFound(key.to_owned());
        let id = Uuid::try_parse(key).map_err(|_| not_found())?;
        let found = self.store.permission_grant(caller.tenant, id).await?;
        found.ok_or_else(not_found)
    }

    /// The client id behind the object id of a service principal.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn client_of(&self, caller: &Caller, service_principal: &str) -> Result<AppId, NotDone> {
        caller.may(&Operation::READ_DELEGATED_GRANTS)?;
        let found = self.service_principal_by_key(caller, service_principal, false);
        Ok(found.await?.0.app_id)
    }

    /// The object id of an application's service principal in the tenant.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn service_principal_id(&self, caller: &Caller, app_id: AppId) -> Result<Uuid, NotDone> {
        caller.may(&Operation::READ_DELEGATED_GRANTS)?;
        let key = app_id.to_string();
        Ok(self.service_principal_by_key(caller, &key, true).await?.0.id)
    }

    /// The application roles a user, group or service principal was given.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn app_role_assignments_of(
        &self,
        caller: &Caller,
        principal: Uuid,
    ) -> Result<Vec<AppRoleAssignment>, NotDone> {
        if caller.user().is_some_and(|own| own.0 == principal) {
            caller.may(&Operation::READ_OWN_PROFILE)?;
        } else {
            caller.may(&Operation::READ_APP_ROLE_ASSIGNMENTS)?;
        }
        Ok(self
            .store
            .app_role_assignments_of(caller.tenant, principal)
            .await?)
    }

    /// Who was given roles of a resource, in the order of the assignments.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn app_role_assigned_to(
        &self,
        caller: &Caller,
        resource: AppId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AppRoleAssignment>, NotDone> {
        caller.may(&Operation::READ_APP_ROLE_ASSIGNMENTS)?;
        let page = self
            .store
            .app_role_assignments_to(caller.tenant, resource, after, limit);
        Ok(page.await?)
    }

    /// What kind of object may be given roles under this id.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn principal_type(&self, caller: &Caller, id: Uuid) -> Result<PrincipalType, NotDone> {
        caller.may(&Operation::READ_APP_ROLE_ASSIGNMENTS)?;
        let tenant = caller.tenant;
        if self.store.user(tenant, UserId(id)).await?.is_some() {
            return Ok(PrincipalType::User);
        }
        if self.store.group(tenant, GroupId(id)).await?.is_some() {
            return Ok(PrincipalType::Group);
        }
        if self.store.service_principal_by_id(tenant, id).await?.is_some() {
            return Ok(PrincipalType::ServicePrincipal);
        }
        Err(NotDone::NotFound(id.to_string()))
    }

    /// The name of a user, group or service principal.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn object_name(&self, caller: &Caller, id: Uuid) -> Result<Option<String>, NotDone> {
        caller.may(&Operation::READ_APP_ROLE_ASSIGNMENTS)?;
        let tenant = caller.tenant;
        if let Some(user) = self.store.user(tenant, UserId(id)).await? {
            return Ok(Some(user.display_name));
        }
        if let Some(group) = self.store.group(tenant, GroupId(id)).await? {
            return Ok(Some(group.display_name));
        }
        match self.store.service_principal_by_id(tenant, id).await? {
            Some(principal) => Ok(self
                .store
                .application(principal.app_id)
                .await?
                .map(|application| application.display_name)),
            None => Ok(None),
        }
    }
}

/// The SHA-1 thumbprint of a certificate, base64: `customKeyIdentifier`. Source: directory-policy-tokens §2.5.
#[must_use]
pub fn sha1_base64(der: &[u8]) -> String {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, der);
    base64::engine::general_purpose::STANDARD.encode(digest)
}
