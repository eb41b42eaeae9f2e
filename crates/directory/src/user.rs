//! A user.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    InvalidProperty, Tenant, TenantId, UserId, UserProfile, check_display_name, check_user_principal_name,
};

/// A person's account. Source: directory-policy-tokens §2.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Object id, immutable, never reused.
    pub id: UserId,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Sign-in name; unique in the tenant without regard to case.
    pub user_principal_name: String,
    /// Name shown to people.
    pub display_name: String,
    /// Given name.
    #[serde(default)]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(default)]
    pub surname: Option<String>,
    /// Mail address.
    #[serde(default)]
    pub mail: Option<String>,
    /// UPN in the on-premises directory; usable as a username-binding property.
    #[serde(default)]
    pub on_premises_user_principal_name: Option<String>,
    /// `false`: no sign-in, no refresh (50057).
    pub account_enabled: bool,
    /// Member or guest.
    pub user_type: UserType,
    /// `authorizationInfo.certificateUserIds`, as written.
    #[serde(default)]
    pub certificate_user_ids: Vec<String>,
    /// Sessions and refresh tokens with an earlier authentication time are invalid.
    pub sign_in_sessions_valid_from: Timestamp,
    /// The most recent sign-in used a certificate: the next one goes straight to it.
    #[serde(default)]
    pub certificate_used_last: bool,
    /// Everything else that is known about the person.
    #[serde(default, skip_serializing_if = "UserProfile::is_empty")]
    pub profile: UserProfile,
    /// When the user was created.
    pub created: Timestamp,
}

/// Member or guest, regardless of where the credential lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserType {
    /// A member of the organisation.
    Member,
    /// A guest.
    Guest,
}

impl User {
    /// Checks everything that can be told from the user and the tenant.
    ///
    /// # Errors
    /// The first property that breaks a rule.
    pub fn check(&self, tenant: &Tenant) -> Result<(), InvalidProperty> {
        check_user_principal_name(&self.user_principal_name, tenant)?;
        check_display_name(&self.display_name)
    }

    /// The form of a user principal name that is compared and unique: Unicode lower case.
    #[must_use]
    pub fn upn_key(upn: &str) -> String {
        upn.trim().to_lowercase()
    }

    /// The form of other names and addresses that is looked up and sorted by.
    #[must_use]
    pub fn name_key(name: &str) -> String {
        name.trim().to_lowercase()
    }
}
