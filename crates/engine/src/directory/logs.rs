//! Use case: reading the sign-in and audit logs.

use jiff::Timestamp;
use lanyard_audit::{
    Activity, AuditResult, DirectoryAuditRecord, Initiator, SignInKind, SignInRecord, TargetResource,
    TargetType,
};
use lanyard_directory::{AppId, Operation, User, UserId};
use lanyard_storage::{AuditRow, Cursor, SignInFilter};
use serde_json::Value;
use uuid::Uuid;

use crate::{Caller, Engine, EngineError, NotDone};

/// A part of a log, and which way it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogWindow {
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Not after this moment.
    pub until: Option<Timestamp>,
    /// From the oldest to the newest; otherwise from the newest.
    pub oldest_first: bool,
    /// Behind this row.
    pub after: Option<AuditPlace>,
}

/// The place of a row in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditPlace {
    /// When, microseconds.
    pub created_us: i64,
    /// The row.
    pub id: Uuid,
}

/// Which sign-ins; what is `None` does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInSearch {
    /// When, and which way.
    pub window: LogWindow,
    /// Of this user.
    pub user: Option<UserId>,
    /// By this name, known or not.
    pub user_principal_name: Option<String>,
    /// At this application.
    pub application: Option<AppId>,
    /// Of this visit.
    pub correlation_id: Option<Uuid>,
    /// With this error code.
    pub error_code: Option<i64>,
    /// Of this kind.
    pub kind: Option<SignInKind>,
}

impl LogWindow {
    /// Both ends, exclusive, in the order of time.
    fn bounds(&self) -> (Cursor, Cursor) {
        let mut start = self.from.map_or(Cursor::START, |from| Cursor {
            created_us: from.as_microsecond().saturating_sub(1),
            id: Uuid::max(),
        });
        let mut end = self.until.map_or(Cursor::END, |until| Cursor {
            created_us: until.as_microsecond().saturating_add(1),
            id: Uuid::nil(),
        });
        if let Some(AuditPlace { created_us, id }) = self.after {
            let place = Cursor { created_us, id };
            if self.oldest_first {
                start = start.max(place);
            } else {
                end = end.min(place);
            }
        }
        (start, end)
    }
}

impl Engine {
    /// A page of the sign-in log with the place of each row.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn sign_in_page(
        &self,
        caller: &Caller,
        search: &SignInSearch,
        limit: u32,
    ) -> Result<Vec<(AuditPlace, SignInRecord)>, NotDone> {
        caller.may(&Operation::READ_LOGS)?;
        let (start, end) = search.window.bounds();
        let filter = SignInFilter {
            before: Some(end),
            after: Some(start),
            user: search.user,
            upn_key: search.user_principal_name.as_deref().map(User::upn_key),
            correlation_id: search.correlation_id,
            error_code: search.error_code,
            app: search.application,
            kind: search.kind.map(|kind| kind as i16),
            oldest_first: search.window.oldest_first,
            limit: Some(limit),
        };
        let rows = self.store.sign_ins(caller.tenant, &filter).await?;
        let mut page = Vec::with_capacity(rows.len());
        for row in rows {
            let place = AuditPlace {
                created_us: row.created_us,
                id: row.id,
            };
            let record = serde_json::from_str(&row.body)
                .map_err(|error| EngineError::Configuration(format!("a sign-in log row: {error}")))?;
            page.push((place, record));
        }
        Ok(page)
    }

    /// One sign-in by its whole id.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_sign_in(&self, caller: &Caller, id: &str) -> Result<SignInRecord, NotDone> {
        caller.may(&Operation::READ_LOGS)?;
        let not_found = || NotDone::NotFound(id.to_owned());
        let whole = Uuid::try_parse(id).map_err(|_| not_found())?;
        self.sign_in(caller.tenant, &whole.to_string())
            .await?
            .ok_or_else(not_found)
    }

    /// A page of the audit log with the place of each row.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn audit_page(
        &self,
        caller: &Caller,
        window: &LogWindow,
        activity: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(AuditPlace, DirectoryAuditRecord)>, NotDone> {
        caller.may(&Operation::READ_LOGS)?;
        let (start, end) = window.bounds();
        let page = self
            .store
            .audits_between(caller.tenant, start, end, activity, window.oldest_first, limit);
        let place = |row: &AuditRow| AuditPlace {
            created_us: row.created_us,
            id: row.id,
        };
        Ok(page
            .await?
            .iter()
            .map(|row| (place(row), record_of(row)))
            .collect())
    }

    /// One audit row.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_audit(&self, caller: &Caller, id: &str) -> Result<DirectoryAuditRecord, NotDone> {
        caller.may(&Operation::READ_LOGS)?;
        let not_found = || NotDone::NotFound(id.to_owned());
        // The ids that Graph shows have a word in front.
        let bare = id.rsplit('_').next().unwrap_or(id);
        let whole = Uuid::try_parse(bare).map_err(|_| not_found())?;
        let row = self.store.audit(caller.tenant, whole).await?;
        row.as_ref().map(record_of).ok_or_else(not_found)
    }
}

/// An activity that is written so, letter by letter.
#[must_use]
pub fn activity_named(display_name: &str) -> Option<String> {
    Activity::named(display_name).map(|activity| activity.display_name.to_owned())
}

/// A stored row as a record. Rows tell old and new value as objects, from which the properties that differ are told, or
/// about one property that they name.
fn record_of(row: &AuditRow) -> DirectoryAuditRecord {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let activity = Activity::named(&row.activity).unwrap_or(Activity {
        display_name: "",
        category: "DirectoryManagement",
        logged_by_service: "Core Directory",
        operation_type: "Update",
    });
    let created = Timestamp::from_microsecond(row.created_us).unwrap_or(Timestamp::UNIX_EPOCH);
    let correlation = body.get("correlationId").and_then(uuid_of).unwrap_or(row.id);
    let mut record = DirectoryAuditRecord::new(
        activity,
        row.id,
        created,
        row.tenant.0,
        correlation,
        initiator(&body, &row.actor),
    );
    record.activity.clone_from(&row.activity);
    if body.get("failed").is_some() {
        record.result = AuditResult::Failure;
    }
    record
        .target_resources
        .push(target(&body, &row.target, activity.category));
    record
}

fn uuid_of(value: &Value) -> Option<Uuid> {
    Uuid::try_parse(value.as_str()?).ok()
}

fn text_of(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

fn initiator(body: &Value, actor: &str) -> Initiator {
    let by = body.get("initiatedBy");
    if let Some(user) = by.and_then(|by| by.get("user"))
        && let Some(id) = user.get("id").and_then(uuid_of)
    {
        return Initiator::User {
            id,
            display_name: None,
            user_principal_name: text_of(user.get("userPrincipalName")).unwrap_or_else(|| actor.to_owned()),
            ip_address: text_of(user.get("ipAddress")).and_then(|text| text.parse().ok()),
        };
    }
    let app = by.and_then(|by| by.get("app"));
    Initiator::App {
        app_id: app.and_then(|app| app.get("appId")).and_then(uuid_of),
        display_name: text_of(app.and_then(|app| app.get("displayName"))).unwrap_or_else(|| actor.to_owned()),
        service_principal_id: app
            .and_then(|app| app.get("servicePrincipalId"))
            .and_then(uuid_of),
    }
}

fn target(body: &Value, name: &str, category: &str) -> TargetResource {
    let target_type = match category {
        "UserManagement" => TargetType::User,
        "GroupManagement" => TargetType::Group,
        "ApplicationManagement" => TargetType::App,
        "RoleManagement" => TargetType::Role,
        "Device" => TargetType::Device,
        "Policy" => TargetType::Policy,
        _ => TargetType::Directory,
    };
    let (old, new) = (body.get("old"), body.get("new"));
    let property_of = |name: &str| {
        let find = |side: Option<&Value>| text_of(side.and_then(|side| side.get(name)));
        find(new).or_else(|| find(old))
    };
    let id = property_of("id").unwrap_or_else(|| name.to_owned());
    let mut target = TargetResource::new(target_type, id);
    target.display_name = property_of("displayName");
    target.user_principal_name = property_of("userPrincipalName");
    let present = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    if let Some(property) = body
        .get("property")
        .and_then(Value::as_str)
        .filter(|property| !property.is_empty())
    {
        return target.with_change(property, present(old), present(new));
    }
    let mut names: Vec<&String> = Vec::new();
    for side in [old, new] {
        for name in side
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|side| side.keys())
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    for name in names {
        let value = |side: Option<&Value>| present(side.and_then(|side| side.get(name)));
        let (old, new) = (value(old), value(new));
        if old != new {
            target = target.with_change(name.as_str(), old, new);
        }
    }
    target
}
