//! Rows that an older version wrote.
//!
//! A conditional change compares the stored text with what it read, written again. After an upgrade the two can differ although
//! nobody changed anything: today's text has a member that the stored one lacks. Such a row is brought into today's form, on
//! condition that its text is still the same, and the change is tried once more.

use lanyard_directory::TenantId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::command::{Expect, Unit};
use crate::rows::{from_body, to_body};
use crate::statements::statements;
use crate::value::values;
use crate::{StorageError, Store, Write};

statements! {
    READ_USER = "SELECT body FROM users WHERE id = $1 AND tenant = $2";
    RENEW_USER = "UPDATE users SET body = $4 WHERE id = $1 AND tenant = $2 AND body = $3";
    READ_GROUP = "SELECT body FROM directory_groups WHERE id = $1 AND tenant = $2";
    RENEW_GROUP = "UPDATE directory_groups SET body = $4 WHERE id = $1 AND tenant = $2 AND body = $3";
    READ_APPLICATION = "SELECT body FROM applications WHERE app_id = $1 AND tenant = $2";
    RENEW_APPLICATION = "UPDATE applications SET body = $4 WHERE app_id = $1 AND tenant = $2 AND body = $3";
    READ_PRINCIPAL = "SELECT body FROM service_principals WHERE id = $1 AND tenant = $2";
    RENEW_PRINCIPAL = "UPDATE service_principals SET body = $4 WHERE id = $1 AND tenant = $2 AND body = $3";
    READ_DEVICE = "SELECT body FROM devices WHERE id = $1 AND tenant = $2";
    RENEW_DEVICE = "UPDATE devices SET body = $4 WHERE id = $1 AND tenant = $2 AND body = $3";
}

/// Where a kind of row is.
struct Place {
    what: &'static str,
    read: &'static str,
    renew: &'static str,
    key: Uuid,
    tenant: TenantId,
}

impl Store {
    /// Brings the rows that these conditional writes change into today's form; whether one was in an older form.
    ///
    /// # Errors
    /// When the database fails or a row is unreadable.
    pub(crate) async fn renew_forms(&self, writes: &[Write]) -> Result<bool, StorageError> {
        let mut renewed = false;
        for write in writes {
            renewed |= match write {
                Write::ChangeUser { was, .. } => {
                    let place = Place {
                        what: "user",
                        read: READ_USER,
                        renew: RENEW_USER,
                        key: was.id.0,
                        tenant: was.tenant,
                    };
                    self.renew(&place, was.as_ref()).await?
                }
                Write::ChangeGroup { was, .. } => {
                    let place = Place {
                        what: "group",
                        read: READ_GROUP,
                        renew: RENEW_GROUP,
                        key: was.id.0,
                        tenant: was.tenant,
                    };
                    self.renew(&place, was.as_ref()).await?
                }
                Write::ChangeApplication { was, .. } => {
                    let place = Place {
                        what: "application",
                        read: READ_APPLICATION,
                        renew: RENEW_APPLICATION,
                        key: was.app_id.0,
                        tenant: was.tenant,
                    };
                    self.renew(&place, was.as_ref()).await?
                }
                Write::ChangeServicePrincipal { was, .. } => {
                    let place = Place {
                        what: "service principal",
                        read: READ_PRINCIPAL,
                        renew: RENEW_PRINCIPAL,
                        key: was.id,
                        tenant: was.tenant,
                    };
                    self.renew(&place, was).await?
                }
                Write::ChangeDevice { was, .. } => {
                    let place = Place {
                        what: "device",
                        read: READ_DEVICE,
                        renew: RENEW_DEVICE,
                        key: was.id,
                        tenant: was.tenant,
                    };
                    self.renew(&place, was.as_ref()).await?
                }
                _ => false,
            };
        }
        Ok(renewed)
    }

    async fn renew<T>(&self, place: &Place, was: &T) -> Result<bool, StorageError>
    where
        T: Serialize + DeserializeOwned + PartialEq + Sync,
    {
        let key = values![place.key, place.tenant];
        let row: Option<(String,)> = self.database().fetch_one(place.read, key).await?;
        let Some((stored,)) = row else { return Ok(false) };
        let today = to_body(place.what, was)?;
        if stored == today || from_body::<T>(place.what, &stored)? != *was {
            return Ok(false);
        }
        let mut unit = Unit::default();
        let values = values![place.key, place.tenant, stored, today];
        unit.push(place.renew, values, Expect::Any, place.what);
        Ok(self.run(unit).await? > 0)
    }
}

#[cfg(test)]
mod tests {
    use lanyard_directory::{Tenant, User, UserId, UserType};

    use super::*;
    use crate::{DatabaseUrl, throwaway_postgres};

    const REWRITE: &str = "UPDATE users SET body = $2 WHERE id = $1";

    fn user(tenant: TenantId) -> User {
        serde_json::from_value(serde_json::json!({
            "id": UserId(Uuid::new_v4()),
            "tenant": tenant,
            "userPrincipalName": "jane@agency.example",
            "displayName": "Jane Doe",
            "accountEnabled": true,
            "userType": UserType::Member,
            "certificateUserIds": [],
            "signInSessionsValidFrom": "2026-01-01T00:00:00Z",
            "created": "2026-01-01T00:00:00Z",
        }))
        .unwrap()
    }

    async fn a_row_of_an_older_version_is_changed_once_it_is_what_it_was(store: Store) {
        let tenant = TenantId(Uuid::new_v4());
        store
            .insert_tenant(&Tenant {
                id: tenant,
                display_name: "Agency".to_owned(),
                domains: vec!["agency.example".to_owned()],
                created: "2026-01-01T00:00:00Z".parse().unwrap(),
            })
            .await
            .unwrap();
        let was = user(tenant);
        store.insert_user(&was, &[]).await.unwrap();
        // A version before the family name was known.
        let text = to_body("user", &was).unwrap();
        let older = text.replace(r#""surname":null,"#, "");
        assert_ne!(text, older);
        let mut unit = Unit::default();
        unit.run(REWRITE, values![was.id, older.as_str()]);
        store.run(unit).await.unwrap();
        let read = store.user(tenant, was.id).await.unwrap().unwrap();
        assert_eq!(read, was);

        let change = |from: &User, name: &str| {
            vec![Write::ChangeUser {
                was: Box::new(from.clone()),
                becomes: Box::new(User {
                    display_name: name.to_owned(),
                    ..from.clone()
                }),
                canonical_certificate_user_ids: None,
            }]
        };
        let stranger = User {
            display_name: "Somebody".to_owned(),
            ..was.clone()
        };
        let refused = store.commit(change(&stranger, "Nobody")).await;
        assert!(
            matches!(refused, Err(StorageError::VersionConflict)),
            "{refused:?}"
        );
        store.commit(change(&read, "Jane Day")).await.unwrap();
        let now = store.user(tenant, was.id).await.unwrap().unwrap();
        assert_eq!(now.display_name, "Jane Day");
        let refused = store.commit(change(&read, "Jane Night")).await;
        assert!(
            matches!(refused, Err(StorageError::VersionConflict)),
            "{refused:?}"
        );
    }

    #[tokio::test]
    async fn older_rows_on_sqlite() {
        let store = Store::open(&DatabaseUrl::Temporary).await.unwrap();
        a_row_of_an_older_version_is_changed_once_it_is_what_it_was(store).await;
    }

    #[tokio::test]
    async fn older_rows_on_postgres() {
        let Some(url) = throwaway_postgres::database().await else {
            return;
        };
        let store = Store::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
        a_row_of_an_older_version_is_changed_once_it_is_what_it_was(store).await;
    }
}
