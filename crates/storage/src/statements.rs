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
    crate::nested_members::STATEMENTS,
    crate::once::STATEMENTS,
    crate::owners::STATEMENTS,
    crate::roles::STATEMENTS,
    crate::sessions::STATEMENTS,
    crate::sign_ins::STATEMENTS,
    crate::store::STATEMENTS,
    crate::stored_form::STATEMENTS,
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
        let texts = crate::bulk_lookup::texts();
        ALL.iter().copied().flatten().copied().chain(texts)
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

    /// Tables that grow with the people, the devices and the days.
    const LARGE: &[&str] = &[
        "users",
        "certificate_user_ids",
        "directory_groups",
        "group_members",
        "owners",
        "devices",
        "permission_grants",
        "app_role_assignments",
        "deleted_objects",
        "sign_ins",
        "audits",
        "sessions",
        "grants",
        "device_codes",
        "one_time_ids",
    ];

    /// Statements that are run when an application is deleted, which happens rarely.
    const WHEN_AN_APPLICATION_GOES: &[&str] = &[
        "DELETE FROM app_role_assignments WHERE resource = $1",
        "DELETE FROM permission_grants WHERE client = $1 OR resource = $1",
        "DELETE FROM owners WHERE owner IN (SELECT id FROM service_principals WHERE app_id = $1)",
        "DELETE FROM owners WHERE object IN (SELECT id FROM service_principals WHERE app_id = $1)",
    ];

    /// No statement reads a large table from one end to the other, and no page is sorted that an index could have in order;
    /// members of nested groups have none.
    #[tokio::test]
    async fn large_tables_are_read_by_an_index() {
        let store = Store::open(&DatabaseUrl::Temporary).await.unwrap();
        let Database::Sqlite(pool) = store.database() else {
            unreachable!("opened as SQLite")
        };
        let mut faults = Vec::new();
        for sql in statements() {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(explain))
                .fetch_all(pool)
                .await
                .unwrap();
            for (_, _, _, step) in steps {
                let scans = LARGE.iter().any(|table| {
                    step.strip_prefix("SCAN ")
                        .is_some_and(|rest| rest == *table || rest.starts_with(&format!("{table} ")))
                });
                let sorts = step == "USE TEMP B-TREE FOR ORDER BY"
                    && sql.contains("LIMIT")
                    && !sql.contains("WITH RECURSIVE");
                if (scans && !WHEN_AN_APPLICATION_GOES.contains(&sql)) || sorts {
                    faults.push(format!("{step}: {sql}"));
                }
            }
        }
        assert_eq!(faults, Vec::<String>::new());
    }

    /// Groups in a group are few; the people beside them may be millions, and are passed over without an index that holds all
    /// that the statement names.
    #[tokio::test]
    async fn groups_in_groups_are_found_without_the_people_in_them() {
        let store = Store::open(&DatabaseUrl::Temporary).await.unwrap();
        let Database::Sqlite(pool) = store.database() else {
            unreachable!("opened as SQLite")
        };
        let nested: Vec<&str> = statements().filter(|sql| sql.contains("m.kind = 2)")).collect();
        assert!(nested.len() >= 4, "{nested:?}");
        for sql in nested {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(explain))
                .fetch_all(pool)
                .await
                .unwrap();
            let by_index = |(_, _, _, step): &(i64, i64, i64, String)| {
                step.starts_with(
                    "SEARCH m USING COVERING INDEX group_members_groups (tenant=? AND kind=? AND group_id=?)",
                )
            };
            assert!(steps.iter().any(by_index), "{steps:?}: {sql}");
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
