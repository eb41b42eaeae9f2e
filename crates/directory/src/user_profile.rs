//! What is known about a person beside what decides about sign-ins.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::InvalidProperty;
use crate::text::check_mail_nickname;

/// Longest text of a profile, in characters.
pub const MAX_PROFILE_TEXT_CHARS: usize = 256;
/// Longest text that synchronisation wrote, in characters.
const MAX_SYNCHRONISED_TEXT_CHARS: usize = 1_024;
/// Most entries of a list of a profile.
pub const MAX_PROFILE_LIST: usize = 250;

macro_rules! profile {
    ($($field:ident = $name:literal;)*) => {
        /// Properties that no rule of signing in looks at. Source: directory-policy-tokens §2.2.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct UserProfile {
            $(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name, skip_serializing_if = "Option::is_none")]
                pub $field: Option<String>,
            )*
            /// `businessPhones`
            #[serde(rename = "businessPhones", skip_serializing_if = "Vec::is_empty")]
            pub business_phones: Vec<String>,
            /// `otherMails`
            #[serde(rename = "otherMails", skip_serializing_if = "Vec::is_empty")]
            pub other_mails: Vec<String>,
            /// `proxyAddresses`, exactly one of them with `SMTP:` in capitals.
            #[serde(rename = "proxyAddresses", skip_serializing_if = "Vec::is_empty")]
            pub proxy_addresses: Vec<String>,
            /// `onPremisesSyncEnabled`: `None` never synchronised, `false` no longer.
            #[serde(rename = "onPremisesSyncEnabled", skip_serializing_if = "Option::is_none")]
            pub on_premises_sync_enabled: Option<bool>,
        }

        impl UserProfile {
            /// Names of all texts.
            pub const TEXTS: &[&'static str] = &[$($name),*];

            /// A text by its name.
            #[must_use]
            pub fn text(&self, name: &str) -> Option<&str> {
                match name {
                    $($name => self.$field.as_deref(),)*
                    _ => None,
                }
            }

            fn text_mut(&mut self, name: &str) -> Option<(&'static str, &mut Option<String>)> {
                match name {
                    $($name => Some(($name, &mut self.$field)),)*
                    _ => None,
                }
            }
        }
    };
}

profile! {
    mail_nickname = "mailNickname";
    job_title = "jobTitle";
    department = "department";
    company_name = "companyName";
    office_location = "officeLocation";
    mobile_phone = "mobilePhone";
    preferred_language = "preferredLanguage";
    street_address = "streetAddress";
    postal_code = "postalCode";
    city = "city";
    state = "state";
    country = "country";
    usage_location = "usageLocation";
    employee_id = "employeeId";
    employee_type = "employeeType";
    password_policies = "passwordPolicies";
    creation_type = "creationType";
    external_user_state = "externalUserState";
    on_premises_immutable_id = "onPremisesImmutableId";
    on_premises_sam_account_name = "onPremisesSamAccountName";
    on_premises_domain_name = "onPremisesDomainName";
    on_premises_distinguished_name = "onPremisesDistinguishedName";
    on_premises_security_identifier = "onPremisesSecurityIdentifier";
    on_premises_last_sync = "onPremisesLastSyncDateTime";
}

/// Written by synchronisation or by other actions, never by a change of the profile.
const READ_ONLY: &[&str] = &[
    "creationType",
    "externalUserState",
    "onPremisesSamAccountName",
    "onPremisesDomainName",
    "onPremisesDistinguishedName",
    "onPremisesSecurityIdentifier",
    "onPremisesLastSyncDateTime",
];

impl UserProfile {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it is a property of the profile that can be changed.
    #[must_use]
    pub fn can_change(name: &str) -> bool {
        (Self::TEXTS.contains(&name) && !READ_ONLY.contains(&name))
            || matches!(name, "businessPhones" | "otherMails")
    }

    /// Checks a profile that came whole from elsewhere.
    ///
    /// Rule `DIRECTORY-PROFILE-BROUGHT`: of a profile that comes from another directory, texts that people change follow the rule of
    /// changes; those that synchronisation wrote have at most 1,024 characters. Source: directory-policy-tokens §2.2.
    ///
    /// # Errors
    /// The first property that breaks a rule.
    pub fn check_brought(&self) -> Result<(), InvalidProperty> {
        let invalid = |property, reason: &str| {
            Err(InvalidProperty::new(
                property,
                "DIRECTORY-PROFILE-BROUGHT",
                reason,
            ))
        };
        for &name in Self::TEXTS {
            let Some(text) = self.text(name) else { continue };
            let most = if READ_ONLY.contains(&name) {
                MAX_SYNCHRONISED_TEXT_CHARS
            } else {
                MAX_PROFILE_TEXT_CHARS
            };
            if !is_text_of(text, most) {
                return invalid(
                    name,
                    "a text without control characters was expected, and not a longer one",
                );
            }
        }
        let lists = [
            ("businessPhones", &self.business_phones),
            ("otherMails", &self.other_mails),
            ("proxyAddresses", &self.proxy_addresses),
        ];
        for (name, list) in lists {
            if list.len() > MAX_PROFILE_LIST
                || !list
                    .iter()
                    .all(|text| is_text_of(text, MAX_SYNCHRONISED_TEXT_CHARS))
            {
                return invalid(name, "a list of at most 250 texts was expected");
            }
        }
        Ok(())
    }

    /// The profile after a change; `null` removes a property.
    ///
    /// Rule `DIRECTORY-PROFILE`: a text of a profile has 1 to 256 characters, a list at most 250 of them; what
    /// synchronisation or other actions write cannot be changed here. Source: directory-policy-tokens §2.2.
    ///
    /// # Errors
    /// The first property that breaks a rule.
    pub fn changed(&self, changes: &Map<String, Value>) -> Result<Self, InvalidProperty> {
        let mut profile = self.clone();
        for (name, value) in changes {
            profile.change(name, value)?;
        }
        Ok(profile)
    }

    fn change(&mut self, name: &str, value: &Value) -> Result<(), InvalidProperty> {
        let invalid = |property, reason: &str| InvalidProperty::new(property, "DIRECTORY-PROFILE", reason);
        let list = match name {
            "businessPhones" => Some(("businessPhones", &mut self.business_phones)),
            "otherMails" => Some(("otherMails", &mut self.other_mails)),
            _ => None,
        };
        if let Some((property, list)) = list {
            let Value::Array(items) = value else {
                return Err(invalid(property, "a list of texts was expected"));
            };
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect();
            *list = texts
                .filter(|texts| texts.len() <= MAX_PROFILE_LIST && texts.iter().all(|text| is_text(text)))
                .ok_or_else(|| {
                    invalid(
                        property,
                        "a list of at most 250 texts of 1 to 256 characters was expected",
                    )
                })?;
            return Ok(());
        }
        if READ_ONLY.contains(&name) {
            return Err(invalid("profile", "this property is read-only"));
        }
        let Some((property, text)) = self.text_mut(name) else {
            return Err(invalid("profile", "there is no such property"));
        };
        *text = match value {
            Value::Null => None,
            Value::String(text) if is_text(text) => Some(text.clone()),
            _ => return Err(invalid(property, "a text of 1 to 256 characters was expected")),
        };
        match (property, text) {
            ("mailNickname", Some(nickname)) => check_mail_nickname(nickname),
            _ => Ok(()),
        }
    }
}

fn is_text(text: &str) -> bool {
    is_text_of(text, MAX_PROFILE_TEXT_CHARS)
}

fn is_text_of(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(changes: Value) -> Result<UserProfile, InvalidProperty> {
        let before = UserProfile {
            department: Some("IT".to_owned()),
            ..UserProfile::default()
        };
        before.changed(changes.as_object().unwrap())
    }

    #[test]
    fn what_is_brought_is_checked() {
        // DIRECTORY-PROFILE-BROUGHT
        for (profile, good) in [
            (
                json!({ "onPremisesDistinguishedName": "x".repeat(1024), "proxyAddresses": ["SMTP:a@b"] }),
                true,
            ),
            (json!({ "onPremisesDistinguishedName": "x".repeat(1025) }), false),
            (json!({ "jobTitle": "x".repeat(257) }), false),
            (json!({ "jobTitle": "a\u{7}b" }), false),
            (json!({ "otherMails": vec!["x"; 251] }), false),
            (json!({ "businessPhones": [""] }), false),
        ] {
            let brought: UserProfile = serde_json::from_value(profile.clone()).unwrap();
            assert_eq!(brought.check_brought().is_ok(), good, "{profile}");
        }
    }

    /// DIRECTORY-PROFILE
    #[test]
    fn changes_are_checked() {
        let after =
            changed(json!({ "jobTitle": "Chief", "department": null, "businessPhones": ["1"] })).unwrap();
        assert_eq!(after.text("jobTitle"), Some("Chief"));
        assert_eq!(after.department, None);
        assert_eq!(
            serde_json::to_value(&after).unwrap(),
            json!({ "jobTitle": "Chief", "businessPhones": ["1"] })
        );
        for bad in [
            json!({ "jobTitle": 1 }),
            json!({ "jobTitle": "" }),
            json!({ "jobTitle": "x".repeat(257) }),
            json!({ "jobTitle": "a\nb" }),
            json!({ "otherMails": "a" }),
            json!({ "otherMails": [1] }),
            json!({ "mailNickname": "a b" }),
            json!({ "onPremisesSamAccountName": "a" }),
            json!({ "nothing": "a" }),
        ] {
            assert!(changed(bad.clone()).is_err(), "{bad}");
            for name in bad.as_object().unwrap().keys() {
                assert_eq!(
                    UserProfile::can_change(name),
                    !name.starts_with("onP") && name != "nothing"
                );
            }
        }
    }
}
