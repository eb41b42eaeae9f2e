//! Containers of the PKI store: created, renamed, deleted.

use lanyard_directory::Operation;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::{Change, Changed};
use crate::pki_store::RESTORABLE;
use crate::{Caller, Engine, NotDone, PublicKeyInfrastructure, TenantConfiguration, UploadStatus};

const MAX_NAME_CHARACTERS: usize = 256;

impl Engine {
    /// The containers that are not deleted, with the version of the tenant's configuration.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn read_pki_containers(
        &self,
        caller: &Caller,
    ) -> Result<(i64, Vec<PublicKeyInfrastructure>), NotDone> {
        caller.may(&Operation::READ_PKI_STORE)?;
        let (version, configuration) = self.tenant_configuration(caller.tenant).await?;
        let mut containers = configuration.public_key_infrastructures;
        containers.retain(|container| container.deleted.is_none());
        Ok((version, containers))
    }

    /// One of them.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_pki_container(
        &self,
        caller: &Caller,
        id: Uuid,
    ) -> Result<(i64, PublicKeyInfrastructure), NotDone> {
        let (version, containers) = self.read_pki_containers(caller).await?;
        let found = containers.into_iter().find(|container| container.id == id);
        found
            .map(|container| (version, container))
            .ok_or_else(|| NotDone::NotFound(id.to_string()))
    }

    /// Makes an empty container.
    ///
    /// Rule `PKI-NAME`: a container has a name of 1 to 256 characters. Source: certificate-sign-in §0.3, §2.3.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Invalid`].
    pub async fn create_pki_container(
        &self,
        caller: &Caller,
        display_name: &str,
    ) -> Result<PublicKeyInfrastructure, NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let container = PublicKeyInfrastructure {
            id: self.new_guid()?,
            display_name: checked_name(display_name)?,
            status: UploadStatus::NotStarted,
            status_details: None,
            last_modified: self.now(),
            deleted: None,
            authorities: Vec::new(),
        };
        self.change_tenant(caller, None, |configuration| {
            if !configuration.x509_policy.is_enabled() {
                tracing::info!(tenant = %caller.tenant, "a PKI is managed while the certificate method is off");
            }
            configuration.public_key_infrastructures.push(container.clone());
            let (old, new) = (Value::Null, json!({ "displayName": container.display_name }));
            Ok(changed("Create PublicKeyInfrastructure", container.id, old, new))
        })
        .await?;
        Ok(container)
    }

    /// Renames a container.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`], [`NotDone::Changed`].
    pub async fn rename_pki_container(
        &self,
        caller: &Caller,
        id: Uuid,
        display_name: &str,
        expected_version: Option<i64>,
    ) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let name = checked_name(display_name)?;
        let now = self.now();
        self.change_tenant(caller, expected_version, |configuration| {
            let container = present(configuration, id)?;
            if container.display_name == name {
                return Ok(Changed::Nothing);
            }
            let old = json!({ "displayName": container.display_name });
            container.display_name.clone_from(&name);
            container.last_modified = now;
            let new = json!({ "displayName": name });
            Ok(changed("Update PublicKeyInfrastructure", id, old, new))
        })
        .await
    }

    /// Deletes a container with its authorities: trusted no more from now on, restorable for 30 days.
    ///
    /// Rule `PKI-SOFT-DELETE`: deleted containers and authorities are neither trusted nor hinted, and can be restored for 30 days;
    /// scoping rules about them stay, so that nothing comes back unscoped. Source: certificate-sign-in §2.3 PK-7, §8.5 SC-7.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Changed`].
    pub async fn delete_pki_container(
        &self,
        caller: &Caller,
        id: Uuid,
        expected_version: Option<i64>,
    ) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let now = self.now();
        self.change_tenant(caller, expected_version, |configuration| {
            configuration.forget_deleted(now);
            let container = present(configuration, id)?;
            container.deleted = Some(now);
            let old = json!({
                "displayName": container.display_name,
                "authorities": container.present().count()
            });
            Ok(changed("Delete PublicKeyInfrastructure", id, old, Value::Null))
        })
        .await
    }
}

impl TenantConfiguration {
    /// Drops what was deleted too long ago to be restored.
    pub(crate) fn forget_deleted(&mut self, now: jiff::Timestamp) {
        let kept = |deleted: Option<jiff::Timestamp>| {
            deleted.is_none_or(|deleted| now.duration_since(deleted) <= RESTORABLE)
        };
        self.public_key_infrastructures
            .retain(|container| kept(container.deleted));
        for container in &mut self.public_key_infrastructures {
            container.authorities.retain(|authority| kept(authority.deleted));
        }
    }
}

/// A container that is not deleted.
pub(crate) fn present(
    configuration: &mut TenantConfiguration,
    id: Uuid,
) -> Result<&mut PublicKeyInfrastructure, NotDone> {
    configuration
        .public_key_infrastructures
        .iter_mut()
        .find(|container| container.id == id && container.deleted.is_none())
        .ok_or_else(|| NotDone::NotFound(id.to_string()))
}

pub(crate) fn changed(activity: &'static str, target: Uuid, old: Value, new: Value) -> Changed {
    Changed::This(vec![Change {
        activity,
        target: target.to_string(),
        property: "PublicKeyInfrastructure",
        old,
        new,
    }])
}

pub(super) fn checked_name(name: &str) -> Result<String, NotDone> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARACTERS || name.chars().any(char::is_control) {
        let sentence = format!("A name has 1 to {MAX_NAME_CHARACTERS} characters.");
        return Err(NotDone::invalid("displayName", sentence));
    }
    Ok(name.to_owned())
}
