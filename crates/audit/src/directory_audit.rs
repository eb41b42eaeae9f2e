//! A record of a change.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Activity, KeyValue};

/// One row of the audit log: who changed what, from what to what.
///
/// Source: directory-policy-tokens §8.2, certificate-sign-in §9.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryAuditRecord {
    /// Id of this row.
    pub id: Uuid,
    /// When it happened.
    pub created: Timestamp,
    /// The tenant it happened in.
    pub tenant_id: Uuid,
    /// Ties it to the request.
    pub correlation_id: Uuid,
    /// `activityDisplayName`
    pub activity: String,
    /// `category`
    pub category: String,
    /// `loggedByService`
    pub logged_by_service: String,
    /// `operationType`
    pub operation_type: String,
    /// How it came out.
    pub result: AuditResult,
    /// Why it failed; empty on success.
    #[serde(default)]
    pub result_reason: String,
    /// Who did it.
    pub initiated_by: Initiator,
    /// What it was done to.
    #[serde(default)]
    pub target_resources: Vec<TargetResource>,
    /// Anything else worth knowing.
    #[serde(default)]
    pub additional_details: Vec<KeyValue>,
}

/// How an audited activity came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AuditResult {
    /// It was done.
    Success,
    /// It was refused or failed.
    Failure,
    /// It did not finish in time.
    Timeout,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Initiator {
    /// A person.
    #[serde(rename_all = "camelCase")]
    User {
        /// Object id.
        id: Uuid,
        /// Name shown to people.
        #[serde(default)]
        display_name: Option<String>,
        /// Sign-in name.
        user_principal_name: String,
        /// Where from.
        #[serde(default)]
        ip_address: Option<IpAddr>,
    },
    /// An application, or a part of the product (`Lanyard command line`).
    #[serde(rename_all = "camelCase")]
    App {
        /// Client id; `None` for the product itself.
        #[serde(default)]
        app_id: Option<Uuid>,
        /// Name shown to people.
        display_name: String,
        /// Object id of its service principal.
        #[serde(default)]
        service_principal_id: Option<Uuid>,
    },
}

/// One thing it was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetResource {
    /// Id, as that kind of thing writes it.
    pub id: String,
    /// Kind of thing.
    #[serde(rename = "type")]
    pub target_type: TargetType,
    /// Name shown to people.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Sign-in name, of users.
    #[serde(default)]
    pub user_principal_name: Option<String>,
    /// What changed.
    #[serde(default)]
    pub modified_properties: Vec<ModifiedProperty>,
}

/// Kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TargetType {
    /// A user.
    User,
    /// A device.
    Device,
    /// The tenant itself.
    Directory,
    /// An application or service principal.
    App,
    /// A role.
    Role,
    /// A group.
    Group,
    /// A policy.
    Policy,
    /// Anything else.
    Other,
}

/// One property's change. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModifiedProperty {
    /// Name of the property.
    pub display_name: String,
    /// Before; `None` when it was not there.
    #[serde(default)]
    pub old_value: Option<Value>,
    /// After; `None` when it is gone.
    #[serde(default)]
    pub new_value: Option<Value>,
}

impl DirectoryAuditRecord {
    /// A successful activity without targets yet.
    #[must_use]
    pub fn new(
        activity: Activity,
        id: Uuid,
        created: Timestamp,
        tenant_id: Uuid,
        correlation_id: Uuid,
        initiated_by: Initiator,
    ) -> Self {
        Self {
            id,
            created,
            tenant_id,
            correlation_id,
            activity: activity.display_name.to_owned(),
            category: activity.category.to_owned(),
            logged_by_service: activity.logged_by_service.to_owned(),
            operation_type: activity.operation_type.to_owned(),
            result: AuditResult::Success,
            result_reason: String::new(),
            initiated_by,
            target_resources: Vec::new(),
            additional_details: Vec::new(),
        }
    }

    /// Adds a target.
    #[must_use]
    pub fn with_target(mut self, target: TargetResource) -> Self {
        self.target_resources.push(target);
        self
    }

    /// Marks it as failed.
    #[must_use]
    pub fn failed(mut self, reason: impl Into<String>) -> Self {
        self.result = AuditResult::Failure;
        self.result_reason = reason.into();
        self
    }
}

impl TargetResource {
    /// A target without changes yet.
    #[must_use]
    pub fn new(target_type: TargetType, id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            target_type,
            display_name: None,
            user_principal_name: None,
            modified_properties: Vec::new(),
        }
    }

    /// Names it.
    #[must_use]
    pub fn named(mut self, display_name: impl Into<String>) -> Self {
        self.display_name = Some(display_name.into());
        self
    }

    /// Adds one changed property.
    #[must_use]
    pub fn with_change(
        mut self,
        property: impl Into<String>,
        old: Option<Value>,
        new: Option<Value>,
    ) -> Self {
        self.modified_properties.push(ModifiedProperty {
            display_name: property.into(),
            old_value: old,
            new_value: new,
        });
        self
    }
}
