//! Policies of another directory that nothing here evaluates, kept as they came.

use lanyard_directory::TenantId;
use uuid::Uuid;

use crate::command::{Expect, Unit};
use crate::statements::statements;
use crate::value::values;
use crate::{StorageError, Store};

statements! {
    UPSERT = "INSERT INTO kept_policies (tenant, kind, id, body) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (tenant, kind, id) DO UPDATE SET body = excluded.body";
    OF_KIND = "SELECT id, body FROM kept_policies WHERE tenant = $1 AND kind = $2 ORDER BY id";
    ONE = "SELECT id, body FROM kept_policies WHERE tenant = $1 AND kind = $2 AND id = $3";
}

/// What a kept policy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeptKind {
    /// `conditionalAccessPolicy`
    ConditionalAccessPolicy,
    /// `authenticationStrengthPolicy`
    AuthenticationStrengthPolicy,
    /// `namedLocation`
    NamedLocation,
}

impl KeptKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [
        Self::ConditionalAccessPolicy,
        Self::AuthenticationStrengthPolicy,
        Self::NamedLocation,
    ];

    fn number(self) -> i64 {
        match self {
            Self::ConditionalAccessPolicy => 1,
            Self::AuthenticationStrengthPolicy => 2,
            Self::NamedLocation => 3,
        }
    }
}

/// A kept policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPolicyRow {
    /// The tenant.
    pub tenant: TenantId,
    /// What it is.
    pub kind: KeptKind,
    /// Its object id in the directory it came from.
    pub id: Uuid,
    /// The whole object, JSON.
    pub body: String,
}

pub(crate) fn upsert(unit: &mut Unit, row: &KeptPolicyRow) {
    let values = values![row.tenant, row.kind.number(), row.id, row.body.as_str()];
    unit.push(UPSERT, values, Expect::Any, "kept policy");
}

impl Store {
    /// The kept policies of one kind in the order of their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept_policies(
        &self,
        tenant: TenantId,
        kind: KeptKind,
    ) -> Result<Vec<KeptPolicyRow>, StorageError> {
        let rows: Vec<(Uuid, String)> = self
            .database()
            .fetch(OF_KIND, values![tenant, kind.number()])
            .await?;
        let row = |(id, body)| KeptPolicyRow {
            tenant,
            kind,
            id,
            body,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept_policy(
        &self,
        tenant: TenantId,
        kind: KeptKind,
        id: Uuid,
    ) -> Result<Option<KeptPolicyRow>, StorageError> {
        let row: Option<(Uuid, String)> = self
            .database()
            .fetch_one(ONE, values![tenant, kind.number(), id])
            .await?;
        Ok(row.map(|(id, body)| KeptPolicyRow {
            tenant,
            kind,
            id,
            body,
        }))
    }
}
