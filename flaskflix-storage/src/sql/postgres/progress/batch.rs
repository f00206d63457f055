//! One batch of changes: one transaction, and again when another node was faster.
//!
//! What other nodes write at the same time cannot get lost, on any interleaving:
//!
//! 1. The rows that exist are locked, in the order of the table, and read. Nobody changes them before this transaction ends.
//! 2. The rules decide.
//! 3. One statement writes. A row that did not exist when it was read cannot have been locked; should another node have made it
//!    meanwhile, its revision is not the one that was decided on, and the row is left alone.
//! 4. Where fewer rows were written than should be, everything is rolled back and done again: the row exists now, and is locked.
//!
//! Nodes take locks in the same order, so they wait for each other, but not in a circle. Where two do all the same (one
//! deletes what the other makes anew), the server ends one of the transactions, and that batch is done again too.

use std::error::Error as StdError;

use flaskflix_core::progress::Rules;
use sqlx::{AssertSqlSafe, Executor, PgConnection, error::DatabaseError};
use tokio::time::{Instant, timeout_at};

use super::{
    super::{link::Link, making::Making},
    table,
};
use crate::sql::{
    SqlError,
    progress::{
        batch::{Entries, Outcome, Request, forgotten, keys},
        writer::Table,
    },
};

/// Where batches are committed: a connection of its own, which waits for nobody's reads.
#[derive(Debug)]
pub(super) struct PostgresTable {
    link: Link,
    /// Absent at the beginning and after every failure: nobody knows then what the old one is busy with.
    connection: Option<PgConnection>,
    making: Making,
}

/// What became of an attempt.
enum Attempt {
    Committed(Vec<Outcome>),
    /// Another node was faster. Nothing was written.
    Overtaken,
}

impl PostgresTable {
    pub(super) fn new(link: Link) -> Self {
        Self {
            making: Making::begin(&link),
            link,
            connection: None,
        }
    }

    async fn attempts(&mut self, rules: &Rules, requests: &[&Request]) -> Result<Vec<Outcome>, SqlError> {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            let (mut connection, used) = match self.connection.take() {
                Some(connection) => (connection, true),
                None => self.making.connection(&self.link).await?,
            };
            let mut committing = false;
            let attempt = attempt(&mut connection, &self.link, rules, requests, &mut committing).await;
            match attempt {
                Ok(Attempt::Committed(outcomes)) => {
                    self.connection = Some(connection);
                    return Ok(outcomes);
                }
                Ok(Attempt::Overtaken) if left > 0 => self.connection = Some(connection),
                Ok(Attempt::Overtaken) => return Err(SqlError::Locked(OVERTAKEN.into())),
                // What became of a commit without an answer nobody knows. It is not acknowledged.
                Err(error) if committing || left == 0 => return Err(error),
                Err(SqlError::Locked(cause)) if is_conflict(&*cause) => {}
                // The server may have been started again since the last batch.
                Err(SqlError::Away(_)) if used => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Table for PostgresTable {
    async fn commit(&mut self, rules: &Rules, requests: &[&Request]) -> Result<Vec<Outcome>, SqlError> {
        let deadline = Instant::now() + self.link.answer_timeout();
        // When the time is over, the connection goes with the attempt.
        timeout_at(deadline, self.attempts(rules, requests))
            .await
            .unwrap_or_else(|_| Err(SqlError::away("no commit within the time limit")))
    }
}

/// One transaction. `committing` says whether the commit was sent.
async fn attempt(
    connection: &mut PgConnection,
    link: &Link,
    rules: &Rules,
    requests: &[&Request],
    committing: &mut bool,
) -> Result<Attempt, SqlError> {
    run(connection, link.begin_statement()).await?;
    let keys = keys(requests.iter().copied());
    let mut rows = table::lock(connection, link, &keys)
        .await
        .map_err(SqlError::of_server)?;
    let forgotten = forgotten(requests.iter().copied());
    if !forgotten.is_empty() {
        let all = table::lock_all(connection, link, &forgotten).await;
        rows.extend(all.map_err(SqlError::of_server)?);
    }
    let mut entries = Entries::new(rows)?;
    let outcomes = requests
        .iter()
        .map(|request| entries.fulfil(rules, request))
        .collect();
    let (written, removed) = entries.changes();
    if !table::write(connection, link, rules, &written)
        .await
        .map_err(SqlError::of_server)?
        || !table::delete(connection, link, &removed)
            .await
            .map_err(SqlError::of_server)?
    {
        run(connection, "ROLLBACK".to_owned()).await?;
        return Ok(Attempt::Overtaken);
    }
    *committing = true;
    run(connection, "COMMIT".to_owned()).await?;
    Ok(Attempt::Committed(outcomes))
}

/// Whether the server ended the transaction so that another one can go on, and not after a long wait for somebody's lock.
fn is_conflict(cause: &(dyn StdError + 'static)) -> bool {
    let code = cause
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error)
        .and_then(DatabaseError::code);
    // Deadlock, serialization failure.
    matches!(code.as_deref(), Some("40P01" | "40001"))
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<(), SqlError> {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await
        .map_err(SqlError::of_server)?;
    Ok(())
}

/// How often a batch is tried. A row that was there is locked: only new ones can be overtaken, each once.
const ATTEMPTS: u32 = 8;

const OVERTAKEN: &str = "other nodes wrote to the same entries again and again";
