//! The database: SQLite in the data folder, or PostgreSQL. Everything above this folder works on either.
//!
//! | file | what it holds |
//! |---|---|
//! | `opened` | [`Database`]: which of the two it is, opening and closing, the library's parts on it |
//! | `statement` | one statement in SQL that both understand, its values and its rows |
//! | `execute` | statements and transactions, done |
//! | `postgres` | connections that are waited for within bounds |
//! | `migrations` | the server's own tables, beside those of the library |

mod execute;
mod migrations;
mod opened;
mod postgres;
mod statement;

pub(crate) use execute::Change;
pub use opened::Database;
pub(crate) use opened::{Queue, describe};
pub use postgres::Postgres;
pub(crate) use statement::{Found, Statement, Value};
