//! A group.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::{check_display_name, check_mail_nickname};
use crate::{GroupId, InvalidProperty, TenantId};

/// A security group. Members may be users or groups; nesting counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Object id.
    pub id: GroupId,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Name shown to people.
    pub display_name: String,
    /// Mail nickname, at most 64 characters.
    pub mail_nickname: String,
    /// What the group is for.
    #[serde(default)]
    pub description: Option<String>,
    /// What else is known about it.
    #[serde(default, skip_serializing_if = "GroupDetails::is_default")]
    pub details: GroupDetails,
    /// When the group was created.
    pub created: Timestamp,
}

/// What no rule of signing in looks at. Source: directory-policy-tokens §2.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupDetails {
    /// `[]` for a security group, `["Unified"]`.
    pub group_types: Vec<String>,
    /// Counts for access.
    pub security_enabled: bool,
    /// Receives mail.
    pub mail_enabled: bool,
    /// May hold directory roles; fixed when the group is made.
    pub is_assignable_to_role: bool,
    /// `Private`, `Public` or `HiddenMembership`.
    pub visibility: Option<String>,
}

impl Default for GroupDetails {
    fn default() -> Self {
        Self {
            group_types: Vec::new(),
            security_enabled: true,
            mail_enabled: false,
            is_assignable_to_role: false,
            visibility: None,
        }
    }
}

impl GroupDetails {
    /// Whether it is an ordinary security group.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Group {
    /// Checks everything that can be told from the group alone.
    ///
    /// # Errors
    /// The first property that breaks a rule.
    pub fn check(&self) -> Result<(), InvalidProperty> {
        check_display_name(&self.display_name)?;
        check_mail_nickname(&self.mail_nickname)
    }
}
