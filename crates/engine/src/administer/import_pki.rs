//! Bringing containers of the PKI store with the ids they have elsewhere.

use jiff::Timestamp;
use lanyard_directory::Operation;
use lanyard_pki::Certificate;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::pki_authority::{NewPkiAuthority, add, told};
use crate::administer::{Change, Changed, classic_store::read_certificate};
use crate::{
    Caller, Engine, NotDone, PkiAuthority, PublicKeyInfrastructure, TenantConfiguration, UploadStatus,
};

/// A container to bring.
#[derive(Clone, Debug, Default)]
pub struct NewPki {
    /// Object id, kept; policies name containers by it.
    pub id: Option<Uuid>,
    /// Name shown to administrators.
    pub display_name: String,
    /// Its authorities, each with the object id to keep.
    pub authorities: Vec<(Option<Uuid>, NewPkiAuthority)>,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedPki {
    /// Containers that are new.
    pub containers: usize,
    /// Authorities that are new.
    pub authorities: usize,
    /// What is doubtful about them, each as one sentence.
    pub doubts: Vec<String>,
}

impl Engine {
    /// Brings containers and authorities that are not there; what is there stays as it is. All or nothing.
    ///
    /// Rule `IMPORT-PKI`: containers and authorities keep the object ids they came with, so that policies which name them stay
    /// right; a container that is there, by id or without one by name, gets the authorities it lacks.
    /// Source: certificate-sign-in §2.3, §8.5 SC-5.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Invalid`] naming the authority, [`NotDone::Unsafe`].
    pub async fn import_pki(&self, caller: &Caller, brought: &[NewPki]) -> Result<ImportedPki, NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let now = self.now();
        let mut read: Vec<(Uuid, Vec<(PkiAuthority, Certificate)>)> = Vec::with_capacity(brought.len());
        for (place, container) in brought.iter().enumerate() {
            let mut authorities = Vec::with_capacity(container.authorities.len());
            for (index, (id, new)) in container.authorities.iter().enumerate() {
                let at =
                    format!("certificateBasedAuthConfigurations[{place}].certificateAuthorities[{index}]");
                let certificate = read_certificate(&new.certificate)
                    .map_err(|sentence| NotDone::invalid(format!("{at}.certificate"), sentence))?;
                let mut authority = self
                    .pki_authority(&certificate, new)
                    .map_err(|refused| NotDone::invalid(at, refused.to_string()))?;
                authority.id = id.unwrap_or(authority.id);
                authorities.push((authority, certificate));
            }
            read.push((container.id.map_or_else(|| self.new_guid(), Ok)?, authorities));
        }
        let mut imported = ImportedPki::default();
        self.change_tenant(caller, None, |configuration| {
            imported = ImportedPki::default();
            configuration.forget_deleted(now);
            let mut changes = Vec::new();
            for (container, (id, authorities)) in brought.iter().zip(&read) {
                let id = self.container_for(configuration, container, *id, &mut changes, &mut imported)?;
                let missing = missing(configuration, id, authorities);
                imported.authorities += missing.len();
                changes.extend(missing.iter().map(|(authority, _)| Change {
                    activity: "Create CertificateAuthority",
                    target: authority.id.to_string(),
                    property: "PublicKeyInfrastructure",
                    old: Value::Null,
                    new: told(authority),
                }));
                let doubts = add(configuration, id, missing, now)
                    .map_err(|sentence| NotDone::invalid("certificate", sentence))?;
                imported.doubts.extend(doubts);
            }
            Ok(if changes.is_empty() {
                Changed::Nothing
            } else {
                Changed::This(changes)
            })
        })
        .await?;
        Ok(imported)
    }

    /// The container to put authorities into; made when there is none.
    fn container_for(
        &self,
        configuration: &mut TenantConfiguration,
        brought: &NewPki,
        id: Uuid,
        changes: &mut Vec<Change>,
        imported: &mut ImportedPki,
    ) -> Result<Uuid, NotDone> {
        let mut present = configuration
            .public_key_infrastructures
            .iter()
            .filter(|known| known.deleted.is_none());
        let known = match brought.id {
            Some(id) => present.find(|known| known.id == id),
            None => present.find(|known| known.display_name == brought.display_name),
        };
        if let Some(known) = known {
            return Ok(known.id);
        }
        if configuration
            .public_key_infrastructures
            .iter()
            .any(|deleted| deleted.id == id)
        {
            let sentence = format!("The PKI {id} was deleted lately: restore it.");
            return Err(NotDone::invalid("certificateBasedAuthConfigurations", sentence));
        }
        let container = empty(id, brought, self.now())?;
        changes.push(Change {
            activity: "Create PublicKeyInfrastructure",
            target: id.to_string(),
            property: "PublicKeyInfrastructure",
            old: Value::Null,
            new: json!({ "displayName": container.display_name }),
        });
        configuration.public_key_infrastructures.push(container);
        imported.containers += 1;
        Ok(id)
    }
}

fn empty(id: Uuid, brought: &NewPki, now: Timestamp) -> Result<PublicKeyInfrastructure, NotDone> {
    Ok(PublicKeyInfrastructure {
        id,
        display_name: super::pki_container::checked_name(&brought.display_name)?,
        status: UploadStatus::NotStarted,
        status_details: None,
        last_modified: now,
        deleted: None,
        authorities: Vec::new(),
    })
}

fn missing(
    configuration: &TenantConfiguration,
    container: Uuid,
    authorities: &[(PkiAuthority, Certificate)],
) -> Vec<(PkiAuthority, Certificate)> {
    let known: Vec<&PkiAuthority> = configuration
        .public_key_infrastructures
        .iter()
        .filter(|known| known.id == container)
        .flat_map(PublicKeyInfrastructure::present)
        .collect();
    authorities
        .iter()
        .filter(|(authority, _)| {
            known
                .iter()
                .all(|known| known.certificate != authority.certificate)
        })
        .cloned()
        .collect()
}
