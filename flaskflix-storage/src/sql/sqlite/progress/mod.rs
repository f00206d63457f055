//! The progress of viewers in SQLite, by group commit.
//!
//! | file | what it holds |
//! |---|---|
//! | `store` | [`SqliteProgress`]: the port |
//! | `batch` | one batch: one transaction |
//! | `derive` | the places in the row, derived again when the rules are other ones |
//! | `table` | the statements and rows of `watch_progress` |

mod batch;
mod derive;
mod store;
mod table;

pub use store::SqliteProgress;
