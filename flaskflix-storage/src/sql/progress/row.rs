//! An entry as a row of `watch_progress`.

use std::time::Duration;

use flaskflix_core::{
    id::{InvalidId, TitleId},
    progress::{ProgressError, WatchProgress},
    time::UnixMillis,
};
use sqlx::FromRow;

use crate::sql::movie::from_column;

/// An entry of one viewer.
#[derive(Debug, FromRow)]
pub(in crate::sql) struct EntryRow {
    pub(in crate::sql) viewer: String,
    pub(in crate::sql) title: String,
    position_ms: i64,
    duration_ms: i64,
    finished: bool,
    activity_at: i64,
    completed_at: Option<i64>,
    plays: i64,
    dismissed_at: Option<i64>,
    decided_at: Option<i64>,
    sessions: String,
    row_at: Option<i64>,
    /// How often it was written. Only where several nodes write: 0 in SQLite, where the column is not there.
    #[sqlx(default)]
    pub(in crate::sql) revision: i64,
}

impl EntryRow {
    /// The place in the row that is stored.
    pub(in crate::sql) fn row_at(&self) -> Option<UnixMillis> {
        self.row_at.map(from_column)
    }

    pub(in crate::sql) fn into_entry(self) -> Result<WatchProgress, InvalidId> {
        let sessions = self.sessions.parse().unwrap_or_else(|error| {
            // Written by something else. The position is worth more than what sessions said last.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the sessions of an entry are forgotten"
            );
            Default::default()
        });
        Ok(WatchProgress {
            title: TitleId::parse(&self.title)?,
            position: duration(self.position_ms),
            duration: duration(self.duration_ms),
            finished: self.finished,
            activity_at: from_column(self.activity_at),
            completed_at: self.completed_at.map(from_column),
            plays: u32::try_from(self.plays).unwrap_or(u32::MAX),
            dismissed_at: self.dismissed_at.map(from_column),
            decided_at: self.decided_at.map(from_column),
            sessions,
        })
    }
}

/// The rows as entries. A title that is no id was not written by us.
pub(in crate::sql) fn read(rows: Vec<EntryRow>) -> Result<Vec<WatchProgress>, ProgressError> {
    let entries: Result<_, _> = rows.into_iter().map(EntryRow::into_entry).collect();
    entries.map_err(ProgressError::unavailable)
}

fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// A duration as a column holds it.
pub(in crate::sql) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
