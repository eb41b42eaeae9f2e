//! Users and their certificate user ids.

use lanyard_directory::{TenantId, User, UserId};

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::rows::{from_bodies, from_optional_body, to_body};
use crate::statements::statements;
use crate::value::{Value, values};
use crate::{ChangeKind, StorageError, Store, Write, app_role_assignments, owners};

statements! {
    INSERT = "INSERT INTO users (id, tenant, upn_key, body, name_key, mail_key) VALUES ($1, $2, $3, $4, $5, $6)";
    UPDATE = "UPDATE users SET upn_key = $3, body = $4, name_key = $5, mail_key = $6 WHERE id = $1 AND tenant = $2";
    CHANGE = "UPDATE users SET upn_key = $3, body = $4, name_key = $5, mail_key = $6 \
        WHERE id = $1 AND tenant = $2 AND body = $7";
    UPDATE_UNCHANGED = "UPDATE users SET body = $4 WHERE id = $1 AND tenant = $2 AND body = $3";
    DELETE = "DELETE FROM users WHERE id = $1 AND tenant = $2";
    DELETE_MEMBERSHIPS = "DELETE FROM group_members WHERE member = $1 AND tenant = $2";
    DELETE_ROLES = "DELETE FROM role_assignments WHERE principal = $1 AND tenant = $2";
    DELETE_SESSIONS = "DELETE FROM sessions WHERE user_id = $1 AND tenant = $2";
    DELETE_GRANTS = "DELETE FROM grants WHERE user_id = $1 AND tenant = $2";
    DELETE_CONSENT = "DELETE FROM permission_grants WHERE principal_key = $1 AND tenant = $2";
    BY_ID = "SELECT body FROM users WHERE id = $1 AND tenant = $2";
    BY_UPN = "SELECT body FROM users WHERE tenant = $1 AND upn_key = $2";
    BY_CERTIFICATE_USER_ID = "SELECT u.body FROM certificate_user_ids c JOIN users u ON u.id = c.user_id \
        WHERE c.tenant = $1 AND c.value = $2";
    PAGE = "SELECT body FROM users WHERE tenant = $1 AND upn_key > $2 ORDER BY upn_key LIMIT $3";
    COUNT = "SELECT COUNT(*) FROM users WHERE tenant = $1";
    INSERT_ID = "INSERT INTO certificate_user_ids (tenant, value, user_id) VALUES ($1, $2, $3)";
    DELETE_IDS = "DELETE FROM certificate_user_ids WHERE user_id = $1";
}

pub(crate) const UPN: &str = "user principal name";
pub(crate) const CERTIFICATE_USER_ID: &str = "certificate user id";

pub(crate) fn insert(unit: &mut Unit, user: &User, ids: &[String]) -> Result<(), StorageError> {
    unit.push(INSERT, columns(user)?, Expect::Any, UPN);
    insert_ids(unit, user, ids);
    unit.note(ChangeNote::new(user.tenant, ChangeKind::User, user.id));
    Ok(())
}

/// Replaces the body; the certificate user ids only when they are given.
pub(crate) fn update(unit: &mut Unit, user: &User, ids: Option<&[String]>) -> Result<(), StorageError> {
    unit.push(UPDATE, columns(user)?, Expect::Found("user"), UPN);
    replace_ids(unit, user, ids);
    unit.note(ChangeNote::new(user.tenant, ChangeKind::User, user.id));
    Ok(())
}

/// Replaces a user who still is what it was, or nothing of the unit happens.
pub(crate) fn change(
    unit: &mut Unit,
    was: &User,
    becomes: &User,
    ids: Option<&[String]>,
) -> Result<(), StorageError> {
    let mut values = columns(becomes)?;
    values.push(to_body("user", was)?.into());
    unit.push(CHANGE, values, Expect::SameVersion, UPN);
    replace_ids(unit, becomes, ids);
    unit.note(ChangeNote::new(becomes.tenant, ChangeKind::User, becomes.id));
    Ok(())
}

/// Id, tenant, key of the name, body, keys of other names.
pub(crate) fn columns(user: &User) -> Result<Vec<Value>, StorageError> {
    Ok(values![
        user.id,
        user.tenant,
        User::upn_key(&user.user_principal_name),
        to_body("user", user)?,
        User::name_key(&user.display_name),
        user.mail.as_deref().map(User::name_key)
    ])
}

fn replace_ids(unit: &mut Unit, user: &User, ids: Option<&[String]>) {
    if let Some(ids) = ids {
        unit.run(DELETE_IDS, values![user.id]);
        insert_ids(unit, user, ids);
    }
}

/// Replaces the body if it still is what it was.
pub(crate) fn update_unchanged(unit: &mut Unit, was: &User, becomes: &User) -> Result<(), StorageError> {
    let (old, new) = (to_body("user", was)?, to_body("user", becomes)?);
    unit.run(UPDATE_UNCHANGED, values![was.id, was.tenant, old, new]);
    unit.note(ChangeNote::new(was.tenant, ChangeKind::User, was.id));
    Ok(())
}

fn insert_ids(unit: &mut Unit, user: &User, ids: &[String]) {
    for id in ids {
        unit.push(
            INSERT_ID,
            values![user.tenant, id.as_str(), user.id],
            Expect::Any,
            CERTIFICATE_USER_ID,
        );
    }
}

pub(crate) fn delete(unit: &mut Unit, tenant: TenantId, user: UserId) {
    unit.push(DELETE, values![user, tenant], Expect::Found("user"), UPN);
    for sql in [DELETE_MEMBERSHIPS, DELETE_ROLES, DELETE_SESSIONS, DELETE_GRANTS] {
        unit.run(sql, values![user, tenant]);
    }
    unit.run(DELETE_CONSENT, values![user.to_string(), tenant]);
    owners::remove_all(unit, tenant, user.0);
    app_role_assignments::remove_of_principal(unit, tenant, user.0);
    unit.note(ChangeNote::new(tenant, ChangeKind::User, user));
}

impl Store {
    /// Adds a user with the canonical form of the certificate user ids.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when the user principal name or a certificate user id is taken in the tenant.
    pub async fn insert_user(
        &self,
        user: &User,
        canonical_certificate_user_ids: &[String],
    ) -> Result<(), StorageError> {
        let ids = canonical_certificate_user_ids.to_vec();
        self.write(Write::InsertUser {
            user: Box::new(user.clone()),
            canonical_certificate_user_ids: ids,
        })
        .await
    }

    /// Replaces a user and the canonical form of the certificate user ids.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Duplicate`] as for [`Store::insert_user`].
    pub async fn update_user(
        &self,
        user: &User,
        canonical_certificate_user_ids: &[String],
    ) -> Result<(), StorageError> {
        let ids = canonical_certificate_user_ids.to_vec();
        self.write(Write::UpdateUser {
            user: Box::new(user.clone()),
            canonical_certificate_user_ids: ids,
        })
        .await
    }

    /// Removes a user with memberships, roles, consent, sessions and grants. The logs stay.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn delete_user(&self, tenant: TenantId, user: UserId) -> Result<(), StorageError> {
        self.write(Write::DeleteUser { tenant, user }).await
    }

    /// A user by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user(&self, tenant: TenantId, user: UserId) -> Result<Option<User>, StorageError> {
        from_optional_body(
            "user",
            self.database().fetch_one(BY_ID, values![user, tenant]).await?,
        )
    }

    /// A user by user principal name, without regard to case.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user_by_upn(&self, tenant: TenantId, upn: &str) -> Result<Option<User>, StorageError> {
        let key = User::upn_key(upn);
        from_optional_body(
            "user",
            self.database().fetch_one(BY_UPN, values![tenant, key]).await?,
        )
    }

    /// The user who has this certificate user id, in its canonical form.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user_by_certificate_user_id(
        &self,
        tenant: TenantId,
        canonical: &str,
    ) -> Result<Option<User>, StorageError> {
        let row = self
            .database()
            .fetch_one(BY_CERTIFICATE_USER_ID, values![tenant, canonical])
            .await?;
        from_optional_body("user", row)
    }

    /// Users in the order of the key of their names, after one ([`User::upn_key`]) or from the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn users(
        &self,
        tenant: TenantId,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<User>, StorageError> {
        let values = values![tenant, after.unwrap_or_default(), i64::from(limit)];
        from_bodies("user", self.database().fetch(PAGE, values).await?)
    }

    /// How many users the tenant has.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_users(&self, tenant: TenantId) -> Result<u64, StorageError> {
        let row: Option<(i64,)> = self.database().fetch_one(COUNT, values![tenant]).await?;
        Ok(row.map_or(0, |(count,)| count.unsigned_abs()))
    }
}
