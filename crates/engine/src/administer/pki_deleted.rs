//! What was deleted from the PKI store: listed, restored, gone for good.

use lanyard_directory::Operation;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::pki_authority::{MAX_PKI_AUTHORITIES, told};
use crate::administer::pki_container::changed;
use crate::{Caller, Engine, NotDone, PkiAuthority, PublicKeyInfrastructure};

/// Something deleted from the PKI store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeletedPkiItem {
    /// A container with what was in it.
    Container(PublicKeyInfrastructure),
    /// A single authority; its container may be deleted, too.
    Authority(PkiAuthority),
}

impl DeletedPkiItem {
    /// Its object id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::Container(container) => container.id,
            Self::Authority(authority) => authority.id,
        }
    }
}

impl Engine {
    /// Everything that can still be restored.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn deleted_pki_items(&self, caller: &Caller) -> Result<Vec<DeletedPkiItem>, NotDone> {
        caller.may(&Operation::READ_PKI_STORE)?;
        let (_, mut configuration) = self.tenant_configuration(caller.tenant).await?;
        configuration.forget_deleted(self.now());
        let mut items = Vec::new();
        for container in configuration.public_key_infrastructures {
            let single = container
                .authorities
                .iter()
                .filter(|authority| authority.deleted.is_some());
            items.extend(single.cloned().map(DeletedPkiItem::Authority));
            if container.deleted.is_some() {
                items.push(DeletedPkiItem::Container(container));
            }
        }
        Ok(items)
    }

    /// Restores a container with the authorities deleted with it, or one authority: trusted again from now on.
    ///
    /// Rule `PKI-RESTORE`: what was deleted less than 30 days ago comes back as it was, if the store still has room and holds no copy of
    /// it; an authority needs its container back first. Source: certificate-sign-in §2.3 PK-7.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`].
    pub async fn restore_pki_item(&self, caller: &Caller, id: Uuid) -> Result<DeletedPkiItem, NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let now = self.now();
        let mut restored = None;
        self.change_tenant(caller, None, |configuration| {
            configuration.forget_deleted(now);
            let room = MAX_PKI_AUTHORITIES.saturating_sub(configuration.pki_authorities().count());
            let refuse = |sentence: &str| Err(NotDone::invalid("", sentence));
            for container in &mut configuration.public_key_infrastructures {
                if container.id == id && container.deleted.is_some() {
                    if container.present().count() > room {
                        return refuse("The PKI store has no room for the authorities of this PKI.");
                    }
                    container.deleted = None;
                    container.last_modified = now;
                    restored = Some(DeletedPkiItem::Container(container.clone()));
                    let new = json!({ "displayName": container.display_name });
                    return Ok(changed("Restore PublicKeyInfrastructure", id, Value::Null, new));
                }
                let is_deleted = container.deleted.is_some();
                let found = container
                    .authorities
                    .iter()
                    .position(|authority| authority.id == id && authority.deleted.is_some());
                let Some(found) = found else { continue };
                if is_deleted {
                    return refuse("Its PKI is deleted, too: restore that first.");
                }
                let copies: Vec<String> = container
                    .present()
                    .map(|other| other.certificate.clone())
                    .collect();
                let Some(authority) = container.authorities.get_mut(found) else {
                    continue;
                };
                if room == 0 || copies.contains(&authority.certificate) {
                    return refuse("Duplicate certificate, or no room in the PKI store.");
                }
                authority.deleted = None;
                restored = Some(DeletedPkiItem::Authority(authority.clone()));
                let new = told(authority);
                container.last_modified = now;
                return Ok(changed("Restore CertificateAuthority", id, Value::Null, new));
            }
            Err(NotDone::NotFound(id.to_string()))
        })
        .await?;
        restored.ok_or_else(|| NotDone::NotFound(id.to_string()))
    }

    /// Removes something deleted for good.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn purge_pki_item(&self, caller: &Caller, id: Uuid) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        self.change_tenant(caller, None, |configuration| {
            let containers = &mut configuration.public_key_infrastructures;
            let container = containers
                .iter()
                .position(|container| container.id == id && container.deleted.is_some());
            if let Some(position) = container {
                let old = json!({ "displayName": containers.remove(position).display_name });
                return Ok(changed(
                    "Hard Delete PublicKeyInfrastructure",
                    id,
                    old,
                    Value::Null,
                ));
            }
            for container in containers {
                let found = container
                    .authorities
                    .iter()
                    .position(|authority| authority.id == id && authority.deleted.is_some());
                if let Some(position) = found {
                    let old = told(&container.authorities.remove(position));
                    return Ok(changed("Hard Delete CertificateAuthority", id, old, Value::Null));
                }
            }
            Err(NotDone::NotFound(id.to_string()))
        })
        .await
    }
}
