//! Use case: an account is put outside every scope, or back into them.

use lanyard_directory::{TenantId, UserId};

use crate::administer::Actor;
use crate::administer::policy::settings_changed;
use crate::{Engine, EngineError};

impl Engine {
    /// Makes an account an emergency account of the tenant, or one like every other; the latter although it was deleted. Other settings
    /// stay as they are by then.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown user; [`EngineError::InvalidChange`] when it is so already;
    /// [`EngineError::ChangeRefused`] by the guard.
    pub async fn set_emergency_account(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user: UserId,
        emergency: bool,
    ) -> Result<(), EngineError> {
        if emergency && self.store.user(tenant, user).await?.is_none() {
            return Err(EngineError::NotFound(format!("the user `{user}`")));
        }
        self.change_configuration(actor, tenant, |configuration| {
            let before = configuration.settings.clone();
            let accounts = &mut configuration.settings.emergency_accounts;
            match (accounts.iter().position(|account| *account == user), emergency) {
                (Some(_), true) => {
                    return Err(EngineError::InvalidChange(
                        "the account is an emergency account already".to_owned(),
                    ));
                }
                (None, false) => {
                    return Err(EngineError::InvalidChange(
                        "the account is no emergency account".to_owned(),
                    ));
                }
                (None, true) => accounts.push(user),
                (Some(place), false) => {
                    accounts.remove(place);
                }
            }
            Ok(settings_changed(tenant, &before, &configuration.settings))
        })
        .await
    }
}
