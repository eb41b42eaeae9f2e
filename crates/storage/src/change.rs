//! The list of changes: what every node has to read again.

use lanyard_directory::TenantId;
use uuid::Uuid;

use crate::statements::statements;
use crate::value::{Value, values};
use crate::{StorageError, Store};

statements! {
    INSERT = "INSERT INTO changes (tenant, kind, id) VALUES ($1, $2, $3)";
    AFTER = "SELECT sequence, tenant, kind, id FROM changes WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    LAST = "SELECT MAX(sequence) FROM changes";
}

/// How many changes [`Store::changes_after`] returns at most.
const PAGE: i64 = 1000;

/// One change, in the order of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Rises with every change; may have gaps.
    pub sequence: i64,
    /// The tenant, unless the change is the server's.
    pub tenant: Option<TenantId>,
    /// What was changed.
    pub kind: ChangeKind,
    /// Its id as text (a CRL's is its authority in hex); `None`: several, forget all of this kind in the tenant.
    pub id: Option<String>,
}

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A tenant.
    Tenant,
    /// The configuration document of a tenant: trust store, method policy, settings.
    Configuration,
    /// A user.
    User,
    /// A group or its members.
    Group,
    /// An application; the id is its client id.
    Application,
    /// A service principal; the id is the client id.
    ServicePrincipal,
    /// A permission grant; the id is that of the client.
    PermissionGrant,
    /// Roles of a user; the id is the user's.
    Role,
    /// A key; the id is the key's.
    Key,
    /// A CRL; the id is its authority in hex.
    Crl,
    /// Sessions or grants ended other than by their own user agent; the id is the user's.
    Ended,
    /// The denied certificates of a tenant; the id is the entry's.
    DeniedCertificate,
}

impl ChangeKind {
    const ALL: [Self; 12] = [
        Self::Tenant,
        Self::Configuration,
        Self::User,
        Self::Group,
        Self::Application,
        Self::ServicePrincipal,
        Self::PermissionGrant,
        Self::Role,
        Self::Key,
        Self::Crl,
        Self::Ended,
        Self::DeniedCertificate,
    ];

    /// The stored number; never given to another kind.
    fn number(self) -> i64 {
        match self {
            Self::Tenant => 1,
            Self::Configuration => 2,
            Self::User => 3,
            Self::Group => 4,
            Self::Application => 5,
            Self::ServicePrincipal => 6,
            Self::PermissionGrant => 7,
            Self::Role => 8,
            Self::Key => 9,
            Self::Crl => 10,
            Self::Ended => 11,
            Self::DeniedCertificate => 12,
        }
    }

    fn from_number(number: i64) -> Result<Self, StorageError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.number() == number)
            .ok_or_else(|| StorageError::corrupt("change", format!("kind {number}")))
    }
}

/// A change before it has its number.
#[derive(Clone, Debug)]
pub(crate) struct ChangeNote {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) kind: ChangeKind,
    pub(crate) id: Option<String>,
}

impl ChangeNote {
    pub(crate) fn new(tenant: TenantId, kind: ChangeKind, id: impl ToString) -> Self {
        Self {
            tenant: Some(tenant),
            kind,
            id: Some(id.to_string()),
        }
    }

    /// The statement that writes it.
    pub(crate) fn statement(&self) -> (&'static str, Vec<Value>) {
        (INSERT, values![self.tenant, self.kind.number(), self.id.clone()])
    }
}

impl Store {
    /// Changes after `sequence` in the order of commits, 1000 at most: ask again after the last one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn changes_after(&self, sequence: i64) -> Result<Vec<Change>, StorageError> {
        let rows: Vec<(i64, Option<Uuid>, i64, Option<String>)> =
            self.database().fetch(AFTER, values![sequence, PAGE]).await?;
        rows.into_iter()
            .map(|(sequence, tenant, kind, id)| {
                let kind = ChangeKind::from_number(kind)?;
                Ok(Change {
                    sequence,
                    tenant: tenant.map(TenantId),
                    kind,
                    id,
                })
            })
            .collect()
    }

    /// The sequence of the last change, 0 when there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_change(&self) -> Result<i64, StorageError> {
        let row: Option<(Option<i64>,)> = self.database().fetch_one(LAST, values![]).await?;
        Ok(row.and_then(|(last,)| last).unwrap_or(0))
    }
}
