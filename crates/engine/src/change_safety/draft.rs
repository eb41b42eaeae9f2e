//! What might be changed.

use std::sync::Arc;

use lanyard_directory::{TenantId, User, UserId};

use super::MembershipChange;

use crate::{Engine, EngineError, Snapshot, TenantConfiguration, TenantSnapshot};

/// A change that is not saved: whatever is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Policy, trust store and settings.
    pub configuration: Option<TenantConfiguration>,
    /// One account as it would be.
    pub user: Option<User>,
    /// Members of a group that come and go.
    pub membership: Option<MembershipChange>,
    /// An account that is Global Administrator no more.
    pub no_administrator: Option<UserId>,
}

impl Engine {
    /// The tenant's snapshot with the configuration of a draft.
    pub(crate) async fn drafted_snapshot(
        &self,
        tenant: TenantId,
        configuration: TenantConfiguration,
    ) -> Result<Arc<TenantSnapshot>, EngineError> {
        let present = self.present_snapshot(tenant)?;
        let denied = self.denied_certificates(tenant).await?;
        let row = (present.tenant.clone(), present.version, configuration, denied);
        let drafted = Snapshot::build_with_denied(vec![row])?;
        drafted
            .tenant(tenant)
            .cloned()
            .ok_or_else(|| EngineError::NotFound(format!("the tenant {tenant}")))
    }

    pub(crate) fn present_snapshot(&self, tenant: TenantId) -> Result<Arc<TenantSnapshot>, EngineError> {
        self.snapshot()
            .tenant(tenant)
            .cloned()
            .ok_or_else(|| EngineError::NotFound(format!("the tenant {tenant}")))
    }
}
