//! What an object of a file is, told by its type, its shape and the context of its document.

use std::path::Path;

use lanyard_engine::KeptKind;
use lanyard_engine::administer::{KeptPolicy, MAX_KEPT_BYTES, NewPki};
use serde_json::Value;
use uuid::Uuid;

use crate::Found;
use crate::objects::{authority, denial, group, guid, pki_authority, settings, text, user};

/// Where an object stands.
pub(crate) struct Place {
    /// Name of the file, for people.
    pub(crate) file: String,
    /// The part of `@odata.context` behind `#`.
    context: String,
    /// A GUID in the file's name.
    named: Option<Uuid>,
}

impl Place {
    pub(crate) fn new(path: &Path) -> Self {
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let tail = stem
            .char_indices()
            .rev()
            .nth(35)
            .and_then(|(start, _)| stem.get(start..))
            .and_then(|tail| Uuid::try_parse(tail).ok());
        Self {
            file: path.display().to_string(),
            context: String::new(),
            named: tail,
        }
    }

    pub(crate) fn set_context(&mut self, context: &str) {
        self.context = context
            .split_once('#')
            .map_or("", |(_, fragment)| fragment)
            .to_lowercase();
    }

    fn says(&self, text: &str) -> bool {
        self.context.contains(text)
    }
}

/// Takes one object over.
///
/// Rule `IMPORT-NAMED`: whatever of a file is not taken over is listed, object by object, with the reason; nothing is passed over
/// in silence. Source: certificate-sign-in §8.2.
///
/// # Errors
/// A sentence, when a part has the wrong kind.
pub(crate) fn take(found: &mut Found, place: &Place, value: Value) -> Result<(), String> {
    let kind = text(&value, "@odata.type").unwrap_or_default().to_lowercase();
    let has = |name: &str| value.get(name).is_some();
    if let Some(methods) = value
        .get("authenticationMethodConfigurations")
        .and_then(Value::as_array)
    {
        for name in [
            "registrationEnforcement",
            "reportSuspiciousActivitySettings",
            "systemCredentialPreferences",
        ] {
            if value.get(name).is_some_and(|part| !part.is_null()) {
                found
                    .untranslated
                    .property(&place.file, "authenticationMethodsPolicy", name);
            }
        }
        return methods
            .clone()
            .into_iter()
            .try_for_each(|method| take(found, place, method));
    }
    if kind.contains("x509certificate")
        || text(&value, "id").is_some_and(|id| id.eq_ignore_ascii_case("X509Certificate"))
    {
        found.policy = Some(value);
    } else if place.says("directoryobjects") || place.says("/members") {
        return member(found, place, &value);
    } else if kind == "#lanyard.tenantsettings" {
        found.settings = Some(settings(value)?);
    } else if kind == "#lanyard.deniedcertificate" {
        found.denials.push(denial(&value)?);
    } else if kind.contains("certificateauthoritydetail") || place.says("/certificateauthorities") {
        return authority_of_container(found, place, &value);
    } else if kind.contains("certificatebasedauthpki")
        || (place.says("publickeyinfrastructure") && has("displayName"))
    {
        return container(found, &value);
    } else if let Some(list) = value.get("certificateAuthorities").and_then(Value::as_array) {
        let list = list.iter().map(authority).collect::<Result<Vec<_>, _>>()?;
        found.authorities.get_or_insert_default().extend(list);
    } else if has("userPrincipalName") {
        let user = user(found, &place.file, &value)?;
        found.users.push(user);
    } else if has("conditions") && (has("grantControls") || has("sessionControls") || has("state")) {
        keep(found, place, KeptKind::ConditionalAccessPolicy, value);
    } else if has("allowedCombinations") {
        keep(found, place, KeptKind::AuthenticationStrengthPolicy, value);
    } else if kind.contains("namedlocation") {
        keep(found, place, KeptKind::NamedLocation, value);
    } else if has("securityEnabled") || has("groupTypes") || has("mailNickname") {
        let group = group(found, &place.file, &value)?;
        found.groups.push(group);
    } else {
        untranslated(found, place, &kind, &value);
    }
    Ok(())
}

fn untranslated(found: &mut Found, place: &Place, kind: &str, value: &Value) {
    let named = ["displayName", "id"].iter().find_map(|name| text(value, name));
    let reason = if kind.ends_with("authenticationmethodconfiguration") {
        "people sign in with certificates only: other methods are not there"
    } else if value.get("appId").is_some() {
        "applications are registered with `lanyard admin app create`"
    } else {
        "there is nothing of this kind here"
    };
    let shown = if kind.is_empty() {
        &place.context
    } else {
        text(value, "@odata.type").unwrap_or_default()
    };
    let named = named.unwrap_or("without a name");
    found.untranslated.add(&place.file, shown, named, reason);
}

fn member(found: &mut Found, place: &Place, value: &Value) -> Result<(), String> {
    let id = guid(value, "id")?.ok_or("a member without an id")?;
    match place.named {
        Some(group) => found.add_member(group, id),
        None => {
            let reason = "whose member is it? Put the id of the group at the end of the file's name";
            found
                .untranslated
                .add(&place.file, "members", &id.to_string(), reason);
        }
    }
    Ok(())
}

fn container(found: &mut Found, value: &Value) -> Result<(), String> {
    let id = guid(value, "id")?;
    let display_name = text(value, "displayName").unwrap_or_default().to_owned();
    let authorities = match value.get("certificateAuthorities") {
        Some(Value::Array(list)) => list.iter().map(pki_authority).collect::<Result<Vec<_>, _>>()?,
        None | Some(Value::Null) => Vec::new(),
        Some(_) => return Err("certificateAuthorities is a list".to_owned()),
    };
    let known = found.pki.iter_mut().find(|pki| id.is_some() && pki.id == id);
    match known {
        Some(known) => {
            known.display_name = display_name;
            known.authorities.extend(authorities);
        }
        None => found.pki.push(NewPki {
            id,
            display_name,
            authorities,
        }),
    }
    Ok(())
}

fn authority_of_container(found: &mut Found, place: &Place, value: &Value) -> Result<(), String> {
    let authority = pki_authority(value)?;
    let named = place
        .context
        .split_once("certificatebasedauthconfigurations('")
        .and_then(|(_, rest)| rest.split_once('\''))
        .and_then(|(id, _)| Uuid::try_parse(id).ok())
        .or(place.named);
    let Some(id) = named else {
        let name = text(value, "displayName").unwrap_or("without a name");
        let reason = "which PKI is it of? Keep `@odata.context`, or put the id of the PKI at the end of the file's name";
        found
            .untranslated
            .add(&place.file, "certificateAuthorityDetail", name, reason);
        return Ok(());
    };
    match found.pki.iter_mut().find(|pki| pki.id == Some(id)) {
        Some(pki) => pki.authorities.push(authority),
        None => found.pki.push(NewPki {
            id: Some(id),
            display_name: id.to_string(),
            authorities: vec![authority],
        }),
    }
    Ok(())
}

fn keep(found: &mut Found, place: &Place, kind: KeptKind, mut value: Value) {
    let id = text(&value, "id").and_then(|id| Uuid::try_parse(id).ok());
    let name = text(&value, "displayName").unwrap_or("without a name").to_owned();
    let word = match kind {
        KeptKind::ConditionalAccessPolicy => "conditionalAccessPolicy",
        KeptKind::AuthenticationStrengthPolicy => "authenticationStrengthPolicy",
        KeptKind::NamedLocation => "namedLocation",
    };
    if let Some(members) = value.as_object_mut() {
        members.shift_remove("@odata.context");
    }
    match id {
        None => found
            .untranslated
            .add(&place.file, word, &name, "it has no object id to be kept by"),
        Some(_) if value.to_string().len() > MAX_KEPT_BYTES => {
            let reason = format!("it has more than {MAX_KEPT_BYTES} bytes");
            found.untranslated.add(&place.file, word, &name, reason);
        }
        Some(id) => {
            found.untranslated.add(
                &place.file,
                word,
                &name,
                "kept as it came and shown again, but no sign-in is judged by it",
            );
            found.kept.retain(|known| (known.kind, known.id) != (kind, id));
            found.kept.push(KeptPolicy {
                kind,
                id,
                body: value,
            });
        }
    }
}
