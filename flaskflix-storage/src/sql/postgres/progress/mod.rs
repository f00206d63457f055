//! The progress of viewers in PostgreSQL, by group commit.
//!
//! | file | what it holds |
//! |---|---|
//! | `store` | [`PostgresProgress`]: the port |
//! | `batch` | one batch: one transaction, and again when another node was faster |
//! | `derive` | the places in the row, derived again when the rules are other ones |
//! | `table` | the statements of `watch_progress` |

mod batch;
mod derive;
mod store;
mod table;

pub use store::PostgresProgress;
