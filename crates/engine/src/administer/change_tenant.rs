//! Changing the configuration document for a caller of the directory API.

use serde_json::{Value, json};

use lanyard_directory::TenantId;
use lanyard_storage::{AuditRow, StorageError};

use crate::administer::Actor;
use crate::caller::CallerIdentity;
use crate::change_safety::override_reason;
use crate::{Caller, Engine, EngineError, NotDone, TenantConfiguration};

/// How often a change is made anew when somebody else saved in between.
const TRIES: usize = 5;

/// One change as the audit log tells it. Source: certificate-sign-in §9.3, directory-policy-tokens §8.2.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) activity: &'static str,
    /// Id or name of what was changed.
    pub(crate) target: String,
    /// The property that has the two values.
    pub(crate) property: &'static str,
    pub(crate) old: Value,
    pub(crate) new: Value,
}

/// What a change of the configuration came to.
#[derive(Debug)]
pub(crate) enum Changed {
    /// Everything was so already.
    Nothing,
    /// These changes, each of them a row of the audit log.
    This(Vec<Change>),
}

/// How saving came out.
enum Saved {
    Done,
    /// Somebody else saved another version in between.
    ByOther,
}

impl Engine {
    /// Reads, changes and saves the configuration document with its audit rows, then swaps the snapshot.
    ///
    /// Rule `CONFIGURATION-NOT-OVERWRITTEN`: a change is made on the version it was read from: where the caller named a version,
    /// any other one refuses it; where not, it is made anew on what is there now. Source: directory-policy-tokens §2.1.
    ///
    /// # Errors
    /// Whatever `change` says; [`NotDone::Changed`].
    pub(crate) async fn change_tenant(
        &self,
        caller: &Caller,
        expected_version: Option<i64>,
        change: impl FnMut(&mut TenantConfiguration) -> Result<Changed, NotDone>,
    ) -> Result<(), NotDone> {
        let audit = |change| self.audit_of(caller, change);
        match self
            .change_document(caller.tenant, expected_version, audit, change)
            .await?
        {
            Saved::Done => Ok(()),
            Saved::ByOther => Err(NotDone::Changed),
        }
    }

    /// The same for a command of the machine itself.
    ///
    /// # Errors
    /// Whatever `change` says; [`EngineError::InvalidChange`] when others save all the time.
    pub(crate) async fn change_configuration(
        &self,
        actor: &Actor,
        tenant: TenantId,
        change: impl FnMut(&mut TenantConfiguration) -> Result<Changed, EngineError>,
    ) -> Result<(), EngineError> {
        let audit = |change: Change| {
            let body = json!({
                "property": change.property,
                "old": change.old,
                "new": change.new,
                "forced": override_reason()
            });
            Ok(AuditRow {
                id: self.new_guid()?,
                tenant,
                created_us: self.now().as_microsecond(),
                activity: change.activity.to_owned(),
                actor: actor.0.clone(),
                target: change.target,
                body: body.to_string(),
            })
        };
        match self.change_document(tenant, None, audit, change).await? {
            Saved::Done => Ok(()),
            Saved::ByOther => Err(EngineError::InvalidChange(
                "somebody else changes the configuration all the time; try again".to_owned(),
            )),
        }
    }

    /// The one way in which the document changes: read, change, guard, save on the version that was read, with its audit rows.
    async fn change_document<E: From<EngineError>>(
        &self,
        tenant: TenantId,
        expected_version: Option<i64>,
        audit_of: impl Fn(Change) -> Result<AuditRow, EngineError>,
        mut change: impl FnMut(&mut TenantConfiguration) -> Result<Changed, E>,
    ) -> Result<Saved, E> {
        for _ in 0..TRIES {
            let (version, mut configuration) = self.tenant_configuration(tenant).await?;
            if expected_version.is_some_and(|expected| expected != version) {
                return Ok(Saved::ByOther);
            }
            let before = configuration.clone();
            let changes = match change(&mut configuration)? {
                Changed::Nothing => return Ok(Saved::Done),
                Changed::This(changes) => changes,
            };
            self.guard_configuration(tenant, &before, &configuration).await?;
            let document = serde_json::to_value(&configuration)
                .map_err(|error| EngineError::Configuration(error.to_string()))?;
            let audit = changes
                .into_iter()
                .map(&audit_of)
                .collect::<Result<Vec<_>, _>>()?;
            let saved = self
                .store
                .save_tenant_configuration(tenant, Some(version), &document, audit)
                .await;
            match saved {
                Ok(_) => {
                    self.reload_snapshot().await?;
                    return Ok(Saved::Done);
                }
                Err(StorageError::VersionConflict) => {}
                Err(error) => return Err(EngineError::from(error).into()),
            }
        }
        Ok(Saved::ByOther)
    }

    /// The audit row of a caller's change: who, from where, from what to what.
    pub(crate) fn audit_of(&self, caller: &Caller, change: Change) -> Result<AuditRow, EngineError> {
        let initiated_by = match &caller.identity {
            CallerIdentity::User {
                id,
                user_principal_name,
                client,
            } => json!({
                "user": { "id": id, "userPrincipalName": user_principal_name, "ipAddress": caller.ip_address },
                "client": client
            }),
            CallerIdentity::Application {
                client,
                service_principal,
                display_name,
            } => json!({
                "app": { "appId": client, "servicePrincipalId": service_principal, "displayName": display_name }
            }),
            CallerIdentity::LocalOperator => json!({ "app": { "displayName": "Lanyard command line" } }),
        };
        let body = json!({
            "property": change.property,
            "old": change.old,
            "new": change.new,
            "initiatedBy": initiated_by,
            "correlationId": caller.correlation_id,
            "forced": override_reason()
        });
        Ok(AuditRow {
            id: self.new_guid()?,
            tenant: caller.tenant,
            created_us: self.now().as_microsecond(),
            activity: change.activity.to_owned(),
            actor: caller.actor().0,
            target: change.target,
            body: body.to_string(),
        })
    }
}
