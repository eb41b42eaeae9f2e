//! Every statement can be prepared, and finds what it asks for by an index.

use std::collections::HashMap;

use sqlx::{Executor, SqlSafeStr};

use super::ALL;
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

/// Statements that read what a tenant has, page by page or because it has one, although they name more than the tenant.
const PAGES_OF_A_TENANT: &[&str] = &[
    "DELETE FROM sign_ins WHERE id IN (SELECT id",
    "DELETE FROM audits WHERE id IN (SELECT id",
    "SELECT u.id, m.group_id FROM ( SELECT id FROM users",
    "UPDATE tenant_configurations",
];

/// Whether a statement names what it wants by more than the tenant and a range.
fn names_its_rows(sql: &str) -> bool {
    let conditions = sql.split("WHERE ").skip(1).flat_map(|part| part.split(" AND "));
    let named = |condition: &str| {
        let equal = condition.contains(" = ") || condition.contains(" IN (");
        equal
            && !condition.starts_with("tenant = ")
            && !condition.contains(" OR ")
            && !condition.starts_with("CASE ")
    };
    !PAGES_OF_A_TENANT.iter().any(|known| sql.starts_with(known)) && conditions.into_iter().any(named)
}

/// Whether an index should have the pages of a statement in order: members of nested groups have none, rows of one visit are few.
fn has_ordered_pages(sql: &str) -> bool {
    sql.contains("LIMIT")
        && !sql.contains("WITH RECURSIVE")
        && !sql.contains("AND correlation_id = $7 ORDER BY")
}

/// No statement reads a large table, or a tenant's part of it, from one end to the other, and no page is sorted that an
/// index could have in order.
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
            let sorts = step == "USE TEMP B-TREE FOR ORDER BY" && has_ordered_pages(sql);
            let of_tenant = step
                .split_once("(tenant=?")
                .is_some_and(|(_, rest)| !rest.contains("=?") && names_its_rows(sql));
            if ((scans || of_tenant) && !WHEN_AN_APPLICATION_GOES.contains(&sql)) || sorts {
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

/// The same of PostgreSQL: with sequential scans and sorts forbidden where anything else is possible, what is left of them has
/// no index. Whether the planner takes the index depends on the data.
#[tokio::test]
async fn postgres_has_an_index_for_every_statement_on_a_large_table() {
    let Some(url) = throwaway_postgres::database().await else {
        return;
    };
    let store = Store::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
    let Database::Postgres(pool) = store.database() else {
        unreachable!("opened as PostgreSQL")
    };
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("SET enable_seqscan = off").await.unwrap();
    // Where hundreds of keys are asked for at once the planner takes an index only of a table that is not empty.
    connection
        .execute(
            "INSERT INTO sign_ins (id, tenant, created, correlation_id, user_id, error_code, kind, body) \
             SELECT gen_random_uuid(), gen_random_uuid(), n, gen_random_uuid(), gen_random_uuid(), 0, 1, '' \
             FROM generate_series(1, 50000) n",
        )
        .await
        .unwrap();
    connection.execute("ANALYZE sign_ins").await.unwrap();
    // The plan for whatever is asked: values that are known could do without an index.
    connection
        .execute("SET plan_cache_mode = force_generic_plan")
        .await
        .unwrap();
    let leading: HashMap<String, String> = sqlx::query_as(
        "SELECT relname::text, pg_get_indexdef(indexrelid, 1, true) FROM pg_index JOIN pg_class ON oid = indexrelid",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap()
    .into_iter()
    .collect();
    let mut faults = Vec::new();
    for sql in statements() {
        // Without this a sort of the empty table is as good as an index. What an index has in order but for the last column, as
        // unique names with their ids, is no sort of the page.
        let paged = has_ordered_pages(sql);
        let sort = if paged { "off" } else { "on" };
        connection
            .execute(sqlx::AssertSqlSafe(format!("SET enable_sort = {sort}")))
            .await
            .unwrap();
        let prepare = format!("PREPARE looked_at AS {sql}");
        connection.execute(sqlx::AssertSqlSafe(prepare)).await.unwrap();
        let count = "SELECT coalesce(array_length(parameter_types, 1), 0) FROM pg_prepared_statements WHERE name = 'looked_at'";
        let count: i32 = sqlx::query_scalar(count)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        let values = vec!["NULL"; usize::try_from(count).unwrap()].join(", ");
        let values = if values.is_empty() {
            values
        } else {
            format!("({values})")
        };
        let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE looked_at{values}");
        let plan: serde_json::Value = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        connection.execute("DEALLOCATE looked_at").await.unwrap();
        for fault in faults_of(&plan, &leading, paged) {
            if !WHEN_AN_APPLICATION_GOES.contains(&sql) {
                faults.push(format!("{fault}: {sql}"));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

/// Steps of a plan that read a large table or an index of it from one end to the other, or sort a page.
fn faults_of(plan: &serde_json::Value, leading: &HashMap<String, String>, paged: bool) -> Vec<String> {
    let text = |part: &serde_json::Value, name: &str| {
        part.get(name)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let parts = || {
        plan.get("Plans")
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten()
    };
    let kind = text(plan, "Node Type");
    let mut faults = Vec::new();
    if LARGE.contains(&text(plan, "Relation Name").as_str()) {
        // A condition on another than the first column reads the whole index.
        let all = |part: &serde_json::Value| {
            leading
                .get(&text(part, "Index Name"))
                .is_none_or(|column| !text(part, "Index Cond").contains(column.as_str()))
        };
        let everything = match kind.as_str() {
            "Bitmap Heap Scan" => {
                parts().any(|part| text(part, "Node Type") == "Bitmap Index Scan" && all(part))
            }
            "ModifyTable" => false,
            _ => all(plan),
        };
        if everything {
            faults.push(format!("{kind} of {}", text(plan, "Relation Name")));
        }
    }
    if paged && kind == "Sort" {
        faults.push(kind);
    }
    let inner = plan.as_array().into_iter().flatten().chain(plan.get("Plan"));
    faults.extend(
        inner
            .chain(parts())
            .flat_map(|part| faults_of(part, leading, paged)),
    );
    faults
}
