//! Movies, progress and records of indexes in PostgreSQL.
//!
//! | file | what it holds |
//! |---|---|
//! | `database` | [`PostgresDatabase`]: one server, its connections, opening and closing |
//! | `link` | connections that are waited for within bounds, and given up when the server falls silent |
//! | `migrations` | from an older database to this program's |
//! | `options` | the knobs |
//! | `movies` | [`PostgresMovies`]: the catalogue and its editing |

mod database;
mod link;
mod migrations;
mod movies;
mod options;

pub use database::PostgresDatabase;
pub use movies::PostgresMovies;
pub use options::PostgresOptions;
