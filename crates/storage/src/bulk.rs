//! Adding many users at once: rows in bundles, one statement for each bundle.
//!
//! The only place where the text of a statement is put together; nothing but placeholders goes into it.

use lanyard_directory::{Group, GroupId, TenantId, User};

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::groups::{self, GROUP_ID, Member};
use crate::users::{CERTIFICATE_USER_ID, UPN, columns};
use crate::value::{Value, values};
use crate::{AuditRow, ChangeKind, StorageError, Store, audits};

const INSERT_USERS: &str = "INSERT INTO users (id, tenant, upn_key, body, name_key, mail_key)";
const INSERT_IDS: &str = "INSERT INTO certificate_user_ids (tenant, value, user_id)";
const INSERT_GROUPS: &str = "INSERT INTO directory_groups (id, tenant, name_key, body)";
const INSERT_MEMBERS: &str = "INSERT INTO group_members (tenant, group_id, member, kind)";
const NOT_TWICE: &str = " ON CONFLICT DO NOTHING";
/// Rows of one statement.
const ROWS: usize = 250;

/// `prefix VALUES ($1, $2), ($3, $4)`.
pub(crate) fn statement(prefix: &str, rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=columns)
            .map(|column| format!("${}", row * columns + column))
            .collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("{prefix} VALUES {}", rows.join(", "))
}

fn push(unit: &mut Unit, prefix: &str, rows: Vec<Vec<Value>>, suffix: &str, unique: &'static str) {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let bundle: Vec<Vec<Value>> = rows.by_ref().take(ROWS).collect();
        let columns = bundle.first().map_or(0, Vec::len);
        let sql = statement(prefix, bundle.len(), columns) + suffix;
        unit.push(sql, bundle.into_iter().flatten().collect(), Expect::Any, unique);
    }
}

impl Store {
    /// Adds many users, each with the canonical form of the certificate user ids, and a row of the audit log: all or none. A thousand at a time is
    /// a good measure; the other writers wait meanwhile.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when a name or certificate user id is taken or given twice.
    pub async fn insert_users(
        &self,
        users: &[(User, Vec<String>)],
        audit: Option<AuditRow>,
    ) -> Result<(), StorageError> {
        let (mut people, mut ids) = (Vec::with_capacity(users.len()), Vec::new());
        let mut tenants = Vec::new();
        for (user, canonical) in users {
            people.push(columns(user)?);
            ids.extend(
                canonical
                    .iter()
                    .map(|id| values![user.tenant, id.as_str(), user.id]),
            );
            if !tenants.contains(&user.tenant) {
                tenants.push(user.tenant);
            }
        }
        let mut unit = Unit::default();
        push(&mut unit, INSERT_USERS, people, "", UPN);
        push(&mut unit, INSERT_IDS, ids, "", CERTIFICATE_USER_ID);
        if let Some(audit) = &audit {
            audits::insert(&mut unit, audit);
        }
        for tenant in tenants {
            unit.note(ChangeNote {
                tenant: Some(tenant),
                kind: ChangeKind::User,
                id: None,
            });
        }
        self.run(unit).await.map(|_| ())
    }

    /// Adds many groups and a row of the audit log: all or none.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when an id is taken.
    pub async fn insert_groups(&self, groups: &[Group], audit: &AuditRow) -> Result<(), StorageError> {
        let mut unit = Unit::default();
        let rows: Result<Vec<_>, _> = groups.iter().map(groups::columns).collect();
        push(&mut unit, INSERT_GROUPS, rows?, "", GROUP_ID);
        audits::insert(&mut unit, audit);
        unit.note(all_groups(audit.tenant));
        self.run(unit).await.map(|_| ())
    }

    /// Adds many members to groups, with a row of the audit log, and says how many are new; who is a member already stays one.
    /// Whether group and member exist is the caller's to know. In the order of the groups' ids it is fastest.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn insert_members(
        &self,
        members: &[(GroupId, Member)],
        audit: &AuditRow,
    ) -> Result<u64, StorageError> {
        let mut unit = Unit::default();
        let rows = members
            .iter()
            .map(|(group, member)| values![audit.tenant, *group, member.id, member.kind.number()])
            .collect();
        push(&mut unit, INSERT_MEMBERS, rows, NOT_TWICE, "member");
        audits::insert(&mut unit, audit);
        unit.note(all_groups(audit.tenant));
        // The row of the audit log was counted too.
        Ok(self.run(unit).await?.saturating_sub(1))
    }
}

fn all_groups(tenant: TenantId) -> ChangeNote {
    ChangeNote {
        tenant: Some(tenant),
        kind: ChangeKind::Group,
        id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_through_all_rows() {
        assert_eq!(
            statement("INSERT INTO t (a, b)", 2, 2),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)"
        );
    }
}
