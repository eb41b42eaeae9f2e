//! Consent for everybody, and application roles.

use lanyard_directory::{
    AppId, AppRoleAssignment, ConsentType, OAuth2PermissionGrant, Operation, PrincipalType, UserId,
};
use lanyard_storage::Write;
use lanyard_tokens::{GRAPH_APP_ID, ResourceName};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::Change;
use crate::{Caller, Engine, NotDone};

impl Engine {
    /// Grants a client delegated permissions of a resource, in addition to what it has.
    ///
    /// Rule `CONSENT-FOR-ALL`: an administrator grants scopes that the resource exposes to a client, for one user or for
    /// everybody; they are added to those granted before. Source: directory-policy-tokens §2.5, §2.6.
    ///
    /// `principal`: the user, or `None` for everybody.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`] for an unknown resource, [`NotDone::Invalid`] for a scope it does not have.
    pub async fn grant_delegated(
        &self,
        caller: &Caller,
        client: AppId,
        resource: &str,
        scopes: &[String],
        principal: Option<UserId>,
    ) -> Result<OAuth2PermissionGrant, NotDone> {
        caller.may(&Operation::CHANGE_DELEGATED_GRANTS)?;
        let named = ResourceName::Named(resource.to_owned());
        let Some(resource) = self.resource(caller.tenant, &named).await? else {
            return Err(NotDone::NotFound(resource.to_owned()));
        };
        for scope in scopes {
            if !resource
                .permission_scopes
                .iter()
                .any(|offered| offered.value == *scope)
            {
                let sentence = format!("The resource has no delegated permission '{scope}'.");
                return Err(NotDone::invalid("scope", sentence));
            }
        }
        let before = self.store.permission_grants(caller.tenant, client).await?;
        let before = before
            .into_iter()
            .find(|grant| grant.resource == resource.app_id && grant.principal == principal);
        let mut granted = before
            .as_ref()
            .map(|grant| grant.scopes.clone())
            .unwrap_or_default();
        for scope in scopes {
            if !granted.contains(scope) {
                granted.push(scope.clone());
            }
        }
        let grant = OAuth2PermissionGrant {
            id: match &before {
                Some(grant) => grant.id,
                None => self.new_guid()?,
            },
            tenant: caller.tenant,
            client,
            consent_type: match principal {
                Some(_) => ConsentType::Principal,
                None => ConsentType::AllPrincipals,
            },
            principal,
            resource: resource.app_id,
            scopes: granted,
        };
        let change = Change {
            activity: "Add delegated permission grant",
            target: client.to_string(),
            property: "DelegatedPermissionGrant.Scope",
            old: before.map_or(Value::Null, |grant| json!(grant.scopes)),
            new: json!(grant.scopes),
        };
        let audit = self.audit_of(caller, change)?;
        let writes = vec![Write::UpsertPermissionGrant(grant.clone()), Write::Audit(audit)];
        self.store.commit(writes).await?;
        Ok(grant)
    }

    /// Assigns an application role of a resource.
    ///
    /// Rule `APP-ROLE-ASSIGN`: a role that the resource has (or, as all zeros, plain access) is assigned once to each holder;
    /// application permissions of the directory API only by who may grant anything. Source: directory-policy-tokens §2.5, §2.6.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`], [`NotDone::Duplicate`].
    pub async fn assign_app_role(
        &self,
        caller: &Caller,
        (principal_type, principal): (PrincipalType, Uuid),
        resource: AppId,
        app_role: Uuid,
    ) -> Result<AppRoleAssignment, NotDone> {
        caller.may(assigning(resource))?;
        let named = ResourceName::Named(resource.to_string());
        let Some(application) = self.resource(caller.tenant, &named).await? else {
            return Err(NotDone::NotFound(resource.to_string()));
        };
        let role = application.app_roles.iter().find(|role| role.id == app_role);
        if role.is_none() && !app_role.is_nil() {
            let sentence = format!("The resource has no application role with the id {app_role}.");
            return Err(NotDone::invalid("appRoleId", sentence));
        }
        let assignment = AppRoleAssignment {
            id: self.new_guid()?,
            tenant: caller.tenant,
            principal,
            principal_type,
            resource,
            app_role,
            created: self.now(),
        };
        let change = Change {
            activity: activity(principal_type),
            target: principal.to_string(),
            property: "AppRole.Value",
            old: Value::Null,
            new: json!({
                "resource": resource,
                "id": app_role,
                "value": role.map(|role| role.value.clone())
            }),
        };
        let audit = self.audit_of(caller, change)?;
        let writes = vec![
            Write::AddAppRoleAssignment(assignment.clone()),
            Write::Audit(audit),
        ];
        self.store.commit(writes).await?;
        Ok(assignment)
    }

    /// Assigns an application role to a client itself, by the role's value.
    ///
    /// # Errors
    /// As [`Engine::assign_app_role`].
    pub async fn grant_application_permission(
        &self,
        caller: &Caller,
        client: AppId,
        resource: &str,
        value: &str,
    ) -> Result<AppRoleAssignment, NotDone> {
        let named = ResourceName::Named(resource.to_owned());
        let Some(resource) = self.resource(caller.tenant, &named).await? else {
            return Err(NotDone::NotFound(resource.to_owned()));
        };
        let Some(role) = resource.app_roles.iter().find(|role| role.value == value) else {
            let sentence = format!("The resource has no application permission '{value}'.");
            return Err(NotDone::invalid("appRoleId", sentence));
        };
        let principal = self.store.service_principal(caller.tenant, client).await?;
        let Some(principal) = principal else {
            return Err(NotDone::NotFound(client.to_string()));
        };
        let holder = (PrincipalType::ServicePrincipal, principal.id);
        self.assign_app_role(caller, holder, resource.app_id, role.id)
            .await
    }

    /// Takes an assignment back.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn remove_app_role_assignment(&self, caller: &Caller, id: Uuid) -> Result<(), NotDone> {
        let found = self.store.app_role_assignment(caller.tenant, id).await?;
        // Who may not change any assignment does not learn which there are.
        caller.may(
            found
                .as_ref()
                .map_or(&Operation::CHANGE_DIRECTORY_API_ASSIGNMENTS, |found| {
                    assigning(found.resource)
                }),
        )?;
        let Some(found) = found else {
            return Err(NotDone::NotFound(id.to_string()));
        };
        let change = Change {
            activity: "Remove app role assignment",
            target: found.principal.to_string(),
            property: "AppRole.Id",
            old: json!({ "resource": found.resource, "id": found.app_role }),
            new: Value::Null,
        };
        let audit = self.audit_of(caller, change)?;
        let remove = Write::RemoveAppRoleAssignment {
            tenant: caller.tenant,
            assignment: id,
        };
        Ok(self.store.commit(vec![remove, Write::Audit(audit)]).await?)
    }

    /// The values of the application roles that a principal holds of a resource: what `roles` of a token carries.
    ///
    /// Rule `TOKEN-APP-ROLES`: `roles` carries the enabled application roles of the resource that were assigned to the user, to a
    /// group the user is a direct member of or, in a token for an application itself, to its service principal; those of the
    /// directory API, which are for applications, to nobody through a group.
    /// Source: directory-policy-tokens §1.6, §1.12, §2.5.
    pub(crate) async fn app_role_values(
        &self,
        tenant: lanyard_directory::TenantId,
        principal: Uuid,
        resource: &lanyard_directory::Application,
    ) -> Result<Vec<String>, crate::EngineError> {
        let mut values = Vec::new();
        if resource.app_roles.is_empty() {
            return Ok(values);
        }
        let mut holders = vec![principal];
        if resource.app_id != GRAPH_APP_ID {
            let groups = self.store.groups_of(tenant, principal).await?;
            holders.extend(groups.into_iter().map(|group| group.0));
        }
        for holder in holders {
            for assignment in self.store.app_role_assignments_of(tenant, holder).await? {
                let role = resource
                    .app_roles
                    .iter()
                    .find(|role| role.id == assignment.app_role);
                let role = role.filter(|role| role.enabled && assignment.resource == resource.app_id);
                values.extend(role.map(|role| role.value.clone()));
            }
        }
        values.sort();
        values.dedup();
        Ok(values)
    }
}

fn assigning(resource: AppId) -> &'static Operation {
    if resource == GRAPH_APP_ID {
        &Operation::CHANGE_DIRECTORY_API_ASSIGNMENTS
    } else {
        &Operation::CHANGE_APP_ROLE_ASSIGNMENTS
    }
}

fn activity(principal_type: PrincipalType) -> &'static str {
    match principal_type {
        PrincipalType::User => "Add app role assignment grant to user",
        PrincipalType::Group => "Add app role assignment to group",
        PrincipalType::ServicePrincipal => "Add app role assignment to service principal",
    }
}
