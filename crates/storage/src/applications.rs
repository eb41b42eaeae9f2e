//! Applications, their presence in a tenant, and consent.

use lanyard_directory::{
    AppId, Application, ConsentType, OAuth2PermissionGrant, ServicePrincipal, TenantId, UserId,
};
use uuid::Uuid;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::rows::{from_bodies, from_optional_body, to_body};
use crate::statements::statements;
use crate::value::values;
use crate::{ChangeKind, StorageError, Store, Write};

statements! {
    INSERT = "INSERT INTO applications (app_id, id, tenant, body) VALUES ($1, $2, $3, $4)";
    UPDATE = "UPDATE applications SET id = $2, body = $4 WHERE app_id = $1 AND tenant = $3";
    CHANGE = "UPDATE applications SET id = $2, body = $4 WHERE app_id = $1 AND tenant = $3 AND body = $5";
    DELETE = "DELETE FROM applications WHERE app_id = $1 AND tenant = $2";
    INSERT_URI = "INSERT INTO identifier_uris (tenant, uri, app_id) VALUES ($1, $2, $3)";
    DELETE_URIS = "DELETE FROM identifier_uris WHERE app_id = $1";
    BY_ID = "SELECT body FROM applications WHERE app_id = $1";
    BY_URI = "SELECT a.body FROM identifier_uris i JOIN applications a ON a.app_id = i.app_id \
        WHERE i.tenant = $1 AND i.uri = $2";
    ALL = "SELECT body FROM applications WHERE tenant = $1 ORDER BY app_id";
    BY_OBJECT_ID = "SELECT body FROM applications WHERE tenant = $1 AND id = $2";
    PRINCIPAL_BY_ID = "SELECT body FROM service_principals WHERE tenant = $1 AND id = $2";
    PRINCIPALS = "SELECT body FROM service_principals WHERE tenant = $1 ORDER BY app_id";
    DELETE_PRINCIPAL = "DELETE FROM service_principals WHERE tenant = $1 AND id = $2";
    CONSENT_PAGE = "SELECT body FROM permission_grants WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
    CONSENT_PAGE_OF_CLIENT = "SELECT body FROM permission_grants WHERE tenant = $1 AND client = $4 AND id > $2 \
        ORDER BY id LIMIT $3";
    CONSENT_PAGE_OF_USER = "SELECT body FROM permission_grants WHERE tenant = $1 AND principal_key = $4 AND id > $2 \
        ORDER BY id LIMIT $3";
    ONE_CONSENT = "SELECT body FROM permission_grants WHERE tenant = $1 AND id = $2";
    DELETE_PRINCIPALS = "DELETE FROM service_principals WHERE app_id = $1";
    DELETE_CONSENT = "DELETE FROM permission_grants WHERE client = $1 OR resource = $1";
    INSERT_PRINCIPAL = "INSERT INTO service_principals (id, tenant, app_id, body) VALUES ($1, $2, $3, $4)";
    UPDATE_PRINCIPAL = "UPDATE service_principals SET body = $4 WHERE id = $1 AND tenant = $2 AND app_id = $3";
    CHANGE_PRINCIPAL = "UPDATE service_principals SET body = $4 \
        WHERE id = $1 AND tenant = $2 AND app_id = $3 AND body = $5";
    OWNED_BY_ITSELF = "DELETE FROM owners WHERE tenant = $2 AND object IN (SELECT id FROM applications WHERE app_id = $1)";
    OWNED_BY_PRINCIPALS = "DELETE FROM owners WHERE owner IN (SELECT id FROM service_principals WHERE app_id = $1)";
    PRINCIPALS_OWNED = "DELETE FROM owners WHERE object IN (SELECT id FROM service_principals WHERE app_id = $1)";
    PRINCIPAL = "SELECT body FROM service_principals WHERE tenant = $1 AND app_id = $2";
    UPSERT_CONSENT = "INSERT INTO permission_grants (id, tenant, client, resource, principal_key, body) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, client, resource, principal_key) \
        DO UPDATE SET id = excluded.id, body = excluded.body";
    DELETE_ONE_CONSENT = "DELETE FROM permission_grants WHERE tenant = $1 AND id = $2";
    CONSENT = "SELECT body FROM permission_grants WHERE tenant = $1 AND client = $2 ORDER BY resource, principal_key";
    CONSENT_FOR = "SELECT body FROM permission_grants WHERE tenant = $1 AND client = $2 AND principal_key IN ('', $3) \
        ORDER BY resource, principal_key";
}

const CLIENT_ID: &str = "client id";
const IDENTIFIER_URI: &str = "application ID URI";

/// Which consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantScan {
    /// All of it.
    All,
    /// What was granted to a client.
    OfClient(AppId),
    /// What one user granted, or was granted for that user alone.
    OfUser(UserId),
}

fn note(unit: &mut Unit, tenant: TenantId, kind: ChangeKind, app_id: AppId) {
    unit.note(ChangeNote::new(tenant, kind, app_id));
}

fn insert_uris(unit: &mut Unit, application: &Application) {
    for uri in &application.identifier_uris {
        let values = values![application.tenant, uri.as_str(), application.app_id];
        unit.push(INSERT_URI, values, Expect::Any, IDENTIFIER_URI);
    }
}

pub(crate) fn insert(unit: &mut Unit, application: &Application) -> Result<(), StorageError> {
    let Application {
        app_id, id, tenant, ..
    } = *application;
    unit.push(
        INSERT,
        values![app_id, id, tenant, to_body("application", application)?],
        Expect::Any,
        CLIENT_ID,
    );
    insert_uris(unit, application);
    note(unit, tenant, ChangeKind::Application, app_id);
    Ok(())
}

/// Replaces an application that still is what it was, or nothing of the unit happens.
pub(crate) fn change(unit: &mut Unit, was: &Application, becomes: &Application) -> Result<(), StorageError> {
    let Application {
        app_id, id, tenant, ..
    } = *becomes;
    let (old, new) = (to_body("application", was)?, to_body("application", becomes)?);
    unit.push(
        CHANGE,
        values![app_id, id, tenant, new, old],
        Expect::SameVersion,
        CLIENT_ID,
    );
    unit.run(DELETE_URIS, values![app_id]);
    insert_uris(unit, becomes);
    note(unit, tenant, ChangeKind::Application, app_id);
    Ok(())
}

pub(crate) fn update(unit: &mut Unit, application: &Application) -> Result<(), StorageError> {
    let Application {
        app_id, id, tenant, ..
    } = *application;
    let values = values![app_id, id, tenant, to_body("application", application)?];
    unit.push(UPDATE, values, Expect::Found("application"), CLIENT_ID);
    unit.run(DELETE_URIS, values![app_id]);
    insert_uris(unit, application);
    note(unit, tenant, ChangeKind::Application, app_id);
    Ok(())
}

pub(crate) fn delete(unit: &mut Unit, tenant: TenantId, app_id: AppId) {
    unit.run(OWNED_BY_ITSELF, values![app_id, tenant]);
    unit.run(OWNED_BY_PRINCIPALS, values![app_id]);
    unit.run(PRINCIPALS_OWNED, values![app_id]);
    unit.push(
        DELETE,
        values![app_id, tenant],
        Expect::Found("application"),
        CLIENT_ID,
    );
    unit.run(DELETE_PRINCIPALS, values![app_id]);
    unit.run(DELETE_CONSENT, values![app_id]);
    crate::app_role_assignments::remove_of_resource(unit, app_id);
    note(unit, tenant, ChangeKind::Application, app_id);
}

pub(crate) fn delete_principal(unit: &mut Unit, principal: &ServicePrincipal) {
    let ServicePrincipal {
        id, tenant, app_id, ..
    } = *principal;
    unit.push(
        DELETE_PRINCIPAL,
        values![tenant, id],
        Expect::Found("service principal"),
        "service principal",
    );
    crate::app_role_assignments::remove_of_principal(unit, tenant, id);
    crate::owners::remove_all(unit, tenant, id);
    note(unit, tenant, ChangeKind::ServicePrincipal, app_id);
}

pub(crate) fn insert_principal(unit: &mut Unit, principal: &ServicePrincipal) -> Result<(), StorageError> {
    let ServicePrincipal {
        id, tenant, app_id, ..
    } = *principal;
    let values = values![id, tenant, app_id, to_body("service principal", principal)?];
    unit.push(INSERT_PRINCIPAL, values, Expect::Any, "service principal");
    note(unit, tenant, ChangeKind::ServicePrincipal, app_id);
    Ok(())
}

/// Replaces a service principal that still is what it was, or nothing of the unit happens.
pub(crate) fn change_principal(
    unit: &mut Unit,
    was: &ServicePrincipal,
    becomes: &ServicePrincipal,
) -> Result<(), StorageError> {
    let ServicePrincipal {
        id, tenant, app_id, ..
    } = *becomes;
    let (old, new) = (
        to_body("service principal", was)?,
        to_body("service principal", becomes)?,
    );
    let values = values![id, tenant, app_id, new, old];
    unit.push(CHANGE_PRINCIPAL, values, Expect::SameVersion, "service principal");
    note(unit, tenant, ChangeKind::ServicePrincipal, app_id);
    Ok(())
}

pub(crate) fn update_principal(unit: &mut Unit, principal: &ServicePrincipal) -> Result<(), StorageError> {
    let ServicePrincipal {
        id, tenant, app_id, ..
    } = *principal;
    let values = values![id, tenant, app_id, to_body("service principal", principal)?];
    unit.push(
        UPDATE_PRINCIPAL,
        values,
        Expect::Found("service principal"),
        "service principal",
    );
    note(unit, tenant, ChangeKind::ServicePrincipal, app_id);
    Ok(())
}

pub(crate) fn upsert_consent(unit: &mut Unit, grant: &OAuth2PermissionGrant) -> Result<(), StorageError> {
    let principal_key = match (grant.consent_type, grant.principal) {
        (ConsentType::AllPrincipals, None) => String::new(),
        (ConsentType::Principal, Some(user)) => user.to_string(),
        (ConsentType::AllPrincipals, Some(_)) | (ConsentType::Principal, None) => {
            let reason = "the user is named for consent of one user, and only then".to_owned();
            return Err(StorageError::Unstorable {
                what: "permission grant",
                reason,
            });
        }
    };
    let OAuth2PermissionGrant {
        id,
        tenant,
        client,
        resource,
        ..
    } = *grant;
    let values = values![
        id,
        tenant,
        client,
        resource,
        principal_key,
        to_body("permission grant", grant)?
    ];
    unit.push(UPSERT_CONSENT, values, Expect::Any, "permission grant id");
    note(unit, tenant, ChangeKind::PermissionGrant, client);
    Ok(())
}

pub(crate) fn delete_consent(unit: &mut Unit, tenant: TenantId, grant: Uuid) {
    unit.push(
        DELETE_ONE_CONSENT,
        values![tenant, grant],
        Expect::Found("permission grant"),
        "permission grant id",
    );
    // Whose it was is not known here: all consent of the tenant is read again.
    unit.note(ChangeNote {
        tenant: Some(tenant),
        kind: ChangeKind::PermissionGrant,
        id: None,
    });
}

impl Store {
    /// Adds an application.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when an id or an application ID URI is taken.
    pub async fn insert_application(&self, application: &Application) -> Result<(), StorageError> {
        self.write(Write::InsertApplication(Box::new(application.clone())))
            .await
    }

    /// Replaces an application.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Duplicate`] when an application ID URI is taken.
    pub async fn update_application(&self, application: &Application) -> Result<(), StorageError> {
        self.write(Write::UpdateApplication(Box::new(application.clone())))
            .await
    }

    /// Removes an application, its service principals in all tenants, and all consent about it.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn delete_application(&self, tenant: TenantId, app_id: AppId) -> Result<(), StorageError> {
        self.write(Write::DeleteApplication { tenant, app_id }).await
    }

    /// An application by its client id, whichever tenant it belongs to.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn application(&self, app_id: AppId) -> Result<Option<Application>, StorageError> {
        from_optional_body(
            "application",
            self.database().fetch_one(BY_ID, values![app_id]).await?,
        )
    }

    /// An application by one of its application ID URIs, letter by letter.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn application_by_identifier_uri(
        &self,
        tenant: TenantId,
        uri: &str,
    ) -> Result<Option<Application>, StorageError> {
        from_optional_body(
            "application",
            self.database().fetch_one(BY_URI, values![tenant, uri]).await?,
        )
    }

    /// All applications registered in a tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn applications(&self, tenant: TenantId) -> Result<Vec<Application>, StorageError> {
        from_bodies("application", self.database().fetch(ALL, values![tenant]).await?)
    }

    /// Brings an application into a tenant.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when it is there already.
    pub async fn insert_service_principal(&self, principal: &ServicePrincipal) -> Result<(), StorageError> {
        self.write(Write::InsertServicePrincipal(principal.clone())).await
    }

    /// Replaces an application's presence in a tenant.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn update_service_principal(&self, principal: &ServicePrincipal) -> Result<(), StorageError> {
        self.write(Write::UpdateServicePrincipal(principal.clone())).await
    }

    /// An application's presence in a tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn service_principal(
        &self,
        tenant: TenantId,
        app_id: AppId,
    ) -> Result<Option<ServicePrincipal>, StorageError> {
        let row = self
            .database()
            .fetch_one(PRINCIPAL, values![tenant, app_id])
            .await?;
        from_optional_body("service principal", row)
    }

    /// Saves consent; there is one grant for each client, resource and user (or everybody).
    ///
    /// # Errors
    /// [`StorageError::Unstorable`] when the user is missing for consent of one user, or named for consent of all.
    pub async fn upsert_permission_grant(&self, grant: &OAuth2PermissionGrant) -> Result<(), StorageError> {
        self.write(Write::UpsertPermissionGrant(grant.clone())).await
    }

    /// Takes consent back.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub async fn delete_permission_grant(&self, tenant: TenantId, grant: Uuid) -> Result<(), StorageError> {
        self.write(Write::DeletePermissionGrant { tenant, grant }).await
    }

    /// The consent to a client that counts for one user: the user's own, and that for everybody.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn permission_grants_for(
        &self,
        tenant: TenantId,
        client: AppId,
        user: UserId,
    ) -> Result<Vec<OAuth2PermissionGrant>, StorageError> {
        let values = values![tenant, client, user.to_string()];
        from_bodies(
            "permission grant",
            self.database().fetch(CONSENT_FOR, values).await?,
        )
    }

    /// All consent a client has in a tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn permission_grants(
        &self,
        tenant: TenantId,
        client: AppId,
    ) -> Result<Vec<OAuth2PermissionGrant>, StorageError> {
        from_bodies(
            "permission grant",
            self.database().fetch(CONSENT, values![tenant, client]).await?,
        )
    }

    /// An application of a tenant by its object id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn application_by_object_id(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<Application>, StorageError> {
        from_optional_body(
            "application",
            self.database()
                .fetch_one(BY_OBJECT_ID, values![tenant, id])
                .await?,
        )
    }

    /// A service principal by its object id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn service_principal_by_id(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<ServicePrincipal>, StorageError> {
        from_optional_body(
            "service principal",
            self.database()
                .fetch_one(PRINCIPAL_BY_ID, values![tenant, id])
                .await?,
        )
    }

    /// All service principals of a tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn service_principals(&self, tenant: TenantId) -> Result<Vec<ServicePrincipal>, StorageError> {
        from_bodies(
            "service principal",
            self.database().fetch(PRINCIPALS, values![tenant]).await?,
        )
    }

    /// Consent in the order of its ids, after one or from the first: all of it, that of a client, or that of a user.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn permission_grant_page(
        &self,
        tenant: TenantId,
        of: &GrantScan,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<OAuth2PermissionGrant>, StorageError> {
        let mut values = values![tenant, after.unwrap_or(Uuid::nil()), i64::from(limit)];
        let sql = match of {
            GrantScan::All => CONSENT_PAGE,
            GrantScan::OfClient(client) => {
                values.push((*client).into());
                CONSENT_PAGE_OF_CLIENT
            }
            GrantScan::OfUser(user) => {
                values.push(user.to_string().into());
                CONSENT_PAGE_OF_USER
            }
        };
        from_bodies("permission grant", self.database().fetch(sql, values).await?)
    }

    /// One consent.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn permission_grant(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<OAuth2PermissionGrant>, StorageError> {
        let row = self
            .database()
            .fetch_one(ONE_CONSENT, values![tenant, id])
            .await?;
        from_optional_body("permission grant", row)
    }
}
