//! Directory roles.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{TenantId, UserId};

/// A built-in directory role, by its template id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DirectoryRole(pub Uuid);

impl DirectoryRole {
    /// Global Administrator.
    pub const GLOBAL_ADMINISTRATOR: Self = Self(Uuid::from_u128(0x62e9_0394_69f5_4237_9190_0121_7714_5e10));
}

/// A user holds a role in the whole tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignment {
    /// Object id of the assignment.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// Who holds the role.
    pub principal: UserId,
    /// Which role.
    pub role: DirectoryRole,
}
