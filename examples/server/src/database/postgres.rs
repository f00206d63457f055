//! The server's own statements on PostgreSQL: bounded in time, and fit for a pooler.

use std::{
    io,
    ops::{Deref, DerefMut},
    time::Duration,
};

use flaskflix_storage::sql::PostgresDatabase;
use sqlx::{Executor as _, PgConnection, Postgres as Engine, pool::PoolConnection};
use tokio::time::timeout;

/// PostgreSQL, and how it is reached.
#[derive(Debug, Clone)]
pub struct Postgres {
    pub(super) database: PostgresDatabase,
    /// Whether a pooler stands before it that gives out connections by the transaction (`PgBouncer`).
    pub(super) pooler: bool,
}

/// A connection while it is used. Whoever goes away before [`end`](Self::end), because of an error or because nobody waits any
/// more, closes it: only the server knows what it is busy with.
#[derive(Debug)]
pub(crate) struct Lease {
    connection: PoolConnection<Engine>,
    in_transaction: bool,
    has_ended: bool,
    /// Whether statements stay prepared.
    pub(super) persistent: bool,
}

impl Postgres {
    /// The library's part of it.
    #[must_use]
    pub const fn database(&self) -> &PostgresDatabase {
        &self.database
    }

    /// A connection for one statement. Behind a pooler that is a transaction, too: between the preparation of a statement and its
    /// execution it would give the connection to somebody else.
    pub(super) async fn lease(&self) -> Result<Lease, sqlx::Error> {
        let mut lease = self.acquire().await?;
        if self.pooler {
            lease.begin().await?;
        }
        Ok(lease)
    }

    /// A transaction.
    pub(super) async fn begin(&self) -> Result<Lease, sqlx::Error> {
        let mut lease = self.acquire().await?;
        lease.begin().await?;
        Ok(lease)
    }

    async fn acquire(&self) -> Result<Lease, sqlx::Error> {
        Ok(Lease {
            connection: self.database.connection().await?,
            in_transaction: false,
            has_ended: false,
            persistent: !self.pooler,
        })
    }
}

impl Lease {
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.connection.execute(sqlx::raw_sql("BEGIN")).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Commits, where there is a transaction, and gives the connection back.
    pub(super) async fn end(mut self) -> Result<(), sqlx::Error> {
        if self.in_transaction {
            self.connection.execute(sqlx::raw_sql("COMMIT")).await?;
        }
        self.has_ended = true;
        Ok(())
    }
}

impl Deref for Lease {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.has_ended {
            self.connection.close_on_drop();
        }
    }
}

/// Does some work, or gives it up when the database falls silent: one that is stopped, or behind a cable that was pulled, does not
/// even refuse.
pub(super) async fn bounded<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
}

/// As long as the library waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
