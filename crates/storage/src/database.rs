//! Reading: one text for each statement, whichever database answers.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, PgPool, Postgres, Sqlite, SqlitePool};

use crate::StorageError;
use crate::value::{Value, bind};

/// Connections for reading; on PostgreSQL also for writing.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A row that can be read from both databases; every tuple of column types is one.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl Database {
    /// All rows of a statement.
    pub(crate) async fn fetch<T: Row>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<T>, StorageError> {
        Ok(match self {
            Self::Sqlite(pool) => {
                bind!(sqlx::query_as::<Sqlite, T>(sql), values)
                    .fetch_all(pool)
                    .await?
            }
            Self::Postgres(pool) => {
                bind!(sqlx::query_as::<Postgres, T>(sql), values)
                    .fetch_all(pool)
                    .await?
            }
        })
    }

    /// The first row of a statement.
    pub(crate) async fn fetch_one<T: Row>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<T>, StorageError> {
        Ok(match self {
            Self::Sqlite(pool) => {
                bind!(sqlx::query_as::<Sqlite, T>(sql), values)
                    .fetch_optional(pool)
                    .await?
            }
            Self::Postgres(pool) => {
                bind!(sqlx::query_as::<Postgres, T>(sql), values)
                    .fetch_optional(pool)
                    .await?
            }
        })
    }
}
