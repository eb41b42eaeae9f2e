//! Use case: reading the organization and its domains.

use lanyard_directory::{Operation, Tenant};

use crate::{Caller, Engine, NotDone};

impl Engine {
    /// The tenant of a caller.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub fn read_organization(&self, caller: &Caller) -> Result<Tenant, NotDone> {
        caller.may(&Operation::READ_ORGANIZATION)?;
        self.tenant_of(caller)
    }

    /// The domains of the tenant, the initial one first.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub fn read_domains(&self, caller: &Caller) -> Result<Vec<String>, NotDone> {
        caller.may(&Operation::READ_DOMAINS)?;
        Ok(self.tenant_of(caller)?.domains)
    }

    pub(crate) fn tenant_of(&self, caller: &Caller) -> Result<Tenant, NotDone> {
        self.snapshot()
            .tenant(caller.tenant)
            .map(|owner| owner.tenant.clone())
            .ok_or_else(|| NotDone::NotFound(caller.tenant.to_string()))
    }
}
