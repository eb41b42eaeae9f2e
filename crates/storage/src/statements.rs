//! Every statement of the store, in lists, so that a test can prepare each of them on both databases.

/// Declares statements as constants and the list of them.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(const $name: &str = $sql;)*
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[&str] = &[$($name),*];
    };
}
pub(crate) use statements;

/// All lists.
#[cfg(test)]
pub(crate) const ALL: &[&[&str]] = &[
    crate::app_role_assignments::STATEMENTS,
    crate::applications::STATEMENTS,
    crate::audits::STATEMENTS,
    crate::change::STATEMENTS,
    crate::configurations::STATEMENTS,
    crate::crls::STATEMENTS,
    crate::denied_certificates::STATEMENTS,
    crate::kept_policies::STATEMENTS,
    crate::deleted::STATEMENTS,
    crate::device_codes::STATEMENTS,
    crate::devices::STATEMENTS,
    crate::grants::STATEMENTS,
    crate::group_pages::STATEMENTS,
    crate::groups::STATEMENTS,
    crate::housekeeping::STATEMENTS,
    crate::keys::STATEMENTS,
    crate::once::STATEMENTS,
    crate::owners::STATEMENTS,
    crate::roles::STATEMENTS,
    crate::sessions::STATEMENTS,
    crate::sign_ins::STATEMENTS,
    crate::store::STATEMENTS,
    crate::tenants::STATEMENTS,
    crate::user_pages::STATEMENTS,
    crate::users::STATEMENTS,
];

#[cfg(test)]
mod tests {
    use sqlx::{Executor, SqlSafeStr};

    use super::*;
    use crate::database::Database;
    use crate::{DatabaseUrl, Store, throwaway_postgres};

    fn statements() -> impl Iterator<Item = &'static str> {
        ALL.iter().copied().flatten().copied()
    }

    #[tokio::test]
    async fn every_statement_can_be_prepared_on_sqlite() {
        let store = Store::open(&DatabaseUrl::Temporary).await.unwrap();
        let Database::Sqlite(pool) = store.database() else {
            unreachable!("opened as SQLite")
        };
        for sql in statements() {
            if let Err(error) = pool.prepare(sql.into_sql_str()).await {
                panic!("{error}: {sql}");
            }
        }
    }

    #[tokio::test]
    async fn every_statement_can_be_prepared_on_postgres() {
        let Some(url) = throwaway_postgres::database().await else {
            return;
        };
        let store = Store::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
        let Database::Postgres(pool) = store.database() else {
            unreachable!("opened as PostgreSQL")
        };
        for sql in statements() {
            if let Err(error) = pool.prepare(sql.into_sql_str()).await {
                panic!("{error}: {sql}");
            }
        }
    }
}
