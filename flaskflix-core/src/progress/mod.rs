//! Progress: how far a viewer is in a title, which report counts, what is watched, what to continue.
//!
//! | file | what it holds |
//! |---|---|
//! | `report` | what a player says: position, playback session, sequence number, event |
//! | `watch_progress` | what is stored for one viewer and title |
//! | `sessions` | what each playback session said last, in a bounded list |
//! | `rules` | the decisions: does a change count, where to resume, what stands in the row |
//! | `store` | the port to the store |
//!
//! The rules are pure: a store reads the entry, asks [`Rules::apply`] and writes what comes back, all in one transaction.
//! A store that does this is right by construction; the suite `flaskflix_core::testing::progress` checks it.

mod report;
mod rules;
mod sessions;
mod store;
mod watch_progress;

pub use report::{Event, InvalidReport, MAX_POSITION, Report, SessionId};
pub use rules::{Change, Decision, Rules};
pub use sessions::{InvalidSessions, MAX_SESSIONS, SessionMark, Sessions};
pub use store::{Cursor, ProgressError, ProgressStore};
pub use watch_progress::WatchProgress;
