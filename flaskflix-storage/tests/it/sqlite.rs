//! The SQLite adapters.

mod first;
