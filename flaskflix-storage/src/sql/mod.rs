//! Movies, progress and records of indexes in SQLite (feature `sqlite`).
//!
//! | file | what it holds |
//! |---|---|
//! | `database` | [`SqliteDatabase`]: one database file, its connections, opening and closing |
//! | `file` | the file itself: where it is, who may read it |
//! | `migrations` | from an older database to this program's |
//! | `options` | the knobs |
//! | `error` | what can go wrong |
//! | `movie` | a movie, and what may stand in its columns |
//! | `movies` | [`SqliteMovies`]: the catalogue and its editing |
//! | `indexes` | [`SqliteIndexes`]: records of the indexes of films |
//! | `progress/` | [`SqliteProgress`]: the progress of viewers, by group commit |
//!
//! # Durability
//! The database is in WAL mode with `synchronous = FULL`: what was acknowledged survives a kill of the process, of the
//! machine and a power cut, as far as the disk keeps what it says it has written.

mod database;
mod error;
mod file;
mod indexes;
mod migrations;
mod movie;
mod movies;
mod options;
mod progress;

pub use database::SqliteDatabase;
pub use error::SqlError;
pub use indexes::SqliteIndexes;
pub use movie::{InvalidMovie, Movie, MovieData};
pub use movies::{MovieQuery, SqliteMovies};
pub use options::SqliteOptions;
pub use progress::SqliteProgress;
