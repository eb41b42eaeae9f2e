//! Who owns which group, application or service principal.

use lanyard_directory::TenantId;
use uuid::Uuid;

use crate::command::{Expect, Unit};
use crate::statements::{statements, tenant_by_no_index};
use crate::value::values;
use crate::{StorageError, Store};

statements! {
    INSERT = "INSERT INTO owners (tenant, object, owner, kind, owner_kind) VALUES ($1, $2, $3, $4, $5)";
    DELETE = "DELETE FROM owners WHERE tenant = $1 AND object = $2 AND owner = $3";
    DELETE_OF_OBJECT = "DELETE FROM owners WHERE tenant = $1 AND object = $2";
    DELETE_OF_OWNER = concat!("DELETE FROM owners WHERE ", tenant_by_no_index!(), " AND owner = $2");
    OWNERS = "SELECT owner, owner_kind FROM owners WHERE tenant = $1 AND object = $2 ORDER BY owner";
    OWNED = concat!("SELECT object, kind FROM owners WHERE ", tenant_by_no_index!(), " AND owner = $2 ORDER BY object");
    ONE = "SELECT owner FROM owners WHERE tenant = $1 AND object = $2 AND owner = $3";
}

const WHAT: &str = "owner";

/// What owns something, or is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnershipKind {
    /// A user, as an owner.
    User,
    /// A group that is owned.
    Group,
    /// An application that is owned.
    Application,
    /// A service principal: an owner, or owned.
    ServicePrincipal,
}

impl OwnershipKind {
    fn number(self) -> i64 {
        match self {
            Self::User => 1,
            Self::Group => 2,
            Self::Application => 3,
            Self::ServicePrincipal => 4,
        }
    }

    fn from_number(number: i64) -> Result<Self, StorageError> {
        match number {
            1 => Ok(Self::User),
            2 => Ok(Self::Group),
            3 => Ok(Self::Application),
            4 => Ok(Self::ServicePrincipal),
            other => Err(StorageError::corrupt(WHAT, format!("kind {other}"))),
        }
    }
}

/// Somebody owns something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// The tenant of both.
    pub tenant: TenantId,
    /// What is owned.
    pub object: Uuid,
    /// What kind of object that is.
    pub kind: OwnershipKind,
    /// Who owns it.
    pub owner: Uuid,
    /// What kind of object the owner is.
    pub owner_kind: OwnershipKind,
}

pub(crate) fn add(unit: &mut Unit, ownership: &Ownership) {
    let values = values![
        ownership.tenant,
        ownership.object,
        ownership.owner,
        ownership.kind.number(),
        ownership.owner_kind.number()
    ];
    unit.push(INSERT, values, Expect::Any, WHAT);
}

pub(crate) fn remove(unit: &mut Unit, tenant: TenantId, object: Uuid, owner: Uuid) {
    unit.push(DELETE, values![tenant, object, owner], Expect::Found(WHAT), WHAT);
}

/// Ends all ownership of an object and by it.
pub(crate) fn remove_all(unit: &mut Unit, tenant: TenantId, object: Uuid) {
    unit.run(DELETE_OF_OBJECT, values![tenant, object]);
    unit.run(DELETE_OF_OWNER, values![tenant, object]);
}

impl Store {
    /// Who owns an object, in the order of their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn owners(
        &self,
        tenant: TenantId,
        object: Uuid,
    ) -> Result<Vec<(Uuid, OwnershipKind)>, StorageError> {
        kinds(self.database().fetch(OWNERS, values![tenant, object]).await?)
    }

    /// What somebody owns, in the order of the ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn owned_by(
        &self,
        tenant: TenantId,
        owner: Uuid,
    ) -> Result<Vec<(Uuid, OwnershipKind)>, StorageError> {
        kinds(self.database().fetch(OWNED, values![tenant, owner]).await?)
    }

    /// Whether somebody owns an object.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_owner(&self, tenant: TenantId, object: Uuid, owner: Uuid) -> Result<bool, StorageError> {
        let row: Option<(Uuid,)> = self
            .database()
            .fetch_one(ONE, values![tenant, object, owner])
            .await?;
        Ok(row.is_some())
    }
}

fn kinds(rows: Vec<(Uuid, i64)>) -> Result<Vec<(Uuid, OwnershipKind)>, StorageError> {
    rows.into_iter()
        .map(|(id, kind)| Ok((id, OwnershipKind::from_number(kind)?)))
        .collect()
}
