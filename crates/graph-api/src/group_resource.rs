//! The `group` resource, and objects that belong to something.

use lanyard_engine::Group;
use serde_json::{Value, json};

use crate::odata::{Kind, Operators, Property, Schema};

/// What a group has. Source: directory-policy-tokens §2.1 (matrix), §2.3.
pub(crate) static SCHEMA: Schema = Schema {
    type_name: "group",
    set_name: "groups",
    properties: &[
        Property::shown("id", Kind::Text, Operators::ID),
        Property::shown("deletedDateTime", Kind::Moment, Operators::NONE),
        Property::shown("createdDateTime", Kind::Moment, Operators::MOMENT),
        Property::shown("description", Kind::Text, Operators::WORDS),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("groupTypes", Kind::Texts, Operators::LIST),
        Property::shown("isAssignableToRole", Kind::Boolean, Operators::SWITCH),
        Property::shown("mail", Kind::Text, Operators::MAIL),
        Property::shown("mailEnabled", Kind::Boolean, Operators::SWITCH),
        Property::shown("mailNickname", Kind::Text, Operators::WORDS),
        Property::shown("membershipRule", Kind::Text, Operators::NONE),
        Property::shown("membershipRuleProcessingState", Kind::Text, Operators::NONE),
        Property::shown("onPremisesSyncEnabled", Kind::Boolean, Operators::SWITCH),
        Property::shown("securityEnabled", Kind::Boolean, Operators::SWITCH),
        Property::shown("visibility", Kind::Text, Operators::NONE),
    ],
    has_advanced_mode: true,
    max_page: 999,
    default_page: 100,
    searchable: &["displayName", "description", "mailNickname"],
    expandable: &["members", "transitiveMembers", "memberOf", "owners"],
};

/// What users, groups and roles have in common when they are listed as members or memberships.
pub(crate) static MEMBERS: Schema = Schema {
    type_name: "directoryObject",
    set_name: "directoryObjects",
    properties: &[
        Property::shown("id", Kind::Text, Operators::ID),
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
        Property::on_request("accountEnabled", Kind::Boolean, Operators::SWITCH),
        Property::on_request("userType", Kind::Text, Operators::SWITCH),
        Property::shown("description", Kind::Text, Operators::WORDS),
        Property::shown("groupTypes", Kind::Texts, Operators::LIST),
        Property::shown("mailNickname", Kind::Text, Operators::WORDS),
        Property::shown("mailEnabled", Kind::Boolean, Operators::SWITCH),
        Property::shown("securityEnabled", Kind::Boolean, Operators::SWITCH),
        Property::shown("roleTemplateId", Kind::Text, Operators::ID),
        Property::shown("appId", Kind::Text, Operators::ID),
        Property::shown("servicePrincipalType", Kind::Text, Operators::SWITCH),
        Property::shown("deviceId", Kind::Text, Operators::ID),
        Property::shown("operatingSystem", Kind::Text, Operators::WORDS),
    ],
    has_advanced_mode: true,
    max_page: 999,
    default_page: 100,
    searchable: &["displayName"],
    expandable: &[],
};

/// A group with all its properties.
pub(crate) fn to_json(group: &Group) -> Value {
    json!({
        "id": group.id,
        "deletedDateTime": null,
        "createdDateTime": group.created,
        "description": group.description,
        "displayName": group.display_name,
        "groupTypes": group.details.group_types,
        "isAssignableToRole": group.details.is_assignable_to_role.then_some(true),
        "mail": null,
        "mailEnabled": group.details.mail_enabled,
        "mailNickname": group.mail_nickname,
        "membershipRule": null,
        "membershipRuleProcessingState": null,
        "onPremisesSyncEnabled": null,
        "securityEnabled": group.details.security_enabled,
        "visibility": group.details.visibility,
    })
}
