//! What can go wrong with a database.

use std::{error::Error as StdError, io, path::PathBuf};

use super::InvalidMovie;

/// A database could not be opened or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// The folder in which the database file is to be does not exist.
    #[error("the folder {} of the database does not exist", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The file cannot be made or opened: permissions, a folder of that name, a disk that can only be read.
    #[error("the database file {} cannot be opened for writing", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The file is something else than an SQLite database.
    #[error("the file is not an SQLite database")]
    NotADatabase,
    /// The file is a database whose content is damaged: restore a backup.
    #[error("the database is damaged")]
    Damaged(#[source] BoxError),
    /// The database can only be read: the file, its folder or the disk.
    #[error("the database can only be read")]
    ReadOnly(#[source] BoxError),
    /// The disk, or the quota on it, is full.
    #[error("the disk of the database is full")]
    Full(#[source] BoxError),
    /// Another process, or a long transaction of this one, held the database for longer than the limit.
    #[error("the database is locked by somebody else")]
    Locked(#[source] BoxError),
    /// A newer program has changed the tables: this one would damage them.
    #[error(
        "the database has version {database}, this program knows versions up to {program}: use a newer program"
    )]
    Newer {
        /// The newest migration of the database.
        database: i64,
        /// The newest migration of this program.
        program: i64,
    },
    /// The tables could not be brought to this program's version.
    #[error("the tables of the database cannot be brought up to date")]
    Migration(#[source] BoxError),
    /// The file was removed or replaced since it was opened: what is written goes nowhere.
    #[error("the database file was removed or replaced while it was open")]
    Replaced,
    /// The text is not the URL of a PostgreSQL server. The operator's concern.
    #[error("this is not the URL of a PostgreSQL database")]
    Url(#[source] BoxError),
    /// The server lets this role not into this database: its password, its rights, the name of the database.
    #[error("the database server refuses this role or this database")]
    Refused(#[source] BoxError),
    /// The server cannot be reached, is starting or stopping, has no connection left, or does not answer within the time limit.
    /// What was asked for may have taken place all the same.
    #[error("the database server is away")]
    Away(#[source] BoxError),
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// A movie that cannot be stored. The editor's concern.
    #[error(transparent)]
    Movie(#[from] InvalidMovie),
    /// Anything else, an input or output error for example.
    #[error("the database failed")]
    Failed(#[source] BoxError),
}

type BoxError = Box<dyn StdError + Send + Sync>;

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> Self {
        #[cfg(feature = "sqlite")]
        if let Some(code) = sqlite_code(&error) {
            return Self::of_sqlite(code, error);
        }
        #[cfg(feature = "postgres")]
        if let Some(state) = postgres_state(&error) {
            return Self::of_postgres(&state, error);
        }
        match error {
            sqlx::Error::PoolTimedOut => Self::Locked(error.into()),
            sqlx::Error::PoolClosed => Self::Closed,
            #[cfg(feature = "postgres")]
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => Self::Away(error.into()),
            _ => Self::Failed(error.into()),
        }
    }
}

#[cfg(feature = "sqlite")]
impl SqlError {
    fn of_sqlite(code: i32, error: sqlx::Error) -> Self {
        // https://www.sqlite.org/rescode.html#primary_result_code_list
        match code {
            5 | 6 => Self::Locked(error.into()),
            8 => Self::ReadOnly(error.into()),
            11 => Self::Damaged(error.into()),
            13 => Self::Full(error.into()),
            26 => Self::NotADatabase,
            _ => Self::Failed(error.into()),
        }
    }
}

/// The primary result code of SQLite, when it was SQLite that failed.
#[cfg(feature = "sqlite")]
fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let error = error
        .as_database_error()?
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    let extended: i32 = sqlx::error::DatabaseError::code(error)?.parse().ok()?;
    Some(extended & 0xff)
}

#[cfg(feature = "postgres")]
impl SqlError {
    /// The server did not answer in time.
    pub(super) fn away(what: &'static str) -> Self {
        Self::Away(what.into())
    }

    /// What the server, or the way to it, said. A pool without a connection means that there is no server, and not, as with
    /// SQLite, that somebody else writes.
    pub(super) fn of_server(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Away(error.into()),
            _ => error.into(),
        }
    }

    fn of_postgres(state: &str, error: sqlx::Error) -> Self {
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        match state {
            // A lock was not to be had in time, two transactions waited for each other, one overtook the other.
            "55P03" | "40P01" | "40001" => Self::Locked(error.into()),
            "25006" => Self::ReadOnly(error.into()),
            "53100" => Self::Full(error.into()),
            "XX001" | "XX002" => Self::Damaged(error.into()),
            // No such database, no right to a table.
            "3D000" | "42501" => Self::Refused(error.into()),
            // Too many connections, a statement or a transaction took too long.
            "53300" | "57014" | "25P03" => Self::Away(error.into()),
            // The way to the server; shutdown, start, recovery.
            state if state.starts_with("08") || state.starts_with("57P") => Self::Away(error.into()),
            state if state.starts_with("28") => Self::Refused(error.into()),
            _ => Self::Failed(error.into()),
        }
    }
}

/// The SQLSTATE, when it was PostgreSQL that failed.
#[cfg(feature = "postgres")]
fn postgres_state(error: &sqlx::Error) -> Option<String> {
    let error = error
        .as_database_error()?
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?;
    Some(error.code().to_owned())
}
