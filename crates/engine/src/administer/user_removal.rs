//! Use case: callers of the directory API delete and restore users and end their sessions.

use jiff::Timestamp;
use lanyard_directory::{GroupId, Operation, User};
use lanyard_storage::{DeletedKind, DeletedRow, Member, MemberKind, Write};
use lanyard_verdict::RuleId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::administer::Change;
use crate::administer::user_change::told;
use crate::{Caller, Engine, EngineError, NotDone};

/// A deleted user with the groups it belonged to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeletedUser {
    pub(crate) user: User,
    pub(crate) groups: Vec<GroupId>,
}

impl Engine {
    /// Deletes a user; it can be restored for 30 days. Its sessions and tokens are worth nothing from now on.
    ///
    /// Rule `DIRECTORY-SOFT-DELETE`: a deleted user, group or application is kept for 30 days and can be restored with its
    /// properties and, for users and groups, its memberships; roles and consent are not restored. Source:
    /// directory-policy-tokens §2.2.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn remove_user(&self, caller: &Caller, key: &str) -> Result<(), NotDone> {
        caller.may(&Operation::DELETE_USER)?;
        let user = self.user_by_key(caller, key).await?;
        self.check_protected(caller, user.id.0, &Operation::CHANGE_ADMINISTRATOR)
            .await?;
        caller.expects(&user)?;
        // A deleted account signs in as little as a disabled one.
        let gone = User {
            account_enabled: false,
            ..user.clone()
        };
        self.guard_user(&gone).await?;
        let groups = self.store.groups_of(caller.tenant, user.id.0).await?;
        let change = Change {
            activity: "Delete user",
            target: user.id.to_string(),
            property: "",
            old: told(&user),
            new: Value::Null,
        };
        let id = user.id;
        let kept = self.kept(caller, DeletedKind::User, id.0, &DeletedUser { user, groups })?;
        let delete = Write::DeleteUser {
            tenant: caller.tenant,
            user: id,
        };
        self.commit_for(caller, change, vec![kept, delete]).await?;
        self.directory.forget_users();
        Ok(())
    }

    /// Keeps what is about to be deleted.
    pub(crate) fn kept(
        &self,
        caller: &Caller,
        kind: DeletedKind,
        id: uuid::Uuid,
        what: &impl Serialize,
    ) -> Result<Write, NotDone> {
        let body =
            serde_json::to_string(what).map_err(|error| EngineError::Configuration(error.to_string()))?;
        Ok(Write::KeepDeleted(DeletedRow {
            id,
            tenant: caller.tenant,
            kind,
            deleted_us: self.now().as_microsecond(),
            body,
        }))
    }

    /// Restores a deleted user.
    pub(crate) async fn restore_user(&self, caller: &Caller, row: &DeletedRow) -> Result<User, NotDone> {
        let DeletedUser { user, groups } = crate::administer::restore::read(row)?;
        let canonical = self.canonical_for(caller, &user.certificate_user_ids)?;
        let change = Change {
            activity: "Restore user",
            target: user.id.to_string(),
            property: "",
            old: Value::Null,
            new: told(&user),
        };
        let mut writes = vec![
            Write::ForgetDeleted {
                tenant: caller.tenant,
                id: row.id,
            },
            Write::InsertUser {
                user: Box::new(user.clone()),
                canonical_certificate_user_ids: canonical,
            },
        ];
        for group in groups {
            if self.store.group(caller.tenant, group).await?.is_some() {
                writes.push(Write::AddMember {
                    tenant: caller.tenant,
                    group,
                    member: Member {
                        id: user.id.0,
                        kind: MemberKind::User,
                    },
                });
            }
        }
        self.commit_for(caller, change, writes).await?;
        self.directory.forget_users();
        Ok(user)
    }

    /// Ends every session and refresh token of a user: whatever rests on a sign-in before now is worth nothing.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Changed`].
    pub async fn revoke_sessions_of(&self, caller: &Caller, key: &str) -> Result<(), NotDone> {
        let own = caller.user().is_some_and(|own| key.parse() == Ok(own));
        if own {
            caller.may(&Operation::REVOKE_OWN_SESSIONS)?;
        } else {
            caller.may(&Operation::REVOKE_SESSIONS)?;
        }
        let was = self.user_by_key(caller, key).await?;
        if !own {
            self.check_protected(caller, was.id.0, &Operation::REVOKE_SESSIONS_OF_ADMINISTRATORS)
                .await?;
        }
        self.move_valid_from(caller, &was).await
    }

    async fn move_valid_from(&self, caller: &Caller, was: &User) -> Result<(), NotDone> {
        let mut becomes = was.clone();
        becomes.sign_in_sessions_valid_from = self.now();
        self.save_user(
            caller,
            "Update StsRefreshTokenValidFrom Timestamp",
            was,
            &becomes,
            None,
        )
        .await
    }

    /// What old command-line tools ask for: sets the moment before which sign-ins are worth nothing. Returns whether it moved.
    ///
    /// Rule `LEGACY-STS-VALID-FROM`: a moment that is not in the future is passed over and nothing changes; a moment in the future
    /// becomes the present moment. Source: directory-policy-tokens §1.15.
    ///
    /// # Errors
    /// As [`Engine::revoke_sessions_of`].
    pub async fn set_sts_refresh_tokens_valid_from(
        &self,
        caller: &Caller,
        key: &str,
        moment: Timestamp,
    ) -> Result<bool, NotDone> {
        caller.may(&Operation::REVOKE_SESSIONS)?;
        let was = self.user_by_key(caller, key).await?;
        self.check_protected(caller, was.id.0, &Operation::REVOKE_SESSIONS_OF_ADMINISTRATORS)
            .await?;
        if moment <= self.now() {
            let rule = RuleId::new("LEGACY-STS-VALID-FROM");
            tracing::info!(%rule, user = %was.id, %moment, "not in the future: nothing was changed");
            return Ok(false);
        }
        self.move_valid_from(caller, &was).await?;
        Ok(true)
    }

    /// The seven certificate user ids of a certificate.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Invalid`] when it is no certificate.
    pub fn compute_certificate_user_ids(&self, caller: &Caller, der: &[u8]) -> Result<Value, NotDone> {
        caller.may(&Operation::READ_BASIC_PROFILES)?;
        let certificate = lanyard_pki::Certificate::parse(der)
            .map_err(|error| NotDone::invalid("certificate", format!("Not a certificate: {error}.")))?;
        Ok(json!(lanyard_certificate_policy::certificate_user_ids(
            certificate.facts()
        )))
    }
}
