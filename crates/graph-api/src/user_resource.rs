//! The `user` resource.

use lanyard_engine::{ProfileView, User, UserProfile};
use serde_json::{Map, Value, json};

use crate::odata::{Kind, Operators, Property, Schema};

/// What a user has. Source: directory-policy-tokens §2.1 (matrix), §2.2.
pub(crate) static SCHEMA: Schema = Schema {
    type_name: "user",
    set_name: "users",
    properties: &[
        Property::shown("businessPhones", Kind::Texts, Operators::NONE),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("givenName", Kind::Text, Operators::WORDS),
        Property::shown("jobTitle", Kind::Text, Operators::WORDS),
        Property::shown("mail", Kind::Text, Operators::MAIL),
        Property::shown("mobilePhone", Kind::Text, Operators::NONE),
        Property::shown("officeLocation", Kind::Text, Operators::NONE),
        Property::shown("preferredLanguage", Kind::Text, Operators::NONE),
        Property::shown("surname", Kind::Text, Operators::WORDS),
        Property::shown("userPrincipalName", Kind::Text, Operators::SIGN_IN_NAME),
        Property::shown("id", Kind::Text, Operators::ID),
        Property::on_request("accountEnabled", Kind::Boolean, Operators::SWITCH),
        Property::on_request("userType", Kind::Text, Operators::SWITCH),
        Property::on_request("authorizationInfo", Kind::Object, Operators::NONE),
        Property::on_request(
            "authorizationInfo/certificateUserIds",
            Kind::Texts,
            Operators::CERTIFICATE_USER_IDS,
        ),
        Property::on_request("mailNickname", Kind::Text, Operators::WORDS),
        Property::on_request("department", Kind::Text, Operators::WORDS),
        Property::on_request("companyName", Kind::Text, Operators::WORDS),
        Property::on_request("city", Kind::Text, Operators::WORDS),
        Property::on_request("state", Kind::Text, Operators::WORDS),
        Property::on_request("country", Kind::Text, Operators::WORDS),
        Property::on_request("streetAddress", Kind::Text, Operators::NONE),
        Property::on_request("postalCode", Kind::Text, Operators::NONE),
        Property::on_request("usageLocation", Kind::Text, Operators::WORDS),
        Property::on_request("employeeId", Kind::Text, Operators::WORDS),
        Property::on_request("employeeType", Kind::Text, Operators::WORDS),
        Property::on_request("passwordPolicies", Kind::Text, Operators::NONE),
        Property::on_request("creationType", Kind::Text, Operators::SWITCH),
        Property::on_request("externalUserState", Kind::Text, Operators::SWITCH),
        Property::on_request("otherMails", Kind::Texts, Operators::LIST),
        Property::on_request("proxyAddresses", Kind::Texts, Operators::LIST),
        Property::on_request("identities", Kind::Objects, Operators::NONE),
        Property::on_request("identities/issuer", Kind::Text, Operators::ID),
        Property::on_request("identities/issuerAssignedId", Kind::Text, Operators::ID),
        Property::on_request("identities/signInType", Kind::Text, Operators::ID),
        Property::on_request("createdDateTime", Kind::Moment, Operators::MOMENT),
        Property::on_request("signInSessionsValidFromDateTime", Kind::Moment, Operators::NONE),
        Property::on_request("refreshTokensValidFromDateTime", Kind::Moment, Operators::NONE),
        Property::on_request("onPremisesSyncEnabled", Kind::Boolean, Operators::SWITCH),
        Property::on_request("onPremisesUserPrincipalName", Kind::Text, Operators::SIGN_IN_NAME),
        Property::on_request("onPremisesImmutableId", Kind::Text, Operators::WORDS),
        Property::on_request("onPremisesSamAccountName", Kind::Text, Operators::ADVANCED),
        Property::on_request("onPremisesDomainName", Kind::Text, Operators::NONE),
        Property::on_request("onPremisesDistinguishedName", Kind::Text, Operators::NONE),
        Property::on_request("onPremisesSecurityIdentifier", Kind::Text, Operators::ID),
        Property::on_request("onPremisesLastSyncDateTime", Kind::Moment, Operators::MOMENT),
        Property::on_request("deletedDateTime", Kind::Moment, Operators::NONE),
    ],
    has_advanced_mode: true,
    max_page: 999,
    default_page: 100,
    searchable: &[
        "displayName",
        "mail",
        "userPrincipalName",
        "givenName",
        "surname",
        "otherMails",
    ],
    expandable: &["memberOf", "transitiveMemberOf", "ownedObjects"],
};

/// What whoever may read basic profiles only sees. Source: directory-policy-tokens §10.
const BASIC: &[&str] = &[
    "id",
    "displayName",
    "givenName",
    "surname",
    "mail",
    "userPrincipalName",
];

/// A user with all properties that the caller may see.
pub(crate) fn to_json(user: &User, view: ProfileView) -> Value {
    let domain = user.user_principal_name.rsplit('@').next().unwrap_or_default();
    let mut value = json!({
        "id": user.id,
        "businessPhones": user.profile.business_phones,
        "displayName": user.display_name,
        "givenName": user.given_name,
        "mail": user.mail,
        "surname": user.surname,
        "userPrincipalName": user.user_principal_name,
        "accountEnabled": user.account_enabled,
        "userType": user.user_type,
        "authorizationInfo": { "certificateUserIds": user.certificate_user_ids },
        "otherMails": user.profile.other_mails,
        "proxyAddresses": user.profile.proxy_addresses,
        "identities": [{
            "signInType": "userPrincipalName",
            "issuer": domain,
            "issuerAssignedId": user.user_principal_name
        }],
        "createdDateTime": user.created,
        "signInSessionsValidFromDateTime": user.sign_in_sessions_valid_from,
        "refreshTokensValidFromDateTime": user.sign_in_sessions_valid_from,
        "onPremisesSyncEnabled": user.profile.on_premises_sync_enabled,
        "onPremisesUserPrincipalName": user.on_premises_user_principal_name,
        "deletedDateTime": null,
    });
    if let Some(members) = value.as_object_mut() {
        for name in UserProfile::TEXTS {
            members.insert((*name).to_owned(), json!(user.profile.text(name)));
        }
        if view == ProfileView::Basic {
            let basic: Map<String, Value> = BASIC
                .iter()
                .filter_map(|name| {
                    members
                        .get(*name)
                        .map(|value| ((*name).to_owned(), value.clone()))
                })
                .collect();
            *members = basic;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_profile_can_be_asked_for() {
        for name in UserProfile::TEXTS {
            assert!(SCHEMA.property(name).is_some(), "{name}");
        }
    }
}
