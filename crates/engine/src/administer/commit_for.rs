//! Committing what a caller of the directory API changes.

use lanyard_directory::{InvalidProperty, Operation};
use lanyard_storage::{StorageError, Write};
use uuid::Uuid;

use crate::administer::Change;
use crate::{Caller, Engine, NotDone};

/// How often a change is made anew when others change the same object.
pub(crate) const MAX_ATTEMPTS: u32 = 5;

/// Makes a change again when somebody else changed the object at the same moment; not when the caller named the version it is made
/// for.
macro_rules! on_newest {
    ($caller:expr, $change:expr) => {{
        let mut attempt = 1;
        loop {
            match $change.await {
                Err($crate::NotDone::Changed)
                    if $caller.expected.is_none()
                        && attempt < $crate::administer::commit_for::MAX_ATTEMPTS =>
                {
                    attempt += 1;
                }
                done => break done,
            }
        }
    }};
}
pub(crate) use on_newest;

impl Engine {
    /// Commits writes together with the audit row of the change: both or neither.
    ///
    /// Rule `CHANGE-AUDITED`: every change over the directory API is one audit row with the old and the new values, written in
    /// the same unit of work. Source: directory-policy-tokens §8.2.
    ///
    /// # Errors
    /// [`NotDone::Duplicate`], [`NotDone::Changed`], [`NotDone::NotFound`].
    pub(crate) async fn commit_for(
        &self,
        caller: &Caller,
        change: Change,
        mut writes: Vec<Write>,
    ) -> Result<(), NotDone> {
        writes.push(Write::Audit(self.audit_of(caller, change)?));
        match self.store.commit(writes).await {
            Ok(()) => Ok(()),
            Err(StorageError::Duplicate { what }) => Err(NotDone::Duplicate(duplicate(what))),
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses what the caller may do neither to every object nor, as its owner, to this one.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub(crate) async fn check_may(
        &self,
        caller: &Caller,
        operation: &Operation,
        object: Uuid,
    ) -> Result<(), NotDone> {
        if caller.rights.may(operation).is_err()
            && caller.rights.may_as_owner(operation)
            && let Some(own) = caller.object_id()
            && self.store.is_owner(caller.tenant, object, own).await?
        {
            return Ok(());
        }
        caller.may(operation)
    }

    /// Refuses what the caller may do to no object at all, owned ones included: it learns nothing about what there is.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub(crate) fn check_may_any(caller: &Caller, operation: &Operation) -> Result<(), NotDone> {
        if caller.rights.may_as_owner(operation) {
            return Ok(());
        }
        caller.may(operation)
    }

    /// Refuses what may be done to ordinary users only when the user holds a directory role and the caller is not allowed
    /// more.
    ///
    /// Rule `PROTECTED-ADMINISTRATOR`: who holds a directory role is changed, switched off, deleted or signed out only by who may
    /// do it to administrators. Source: directory-policy-tokens §2.7.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub(crate) async fn check_protected(
        &self,
        caller: &Caller,
        object: Uuid,
        of_administrators: &Operation,
    ) -> Result<(), NotDone> {
        if caller.rights.may(of_administrators).is_ok() {
            return Ok(());
        }
        let held = self
            .store
            .roles_of(caller.tenant, lanyard_directory::UserId(object))
            .await?;
        if held.is_empty() {
            Ok(())
        } else {
            caller.may(of_administrators)
        }
    }
}

fn duplicate(what: &str) -> String {
    let property = match what {
        "user principal name" => "userPrincipalName",
        "certificate user id" => "certificateUserIds",
        "owner" => {
            return "One or more added object references already exist for the following modified properties: 'owners'."
                .to_owned();
        }
        "member" => {
            return "One or more added object references already exist for the following modified properties: 'members'."
                .to_owned();
        }
        "device id" => "deviceId",
        "application ID URI" => "identifierUris",
        other => other,
    };
    format!("Another object with the same value for property {property} already exists.")
}

/// One property that breaks a rule.
pub(crate) fn invalid_property(property: &InvalidProperty) -> NotDone {
    NotDone::invalid(
        property.property,
        format!("{} [{}].", property.reason, property.rule),
    )
}
