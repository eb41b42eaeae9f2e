//! Bodies about groups.

use lanyard_engine::administer::GroupChange;
use serde_json::Value;
use uuid::Uuid;

use crate::error::GraphError;
use crate::properties::Fields;

/// What `POST /groups` asks for.
pub(crate) fn read_new(body: Value) -> Result<GroupChange, GraphError> {
    for name in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
        if body.get(name).is_none_or(Value::is_null) {
            return Err(Fields::of(body)?.missing(name));
        }
    }
    read(body)
}

/// What `PATCH /groups/{id}` asks for.
pub(crate) fn read(body: Value) -> Result<GroupChange, GraphError> {
    let mut fields = Fields::of(body)?;
    let mut change = GroupChange {
        display_name: fields.text("displayName")?,
        mail_nickname: fields.text("mailNickname")?,
        description: fields.text_or_null("description")?,
        visibility: fields.text_or_null("visibility")?,
        security_enabled: fields.switch("securityEnabled")?,
        mail_enabled: fields.switch("mailEnabled")?,
        is_assignable_to_role: fields.switch("isAssignableToRole")?,
        group_types: fields.texts("groupTypes")?,
        new_members: Vec::new(),
    };
    for link in fields.texts("members@odata.bind")?.unwrap_or_default() {
        change.new_members.push(id_of(&link)?);
    }
    fields.end()?;
    Ok(change)
}

/// The object a body `{"@odata.id": "…/directoryObjects/{id}"}` refers to.
pub(crate) fn read_reference(body: Value) -> Result<Uuid, GraphError> {
    let mut fields = Fields::of(body)?;
    let link = fields
        .text("@odata.id")?
        .ok_or_else(|| fields.missing("@odata.id"))?;
    fields.end()?;
    id_of(&link)
}

/// Rule `GRAPH-REFERENCE`: an object is referred to by a link that ends in `directoryObjects/{id}`, `users/{id}` or
/// `groups/{id}`, whatever host it names. Source: directory-policy-tokens §2.3.
fn id_of(link: &str) -> Result<Uuid, GraphError> {
    let refuse = || {
        let message = format!(
            "Invalid URL format specified in the reference: '{}'.",
            crate::odata::shown(link)
        );
        GraphError::at_property("@odata.id", message)
    };
    let mut segments = link.trim_end_matches('/').rsplit('/');
    let id = segments.next().unwrap_or_default();
    let collection = segments.next().unwrap_or_default();
    // `users('…')` is the other way to write it.
    let (collection, id) = match id.split_once('(') {
        Some((collection, id)) => (collection, id.trim_end_matches(')').trim_matches('\'')),
        None => (collection, id),
    };
    if !matches!(
        collection,
        "directoryObjects" | "users" | "groups" | "servicePrincipals" | "devices"
    ) {
        return Err(refuse());
    }
    Uuid::try_parse(id).map_err(|_| refuse())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// GRAPH-REFERENCE
    #[test]
    fn references() {
        let id = "87d349ed-44d7-43e1-9a83-5f2406dee5bd";
        for good in [
            format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}"),
            format!("https://graph.contoso.example/beta/users/{id}"),
            format!("https://graph.contoso.example/v1.0/groups/{id}/"),
            format!("directoryObjects/{id}"),
            format!("https://graph.contoso.example/v1.0/users('{id}')"),
        ] {
            assert_eq!(
                read_reference(json!({ "@odata.id": good })).unwrap().to_string(),
                id
            );
        }
        for bad in [
            id.to_owned(),
            format!("https://x/y/{id}"),
            "directoryObjects/x".to_owned(),
            String::new(),
        ] {
            assert!(read_reference(json!({ "@odata.id": bad })).is_err(), "{bad}");
        }
        assert!(read_reference(json!({})).is_err());
    }
}
