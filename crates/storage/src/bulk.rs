//! Adding many users at once: rows in bundles, one statement for each bundle.
//!
//! The only place where the text of a statement is put together; nothing but placeholders goes into it.

use lanyard_directory::User;

use crate::change::ChangeNote;
use crate::command::{Expect, Unit};
use crate::users::{CERTIFICATE_USER_ID, UPN, columns};
use crate::value::{Value, values};
use crate::{AuditRow, ChangeKind, StorageError, Store, audits};

const INSERT_USERS: &str = "INSERT INTO users (id, tenant, upn_key, body, name_key, mail_key)";
const INSERT_IDS: &str = "INSERT INTO certificate_user_ids (tenant, value, user_id)";
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

fn push(unit: &mut Unit, prefix: &str, rows: Vec<Vec<Value>>, unique: &'static str) {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let bundle: Vec<Vec<Value>> = rows.by_ref().take(ROWS).collect();
        let columns = bundle.first().map_or(0, Vec::len);
        let sql = statement(prefix, bundle.len(), columns);
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
        push(&mut unit, INSERT_USERS, people, UPN);
        push(&mut unit, INSERT_IDS, ids, CERTIFICATE_USER_ID);
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
