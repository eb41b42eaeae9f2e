//! Creating and changing users.

use lanyard_certificate_policy::{PolicySettings, canonical_certificate_user_ids};
use lanyard_directory::{TenantId, User, UserId, UserProfile, UserType};
use lanyard_storage::Write;
use serde_json::{Value, json};

use crate::administer::{Actor, Told, invalid};
use crate::{Engine, EngineError};

/// What a new user needs. Source: directory-policy-tokens §2.2.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// Object id to keep, from another directory; a new one when `None`.
    pub id: Option<UserId>,
    /// Whether sign-in is blocked from the start.
    pub disabled: bool,
    /// Sign-in name in one of the tenant's domains.
    pub user_principal_name: String,
    /// Name shown to people.
    pub display_name: String,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub surname: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// UPN in the on-premises directory.
    pub on_premises_user_principal_name: Option<String>,
    /// `certificateUserIds`.
    pub certificate_user_ids: Vec<String>,
    /// A guest instead of a member.
    pub is_guest: bool,
    /// What else is known about the person.
    pub profile: Box<UserProfile>,
}

impl Engine {
    /// Creates a user.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] when the name is taken, is not in a domain of the tenant, or a certificate user
    /// id is malformed or belongs to another user.
    pub async fn create_user(
        &self,
        actor: &Actor,
        tenant: TenantId,
        new: NewUser,
    ) -> Result<User, EngineError> {
        let (user, canonical) = self.drafted_user(tenant, new)?;
        let write = Write::InsertUser {
            user: Box::new(user.clone()),
            canonical_certificate_user_ids: canonical,
        };
        self.change_user(actor, "Add user", &user, Value::Null, write)
            .await?;
        Ok(user)
    }

    /// Replaces the `certificateUserIds` of a user.
    ///
    /// # Errors
    /// As [`Engine::create_user`]; [`EngineError::NotFound`] for an unknown name.
    pub async fn set_certificate_user_ids(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user_name: &str,
        ids: Vec<String>,
    ) -> Result<User, EngineError> {
        let mut user = self.user_named(tenant, user_name).await?;
        let old = json!({ "certificateUserIds": user.certificate_user_ids });
        let canonical = self.canonical_ids(&self.policy_settings(tenant), &ids)?;
        user.certificate_user_ids = ids;
        self.guard_user(&user).await?;
        let write = Write::UpdateUser {
            user: Box::new(user.clone()),
            canonical_certificate_user_ids: canonical,
        };
        self.change_user(actor, "Update user", &user, old, write).await?;
        Ok(user)
    }

    /// Enables or disables an account. A disabled account cannot sign in or refresh (50057).
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown name.
    pub async fn set_account_enabled(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user_name: &str,
        enabled: bool,
    ) -> Result<User, EngineError> {
        let mut user = self.user_named(tenant, user_name).await?;
        let old = json!({ "accountEnabled": user.account_enabled });
        user.account_enabled = enabled;
        if !enabled {
            self.guard_user(&user).await?;
        }
        let activity = if enabled {
            "Enable account"
        } else {
            "Disable account"
        };
        self.change_user(actor, activity, &user, old, Write::User(Box::new(user.clone())))
            .await?;
        Ok(user)
    }

    /// Ends every session and refresh token of a user. Source: directory-policy-tokens §1.15.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown name.
    pub async fn revoke_sign_in_sessions(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user_name: &str,
    ) -> Result<User, EngineError> {
        let mut user = self.user_named(tenant, user_name).await?;
        let old = json!({ "signInSessionsValidFromDateTime": user.sign_in_sessions_valid_from });
        user.sign_in_sessions_valid_from = self.now();
        let write = Write::User(Box::new(user.clone()));
        self.change_user(
            actor,
            "Update StsRefreshTokenValidFrom Timestamp",
            &user,
            old,
            write,
        )
        .await?;
        Ok(user)
    }

    /// A user by name, straight from the database.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown name.
    pub async fn user_named(&self, tenant: TenantId, user_name: &str) -> Result<User, EngineError> {
        self.store
            .user_by_upn(tenant, user_name)
            .await?
            .ok_or_else(|| EngineError::NotFound(format!("the user `{user_name}`")))
    }

    /// A new account with the canonical form of its certificate user ids, checked by everything but the database.
    pub(crate) fn drafted_user(
        &self,
        tenant: TenantId,
        new: NewUser,
    ) -> Result<(User, Vec<String>), EngineError> {
        let upn = new.user_principal_name.trim().to_owned();
        let snapshot = self.snapshot();
        let owner = snapshot
            .tenant(tenant)
            .ok_or_else(|| EngineError::NotFound(format!("the tenant {tenant}")))?;
        let user = User {
            id: new.id.map_or_else(|| self.new_guid().map(UserId), Ok)?,
            tenant,
            user_principal_name: upn,
            display_name: new.display_name,
            given_name: new.given_name,
            surname: new.surname,
            mail: new.mail,
            on_premises_user_principal_name: new.on_premises_user_principal_name,
            account_enabled: !new.disabled,
            user_type: if new.is_guest {
                UserType::Guest
            } else {
                UserType::Member
            },
            certificate_user_ids: new.certificate_user_ids,
            sign_in_sessions_valid_from: jiff::Timestamp::UNIX_EPOCH,
            certificate_used_last: false,
            profile: *new.profile,
            created: self.now(),
        };
        user.check(&owner.tenant)
            .and_then(|()| user.profile.check_brought())
            .map_err(|property| invalid(&property))?;
        let canonical =
            self.canonical_ids(&owner.configuration.settings.policy, &user.certificate_user_ids)?;
        Ok((user, canonical))
    }

    fn canonical_ids(&self, settings: &PolicySettings, ids: &[String]) -> Result<Vec<String>, EngineError> {
        canonical_certificate_user_ids(ids, settings).map_err(|findings| {
            let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
            EngineError::InvalidChange(list.join("; "))
        })
    }

    fn policy_settings(&self, tenant: TenantId) -> PolicySettings {
        self.snapshot()
            .tenant(tenant)
            .map(|owner| owner.configuration.settings.policy.clone())
            .unwrap_or_default()
    }

    async fn change_user(
        &self,
        actor: &Actor,
        activity: &'static str,
        user: &User,
        old: Value,
        write: Write,
    ) -> Result<(), EngineError> {
        let told = Told {
            actor,
            tenant: user.tenant,
            activity,
            target: user.user_principal_name.clone(),
            old,
            new: serde_json::to_value(user).unwrap_or(Value::Null),
        };
        self.change(told, vec![write]).await?;
        self.forget_user(user).await;
        Ok(())
    }
}
