//! A tenant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TenantId;

/// One organisation: everything else belongs to exactly one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// The tenant's GUID.
    pub id: TenantId,
    /// Name shown to people.
    pub display_name: String,
    /// Verified domains, lower case; the first is the initial domain. Never empty.
    pub domains: Vec<String>,
    /// When the tenant was created.
    pub created: Timestamp,
}
