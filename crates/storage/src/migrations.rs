//! Migrations: one folder for each database, compiled in.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

const SQLITE: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("../migrations/sqlite/0001_first.sql")),
    (
        2,
        "denied certificates",
        include_str!("../migrations/sqlite/0002_denied_certificates.sql"),
    ),
    (
        3,
        "app role assignments",
        include_str!("../migrations/sqlite/0003_app_role_assignments.sql"),
    ),
    (
        4,
        "directory search",
        include_str!("../migrations/sqlite/0004_directory_search.sql"),
    ),
    (
        5,
        "consent of user",
        include_str!("../migrations/sqlite/0005_consent_of_user.sql"),
    ),
    (
        6,
        "kept policies",
        include_str!("../migrations/sqlite/0006_kept_policies.sql"),
    ),
    (7, "owners", include_str!("../migrations/sqlite/0007_owners.sql")),
    (
        8,
        "directory pages",
        include_str!("../migrations/sqlite/0008_directory_pages.sql"),
    ),
    (
        9,
        "nested groups",
        include_str!("../migrations/sqlite/0009_nested_groups.sql"),
    ),
    (
        10,
        "nested groups covering",
        include_str!("../migrations/sqlite/0010_nested_groups_covering.sql"),
    ),
    (
        11,
        "owned objects",
        include_str!("../migrations/sqlite/0011_owned_objects.sql"),
    ),
];
const POSTGRES: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("../migrations/postgres/0001_first.sql")),
    (
        2,
        "denied certificates",
        include_str!("../migrations/postgres/0002_denied_certificates.sql"),
    ),
    (
        3,
        "app role assignments",
        include_str!("../migrations/postgres/0003_app_role_assignments.sql"),
    ),
    (
        4,
        "directory search",
        include_str!("../migrations/postgres/0004_directory_search.sql"),
    ),
    (
        5,
        "consent of user",
        include_str!("../migrations/postgres/0005_consent_of_user.sql"),
    ),
    (
        6,
        "kept policies",
        include_str!("../migrations/postgres/0006_kept_policies.sql"),
    ),
    (
        7,
        "owners",
        include_str!("../migrations/postgres/0007_owners.sql"),
    ),
    (
        8,
        "directory pages",
        include_str!("../migrations/postgres/0008_directory_pages.sql"),
    ),
    (
        9,
        "nested groups",
        include_str!("../migrations/postgres/0009_nested_groups.sql"),
    ),
    (
        10,
        "nested groups covering",
        include_str!("../migrations/postgres/0010_nested_groups_covering.sql"),
    ),
    (
        11,
        "owned objects",
        include_str!("../migrations/postgres/0011_owned_objects.sql"),
    ),
];

/// Migrations of the SQLite database.
pub(crate) fn sqlite() -> Migrator {
    migrator(SQLITE)
}

/// Migrations of the PostgreSQL database.
pub(crate) fn postgres() -> Migrator {
    migrator(POSTGRES)
}

fn migrator(list: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    };
    Migrator::with_migrations(list.iter().map(migration).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database made by the first version opens only while the text of its migrations is what it was.
    #[test]
    fn the_first_migration_never_changes() {
        let lines = |list: &[(i64, &str, &'static str)]| {
            list[0]
                .2
                .lines()
                .find(|line| line.contains("permission_grants_pair"))
        };
        let expected = "CREATE UNIQUE INDEX permission_grants_pair ON permission_grants (tenant, client, resource, principal_key);";
        assert_eq!(lines(SQLITE), Some(expected));
        assert_eq!(lines(POSTGRES), Some(expected));
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        let names =
            |list: &[(i64, &'static str, &str)]| list.iter().map(|&(v, n, _)| (v, n)).collect::<Vec<_>>();
        assert_eq!(names(SQLITE), names(POSTGRES));
    }
}
