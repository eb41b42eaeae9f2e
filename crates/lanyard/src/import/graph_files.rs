//! What a Graph JSON file holds, told by its shape.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use uuid::Uuid;

use lanyard_directory::{GroupId, UserId};
use lanyard_engine::administer::{ClassicAuthority, NewUser};

/// What is understood, for `--help`.
pub(crate) const SHAPES: &str = "\
Understood are the answers of these requests, saved as files (pages may be several files):
  GET /policies/authenticationMethodsPolicy, or its …/authenticationMethodConfigurations/x509Certificate
  GET /organization/{id}/certificateBasedAuthConfiguration
  GET /users?$select=id,displayName,userPrincipalName,accountEnabled,authorizationInfo,…
  GET /groups?$expand=members
Object ids are kept, so that targets and scopes of the policy stay right. Everything else is listed as not translated.";

/// Longest file.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// A group with the object ids of its members.
pub(super) struct FoundGroup {
    pub(super) id: GroupId,
    pub(super) display_name: String,
    pub(super) members: Vec<Uuid>,
}

/// Everything the files hold.
#[derive(Default)]
pub(super) struct Found {
    pub(super) policy: Option<Value>,
    pub(super) authorities: Option<Vec<ClassicAuthority>>,
    pub(super) users: Vec<NewUser>,
    pub(super) groups: Vec<FoundGroup>,
    /// What is not translated, each as one sentence.
    pub(super) untranslated: Vec<String>,
}

pub(super) fn read(files: &[PathBuf]) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for file in files {
        let length = std::fs::metadata(file)
            .with_context(|| format!("cannot read {}", file.display()))?
            .len();
        if length > MAX_BYTES {
            bail!(
                "{} is larger than a gigabyte\n  hint: export in pages",
                file.display()
            );
        }
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let document: Value =
            serde_json::from_slice(&bytes).with_context(|| format!("{} is not JSON", file.display()))?;
        found
            .take(file, document)
            .with_context(|| format!("{}", file.display()))?;
    }
    Ok(found)
}

impl Found {
    fn take(&mut self, file: &Path, document: Value) -> anyhow::Result<()> {
        if document.get("@odata.nextLink").is_some() {
            self.untranslated.push(format!(
                "{}: there is another page (@odata.nextLink); give its file, too",
                file.display()
            ));
        }
        if let Some(values) = document.get("value").and_then(Value::as_array) {
            for value in values {
                self.one(file, value)?;
            }
            return Ok(());
        }
        match document {
            Value::Array(values) => values.iter().try_for_each(|value| self.one(file, value)),
            other => self.one(file, &other),
        }
    }

    fn one(&mut self, file: &Path, value: &Value) -> anyhow::Result<()> {
        let has = |name: &str| value.get(name).is_some();
        let is_x509 = text(value, "@odata.type").is_some_and(|kind| kind.contains("x509Certificate"))
            || text(value, "id").is_some_and(|id| id.eq_ignore_ascii_case("X509Certificate"));
        if let Some(methods) = value
            .get("authenticationMethodConfigurations")
            .and_then(Value::as_array)
        {
            return methods.iter().try_for_each(|method| self.one(file, method));
        }
        if is_x509 {
            self.policy = Some(value.clone());
        } else if let Some(list) = value.get("certificateAuthorities").and_then(Value::as_array) {
            let list = list.iter().map(authority).collect::<anyhow::Result<Vec<_>>>()?;
            self.authorities.get_or_insert_default().extend(list);
        } else if has("userPrincipalName") {
            self.users.push(user(value)?);
        } else if has("securityEnabled") || has("groupTypes") || has("mailNickname") {
            self.groups.push(group(value)?);
        } else {
            let what = text(value, "@odata.type")
                .or_else(|| text(value, "displayName"))
                .or_else(|| text(value, "id"))
                .unwrap_or("an object without a name");
            self.untranslated.push(format!("{}: {what}", file.display()));
        }
        Ok(())
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn owned(value: &Value, name: &str) -> Option<String> {
    text(value, name)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn authority(value: &Value) -> anyhow::Result<ClassicAuthority> {
    let certificate = text(value, "certificate").context("an authority without a certificate")?;
    Ok(ClassicAuthority {
        certificate: BASE64
            .decode(certificate)
            .context("a certificate that is not base64")?,
        is_root_authority: value
            .get("isRootAuthority")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        crl_url: owned(value, "certificateRevocationListUrl"),
        delta_crl_url: owned(value, "deltaCertificateRevocationListUrl"),
    })
}

fn user(value: &Value) -> anyhow::Result<NewUser> {
    let id = match text(value, "id") {
        Some(id) => Some(UserId(
            Uuid::parse_str(id).with_context(|| format!("the user id `{id}`"))?,
        )),
        None => None,
    };
    let ids = value
        .pointer("/authorizationInfo/certificateUserIds")
        .and_then(Value::as_array);
    Ok(NewUser {
        id,
        disabled: value.get("accountEnabled").and_then(Value::as_bool) == Some(false),
        user_principal_name: owned(value, "userPrincipalName").unwrap_or_default(),
        display_name: owned(value, "displayName").unwrap_or_default(),
        given_name: owned(value, "givenName"),
        surname: owned(value, "surname"),
        mail: owned(value, "mail"),
        on_premises_user_principal_name: owned(value, "onPremisesUserPrincipalName"),
        certificate_user_ids: ids
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect(),
    })
}

fn group(value: &Value) -> anyhow::Result<FoundGroup> {
    let id = text(value, "id").context("a group without an id")?;
    let members = value.get("members").and_then(Value::as_array);
    Ok(FoundGroup {
        id: GroupId(Uuid::parse_str(id).with_context(|| format!("the group id `{id}`"))?),
        display_name: owned(value, "displayName").unwrap_or_default(),
        members: members
            .into_iter()
            .flatten()
            .filter_map(|member| Uuid::parse_str(text(member, "id")?).ok())
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_by_their_shape() {
        let mut found = Found::default();
        let file = Path::new("export.json");
        for document in [
            serde_json::json!({ "authenticationMethodConfigurations": [
                { "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration", "id": "X509Certificate" },
                { "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration", "id": "Fido2" }
            ]}),
            serde_json::json!({ "value": [{ "certificateAuthorities": [{ "isRootAuthority": true, "certificate": "AAAA" }] }] }),
            serde_json::json!({ "@odata.nextLink": "next", "value": [
                { "id": Uuid::from_u128(1), "userPrincipalName": "jane@x.example", "displayName": "Jane",
                  "authorizationInfo": { "certificateUserIds": ["X509:<PN>jane@mil"] } },
                { "id": Uuid::from_u128(2), "displayName": "Staff", "securityEnabled": true, "members": [{ "id": Uuid::from_u128(1) }] }
            ]}),
        ] {
            found.take(file, document).unwrap();
        }
        assert!(found.policy.is_some());
        assert_eq!(found.authorities.unwrap().len(), 1);
        assert_eq!(found.users[0].certificate_user_ids, ["X509:<PN>jane@mil"]);
        assert_eq!(found.groups[0].members, [Uuid::from_u128(1)]);
        assert_eq!(found.untranslated.len(), 2, "{:?}", found.untranslated);
    }
}
