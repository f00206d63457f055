//! Movies, progress and records of indexes in PostgreSQL.
//!
//! | file | what it holds |
//! |---|---|
//! | `database` | [`PostgresDatabase`]: one server, its connections, opening and closing |
//! | `link` | connections that are waited for within bounds, and given up when the server falls silent |
//! | `migrations` | from an older database to this program's |
//! | `options` | the knobs |
//! | `movies` | [`PostgresMovies`]: the catalogue and its editing |
//! | `indexes` | [`PostgresIndexes`]: records of the indexes of films |
//! | `progress/` | [`PostgresProgress`]: the progress of viewers, by group commit |

mod database;
mod indexes;
mod link;
mod making;
mod migrations;
mod movies;
mod options;
mod progress;

pub use database::PostgresDatabase;
pub use indexes::PostgresIndexes;
pub use movies::PostgresMovies;
pub use options::PostgresOptions;
pub use progress::PostgresProgress;
