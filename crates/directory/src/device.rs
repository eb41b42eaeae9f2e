//! A device.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::text::check_display_name;
use crate::{InvalidProperty, TenantId};

/// A registered device. Source: directory-policy-tokens §2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Object id.
    pub id: Uuid,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Id of the registration; unique in the tenant, differs from the object id.
    pub device_id: Uuid,
    /// Name shown to people.
    pub display_name: String,
    /// `false`: its tokens fail.
    pub account_enabled: bool,
    /// `Windows`
    pub operating_system: String,
    /// `10.0.26100`
    pub operating_system_version: String,
    /// `None`: nobody has said.
    #[serde(default)]
    pub is_compliant: Option<bool>,
    /// `None`: nobody has said.
    #[serde(default)]
    pub is_managed: Option<bool>,
    /// The keys it is known by, base64.
    #[serde(default)]
    pub alternative_security_ids: Vec<AlternativeSecurityId>,
    /// When it was registered.
    pub created: Timestamp,
}

/// A key a device is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlternativeSecurityId {
    /// 2 for a key.
    #[serde(rename = "type")]
    pub kind: i64,
    /// Base64.
    pub key: String,
    /// Always null.
    #[serde(default)]
    pub identity_provider: Option<String>,
}

impl Device {
    /// Checks everything that can be told from the device alone.
    ///
    /// # Errors
    /// The first property that breaks a rule.
    pub fn check(&self) -> Result<(), InvalidProperty> {
        check_display_name(&self.display_name)
    }
}
