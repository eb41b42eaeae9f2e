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
    /// When the group was created.
    pub created: Timestamp,
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
