//! Units of work inside the transaction of a group.
//!
//! First all run one after the other. Only when one of them fails is the group undone and run again with a savepoint around
//! each, so that the failing one does not spoil the others: savepoints make SQLite keep a copy of every page it touches.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, ffi};

use crate::StorageError;
use crate::command::{Command, Unit};
use crate::value::Value;

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Uuid(value) => value
                .as_ref()
                .map(|value| ValueRef::Blob(value.as_bytes().as_slice())),
            Self::Integer(value) => value.map(ValueRef::Integer),
            Self::Text(value) => value.as_ref().map(|value| ValueRef::Text(value.as_bytes())),
            Self::Bytes(value) => value.as_deref().map(ValueRef::Blob),
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}

/// A statement without values and rows, such as `COMMIT`.
pub(crate) fn control(connection: &Connection, sql: &'static str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// Runs units that are expected to succeed, as nearly all do. `None`: one failed, and what the others did has to be undone.
pub(crate) fn run_all(connection: &Connection, units: &[Unit]) -> Option<Vec<u64>> {
    units.iter().map(|unit| apply(connection, unit).ok()).collect()
}

/// Runs one unit apart from the others of its group. The outer error is the group's, the inner one the unit's own.
pub(crate) fn run_apart(
    connection: &Connection,
    unit: &Unit,
) -> Result<Result<u64, StorageError>, rusqlite::Error> {
    control(connection, "SAVEPOINT unit")?;
    let result = apply(connection, unit);
    if result.is_err() {
        control(connection, "ROLLBACK TO unit")?;
    }
    control(connection, "RELEASE unit")?;
    Ok(result)
}

fn apply(connection: &Connection, unit: &Unit) -> Result<u64, StorageError> {
    let mut rows = 0;
    for Command {
        sql,
        values,
        expect,
        unique,
    } in &unit.commands
    {
        let touched = execute(connection, sql, values).map_err(|error| error_of_statement(unique, error))?;
        expect.check(touched)?;
        rows += touched;
    }
    for note in &unit.changes {
        let (sql, values) = note.statement();
        execute(connection, sql, &values)?;
    }
    Ok(rows)
}

/// The places are written `$1`, `$2` … as PostgreSQL wants them; to SQLite these are names, numbered as they appear.
fn execute(connection: &Connection, sql: &str, values: &[Value]) -> Result<u64, rusqlite::Error> {
    let mut statement = connection.prepare_cached(sql)?;
    for place in 1..=statement.parameter_count() {
        let value = statement
            .parameter_name(place)
            .and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok())
            .and_then(|number| values.get(number.checked_sub(1)?))
            .ok_or_else(|| rusqlite::Error::InvalidParameterCount(values.len(), place))?;
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(statement.raw_execute()? as u64)
}

/// What a failed statement means.
fn error_of_statement(unique: &'static str, error: rusqlite::Error) -> StorageError {
    match error.sqlite_error() {
        Some(ffi::Error {
            code: ErrorCode::ConstraintViolation,
            extended_code: ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
        }) => StorageError::Duplicate { what: unique },
        _ => error.into(),
    }
}
