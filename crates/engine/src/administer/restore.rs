//! Use case: what was deleted is listed, restored or deleted for good.

use lanyard_directory::{Application, Group, Operation, User};
use lanyard_storage::{DeletedKind, DeletedRow, Write};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::Change;
use crate::administer::application_change::DeletedApplication;
use crate::administer::group_change::DeletedGroup;
use crate::administer::user_removal::DeletedUser;
use crate::{Caller, Engine, EngineError, NotDone};

/// Something deleted.
#[derive(Clone, Debug)]
pub enum DeletedObject {
    /// A user.
    User(Box<User>),
    /// A group.
    Group(Box<Group>),
    /// An application.
    Application(Box<Application>),
}

/// The stored form of something deleted.
pub(crate) fn read<T: DeserializeOwned>(row: &DeletedRow) -> Result<T, NotDone> {
    serde_json::from_str(&row.body)
        .map_err(|error| EngineError::Configuration(format!("deleted object {}: {error}", row.id)).into())
}

fn operation(kind: DeletedKind) -> &'static Operation {
    match kind {
        DeletedKind::User => &Operation::DELETE_USER,
        DeletedKind::Group => &Operation::DELETE_GROUP,
        DeletedKind::Application => &Operation::CHANGE_APPLICATION,
    }
}

fn reading(kind: DeletedKind) -> &'static Operation {
    match kind {
        DeletedKind::User => &Operation::READ_USERS,
        DeletedKind::Group => &Operation::READ_GROUPS,
        DeletedKind::Application => &Operation::READ_APPLICATIONS,
    }
}

fn object(row: &DeletedRow) -> Result<DeletedObject, NotDone> {
    Ok(match row.kind {
        DeletedKind::User => DeletedObject::User(Box::new(read::<DeletedUser>(row)?.user)),
        DeletedKind::Group => DeletedObject::Group(Box::new(read::<DeletedGroup>(row)?.group)),
        DeletedKind::Application => {
            DeletedObject::Application(Box::new(read::<DeletedApplication>(row)?.application))
        }
    })
}

impl Engine {
    /// Deleted things of a kind behind one, with the moment of each deletion in microseconds.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn deleted_page(
        &self,
        caller: &Caller,
        kind: DeletedKind,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<(i64, DeletedObject)>, NotDone> {
        caller.may(reading(kind))?;
        let rows = self.store.deleted_objects(caller.tenant, kind, after, limit);
        rows.await?
            .iter()
            .map(|row| Ok((row.deleted_us, object(row)?)))
            .collect()
    }

    /// Whether this is the id of a deleted user, group or application, whoever asks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_deleted_object(&self, caller: &Caller, key: &str) -> Result<bool, NotDone> {
        Ok(match Uuid::try_parse(key) {
            Ok(id) => self.store.deleted_object(caller.tenant, id).await?.is_some(),
            Err(_) => false,
        })
    }

    /// Something deleted.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_deleted(&self, caller: &Caller, key: &str) -> Result<(i64, DeletedObject), NotDone> {
        let row = self.deleted_row(caller, key, reading).await?;
        Ok((row.deleted_us, object(&row)?))
    }

    /// Restores something deleted.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`]; [`NotDone::Duplicate`] when its name is taken meanwhile.
    pub async fn restore_deleted(&self, caller: &Caller, key: &str) -> Result<DeletedObject, NotDone> {
        let row = self.deleted_row(caller, key, operation).await?;
        Ok(match row.kind {
            DeletedKind::User => DeletedObject::User(Box::new(self.restore_user(caller, &row).await?)),
            DeletedKind::Group => DeletedObject::Group(Box::new(self.restore_group(caller, &row).await?)),
            DeletedKind::Application => {
                DeletedObject::Application(Box::new(self.restore_application(caller, &row).await?))
            }
        })
    }

    /// Deletes for good.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn delete_for_good(&self, caller: &Caller, key: &str) -> Result<(), NotDone> {
        let row = self.deleted_row(caller, key, operation).await?;
        let activity = match row.kind {
            DeletedKind::User => "Hard Delete user",
            DeletedKind::Group => "Hard Delete group",
            DeletedKind::Application => "Hard Delete application",
        };
        let change = Change {
            activity,
            target: row.id.to_string(),
            property: "",
            old: json!({ "id": row.id }),
            new: Value::Null,
        };
        let forget = Write::ForgetDeleted {
            tenant: caller.tenant,
            id: row.id,
        };
        self.commit_for(caller, change, vec![forget]).await
    }

    async fn deleted_row(
        &self,
        caller: &Caller,
        key: &str,
        operation: fn(DeletedKind) -> &'static Operation,
    ) -> Result<DeletedRow, NotDone> {
        let found = match Uuid::try_parse(key) {
            Ok(id) => self.store.deleted_object(caller.tenant, id).await?,
            Err(_) => None,
        };
        // Who may do it to no kind of thing does not learn what there is.
        caller.may(operation(
            found.as_ref().map_or(DeletedKind::User, |row| row.kind),
        ))?;
        found.ok_or_else(|| NotDone::NotFound(key.to_owned()))
    }
}
