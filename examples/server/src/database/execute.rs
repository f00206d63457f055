//! Statements and transactions, done on whichever database it is.

use sqlx::{Executor as _, Sqlite, Transaction};

use super::{
    Database, Found, Statement,
    postgres::{Lease, bounded},
};

impl Database {
    /// The one row that a statement finds, or none. Nothing may be written by it.
    pub(crate) async fn optional<T: Found>(&self, statement: Statement) -> Result<Option<T>, sqlx::Error> {
        match self {
            Self::Sqlite(database) => statement.sqlite_as()?.fetch_optional(database.reader()).await,
            Self::Postgres(postgres) => {
                bounded(async {
                    let mut lease = postgres.lease().await?;
                    let query = statement.postgres_as(lease.persistent)?;
                    let found = query.fetch_optional(&mut *lease).await?;
                    lease.end().await.map(|()| found)
                })
                .await
            }
        }
    }

    /// Every row that a statement finds. Nothing may be written by it.
    pub(crate) async fn all<T: Found>(&self, statement: Statement) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite(database) => statement.sqlite_as()?.fetch_all(database.reader()).await,
            Self::Postgres(postgres) => {
                bounded(async {
                    let mut lease = postgres.lease().await?;
                    let query = statement.postgres_as(lease.persistent)?;
                    let found = query.fetch_all(&mut *lease).await?;
                    lease.end().await.map(|()| found)
                })
                .await
            }
        }
    }

    /// The number that a statement finds: `SELECT count(*) ...`.
    pub(crate) async fn count(&self, statement: Statement) -> Result<u64, sqlx::Error> {
        let row: Option<(i64,)> = self.optional(statement).await?;
        Ok(row.and_then(|(count,)| u64::try_from(count).ok()).unwrap_or(0))
    }

    /// Writes, and returns the row of `RETURNING`.
    pub(crate) async fn returning<T: Found>(&self, statement: Statement) -> Result<T, sqlx::Error> {
        let mut change = self.change().await?;
        let row = change.optional(statement).await?;
        change.commit().await?;
        row.ok_or(sqlx::Error::RowNotFound)
    }

    /// Writes; how many rows were concerned.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(database) => {
                let done = statement.sqlite()?.execute(database.writer()).await?;
                Ok(done.rows_affected())
            }
            Self::Postgres(postgres) => {
                bounded(async {
                    let mut lease = postgres.lease().await?;
                    let query = statement.postgres(lease.persistent)?;
                    let done = query.execute(&mut *lease).await?;
                    lease.end().await.map(|()| done.rows_affected())
                })
                .await
            }
        }
    }

    /// Begins a change of several statements, of which all are done or none. One that is dropped is undone.
    pub(crate) async fn change(&self) -> Result<Change, sqlx::Error> {
        Ok(match self {
            // A change that reads first must hold the file from its beginning: see `SqliteDatabase::writer`.
            Self::Sqlite(database) => Change::Sqlite(database.writer().begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(postgres) => Change::Postgres(bounded(postgres.begin()).await?),
        })
    }

    /// Begins to read as of one moment: what is committed meanwhile is not seen. Nothing may be written by it.
    pub(crate) async fn snapshot(&self) -> Result<Change, sqlx::Error> {
        Ok(match self {
            // In WAL mode a transaction sees what was there when it read first.
            Self::Sqlite(database) => Change::Sqlite(database.reader().begin().await?),
            Self::Postgres(postgres) => {
                let mut snapshot = Change::Postgres(bounded(postgres.begin()).await?);
                let mode = Statement::new("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
                snapshot.execute(mode).await?;
                snapshot
            }
        })
    }

    /// Begins a change and waits until no other process that shares the database is in one of this name. On SQLite, whose data
    /// folder has one server, there is nothing to wait for, and nothing is held.
    pub(crate) async fn alone(&self, name: i64) -> Result<Option<Change>, sqlx::Error> {
        let Self::Postgres(postgres) = self else {
            return Ok(None);
        };
        // Of the transaction, not of the session: a pooler gives sessions to others.
        let mut lease = bounded(postgres.begin()).await?;
        bounded(lease.execute(sqlx::raw_sql(LONGER))).await?;
        let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(name);
        lock.persistent(lease.persistent).execute(&mut *lease).await?;
        Ok(Some(Change::Postgres(lease)))
    }
}

/// The first run of another server takes a second or two; one that hangs is not waited for.
const LONGER: &str = "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '60s'; \
                      SET LOCAL idle_in_transaction_session_timeout = '60s'";

/// A transaction. Ends with [`commit`](Self::commit); when it is dropped, everything in it is undone.
#[derive(Debug)]
pub(crate) enum Change {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Lease),
}

impl Change {
    /// Writes; how many rows were concerned.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(change) => Ok(statement.sqlite()?.execute(&mut **change).await?.rows_affected()),
            Self::Postgres(lease) => {
                let query = statement.postgres(lease.persistent)?;
                Ok(bounded(query.execute(&mut **lease)).await?.rows_affected())
            }
        }
    }

    /// The one row that a statement finds or returns, or none.
    pub(crate) async fn optional<T: Found>(
        &mut self,
        statement: Statement,
    ) -> Result<Option<T>, sqlx::Error> {
        match self {
            Self::Sqlite(change) => statement.sqlite_as()?.fetch_optional(&mut **change).await,
            Self::Postgres(lease) => {
                let query = statement.postgres_as(lease.persistent)?;
                bounded(query.fetch_optional(&mut **lease)).await
            }
        }
    }

    /// Every row that a statement finds.
    pub(crate) async fn all<T: Found>(&mut self, statement: Statement) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite(change) => statement.sqlite_as()?.fetch_all(&mut **change).await,
            Self::Postgres(lease) => {
                let query = statement.postgres_as(lease.persistent)?;
                bounded(query.fetch_all(&mut **lease)).await
            }
        }
    }

    /// Lets no other change of users begin before this one ends: "the last administrator" is counted and removed in one step.
    /// SQLite has one writer anyway.
    pub(crate) async fn hold_users(&mut self) -> Result<(), sqlx::Error> {
        if matches!(self, Self::Postgres(_)) {
            self.execute(Statement::new("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(change) => change.commit().await,
            Self::Postgres(lease) => bounded(lease.end()).await,
        }
    }
}
