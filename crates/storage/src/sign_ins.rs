//! The sign-in log.

use lanyard_directory::{AppId, TenantId, UserId};
use uuid::Uuid;

use crate::command::{Expect, Unit};
use crate::rows::small;
use crate::statements::{statements, tenant_by_no_index};
use crate::value::values;
use crate::{StorageError, Store};

macro_rules! columns {
    () => {
        "SELECT id, tenant, created, correlation_id, user_id, upn_key, app_id, error_code, kind, body FROM sign_ins "
    };
}

// The conditions that narrow most stand in statements of their own, so that each finds its index.
macro_rules! narrow {
    ($tenant:expr, $key:literal, $order:literal) => {
        concat!(
            columns!(),
            "WHERE ",
            $tenant,
            " AND (created, id) < ($2, $3) AND (created, id) > ($4, $5) ",
            "AND (user_id = $6 OR $6 IS NULL) AND (correlation_id = $7 OR $7 IS NULL) ",
            "AND (error_code = $8 OR $8 IS NULL) AND (app_id = $9 OR $9 IS NULL) ",
            "AND (kind = $11 OR $11 IS NULL) AND (upn_key = $12 OR $12 IS NULL) ",
            $key,
            $order,
            " LIMIT $10"
        )
    };
}

statements! {
    INSERT = "INSERT INTO sign_ins (id, tenant, created, correlation_id, user_id, upn_key, app_id, error_code, kind, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    ANY = narrow!("tenant = $1", "", "ORDER BY created DESC, id DESC");
    OF_USER = narrow!(tenant_by_no_index!(), "AND user_id = $6 ", "ORDER BY created DESC, id DESC");
    OF_CORRELATION = narrow!(tenant_by_no_index!(), "AND correlation_id = $7 ", "ORDER BY created DESC, id DESC");
    ANY_UP = narrow!("tenant = $1", "", "ORDER BY created, id");
    OF_USER_UP = narrow!(tenant_by_no_index!(), "AND user_id = $6 ", "ORDER BY created, id");
    OF_CORRELATION_UP = narrow!(tenant_by_no_index!(), "AND correlation_id = $7 ", "ORDER BY created, id");
    AFTER = concat!(columns!(), "WHERE tenant = $1 AND (created, id) > ($2, $3) ORDER BY created, id LIMIT $4");
    BETWEEN_IDS = concat!(columns!(), "WHERE ", tenant_by_no_index!(), " AND id >= $2 AND id <= $3 ORDER BY id LIMIT 2");
}

/// Shortest beginning of an id that [`Store::sign_in`] takes, in hex digits.
const PREFIX_MIN: usize = 4;

/// One attempt to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    /// Id of the row; ids that rise with time keep the log fast.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// When, microseconds.
    pub created_us: i64,
    /// Ties together the rows of one visit.
    pub correlation_id: Uuid,
    /// The user, when known.
    pub user_id: Option<UserId>,
    /// Key of the name that was typed ([`lanyard_directory::User::upn_key`]).
    pub upn_key: Option<String>,
    /// The application, when known.
    pub app_id: Option<AppId>,
    /// 0 for success, else the number of the error code.
    pub error_code: i64,
    /// Interactive, non-interactive, …: the caller's numbers.
    pub kind: i16,
    /// The whole record, JSON.
    pub body: String,
}

/// A place in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// Time of the row, microseconds.
    pub created_us: i64,
    /// Its id.
    pub id: Uuid,
}

impl Cursor {
    /// Before every row.
    pub const START: Self = Self {
        created_us: i64::MIN,
        id: Uuid::nil(),
    };
    /// After every row.
    pub const END: Self = Self {
        created_us: i64::MAX,
        id: Uuid::max(),
    };
}

/// Which rows of the sign-in log; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct SignInFilter {
    /// Older than this place.
    pub before: Option<Cursor>,
    /// Newer than this place.
    pub after: Option<Cursor>,
    /// Of this user.
    pub user: Option<UserId>,
    /// Of this visit.
    pub correlation_id: Option<Uuid>,
    /// With this error code.
    pub error_code: Option<i64>,
    /// At this application.
    pub app: Option<AppId>,
    /// With this kind.
    pub kind: Option<i16>,
    /// With this name, as [`lanyard_directory::User::upn_key`] writes it.
    pub upn_key: Option<String>,
    /// From the oldest; otherwise from the newest.
    pub oldest_first: bool,
    /// At most so many; 100 when `None`.
    pub limit: Option<u32>,
}

type Columns = (
    Uuid,
    Uuid,
    i64,
    Uuid,
    Option<Uuid>,
    Option<String>,
    Option<Uuid>,
    i64,
    i64,
    String,
);

impl SignInRow {
    /// Where the row stands.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            created_us: self.created_us,
            id: self.id,
        }
    }

    fn from_columns(columns: Columns) -> Result<Self, StorageError> {
        let (id, tenant, created_us, correlation_id, user_id, upn_key, app_id, error_code, kind, body) =
            columns;
        Ok(Self {
            id,
            tenant: TenantId(tenant),
            created_us,
            correlation_id,
            user_id: user_id.map(UserId),
            upn_key,
            app_id: app_id.map(AppId),
            error_code,
            kind: small("sign-in", kind)?,
            body,
        })
    }
}

fn rows(rows: Vec<Columns>) -> Result<Vec<SignInRow>, StorageError> {
    rows.into_iter().map(SignInRow::from_columns).collect()
}

pub(crate) fn insert(unit: &mut Unit, row: &SignInRow) {
    let values = values![
        row.id,
        row.tenant,
        row.created_us,
        row.correlation_id,
        row.user_id,
        row.upn_key.clone(),
        row.app_id,
        row.error_code,
        row.kind,
        row.body.as_str()
    ];
    unit.push(INSERT, values, Expect::Any, "sign-in id");
}

/// The first and the last id that begin with `prefix`: hex digits, hyphens anywhere.
fn id_range(prefix: &str) -> Option<(Uuid, Uuid)> {
    let digits: String = prefix.chars().filter(|&character| character != '-').collect();
    let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !hex || !(PREFIX_MIN..=32).contains(&digits.len()) {
        return None;
    }
    let first = u128::from_str_radix(&format!("{digits:0<32}"), 16).ok()?;
    let last = u128::from_str_radix(&format!("{digits:f<32}"), 16).ok()?;
    Some((Uuid::from_u128(first), Uuid::from_u128(last)))
}

impl Store {
    /// Rows of the sign-in log, newest first unless the filter says otherwise.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sign_ins(
        &self,
        tenant: TenantId,
        filter: &SignInFilter,
    ) -> Result<Vec<SignInRow>, StorageError> {
        let before = filter.before.unwrap_or(Cursor::END);
        let after = filter.after.unwrap_or(Cursor::START);
        let sql = match (filter.correlation_id, filter.user, filter.oldest_first) {
            (Some(_), _, false) => OF_CORRELATION,
            (None, Some(_), false) => OF_USER,
            (None, None, false) => ANY,
            (Some(_), _, true) => OF_CORRELATION_UP,
            (None, Some(_), true) => OF_USER_UP,
            (None, None, true) => ANY_UP,
        };
        let values = values![
            tenant,
            before.created_us,
            before.id,
            after.created_us,
            after.id,
            filter.user,
            filter.correlation_id,
            filter.error_code,
            filter.app,
            i64::from(filter.limit.unwrap_or(100)),
            filter.kind,
            filter.upn_key.clone()
        ];
        rows(self.database().fetch(sql, values).await?)
    }

    /// One row by its id or a beginning of it, four hex digits at least.
    ///
    /// # Errors
    /// [`StorageError::Ambiguous`] when several rows begin so.
    pub async fn sign_in(
        &self,
        tenant: TenantId,
        id_or_prefix: &str,
    ) -> Result<Option<SignInRow>, StorageError> {
        let Some((first, last)) = id_range(id_or_prefix) else {
            return Ok(None);
        };
        let mut found = rows(
            self.database()
                .fetch(BETWEEN_IDS, values![tenant, first, last])
                .await?,
        )?;
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(StorageError::Ambiguous { what: "sign-ins" }),
        }
    }

    /// Rows after a place, oldest first, to follow the log. A row takes its place by the time of the attempt and
    /// appears when it is committed, a moment later: who follows looks again at the last seconds.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sign_ins_after(
        &self,
        tenant: TenantId,
        cursor: Cursor,
        limit: u32,
    ) -> Result<Vec<SignInRow>, StorageError> {
        let values = values![tenant, cursor.created_us, cursor.id, i64::from(limit)];
        rows(self.database().fetch(AFTER, values).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_range_of_ids() {
        let whole = "66ea54eb-6301-4ee5-be62-ff5a759b0100";
        let id = Uuid::try_parse(whole).unwrap();
        for length in 4..=whole.len() {
            let (first, last) = id_range(&whole[..length]).unwrap();
            assert!(first <= id && id <= last, "{length}");
        }
        assert_eq!(id_range(whole), Some((id, id)));
        for bad in [
            "",
            "66e",
            "66eg",
            "+6ea",
            "66ea54eb-6301-4ee5-be62-ff5a759b01001",
            "ÄÖÜß",
        ] {
            assert_eq!(id_range(bad), None, "{bad}");
        }
    }
}
