//! Use case: reading directory roles.

use lanyard_directory::{Operation, RoleAssignment};

use crate::{Caller, Engine, NotDone};

impl Engine {
    /// Who holds which directory role.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn read_role_assignments(&self, caller: &Caller) -> Result<Vec<RoleAssignment>, NotDone> {
        caller.may(&Operation::READ_ROLES)?;
        Ok(self.store.role_assignments(caller.tenant).await?)
    }

    /// Whether a caller may read what roles there are.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub fn may_read_roles(&self, caller: &Caller) -> Result<(), NotDone> {
        caller.may(&Operation::READ_ROLES)
    }
}
