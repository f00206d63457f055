//! The port to the progress of viewers.

use std::sync::Arc;

use async_trait::async_trait;
use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, ProgressError, ProgressStore, Rules, WatchProgress},
    time::UnixMillis,
};
use sqlx::SqlitePool;
use tokio::sync::watch;

use super::{batch::SqliteTable, derive, table};
use crate::sql::{
    SqliteOptions,
    progress::{
        batch::{Outcome, Request},
        queue::{Limits, Queue},
        row::read,
    },
};

/// The progress of viewers in a [`SqliteDatabase`](crate::sql::SqliteDatabase), cheap to clone.
///
/// Changes go into a bounded queue. One task takes what is there, at most
/// [`batch_changes`](SqliteOptions::batch_changes), decides in the order of arrival, writes the newest state of each entry in
/// one transaction, commits, and then answers everybody, those too whose change another one of the batch has overtaken.
/// While it commits the next batch gathers.
///
/// # Errors
/// * [`ProgressError::Busy`] at once when the queue is full, and when another process holds the database for longer than
///   [`busy_timeout`](SqliteOptions::busy_timeout)
/// * [`ProgressError::Unavailable`] when the disk is full or fails, and after the database was closed. Its source is a
///   [`SqlError`](crate::sql::SqlError). The task goes on: the next batch is tried anew.
///
/// # Cost
/// One flush of the disk per batch, whether it holds one change or 500: what a change waits for is the flush that goes on and
/// the next one. Reads are one lookup in an index per entry and never wait for the writer.
///
/// # Metrics
/// `flaskflix_progress_changes_total{outcome}` with `written`, `kept` (the rules decided that nothing changes), `removed`,
/// `busy` or `failed`; `flaskflix_progress_batch_changes`, `flaskflix_progress_commit_seconds` (from taking a batch to its
/// commit), `flaskflix_db_queries_total{statement}`.
#[derive(Debug, Clone)]
pub struct SqliteProgress {
    rules: Arc<Rules>,
    reader: SqlitePool,
    queue: Queue,
}

impl SqliteProgress {
    /// Starts the task that writes.
    pub(in crate::sql::sqlite) fn start(
        rules: Rules,
        writer: SqlitePool,
        reader: SqlitePool,
        options: &SqliteOptions,
        closing: Arc<watch::Sender<bool>>,
    ) -> Self {
        let rules = Arc::new(rules);
        tokio::spawn(derive::run(
            Arc::clone(&rules),
            writer.clone(),
            closing.subscribe(),
        ));
        let limits = Limits {
            queue_changes: options.queue_changes,
            batch_changes: options.batch_changes,
            batch_wait: options.batch_wait,
            retry_after: options.retry_after,
        };
        let queue = Queue::start(&rules, vec![SqliteTable(writer)], limits, closing);
        Self { rules, reader, queue }
    }

    /// Changes that fit into the queue now; with 0 the next one is [`ProgressError::Busy`]. For readiness probes.
    #[must_use]
    pub fn free_places(&self) -> usize {
        self.queue.free_places()
    }
}

#[async_trait]
impl ProgressStore for SqliteProgress {
    fn rules(&self) -> &Rules {
        &self.rules
    }

    async fn change(
        &self,
        viewer: &ViewerId,
        title: &TitleId,
        change: Change,
        now: UnixMillis,
    ) -> Result<Option<WatchProgress>, ProgressError> {
        let request = Request::Change {
            viewer: viewer.clone(),
            title: title.clone(),
            change,
            now,
        };
        match self.queue.ask(request).await? {
            Outcome::Entry(entry, _) => Ok(entry),
            Outcome::Forgotten(_) => Ok(None),
        }
    }

    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        // Statements take a part of the titles each: one that stands twice would be found by two.
        let mut titles = titles.to_vec();
        titles.sort_unstable();
        titles.dedup();
        let rows = table::entries(&self.reader, viewer, &titles).await;
        read(rows.map_err(|error| self.queue.refusal(error))?)
    }

    async fn continue_watching(
        &self,
        viewer: &ViewerId,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        let rows = table::row(&self.reader, viewer, after, limit).await;
        read(rows.map_err(|error| self.queue.refusal(error))?)
    }

    async fn forget(&self, viewer: &ViewerId) -> Result<u64, ProgressError> {
        let request = Request::Forget {
            viewer: viewer.clone(),
        };
        match self.queue.ask(request).await? {
            Outcome::Forgotten(entries) => Ok(entries),
            Outcome::Entry(..) => Ok(0),
        }
    }
}
