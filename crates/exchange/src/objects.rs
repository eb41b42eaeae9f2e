//! Objects of Graph as the engine takes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lanyard_engine::administer::{
    ClassicAuthority, NewDenial, NewGroup, NewPkiAuthority, NewUser, OwnAuthoritySettings,
};
use lanyard_engine::{GroupDetails, TenantSettings, UserId, UserProfile};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::Found;

/// Properties of a user that say nothing of their own, or are made anew.
const SAID_BY_OTHERS: &[&str] = &[
    "id",
    "createdDateTime",
    "deletedDateTime",
    "identities",
    "signInSessionsValidFromDateTime",
    "refreshTokensValidFromDateTime",
    "securityIdentifier",
];
const OF_USER: &[&str] = &[
    "userPrincipalName",
    "displayName",
    "givenName",
    "surname",
    "mail",
    "onPremisesUserPrincipalName",
    "accountEnabled",
    "userType",
    "authorizationInfo",
];
const LISTS_OF_PROFILE: &[&str] = &["businessPhones", "otherMails", "proxyAddresses"];
const OF_GROUP: &[&str] = &[
    "id",
    "displayName",
    "mailNickname",
    "description",
    "groupTypes",
    "securityEnabled",
    "mailEnabled",
    "isAssignableToRole",
    "visibility",
    "members",
    "createdDateTime",
    "deletedDateTime",
    "renewedDateTime",
    "securityIdentifier",
];

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// A text that is not empty.
fn owned(value: &Value, name: &str) -> Option<String> {
    text(value, name)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn flag(value: &Value, name: &str) -> Result<Option<bool>, String> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(format!("{name} is true or false, not {}", kind(other))),
    }
}

fn texts(value: Option<&Value>, name: &str) -> Result<Vec<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| format!("{name} is a list of texts")),
        Some(other) => Err(format!("{name} is a list of texts, not {}", kind(other))),
    }
}

/// The GUID of a member, when there is one.
pub(crate) fn guid(value: &Value, name: &str) -> Result<Option<Uuid>, String> {
    match text(value, name) {
        None => Ok(None),
        Some(text) => Uuid::try_parse(text)
            .map(Some)
            .map_err(|_| format!("{name}: `{}` is no GUID", text.escape_debug())),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(says_nothing),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn certificate(value: &Value) -> Result<Vec<u8>, String> {
    let text = text(value, "certificate").ok_or("an authority without a certificate")?;
    BASE64
        .decode(text)
        .map_err(|_| "a certificate that is not base64".to_owned())
}

/// An authority of the classic store.
pub(crate) fn authority(value: &Value) -> Result<ClassicAuthority, String> {
    let names = [
        "@lanyard.displayName",
        "@lanyard.furtherCertificateRevocationListUrls",
        "@lanyard.crlGraceHours",
        "@lanyard.isIssuerHintEnabled",
    ];
    let is_own = names.iter().any(|name| value.get(name).is_some());
    let grace = value
        .get("@lanyard.crlGraceHours")
        .and_then(Value::as_u64)
        .map(u16::try_from);
    let own = OwnAuthoritySettings {
        display_name: owned(value, "@lanyard.displayName"),
        further_crl_urls: texts(
            value.get("@lanyard.furtherCertificateRevocationListUrls"),
            "@lanyard.furtherCertificateRevocationListUrls",
        )?,
        crl_grace_hours: grace
            .transpose()
            .map_err(|_| "@lanyard.crlGraceHours is too large")?,
        is_issuer_hint_enabled: flag(value, "@lanyard.isIssuerHintEnabled")?.unwrap_or(false),
    };
    Ok(ClassicAuthority {
        certificate: certificate(value)?,
        is_root_authority: flag(value, "isRootAuthority")?.unwrap_or(false),
        crl_url: owned(value, "certificateRevocationListUrl"),
        delta_crl_url: owned(value, "deltaCertificateRevocationListUrl"),
        own: is_own.then_some(own),
    })
}

/// An authority of the PKI store with the id it had.
pub(crate) fn pki_authority(value: &Value) -> Result<(Option<Uuid>, NewPkiAuthority), String> {
    let is_root = match text(value, "certificateAuthorityType") {
        Some("root") => Some(true),
        Some("intermediate") => Some(false),
        None => None,
        Some(other) => {
            return Err(format!(
                "certificateAuthorityType is root or intermediate, not `{}`",
                other.escape_debug()
            ));
        }
    };
    let authority = NewPkiAuthority {
        certificate: certificate(value)?,
        is_root,
        display_name: owned(value, "displayName"),
        crl_url: owned(value, "certificateRevocationListUrl"),
        delta_crl_url: owned(value, "deltacertificateRevocationListUrl")
            .or_else(|| owned(value, "deltaCertificateRevocationListUrl")),
        is_issuer_hint_enabled: flag(value, "isIssuerHintEnabled")?.unwrap_or(false),
        thumbprint: owned(value, "thumbprint"),
        expires: None,
    };
    Ok((guid(value, "id")?, authority))
}

/// A user; names what of it is left out.
pub(crate) fn user(found: &mut Found, file: &str, value: &Value) -> Result<NewUser, String> {
    let name = text(value, "userPrincipalName").unwrap_or_default();
    let at = |sentence: String| format!("the user `{}`: {sentence}", name.escape_debug());
    let mut profile = Map::new();
    for (property, part) in value.as_object().into_iter().flatten() {
        let known = OF_USER.contains(&property.as_str()) || SAID_BY_OTHERS.contains(&property.as_str());
        if known || property.contains('@') || says_nothing(part) {
            continue;
        }
        if UserProfile::TEXTS.contains(&property.as_str())
            || LISTS_OF_PROFILE.contains(&property.as_str())
            || property == "onPremisesSyncEnabled"
        {
            profile.insert(property.clone(), part.clone());
        } else {
            found.untranslated.property(file, "user", property);
        }
    }
    let profile: UserProfile =
        serde_json::from_value(Value::Object(profile)).map_err(|error| at(error.to_string()))?;
    let ids = value.pointer("/authorizationInfo/certificateUserIds");
    Ok(NewUser {
        id: guid(value, "id").map_err(at)?.map(UserId),
        disabled: flag(value, "accountEnabled").map_err(at)? == Some(false),
        user_principal_name: name.to_owned(),
        display_name: owned(value, "displayName").unwrap_or_default(),
        given_name: owned(value, "givenName"),
        surname: owned(value, "surname"),
        mail: owned(value, "mail"),
        on_premises_user_principal_name: owned(value, "onPremisesUserPrincipalName"),
        certificate_user_ids: texts(ids, "certificateUserIds").map_err(at)?,
        is_guest: text(value, "userType").is_some_and(|kind| kind.eq_ignore_ascii_case("guest")),
        profile: Box::new(profile),
    })
}

/// A group; names what of it is left out.
pub(crate) fn group(found: &mut Found, file: &str, value: &Value) -> Result<NewGroup, String> {
    let id = guid(value, "id")?.ok_or("a group without an id")?;
    let name = owned(value, "displayName").unwrap_or_default();
    let mut group_types = texts(value.get("groupTypes"), "groupTypes")?;
    let all = group_types.len();
    group_types.retain(|kind| kind == "Unified");
    if group_types.len() < all {
        let reason =
            "its membership follows a rule there; here it has the members that are listed, and stays so";
        found.untranslated.add(file, "group", &name, reason);
    }
    for (property, part) in value.as_object().into_iter().flatten() {
        if property == "members@odata.nextLink" {
            let reason = "not all members are in the file: save GET /groups/{id}/members, too";
            found.untranslated.add(file, "group", &name, reason);
        }
        let known = OF_GROUP.contains(&property.as_str()) || property.contains('@');
        if !known && !says_nothing(part) && !property.starts_with("membershipRule") {
            found.untranslated.property(file, "group", property);
        }
    }
    let mut members = Vec::new();
    if let Some(Value::Array(list)) = value.get("members") {
        members.reserve(list.len());
        for member in list {
            members.push(guid(member, "id")?.ok_or("a member without an id")?);
        }
    }
    let standard = GroupDetails::default();
    Ok(NewGroup {
        id,
        display_name: name,
        mail_nickname: owned(value, "mailNickname"),
        description: owned(value, "description"),
        details: GroupDetails {
            group_types,
            security_enabled: flag(value, "securityEnabled")?.unwrap_or(standard.security_enabled),
            mail_enabled: flag(value, "mailEnabled")?.unwrap_or(standard.mail_enabled),
            is_assignable_to_role: flag(value, "isAssignableToRole")?.unwrap_or(false),
            visibility: owned(value, "visibility"),
        },
        members,
    })
}

/// A denied certificate.
pub(crate) fn denial(value: &Value) -> Result<NewDenial, String> {
    Ok(NewDenial {
        certificate: None,
        sha256_thumbprint: owned(value, "sha256Thumbprint"),
        issuer: owned(value, "issuer"),
        serial_number: owned(value, "serialNumber"),
        reason: owned(value, "reason").ok_or("a denied certificate without a reason")?,
    })
}

/// The tenant's own settings.
pub(crate) fn settings(mut value: Value) -> Result<TenantSettings, String> {
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| !name.starts_with('@'));
    }
    serde_json::from_value(value).map_err(|error| format!("the settings: {error}"))
}
