//! A unit of work as the databases get it: statements with their values and what each must have touched.

use std::borrow::Cow;

use crate::StorageError;
use crate::change::ChangeNote;
use crate::value::Value;

/// What the number of touched rows has to be, and what it means when it is not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expect {
    /// Any number of rows.
    Any,
    /// At least one row, or the row to change does not exist.
    Found(&'static str),
    /// At least one row, or the single-use value was used before.
    FirstUse,
    /// At least one row, or the session or grant is over.
    NotEnded(&'static str),
    /// At least one row, or somebody else saved in between.
    SameVersion,
}

impl Expect {
    /// The error for `rows` touched rows, if they are not as expected.
    pub(crate) fn check(self, rows: u64) -> Result<(), StorageError> {
        if rows > 0 {
            return Ok(());
        }
        match self {
            Self::Any => Ok(()),
            Self::Found(what) => Err(StorageError::NotFound { what }),
            Self::FirstUse => Err(StorageError::AlreadyUsed),
            Self::NotEnded(what) => Err(StorageError::AlreadyEnded { what }),
            Self::SameVersion => Err(StorageError::VersionConflict),
        }
    }
}

/// One statement with its values.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) values: Vec<Value>,
    pub(crate) expect: Expect,
    /// What is already taken when the database says that a value is not unique.
    pub(crate) unique: &'static str,
}

impl Command {
    /// The error that a failed statement means.
    pub(crate) fn error(unique: &'static str, error: sqlx::Error) -> StorageError {
        match error.as_database_error() {
            Some(database) if database.is_unique_violation() => StorageError::Duplicate { what: unique },
            _ => error.into(),
        }
    }
}

/// Statements that happen together or not at all, and what others must be told of.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    pub(crate) commands: Vec<Command>,
    pub(crate) changes: Vec<ChangeNote>,
}

impl Unit {
    /// Adds a statement that may touch any number of rows.
    pub(crate) fn run(&mut self, sql: &'static str, values: Vec<Value>) {
        self.push(sql, values, Expect::Any, "id");
    }

    /// Adds a statement with an expectation and the name of what is unique in it.
    pub(crate) fn push(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
        expect: Expect,
        unique: &'static str,
    ) {
        self.commands.push(Command {
            sql: sql.into(),
            values,
            expect,
            unique,
        });
    }

    /// Notes a change for other nodes.
    pub(crate) fn note(&mut self, note: ChangeNote) {
        self.changes.push(note);
    }
}
