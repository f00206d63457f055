//! The progress of viewers in SQLite, by group commit.
//!
//! | file | what it holds |
//! |---|---|
//! | `store` | [`SqliteProgress`]: the port; what it asks for goes into a bounded queue |
//! | `writer` | the one task that takes from the queue, a batch at a time |
//! | `batch` | one batch: read the entries concerned, decide in order, write, commit |
//! | `derive` | the places in the row, derived again when the rules are other ones |
//! | `table` | the statements and rows of `watch_progress` |

mod batch;
mod derive;
mod store;
mod table;
mod writer;

pub use store::SqliteProgress;
