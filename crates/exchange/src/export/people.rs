//! Users and groups, page by page: one line for each user and each member.

use lanyard_engine::{
    Caller, Engine, Group, KeyPlace, KeyRange, NotDone, User, UserOrder, UserProfile, UserScan,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::folder::{Folder, Writing, head};
use crate::ExchangeError;
use crate::found::member_type;

const PAGE: u32 = 1_000;

fn refused(what: &'static str) -> impl Fn(NotDone) -> ExchangeError {
    move |refused| ExchangeError::Refused(what, refused)
}

/// In the order of the sign-in names.
pub(super) async fn users(
    engine: &Engine,
    caller: &Caller,
    folder: &mut Folder,
    progress: &mut impl FnMut(&'static str, usize),
) -> Result<(), ExchangeError> {
    let mut writing = folder.begin("users.json", &head("users"))?;
    let scan = UserScan::ByKey(UserOrder::SignInName, KeyRange::all());
    let mut after: Option<KeyPlace> = None;
    loop {
        let page = engine
            .user_page(caller, &scan, after.as_ref(), PAGE)
            .await
            .map_err(refused("users"))?;
        let Some(last) = page.last() else { break };
        after = Some(KeyPlace {
            key: User::upn_key(&last.user_principal_name),
            id: last.id.0,
        });
        for one in &page {
            writing.object(&user(one).to_string())?;
        }
        progress("users", writing.objects);
    }
    folder.end(writing, "\n]}\n")
}

fn user(user: &User) -> Value {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            members.insert(name.to_owned(), value);
        }
    };
    put("id", json!(user.id));
    put("userPrincipalName", json!(user.user_principal_name));
    put("displayName", json!(user.display_name));
    put("givenName", json!(user.given_name));
    put("surname", json!(user.surname));
    put("mail", json!(user.mail));
    put("accountEnabled", json!(user.account_enabled));
    put("userType", json!(user.user_type));
    put(
        "onPremisesUserPrincipalName",
        json!(user.on_premises_user_principal_name),
    );
    put(
        "authorizationInfo",
        json!({ "certificateUserIds": user.certificate_user_ids }),
    );
    for name in UserProfile::TEXTS {
        put(name, json!(user.profile.text(name)));
    }
    put(
        "onPremisesSyncEnabled",
        json!(user.profile.on_premises_sync_enabled),
    );
    for (name, list) in [
        ("businessPhones", &user.profile.business_phones),
        ("otherMails", &user.profile.other_mails),
        ("proxyAddresses", &user.profile.proxy_addresses),
    ] {
        if !list.is_empty() {
            put(name, json!(list));
        }
    }
    Value::Object(members)
}

/// In the order of their names; members in the order of their ids.
pub(super) async fn groups(
    engine: &Engine,
    caller: &Caller,
    folder: &mut Folder,
    progress: &mut impl FnMut(&'static str, usize),
) -> Result<(), ExchangeError> {
    let mut writing = folder.begin("groups.json", &head("groups(members())"))?;
    let mut after: Option<KeyPlace> = None;
    loop {
        let page = engine
            .group_page(caller, &KeyRange::all(), after.as_ref(), PAGE)
            .await
            .map_err(refused("groups"))?;
        let Some(last) = page.last() else { break };
        after = Some(KeyPlace {
            key: User::name_key(&last.display_name),
            id: last.id.0,
        });
        for one in &page {
            group(engine, caller, &mut writing, one).await?;
            progress("groups", writing.objects);
        }
    }
    folder.end(writing, "\n]}\n")
}

async fn group(
    engine: &Engine,
    caller: &Caller,
    writing: &mut Writing,
    group: &Group,
) -> Result<(), ExchangeError> {
    let head = json!({
        "id": group.id,
        "displayName": group.display_name,
        "description": group.description,
        "mailNickname": group.mail_nickname,
        "groupTypes": group.details.group_types,
        "securityEnabled": group.details.security_enabled,
        "mailEnabled": group.details.mail_enabled,
        "isAssignableToRole": group.details.is_assignable_to_role,
        "visibility": group.details.visibility,
    });
    let head = head.to_string();
    writing.object(head.strip_suffix('}').unwrap_or(&head))?;
    writing.text(",\"members\":[")?;
    let mut after: Option<Uuid> = None;
    loop {
        let page = engine
            .direct_members(caller, group.id, after, PAGE)
            .await
            .map_err(refused("members"))?;
        for member in &page {
            writing.text(if after.is_none() { "\n" } else { ",\n" })?;
            after = Some(member.id);
            let line = json!({ "@odata.type": member_type(member.kind), "id": member.id });
            writing.text(&line.to_string())?;
        }
        if page.is_empty() {
            break;
        }
    }
    writing.text("]}")
}
