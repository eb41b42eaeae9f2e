//! What administrators change: one file per kind of thing. Every change writes an audit row with it.

mod application;
mod authority;
mod group;
mod policy;
mod tenant;
mod user;

pub use application::{NewApplication, NewSecret};
pub use authority::NewAuthority;
pub use tenant::NewTenant;
pub use user::NewUser;

use serde_json::Value;
use uuid::Uuid;

use lanyard_directory::TenantId;
use lanyard_storage::AuditRow;

use crate::{Engine, EngineError};

/// Who makes a change, for the audit log: a user principal name, an application or `command line`.
#[derive(Clone, Debug)]
pub struct Actor(pub String);

impl Engine {
    /// An audit row for one change with its old and new value. Source: certificate-sign-in §9.3.
    pub(crate) fn audit_row(
        &self,
        actor: &Actor,
        tenant: TenantId,
        activity: &'static str,
        target: impl Into<String>,
        old: Value,
        new: Value,
    ) -> Result<AuditRow, EngineError> {
        let id = self.new_guid()?;
        let now = self.now();
        Ok(AuditRow {
            id,
            tenant,
            created_us: now.as_microsecond(),
            activity: activity.to_owned(),
            actor: actor.0.clone(),
            target: target.into(),
            body: serde_json::json!({ "old": old, "new": new }).to_string(),
        })
    }

    pub(crate) fn new_guid(&self) -> Result<Uuid, EngineError> {
        self.randomness.guid()
    }
}
