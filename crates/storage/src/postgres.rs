//! PostgreSQL: a pool, a transaction for each unit, and a notification for the other nodes.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, PgPool};

use crate::command::{Command, Unit};
use crate::value::bind_postgres;
use crate::{StorageError, migrations};

/// The channel on which changes are announced; the message is empty, the changes are in their table.
const CHANNEL: &str = "lanyard_changes";
/// Holds back other writers of changes until the commit, so that sequences become visible in their order.
const LOCK_CHANGES: &str = "SELECT pg_advisory_xact_lock(5494030851441)";
const NOTIFY: &str = "SELECT pg_notify('lanyard_changes', '')";
const CONNECTIONS: u32 = 16;

/// Connects and migrates; several nodes may do it at once.
pub(crate) async fn open(options: &PgConnectOptions) -> Result<PgPool, StorageError> {
    let options = options
        .clone()
        .application_name("lanyard")
        .statement_cache_capacity(256)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await?;
    migrations::postgres().run(&pool).await?;
    Ok(pool)
}

/// Listens for changes, on a connection of its own: it neither takes one from the pool nor holds up its closing.
pub(crate) async fn listen(options: &PgConnectOptions) -> Result<PgListener, StorageError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(
            options
                .clone()
                .application_name("lanyard changes")
                .disable_statement_logging(),
        )
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Runs a unit; it is durable when this returns.
pub(crate) async fn commit(pool: &PgPool, unit: Unit) -> Result<u64, StorageError> {
    if unit.commands.len() == 1 && unit.changes.is_empty() {
        return apply(&mut *pool.acquire().await?, unit).await;
    }
    let mut transaction = pool.begin().await?;
    let rows = apply(&mut transaction, unit).await?;
    transaction.commit().await?;
    Ok(rows)
}

async fn apply(connection: &mut PgConnection, unit: Unit) -> Result<u64, StorageError> {
    let mut rows = 0;
    for Command {
        sql,
        values,
        expect,
        unique,
    } in unit.commands
    {
        let query = bind_postgres(sqlx::query(AssertSqlSafe(sql)), values);
        let done = query
            .execute(&mut *connection)
            .await
            .map_err(|error| Command::error(unique, error))?;
        expect.check(done.rows_affected())?;
        rows += done.rows_affected();
    }
    if unit.changes.is_empty() {
        return Ok(rows);
    }
    sqlx::query(LOCK_CHANGES).execute(&mut *connection).await?;
    for note in unit.changes {
        let (sql, values) = note.statement();
        bind_postgres(sqlx::query(sql), values)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query(NOTIFY).execute(&mut *connection).await?;
    Ok(rows)
}
