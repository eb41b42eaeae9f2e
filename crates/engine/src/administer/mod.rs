//! What administrators change: one file per kind of thing. Every change writes an audit row with it.

mod application;
mod application_change;
mod application_keys;
mod application_proof;
mod authority;
mod authority_check;
mod certificate;
mod change_tenant;
mod classic_store;
mod commit_for;
mod crl;
mod device;
mod emergency_account;
mod group;
mod group_change;
mod import_group_rows;
mod import_groups;
mod import_pki;
mod import_users;
mod kept_policy;
mod method_policy;
mod owner;
mod permission;
mod pki_authority;
mod pki_container;
mod pki_deleted;
mod pki_upload;
mod policy;
mod policy_doubts;
mod restore;
mod role_assignment;
mod service_principal;
mod tenant;
mod user;
mod user_change;
mod user_removal;
mod what_if;

pub(crate) use change_tenant::{Change, Changed};

pub use application::{NewApplication, NewSecret};
pub use application_change::ApplicationChange;
pub use application_keys::KeyChange;
pub use authority::NewAuthority;
pub use certificate::NewDenial;
pub use classic_store::{ClassicAuthority, ClassicStore, OwnAuthoritySettings};
pub use crl::{LearnedCrl, ListedNow, issuers_of_crl};
pub use device::DeviceChange;
pub use group_change::{GroupChange, MAX_MEMBERS_AT_ONCE};
pub use import_group_rows::{GroupRows, GroupToImport, MemberToImport};
pub use import_groups::{ImportedGroups, NewGroup, Stranger};
pub use import_pki::{ImportedPki, NewPki};
pub use import_users::{ImportFinding, ImportedUsers};
pub use kept_policy::{KeptPolicy, MAX_KEPT_BYTES, MAX_KEPT_POLICIES};
pub use owner::Ownable;
pub use pki_authority::{NewPkiAuthority, PkiAuthorityChange};
pub use pki_deleted::DeletedPkiItem;
pub use pki_upload::PkiUpload;
pub use restore::DeletedObject;
pub use tenant::NewTenant;
pub use user::NewUser;
pub use user_change::UserChange;
pub use what_if::{WhatIf, WhatIfUser};

use serde_json::Value;
use uuid::Uuid;

use lanyard_directory::{InvalidProperty, TenantId};
use lanyard_storage::{AuditRow, StorageError, Write};

use crate::change_safety::override_reason;
use crate::{Engine, EngineError};

/// Who makes a change, for the audit log: a user principal name, an application or `command line`.
#[derive(Clone, Debug)]
pub struct Actor(pub String);

/// One change as the audit log tells it. Source: certificate-sign-in §9.3.
pub(crate) struct Told<'a> {
    pub(crate) actor: &'a Actor,
    pub(crate) tenant: TenantId,
    pub(crate) activity: &'static str,
    pub(crate) target: String,
    pub(crate) old: Value,
    pub(crate) new: Value,
}

impl Engine {
    /// Commits a change together with its audit row: both or neither.
    pub(crate) async fn change(&self, told: Told<'_>, mut writes: Vec<Write>) -> Result<(), EngineError> {
        writes.push(Write::Audit(self.audit_row(told)?));
        match self.store.commit(writes).await {
            Err(StorageError::Duplicate { what }) => Err(EngineError::InvalidChange(format!(
                "there is one with the same {what} already"
            ))),
            outcome => Ok(outcome?),
        }
    }

    /// An audit row with old and new value.
    pub(crate) fn audit_row(&self, told: Told<'_>) -> Result<AuditRow, EngineError> {
        let Told {
            actor,
            tenant,
            activity,
            target,
            old,
            new,
        } = told;
        Ok(AuditRow {
            id: self.new_guid()?,
            tenant,
            created_us: self.now().as_microsecond(),
            activity: activity.to_owned(),
            actor: actor.0.clone(),
            target,
            body: serde_json::json!({ "old": old, "new": new, "forced": override_reason() }).to_string(),
        })
    }

    pub(crate) fn new_guid(&self) -> Result<Uuid, EngineError> {
        self.randomness.guid()
    }
}

/// A stored certificate.
#[must_use]
pub fn certificate_of(base64_der: &str) -> Option<lanyard_pki::Certificate> {
    use base64::Engine as _;
    let der = base64::engine::general_purpose::STANDARD
        .decode(base64_der)
        .ok()?;
    lanyard_pki::Certificate::parse(&der).ok()
}

pub(crate) fn invalid(property: &InvalidProperty) -> EngineError {
    EngineError::InvalidChange(property.to_string())
}
