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
        let Some(code) = result_code(&error) else {
            return match error {
                sqlx::Error::PoolTimedOut => Self::Locked(error.into()),
                sqlx::Error::PoolClosed => Self::Closed,
                _ => Self::Failed(error.into()),
            };
        };
        match code {
            BUSY | LOCKED => Self::Locked(error.into()),
            READONLY => Self::ReadOnly(error.into()),
            CORRUPT => Self::Damaged(error.into()),
            FULL => Self::Full(error.into()),
            NOTADB => Self::NotADatabase,
            _ => Self::Failed(error.into()),
        }
    }
}

/// The primary result code of SQLite, when it was SQLite that failed.
fn result_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

// https://www.sqlite.org/rescode.html#primary_result_code_list
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOTADB: i32 = 26;
