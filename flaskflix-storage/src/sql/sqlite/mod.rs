//! Movies, progress and records of indexes in SQLite.
//!
//! | file | what it holds |
//! |---|---|
//! | `database` | [`SqliteDatabase`]: one database file, its connections, opening and closing |
//! | `file` | the file itself: where it is, who may read it |
//! | `migrations` | from an older database to this program's |
//! | `options` | the knobs |
//! | `movies` | [`SqliteMovies`]: the catalogue and its editing |
//! | `indexes` | [`SqliteIndexes`]: records of the indexes of films |
//! | `progress/` | [`SqliteProgress`]: the progress of viewers, by group commit |

mod database;
mod file;
mod indexes;
mod migrations;
mod movies;
mod options;
mod progress;

pub use database::SqliteDatabase;
pub use indexes::SqliteIndexes;
pub use movies::SqliteMovies;
pub use options::SqliteOptions;
pub use progress::SqliteProgress;
