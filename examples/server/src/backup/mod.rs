//! `flaskflix-server backup` and `restore`: everything that cannot be made again, in a folder.
//!
//! ```text
//! DIR/manifest.json     what is here, with lengths and SHA-256; of the films only that. Written last: without it nothing is whole
//! DIR/database.jsonl    movies, users, progress: one snapshot, the same text from either database and for either
//! DIR/keys/             signing.key, content.key
//! DIR/posters/          uploaded posters
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `tables` | which tables and columns, and the statements that read and write them |
//! | `snapshot` | the tables as lines of JSON, out of the database and into it |
//! | `manifest` | what a backup holds |
//! | `files` | copying and hashing files, with a digest of each |
//! | `films` | what is noted of the films, in a folder or in a store |
//! | `save`, `restore` | the two commands |
//! | `bar` | how far it is |
//!
//! Why not `pg_dump` and `VACUUM INTO`: they tie a backup to a program of the server's own version, and to one of the two databases.
//! Ours is read with any text tool and goes into either, which is also the way from SQLite to PostgreSQL. What is lost is speed with
//! very many rows (some ten thousand a second), and point-in-time recovery: for that PostgreSQL archives its log.

mod bar;
mod files;
mod films;
mod manifest;
mod restore;
mod save;
mod snapshot;
mod tables;

pub(crate) use restore::{RestoreArgs, restore};
pub(crate) use save::{BackupArgs, save};
