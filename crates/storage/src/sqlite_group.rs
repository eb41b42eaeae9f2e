//! A group of units inside one SQLite transaction.
//!
//! A unit of several statements runs inside a savepoint, so that a failing one does not spoil the others. But each
//! statement costs a hop to the thread of the connection, more than SQLite itself takes for a row. So the rows of all units
//! that only add rows are put together first, many in one statement; when anything about that is not as expected, it is
//! undone and each unit runs by itself.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use crate::StorageError;
use crate::bulk;
use crate::command::{Command, Unit};
use crate::value::{Value, bind_sqlite};

/// How many rows go into one statement. A few sizes, so that few statements have to be kept prepared.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// The texts of statements that add several rows, by the statement for one row and the number of rows.
#[derive(Default)]
pub(crate) struct Bundles(HashMap<(String, usize), Option<Arc<str>>>);

impl Bundles {
    /// `None`: the statement is not of the form `INSERT … VALUES (…) …`.
    fn text(&mut self, sql: &str, rows: usize, columns: usize) -> Option<Arc<str>> {
        let key = (sql.to_owned(), rows);
        self.0
            .entry(key)
            .or_insert_with(|| many_rows(sql, rows, columns).map(Arc::from))
            .clone()
    }
}

/// The statement for one row, made into one for several.
fn many_rows(sql: &str, rows: usize, columns: usize) -> Option<String> {
    let (insert, values) = sql.split_once("VALUES (")?;
    let (places, rest) = values.split_once(')')?;
    (places.split(',').count() == columns)
        .then(|| format!("{}{rest}", bulk::statement(insert.trim_end(), rows, columns)))
}

/// Runs all units; each has a result of its own. An error is that of the whole group.
pub(crate) async fn run(
    connection: &mut SqliteConnection,
    bundles: &mut Bundles,
    units: Vec<Unit>,
) -> Result<Vec<Result<u64, StorageError>>, sqlx::Error> {
    let only_rows = units.iter().filter(|unit| unit.only_rows()).count();
    let mut bundled = false;
    if only_rows > 1 {
        sqlx::query("SAVEPOINT bundle").execute(&mut *connection).await?;
        bundled = add_rows(connection, bundles, &units).await;
        if !bundled {
            sqlx::query("ROLLBACK TO bundle")
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query("RELEASE bundle").execute(&mut *connection).await?;
    }
    let mut results = Vec::with_capacity(units.len());
    for unit in units {
        results.push(if bundled && unit.only_rows() {
            Ok(unit.commands.len() as u64)
        } else {
            run_alone(connection, unit).await?
        });
    }
    Ok(results)
}

/// Adds the rows of all units that only add rows. `false`: something is not as expected, nothing may stay.
async fn add_rows(connection: &mut SqliteConnection, bundles: &mut Bundles, units: &[Unit]) -> bool {
    let mut by_statement: Vec<(&str, Vec<&[Value]>)> = Vec::new();
    for command in units
        .iter()
        .filter(|unit| unit.only_rows())
        .flat_map(|unit| &unit.commands)
    {
        match by_statement.iter_mut().find(|(sql, _)| *sql == command.sql) {
            Some((_, rows)) => rows.push(&command.values),
            None => by_statement.push((&command.sql, vec![&command.values])),
        }
    }
    for (sql, rows) in by_statement {
        let mut rows = rows.as_slice();
        for size in SIZES {
            while let Some((bundle, rest)) = rows.split_at_checked(size) {
                let columns = bundle.first().map_or(0, |row| row.len());
                let Some(text) = bundles.text(sql, size, columns) else {
                    return false;
                };
                let values = bundle.iter().flat_map(|row| row.iter().cloned()).collect();
                let done = bind_sqlite(sqlx::query(AssertSqlSafe(text)), values)
                    .execute(&mut *connection)
                    .await;
                if !done.is_ok_and(|done| done.rows_affected() == size as u64) {
                    return false;
                }
                rows = rest;
            }
        }
    }
    true
}

/// Runs one unit. The outer error is the group's, the inner one the unit's own.
async fn run_alone(
    connection: &mut SqliteConnection,
    unit: Unit,
) -> Result<Result<u64, StorageError>, sqlx::Error> {
    // A single statement is whole or nothing by itself.
    if unit.commands.len() + unit.changes.len() <= 1 {
        return Ok(apply(connection, unit).await);
    }
    sqlx::query("SAVEPOINT unit").execute(&mut *connection).await?;
    let result = apply(connection, unit).await;
    if result.is_err() {
        sqlx::query("ROLLBACK TO unit").execute(&mut *connection).await?;
    }
    sqlx::query("RELEASE unit").execute(&mut *connection).await?;
    Ok(result)
}

async fn apply(connection: &mut SqliteConnection, unit: Unit) -> Result<u64, StorageError> {
    let mut rows = 0;
    for Command {
        sql,
        values,
        expect,
        unique,
        row: _,
    } in unit.commands
    {
        let query = bind_sqlite(sqlx::query(AssertSqlSafe(sql)), values);
        let done = query
            .execute(&mut *connection)
            .await
            .map_err(|error| Command::error(unique, error))?;
        expect.check(done.rows_affected())?;
        rows += done.rows_affected();
    }
    for note in unit.changes {
        let (sql, values) = note.statement();
        bind_sqlite(sqlx::query(sql), values)
            .execute(&mut *connection)
            .await?;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_for_one_row_becomes_one_for_many() {
        let one = "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO NOTHING";
        let two = "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT (a) DO NOTHING";
        assert_eq!(many_rows(one, 2, 2).as_deref(), Some(two));
        assert_eq!(many_rows("UPDATE t SET a = $1", 2, 1), None);
        assert_eq!(many_rows(one, 2, 3), None);
    }
}
