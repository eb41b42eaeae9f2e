//! The `application` and `servicePrincipal` resources.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lanyard_engine::{
    AppRole, Application, GroupMembershipClaims, PermissionScope, RedirectUriKind, ServicePrincipal,
};
use serde_json::{Value, json};

use crate::odata::{Kind, Operators, Property, Schema};

/// What an application has. Source: directory-policy-tokens §2.1 (matrix), §2.5.
pub(crate) static APPLICATIONS: Schema = Schema {
    type_name: "application",
    set_name: "applications",
    properties: &[
        Property::shown("id", Kind::Text, Operators::ID),
        Property::shown("appId", Kind::Text, Operators::ID),
        Property::shown("deletedDateTime", Kind::Moment, Operators::NONE),
        Property::shown("createdDateTime", Kind::Moment, Operators::MOMENT),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("signInAudience", Kind::Text, Operators::SWITCH),
        Property::shown("identifierUris", Kind::Texts, Operators::LIST),
        Property::shown("publisherDomain", Kind::Text, Operators::NONE),
        Property::shown("tags", Kind::Texts, Operators::LIST),
        Property::shown("notes", Kind::Text, Operators::NONE),
        Property::shown("isFallbackPublicClient", Kind::Boolean, Operators::NONE),
        Property::shown("groupMembershipClaims", Kind::Text, Operators::NONE),
        Property::shown("optionalClaims", Kind::Object, Operators::NONE),
        Property::shown("web", Kind::Object, Operators::NONE),
        Property::shown("spa", Kind::Object, Operators::NONE),
        Property::shown("publicClient", Kind::Object, Operators::NONE),
        Property::shown("api", Kind::Object, Operators::NONE),
        Property::shown("appRoles", Kind::Objects, Operators::NONE),
        Property::shown("requiredResourceAccess", Kind::Objects, Operators::NONE),
        Property::shown(
            "requiredResourceAccess/resourceAppId",
            Kind::Text,
            Operators::ADVANCED,
        ),
        Property::shown("keyCredentials", Kind::Objects, Operators::NONE),
        Property::shown("keyCredentials/endDateTime", Kind::Moment, Operators::ADVANCED),
        Property::shown("passwordCredentials", Kind::Objects, Operators::NONE),
    ],
    has_advanced_mode: true,
    max_page: 999,
    default_page: 100,
    searchable: &["displayName"],
    expandable: &["owners"],
};

/// What a service principal has. Source: directory-policy-tokens §2.1 (matrix), §2.5.
pub(crate) static SERVICE_PRINCIPALS: Schema = Schema {
    type_name: "servicePrincipal",
    set_name: "servicePrincipals",
    properties: &[
        Property::shown("id", Kind::Text, Operators::ID),
        Property::shown("appId", Kind::Text, Operators::ID),
        Property::shown("deletedDateTime", Kind::Moment, Operators::NONE),
        Property::shown("accountEnabled", Kind::Boolean, Operators::SWITCH),
        Property::shown("appDisplayName", Kind::Text, Operators::NAME),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("appOwnerOrganizationId", Kind::Text, Operators::ADVANCED),
        Property::shown("appRoleAssignmentRequired", Kind::Boolean, Operators::ADVANCED),
        Property::shown("servicePrincipalType", Kind::Text, Operators::SWITCH),
        Property::shown("servicePrincipalNames", Kind::Texts, Operators::LIST),
        Property::shown("signInAudience", Kind::Text, Operators::SWITCH),
        Property::shown("homepage", Kind::Text, Operators::NONE),
        Property::shown("logoutUrl", Kind::Text, Operators::NONE),
        Property::shown("replyUrls", Kind::Texts, Operators::NONE),
        Property::shown("tags", Kind::Texts, Operators::LIST),
        Property::shown("notes", Kind::Text, Operators::NONE),
        Property::shown("appRoles", Kind::Objects, Operators::NONE),
        Property::shown("oauth2PermissionScopes", Kind::Objects, Operators::NONE),
    ],
    has_advanced_mode: true,
    max_page: 999,
    default_page: 100,
    searchable: &["displayName"],
    expandable: &["owners"],
};

fn scope_json(scope: &PermissionScope) -> Value {
    json!({
        "id": scope.id,
        "value": scope.value,
        "type": if scope.admin_only { "Admin" } else { "User" },
        "isEnabled": scope.enabled,
        "adminConsentDisplayName": scope.consent_text,
        "adminConsentDescription": scope.consent_text,
        "userConsentDisplayName": scope.consent_text,
        "userConsentDescription": scope.consent_text,
    })
}

fn role_json(role: &AppRole) -> Value {
    json!({
        "id": role.id,
        "value": role.value,
        "displayName": role.value,
        "description": role.value,
        "allowedMemberTypes": ["User", "Application"],
        "isEnabled": role.enabled,
        "origin": "Application",
    })
}

/// A client secret, without its text.
pub(crate) fn secret_json(secret: &lanyard_engine::ClientSecret) -> Value {
    json!({
        "customKeyIdentifier": null,
        "displayName": secret.display_name,
        "endDateTime": secret.end,
        "hint": secret.hint,
        "keyId": secret.key_id,
        "secretText": null,
        "startDateTime": secret.start,
    })
}

/// A certificate of an application; never its key.
pub(crate) fn key_json(key: &lanyard_engine::KeyCredential) -> Value {
    let der = BASE64.decode(&key.certificate).unwrap_or_default();
    json!({
        "customKeyIdentifier": lanyard_engine::sha1_base64(&der),
        "displayName": key.display_name,
        "endDateTime": key.end,
        "key": null,
        "keyId": key.key_id,
        "startDateTime": key.start,
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    })
}

/// An application with all its properties.
pub(crate) fn to_json(application: &Application) -> Value {
    let uris = |kind: RedirectUriKind| -> Vec<&str> {
        let uris = application.redirect_uris.iter();
        uris.filter(|uri| uri.kind == kind)
            .map(|uri| uri.uri.as_str())
            .collect()
    };
    let details = &application.details;
    json!({
        "id": application.id,
        "appId": application.app_id,
        "deletedDateTime": null,
        "createdDateTime": application.created,
        "displayName": application.display_name,
        "signInAudience": application.sign_in_audience,
        "identifierUris": application.identifier_uris,
        "publisherDomain": null,
        "tags": details.tags,
        "notes": details.notes,
        "isFallbackPublicClient": application.is_fallback_public_client,
        "groupMembershipClaims": (application.group_membership_claims != GroupMembershipClaims::None).then_some(application.group_membership_claims),
        "optionalClaims": null,
        "web": {
            "homePageUrl": details.home_page_url,
            "logoutUrl": application.logout_url,
            "redirectUris": uris(RedirectUriKind::Web),
            "implicitGrantSettings": { "enableAccessTokenIssuance": false, "enableIdTokenIssuance": false }
        },
        "spa": { "redirectUris": uris(RedirectUriKind::Spa) },
        "publicClient": { "redirectUris": uris(RedirectUriKind::PublicClient) },
        "api": {
            "requestedAccessTokenVersion": application.access_token_version,
            "acceptMappedClaims": null,
            "knownClientApplications": [],
            "oauth2PermissionScopes": application.permission_scopes.iter().map(scope_json).collect::<Vec<_>>(),
            "preAuthorizedApplications": []
        },
        "appRoles": application.app_roles.iter().map(role_json).collect::<Vec<_>>(),
        "requiredResourceAccess": application.required_resource_access,
        "keyCredentials": application.key_credentials.iter().map(key_json).collect::<Vec<_>>(),
        "passwordCredentials": application.client_secrets.iter().map(secret_json).collect::<Vec<_>>(),
    })
}

/// A service principal with all its properties.
pub(crate) fn principal_json(principal: &ServicePrincipal, application: &Application) -> Value {
    let mut names = vec![application.app_id.to_string()];
    names.extend(application.identifier_uris.iter().cloned());
    let replies: Vec<&str> = application
        .redirect_uris
        .iter()
        .map(|uri| uri.uri.as_str())
        .collect();
    json!({
        "id": principal.id,
        "appId": principal.app_id,
        "deletedDateTime": null,
        "accountEnabled": principal.account_enabled,
        "appDisplayName": application.display_name,
        "displayName": application.display_name,
        "appOwnerOrganizationId": application.tenant,
        "appRoleAssignmentRequired": principal.assignment_required,
        "servicePrincipalType": "Application",
        "servicePrincipalNames": names,
        "signInAudience": application.sign_in_audience,
        "homepage": application.details.home_page_url,
        "logoutUrl": application.logout_url,
        "replyUrls": replies,
        "tags": application.details.tags,
        "notes": application.details.notes,
        "appRoles": application.app_roles.iter().map(role_json).collect::<Vec<_>>(),
        "oauth2PermissionScopes": application.permission_scopes.iter().map(scope_json).collect::<Vec<_>>(),
    })
}
