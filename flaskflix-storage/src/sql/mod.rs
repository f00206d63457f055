//! Movies, progress and records of indexes in a database: SQLite (feature `sqlite`) or PostgreSQL (feature `postgres`).
//!
//! | file | what it holds |
//! |---|---|
//! | `sqlite/` | [`SqliteDatabase`] and what is in it: one file, one machine |
//! | `postgres/` | [`PostgresDatabase`] and what is in it: one server, any number of nodes |
//! | `movie` | a movie, and what may stand in its columns |
//! | `movies` | [`MovieStore`]: the catalogue and its editing, on either database |
//! | `progress/` | group commit of the progress of viewers |
//! | `titles` | the titles that the catalogue keeps in memory for a moment |
//! | `migrations` | what the migrations of both have in common |
//! | `error` | what can go wrong |
//!
//! Both hold the same tables with the same names and columns, and keep the same contracts: the suites of
//! `flaskflix_core::testing` run on both. The statements are written twice where the databases want them different.
//!
//! # Durability
//! What was acknowledged survives a kill of the process, of the database, of the machine and a power cut, as far as the disk
//! keeps what it says it has written: SQLite runs in WAL mode with `synchronous = FULL`, PostgreSQL with
//! `synchronous_commit = on`.

mod error;
mod migrations;
mod movie;
mod movies;
#[cfg(feature = "postgres")]
mod postgres;
mod progress;
#[cfg(feature = "sqlite")]
mod sqlite;
mod titles;

pub use error::SqlError;
pub use movie::{InvalidMovie, Movie, MovieData};
pub use movies::{MovieQuery, MovieStore};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresDatabase, PostgresIndexes, PostgresMovies, PostgresOptions, PostgresProgress};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteDatabase, SqliteIndexes, SqliteMovies, SqliteOptions, SqliteProgress};
