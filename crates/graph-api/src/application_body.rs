//! Bodies about applications.

use lanyard_engine::administer::{ApplicationChange, KeyChange};
use lanyard_engine::{AppRole, PermissionScope, RedirectUriKind, SignInAudience};
use serde_json::{Value, json};

use crate::error::GraphError;
use crate::fields::octets;
use crate::properties::Fields;

/// What `POST /applications` and `PATCH /applications/{id}` ask for.
///
/// Rule `GRAPH-APPLICATION-BODY`: of an application is read what this server acts on; a property that would promise more
/// (implicit grant, claims mapping) is refused unless it is off or empty. Source:
/// directory-policy-tokens §2.5.
pub(crate) fn read(body: Value) -> Result<ApplicationChange, GraphError> {
    let mut fields = Fields::of(body)?;
    let mut change = ApplicationChange {
        display_name: fields.text("displayName")?,
        identifier_uris: fields.texts("identifierUris")?,
        is_fallback_public_client: fields.switch("isFallbackPublicClient")?,
        notes: fields.text_or_null("notes")?,
        tags: fields.texts("tags")?,
        ..ApplicationChange::default()
    };
    change.sign_in_audience = match fields.text_or_null("signInAudience")?.flatten().as_deref() {
        None => None,
        Some("AzureADMyOrg") => Some(SignInAudience::AzureADMyOrg),
        Some("AzureADMultipleOrgs") => Some(SignInAudience::AzureADMultipleOrgs),
        Some(_) => {
            let message = "signInAudience is 'AzureADMyOrg' or 'AzureADMultipleOrgs'.";
            return Err(GraphError::at_property("signInAudience", message));
        }
    };
    if let Some(claims) = fields.take("groupMembershipClaims") {
        let claims = if claims.is_null() { json!("None") } else { claims };
        let claims = serde_json::from_value(claims)
            .map_err(|error| GraphError::at_property("groupMembershipClaims", format!("{error}.")))?;
        change.group_membership_claims = Some(claims);
    }
    if let Some(mut web) = fields.object("web")? {
        change.logout_url = web.text_or_null("logoutUrl")?;
        change.home_page_url = web.text_or_null("homePageUrl")?;
        redirects(&mut change, &mut web, RedirectUriKind::Web)?;
        web.pass_over(&["redirectUriSettings"]);
        if let Some(mut implicit) = web.object("implicitGrantSettings")? {
            for name in ["enableIdTokenIssuance", "enableAccessTokenIssuance"] {
                if implicit.switch(name)? == Some(true) {
                    let message = "The implicit grant is not supported.";
                    return Err(GraphError::at_property(
                        format!("web.implicitGrantSettings.{name}"),
                        message,
                    ));
                }
            }
            implicit.end()?;
        }
        web.end()?;
    }
    for (name, kind) in [
        ("spa", RedirectUriKind::Spa),
        ("publicClient", RedirectUriKind::PublicClient),
    ] {
        if let Some(mut platform) = fields.object(name)? {
            redirects(&mut change, &mut platform, kind)?;
            platform.end()?;
        }
    }
    if let Some(mut api) = fields.object("api")? {
        change.access_token_version = version(&mut api)?;
        if let Some(scopes) = api.objects("oauth2PermissionScopes")? {
            change.permission_scopes = Some(scopes.into_iter().map(scope).collect::<Result<_, _>>()?);
        }
        empty(
            &mut api,
            &[
                "acceptMappedClaims",
                "knownClientApplications",
                "preAuthorizedApplications",
            ],
        )?;
        api.end()?;
    }
    if let Some(roles) = fields.objects("appRoles")? {
        change.app_roles = Some(roles.into_iter().map(role).collect::<Result<_, _>>()?);
    }
    if let Some(keys) = fields.objects("keyCredentials")? {
        change.keys = Some(keys.into_iter().map(key).collect::<Result<_, _>>()?);
    }
    if let Some(access) = fields.take("requiredResourceAccess") {
        let access = serde_json::from_value(access)
            .map_err(|error| GraphError::at_property("requiredResourceAccess", format!("{error}.")))?;
        change.required_resource_access = Some(access);
    }
    empty(&mut fields, &["optionalClaims", "passwordCredentials"])?;
    fields.end()?;
    Ok(change)
}

fn redirects(
    change: &mut ApplicationChange,
    from: &mut Fields,
    kind: RedirectUriKind,
) -> Result<(), GraphError> {
    if let Some(uris) = from.texts("redirectUris")? {
        change.redirect_uris.push((kind, uris));
    }
    Ok(())
}

fn version(api: &mut Fields) -> Result<Option<u8>, GraphError> {
    match api.take("requestedAccessTokenVersion") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(1)),
        Some(value) => match value.as_u64() {
            Some(1) => Ok(Some(1)),
            Some(2) => Ok(Some(2)),
            _ => Err(GraphError::at_property(
                "api.requestedAccessTokenVersion",
                "requestedAccessTokenVersion is 1, 2 or null.",
            )),
        },
    }
}

/// Refuses what is not supported unless it is null, false or empty.
fn empty(fields: &mut Fields, names: &[&str]) -> Result<(), GraphError> {
    for name in names {
        match fields.take(name) {
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(Value::Array(items)) if items.is_empty() => {}
            Some(_) => {
                return Err(GraphError::at_property(
                    *name,
                    format!("'{name}' is not supported."),
                ));
            }
        }
    }
    Ok(())
}

fn scope(mut fields: Fields) -> Result<PermissionScope, GraphError> {
    let admin_only = fields.text_or_null("type")?.flatten().as_deref() == Some("Admin");
    let texts = [
        fields.text_or_null("userConsentDescription")?.flatten(),
        fields.text_or_null("userConsentDisplayName")?.flatten(),
        fields.text_or_null("adminConsentDescription")?.flatten(),
        fields.text_or_null("adminConsentDisplayName")?.flatten(),
    ];
    let scope = PermissionScope {
        id: fields.needed_guid("id")?,
        value: fields.needed_text("value")?,
        admin_only,
        enabled: fields.switch("isEnabled")?.unwrap_or(true),
        consent_text: texts.into_iter().flatten().next().unwrap_or_default(),
    };
    fields.pass_over(&["origin"]);
    fields.end()?;
    Ok(scope)
}

fn role(mut fields: Fields) -> Result<AppRole, GraphError> {
    let role = AppRole {
        id: fields.needed_guid("id")?,
        value: fields.needed_text("value")?,
        enabled: fields.switch("isEnabled")?.unwrap_or(true),
    };
    fields.pass_over(&["displayName", "description", "allowedMemberTypes", "origin"]);
    fields.end()?;
    Ok(role)
}

/// One entry of keyCredentials.
pub(crate) fn key(mut fields: Fields) -> Result<KeyChange, GraphError> {
    let certificate = match fields.text_or_null("key")?.flatten() {
        None => None,
        Some(text) => Some(octets(&text).ok_or_else(|| {
            GraphError::at_property("keyCredentials", "'key' is the certificate as base64 of DER.")
        })?),
    };
    let change = KeyChange {
        key_id: fields.guid("keyId")?,
        display_name: fields.text_or_null("displayName")?.flatten(),
        certificate,
    };
    fields.pass_over(&[
        "type",
        "usage",
        "customKeyIdentifier",
        "startDateTime",
        "endDateTime",
    ]);
    fields.end()?;
    Ok(change)
}
